// The two measures, and what PostgreSQL itself can do.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { bareLimit, type Contender, jobs } from './queue_contenders.ts';
import { Worker } from './queue_worker.ts';

const doneLimit = 180_000;
const pollInterval = 10;

/** One without a worker. */
class Database {
  readonly client: pg.Client;
  readonly url: string;
  #admin: pg.Client;
  #name: string;

  private constructor(admin: pg.Client, url: string, name: string) {
    this.#admin = admin;
    this.#name = name;
    this.url = url.replace(/\/postgres$/, `/${name}`);
    this.client = new pg.Client({ connectionString: this.url });
  }

  static async create(admin: pg.Client, url: string, purpose: string): Promise<Database> {
    const name = `bench_queue_${process.pid}_${purpose}`;
    await admin.query(`CREATE DATABASE ${name}`);
    const made = new Database(admin, url, name);
    await made.client.connect();
    return made;
  }

  async drop(): Promise<void> {
    await this.client.end();
    await this.#admin.query(`DROP DATABASE ${this.#name} WITH (FORCE)`);
  }
}

/**
 * One command a second each, all in the same minutes: the milliseconds of each command by contender, and of the bare
 * limit.
 */
export async function latencies(
  contenders: Contender[],
  clock: string,
  admin: pg.Client,
  url: string,
  seconds: number,
  seed: number,
): Promise<Map<string, number[]>> {
  const workers: Worker[] = [];
  const plain = await Database.create(admin, url, 'plain');
  try {
    await plain.client.query(bareLimit.tables);
    const line = [String(seconds), String(seed)];
    for (const contender of contenders) {
      const worker = await Worker.start(contender, admin, url);
      workers.push(worker);
      await worker.client.query(contender.observe);
      line.push(contender.name, worker.url, worker.insert, contender.before, contender.after);
    }
    line.push(bareLimit.name, plain.url, bareLimit.insert, '', '');
    const took = new Map<string, number[]>([...contenders, bareLimit].map(({ name }) => [name, []]));
    const child = spawn(clock, line, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface(child.stdout).on('line', (text) => {
      const [name = '', ms] = text.split('\t');
      took.get(name)?.push(Number(ms));
    });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`the clock ended with ${code}`);
    return took;
  } finally {
    for (const worker of workers) await worker.stop();
    await plain.drop();
  }
}

export interface Throughput {
  perSecond: number;
  outOfOrder: number;
}

/**
 * The worker runs and has nothing to do; all commands are inserted in one transaction. The clock runs from before
 * its COMMIT is sent until a query sees that no command is left to do.
 */
export async function throughput(contender: Contender, admin: pg.Client, url: string): Promise<Throughput> {
  const worker = await Worker.start(contender, admin, url);
  let perSecond: number;
  try {
    const { client } = worker;
    // What was written before must not be flushed at this one's expense.
    await admin.query('CHECKPOINT');
    await client.query('BEGIN');
    if (contender.insert) {
      await client.query(contender.fill);
    } else {
      const { rows } = await client.query<{ parameter: string }>(contender.fill);
      await client.query(worker.insert, [rows[0]?.parameter]);
    }
    const began = performance.now();
    await client.query('COMMIT');
    for (;;) {
      const { rows } = await client.query<{ left: boolean }>(contender.left);
      if (!rows[0]?.left) break;
      if (performance.now() - began > doneLimit) throw new Error(`${contender.name} is not done in time`);
      await sleep(pollInterval);
    }
    perSecond = jobs / ((performance.now() - began) / 1000);
    const { rows } = await client.query<{ done: number }>(contender.done);
    if (rows[0]?.done !== jobs) throw new Error(`${contender.name} has done ${rows[0]?.done} of ${jobs}`);
  } finally {
    await worker.stop();
  }
  if (worker.outOfOrder === undefined) throw new Error(`${contender.name} has not said how its order was`);
  return { perSecond, outOfOrder: worker.outOfOrder };
}

const limitTable = `
  CREATE TABLE commands (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(), guild_id TEXT NOT NULL, action TEXT NOT NULL, payload JSONB,
    status TEXT DEFAULT 'pending', result JSONB, created_at TIMESTAMPTZ DEFAULT now());
  CREATE INDEX commands_pending ON commands (created_at) WHERE status = 'pending';
  INSERT INTO commands (guild_id, action, payload)
    SELECT n % 100, 'idle', jsonb_build_object('n', n) FROM generate_series(1, ${jobs}) AS n;
  ANALYZE commands`;

const limitScript = (rows: number) => `
WITH claimed AS (
  UPDATE commands SET status = 'processing' WHERE id IN (
    SELECT id FROM commands WHERE status = 'pending' ORDER BY created_at LIMIT ${rows} FOR UPDATE SKIP LOCKED)
  RETURNING id)
SELECT array_agg(id)::text AS ids FROM claimed \\gset
UPDATE commands SET status = 'done', result = '{"ok": true}' WHERE id = ANY (:ids::uuid[]);
`;

/** Commands a second that one pgbench connection claims and finishes with prepared statements, `rows` at a time. */
export async function limit(rows: number, admin: pg.Client, url: string): Promise<number> {
  const database = await Database.create(admin, url, 'limit');
  const directory = mkdtempSync(path.join(os.tmpdir(), 'queue-bench-'));
  try {
    await database.client.query(limitTable);
    await admin.query('CHECKPOINT');
    const script = path.join(directory, 'limit.sql');
    writeFileSync(script, limitScript(rows));
    const count = String(Math.min(5_000, jobs / rows));
    const { stdout } = await promisify(execFile)('pgbench', [
      '-n',
      '-M',
      'prepared',
      '-t',
      count,
      '-f',
      script,
      database.url,
    ]);
    const perSecond = /tps = ([\d.]+)/.exec(stdout)?.[1];
    if (perSecond === undefined) throw new Error(`pgbench said: ${stdout}`);
    return Number(perSecond) * rows;
  } finally {
    rmSync(directory, { recursive: true });
    await database.drop();
  }
}
