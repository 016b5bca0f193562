/** A database of its own for one test file, with the dashboard's table in it and a way to wait for its rows. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { assertResult } from './contracts.ts';
import { within } from './wait.ts';

const run = promisify(execFile);
const POSTGRES_SCRIPT = fileURLToPath(new URL('../../scripts/postgres.sh', import.meta.url));

/** Word for word what the dashboard's guide has its users create. */
const CONTRACT_TABLE = `
CREATE TABLE commands (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  guild_id TEXT NOT NULL,
  action TEXT NOT NULL,
  payload JSONB,
  status TEXT DEFAULT 'pending', -- 'pending' | 'processing' | 'done' | 'error'
  result JSONB,
  created_at TIMESTAMPTZ DEFAULT now(),
  updated_at TIMESTAMPTZ DEFAULT now()
)`;

/** Tells whoever listens that a row has a new status. */
const STATUS_TRIGGER = `
CREATE FUNCTION test_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('test_status', NEW.id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER test_status AFTER UPDATE ON commands FOR EACH ROW
  WHEN (NEW.status IS DISTINCT FROM OLD.status) EXECUTE FUNCTION test_status()`;

export interface CommandRow {
  id: string;
  status: string;
  result: ({ ok: boolean; reason?: string; code?: string } & Record<string, unknown>) | null;
  attempts: number;
}

/** A PostgreSQL that a test may stop and start. */
export interface PostgresServer {
  url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops every process that serves a database, as a machine under heavy load does; the result lets them go on. */
  freeze(database: string): Promise<() => void>;
  remove(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), 'vagrolant-e2e-postgres-'));
  const script = (verb: string, ...options: string[]) => run(POSTGRES_SCRIPT, [verb, directory, ...options]);
  await script('start', '--fast');
  const url = (await script('url')).stdout.trim();
  return {
    url,
    stop: async () => void (await script('stop')),
    start: async () => void (await script('start', '--fast')),
    freeze: async (database) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const backends = await client.query<{ pid: number }>(
        'SELECT pid FROM pg_stat_activity WHERE datname = $1',
        [database],
      );
      await client.end();
      for (const { pid } of backends.rows) process.kill(pid, 'SIGSTOP');
      return () => backends.rows.forEach(({ pid }) => process.kill(pid, 'SIGCONT'));
    },
    remove: async () => {
      await script('stop').catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export class TestDatabase {
  readonly url: string;
  readonly name: string;
  #pool: pg.Pool;
  #listener: pg.Client | undefined;
  #changed = new Map<string, (nothing: undefined) => void>();
  #server: string;

  private constructor(server: string, name: string) {
    this.url = urlOf(server, name);
    this.name = name;
    this.#server = server;
    this.#pool = new pg.Pool({ connectionString: this.url, max: 3 });
    // A server that a test stops ends idle connections: the pool makes new ones.
    this.#pool.on('error', () => undefined);
  }

  /**
   * @param server where databases may be made; default the server of VAGROLANT_TEST_DATABASE_URL
   * @param clockOff an SQL interval by which the database's clock is to differ from everybody else's
   */
  static async create(
    server = process.env.VAGROLANT_TEST_DATABASE_URL,
    clockOff?: string,
  ): Promise<TestDatabase> {
    if (!server) throw new Error('VAGROLANT_TEST_DATABASE_URL is not set: use make test');
    const name = `e2e_${randomUUID().replaceAll('-', '')}`;
    await admin(server, `CREATE DATABASE ${name}`);
    if (clockOff !== undefined) await setClockOff(server, name, clockOff);
    const database = new TestDatabase(server, name);
    await database.query(CONTRACT_TABLE);
    await database.query(STATUS_TRIGGER);
    await database.listen();
    return database;
  }

  /** To be called again after the server was stopped. */
  async listen(): Promise<void> {
    const listener = new pg.Client({ connectionString: this.url });
    listener.on('error', () => undefined);
    listener.on('notification', ({ payload }) => this.#changed.get(payload ?? '')?.(undefined));
    await listener.connect();
    await listener.query('LISTEN test_status');
    this.#listener = listener;
  }

  async query<R extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<R[]> {
    return (await this.#pool.query<R>(sql, values)).rows;
  }

  /** Has nobody else read or write a table until the result is called. */
  async hold(table: string): Promise<() => Promise<void>> {
    const holder = new pg.Client({ connectionString: this.url });
    await holder.connect();
    await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    return () => holder.end();
  }

  /** Inserts a command as a dashboard does, on somebody's behalf or not; resolves with its id. */
  async insert(
    guildId: string,
    action: string,
    payload: unknown = {},
    requestedBy: string | null = null,
  ): Promise<string> {
    const text = payload === undefined ? null : JSON.stringify(payload);
    // A dashboard that knows the contract alone knows no `requested_by`.
    const [columns, values] =
      requestedBy === null
        ? ['', [guildId, action, text]]
        : [', requested_by', [guildId, action, text, requestedBy]];
    const places = values.map((_, index) => `$${index + 1}`).join(', ');
    const rows = await this.query<{ id: string }>(
      `INSERT INTO commands (guild_id, action, payload${columns}) VALUES (${places}) RETURNING id`,
      values,
    );
    return rows[0]!.id;
  }

  async row(id: string): Promise<CommandRow> {
    const rows = await this.query<CommandRow>(
      'SELECT id, status, result, attempts FROM commands WHERE id = $1',
      [id],
    );
    return rows[0]!;
  }

  /** The row once it is done or refused. */
  async finished(id: string, timeoutMs = 20_000): Promise<CommandRow> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#changed.set(id, resolve);
      const now = await this.row(id);
      if (['done', 'error'].includes(now.status)) {
        this.#changed.delete(id);
        return now;
      }
      await within(deadline - Date.now(), `command ${id} (${now.status})`, promise);
    }
  }

  /** Inserts and awaits the end, which must be as contracts/actions says. */
  async command(
    guildId: string,
    action: string,
    payload: unknown = {},
    requestedBy: string | null = null,
  ): Promise<CommandRow> {
    const row = await this.finished(await this.insert(guildId, action, payload, requestedBy));
    assertResult(action, row.status, row.result);
    return row;
  }

  /** Commands that are neither done nor refused. */
  async unfinished(): Promise<number> {
    const rows = await this.query<{ count: string }>(
      "SELECT count(*) FROM commands WHERE status NOT IN ('done', 'error')",
    );
    return Number(rows[0]!.count);
  }

  async drop(): Promise<void> {
    await this.#listener?.end().catch(() => undefined);
    await this.#pool.end();
    await admin(this.#server, `DROP DATABASE ${this.name} WITH (FORCE)`);
  }
}

function urlOf(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** What statements call now() is found in the schema before it is found among PostgreSQL's own functions. */
async function setClockOff(server: string, name: string, by: string): Promise<void> {
  for (const [clock, volatility] of [
    ['now', 'STABLE'],
    ['clock_timestamp', 'VOLATILE'],
  ]) {
    await admin(
      urlOf(server, name),
      `CREATE FUNCTION public.${clock}() RETURNS timestamptz ${volatility} LANGUAGE sql
       AS $$ SELECT pg_catalog.${clock}() + interval '${by}' $$`,
    );
  }
  await admin(server, `ALTER DATABASE ${name} SET search_path = public, pg_catalog`);
}

async function admin(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
