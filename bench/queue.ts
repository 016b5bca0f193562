// Insert-to-done latency of three queues side by side: the same server, the same minutes, one insert a second
// each. A trigger notifies when a row is done; the clock runs from before the INSERT is sent until that
// notification, which PostgreSQL sends after the commit, has come.
//
//   node bench/queue.ts [--seconds 120] [--ours build/release/bench/queue_ours]
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';

const here = import.meta.dirname;
const root = path.dirname(here);
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    ours: { type: 'string', default: path.join(root, 'build/release/bench/queue_ours') },
  },
});
const seconds = Number(options.seconds);
const startLimit = 30_000;
const doneLimit = 30_000;

const contractTable = `CREATE TABLE IF NOT EXISTS commands (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(), guild_id TEXT NOT NULL, action TEXT NOT NULL, payload JSONB,
  status TEXT DEFAULT 'pending', result JSONB, created_at TIMESTAMPTZ DEFAULT now(),
  updated_at TIMESTAMPTZ DEFAULT now())`;

const commandsDone = `
  CREATE FUNCTION bench_done() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('bench_done', NEW.id::text); RETURN NULL; END $$;
  CREATE TRIGGER bench_done AFTER UPDATE ON commands FOR EACH ROW WHEN (NEW.status = 'done')
    EXECUTE FUNCTION bench_done()`;

const insertCommand = `INSERT INTO commands (id, guild_id, action, payload) VALUES ($1, '1', 'idle', '{}')`;

interface Contender {
  name: string;
  command: string[];
  prepare: string;
  /** Run once the contender has made its tables. */
  observe: string;
  insert: string;
}

const node = process.execPath;
const contenders: Contender[] = [
  { name: 'vagrolant', command: [options.ours], prepare: '', observe: commandsDone, insert: insertCommand },
  {
    name: 'graphile-worker',
    command: [node, path.join(here, 'queue_graphile.ts')],
    prepare: '',
    // A job that has succeeded is deleted.
    observe: `
      CREATE FUNCTION bench_done() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('bench_done', OLD.key); RETURN NULL; END $$;
      CREATE TRIGGER bench_done AFTER DELETE ON graphile_worker._private_jobs FOR EACH ROW
        EXECUTE FUNCTION bench_done()`,
    insert: "SELECT graphile_worker.add_job('idle', '{}'::json, job_key => $1)",
  },
  {
    name: 'contract loop',
    command: [node, path.join(here, 'queue_loop.ts')],
    prepare: contractTable,
    observe: commandsDone,
    insert: insertCommand,
  },
];

class Running {
  readonly latencies: number[] = [];
  private readonly contender: Contender;
  private readonly process: ChildProcess;
  private readonly client: pg.Client;
  private readonly pending = new Map<string, (at: number) => void>();

  private constructor(contender: Contender, process: ChildProcess, client: pg.Client) {
    this.contender = contender;
    this.process = process;
    this.client = client;
    client.on('notification', (message) => this.pending.get(message.payload ?? '')?.(performance.now()));
  }

  static async start(contender: Contender, database: string): Promise<Running> {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    if (contender.prepare) await client.query(contender.prepare);
    const [program = '', ...args] = contender.command;
    const child = spawn(program, [...args, database], { stdio: ['ignore', 'pipe', 'inherit'] });
    await ready(child, contender.name);
    await client.query(contender.observe);
    await client.query('LISTEN bench_done');
    return new Running(contender, child, client);
  }

  async insertOne(): Promise<void> {
    const id = randomUUID();
    const done = new Promise<number>((resolve) => this.pending.set(id, resolve));
    const began = performance.now();
    await this.client.query(this.contender.insert, [id]);
    const ended = await Promise.race([done, sleep(doneLimit, undefined, { ref: false })]);
    if (ended === undefined)
      throw new Error(`${this.contender.name}: a command was not done within ${doneLimit} ms`);
    this.pending.delete(id);
    this.latencies.push(ended - began);
  }

  async stop(): Promise<void> {
    await this.client.end();
    if (this.process.exitCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    const killer = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(killer);
  }
}

async function ready(child: ChildProcess, name: string): Promise<void> {
  if (!child.stdout) throw new Error('no output to read');
  const lines = createInterface(child.stdout);
  const said = new Promise<true>((resolve) => {
    lines.on('line', (line) => {
      if (line.trim() === 'ready') resolve(true);
    });
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  const late = sleep(startLimit, undefined, { ref: false });
  failed.catch(() => undefined);
  if (!(await Promise.race([said, failed, late])))
    throw new Error(`${name} is not ready after ${startLimit} ms`);
}

function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function summarise(name: string, latencies: number[]) {
  const sorted = latencies.toSorted((a, b) => a - b);
  const round = (ms: number) => Math.round(ms * 100) / 100;
  return {
    name,
    commands: sorted.length,
    p50: round(percentile(sorted, 0.5)),
    p99: round(percentile(sorted, 0.99)),
    max: round(sorted.at(-1) ?? Number.NaN),
  };
}

async function measure(url: string) {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const running: Running[] = [];
  const databases = contenders.map((_, index) => `bench_queue_${process.pid}_${index}`);
  try {
    for (const [index, contender] of contenders.entries()) {
      const name = databases[index];
      await admin.query(`CREATE DATABASE ${name}`);
      running.push(await Running.start(contender, url.replace(/\/postgres$/, `/${name}`)));
    }
    // The first command of each warms caches and prepares statements.
    for (const one of running) {
      await one.insertOne();
      one.latencies.length = 0;
    }
    // One after another within each second, so that nobody always has the others' commits beside him. The
    // insert times wander, so that no contender's own rhythm hides or favours it.
    const inFlight: Promise<void>[] = [];
    for (let second = 0; second < seconds; second += 1) {
      const began = performance.now();
      for (const [index, one] of running.entries()) {
        const at = ((index + Math.random()) * 1000) / running.length;
        inFlight.push(sleep(at).then(() => one.insertOne()));
      }
      await sleep(Math.max(0, 1000 - (performance.now() - began)));
    }
    await Promise.all(inFlight);
    return contenders.map((contender, index) => summarise(contender.name, running[index]?.latencies ?? []));
  } finally {
    for (const one of running) await one.stop();
    for (const name of databases) await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  }
}

const script = path.join(root, 'scripts/postgres.sh');
const data = path.join(root, '.data/bench-queue');
// Durable, as in production.
const url = execFileSync(script, ['start', data], { encoding: 'utf8' }).trim();
try {
  console.log(`insert to done, one command a second each for ${seconds} s, PostgreSQL 15 with default fsync`);
  const table = await measure(url);
  console.table(
    Object.fromEntries(
      table.map(({ name, commands, p50, p99, max }) => [
        name,
        { commands, 'p50 ms': p50, 'p99 ms': p99, 'max ms': max },
      ]),
    ),
  );
  const results = path.join(here, 'results');
  mkdirSync(results, { recursive: true });
  const report = {
    bench: 'queue',
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    seconds,
    table,
  };
  writeFileSync(path.join(results, 'queue.json'), `${JSON.stringify(report, undefined, 2)}\n`);
} finally {
  execFileSync(script, ['stop', data]);
}
