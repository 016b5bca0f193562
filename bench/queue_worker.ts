// A contender at work: its database and its process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Contender } from './queue_contenders.ts';

const startLimit = 30_000;
const stopLimit = 10_000;
let databases = 0;

export class Worker {
  readonly contender: Contender;
  readonly url: string;
  readonly client: pg.Client;
  /** What it puts one command in with. */
  insert: string;
  /** Commands that began before an earlier one of their guild; known once it has stopped. */
  outOfOrder: number | undefined;

  private readonly admin: pg.Client;
  private readonly database: string;
  private process: ChildProcess | undefined;
  private lines: Interface | undefined;

  private constructor(contender: Contender, admin: pg.Client, url: string, database: string) {
    this.contender = contender;
    this.admin = admin;
    this.database = database;
    this.url = url.replace(/\/postgres$/, `/${database}`);
    this.client = new pg.Client({ connectionString: this.url });
    this.insert = contender.insert ?? '';
  }

  /** With a database of its own, ready, and with the rows that it is to have from before. */
  static async start(contender: Contender, admin: pg.Client, url: string): Promise<Worker> {
    databases += 1;
    const worker = new Worker(contender, admin, url, `bench_queue_${process.pid}_${databases}`);
    await admin.query(`CREATE DATABASE ${worker.database}`);
    try {
      await worker.client.connect();
      if (contender.prepare) await worker.client.query(contender.prepare);
      await worker.launch();
      if (contender.stock) await worker.client.query(contender.stock);
    } catch (error) {
      await worker.stop();
      throw error;
    }
    return worker;
  }

  private async launch(): Promise<void> {
    const [program = '', ...args] = this.contender.command;
    // The address comes before a contender's own arguments.
    const [script, ...more] = program === process.execPath ? args : [];
    const line = script === undefined ? [this.url, ...args] : [script, this.url, ...more];
    const child = spawn(program, line, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.process = child;
    const said = new Promise<true>((resolve) => {
      this.lines = createInterface(child.stdout).on('line', (text) => {
        if (text === 'ready') resolve(true);
        if (text.startsWith('insert ')) this.insert = JSON.parse(text.slice('insert '.length)) as string;
        if (text.startsWith('out of order ')) this.outOfOrder = Number(text.slice('out of order '.length));
      });
    });
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${this.contender.name} ended with ${code}`)));
    });
    failed.catch(() => undefined);
    if (!(await Promise.race([said, failed, sleep(startLimit, undefined, { ref: false })])))
      throw new Error(`${this.contender.name} is not ready after ${startLimit} ms`);
  }

  async stop(): Promise<void> {
    const child = this.process;
    if (child && this.lines && child.exitCode === null && child.signalCode === null) {
      // Not the process's end: its last words may come after that.
      const closed = once(this.lines, 'close');
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), stopLimit);
      await closed;
      clearTimeout(killer);
    }
    await this.client.end();
    await this.admin.query(`DROP DATABASE IF EXISTS ${this.database} WITH (FORCE)`);
  }
}
