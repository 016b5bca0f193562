// The queues that are compared: how each is started, asked and watched.
import path from 'node:path';

const here = import.meta.dirname;
const node = process.execPath;

/** Commands of the throughput bench, over so many guilds. */
export const jobs = 20_000;
export const guilds = 100;
export const finishedRows = 100_000;

export interface Contender {
  name: string;
  command: string[];
  /** Run before it starts, and after it has made its tables. */
  prepare?: string;
  stock?: string;
  /** Lets PostgreSQL notify `bench_done` with a command's id when its outcome is committed. */
  observe: string;
  /** One command; its only parameter is `before` + its id + `after`. Where it is missing the worker says it. */
  insert?: string;
  before: string;
  after: string;
  /** Queues all `jobs` commands at once. With a parameter: the same as `insert` takes, for all. */
  fill: string;
  /** Gives one row, `left`: whether any command is not done. */
  left: string;
  /** Gives one row, `done`: how many commands of the fill are done; where its table forgets them, all. */
  done: string;
}

const contractTable = `CREATE TABLE IF NOT EXISTS commands (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(), guild_id TEXT NOT NULL, action TEXT NOT NULL, payload JSONB,
  status TEXT DEFAULT 'pending', result JSONB, created_at TIMESTAMPTZ DEFAULT now(),
  updated_at TIMESTAMPTZ DEFAULT now())`;

const doneTrigger = (on: string, id: string) => `
  CREATE FUNCTION bench_done() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('bench_done', ${id}::text); RETURN NULL; END $$;
  CREATE TRIGGER bench_done AFTER ${on} EXECUTE FUNCTION bench_done()`;

const commands = {
  observe: doneTrigger("UPDATE ON commands FOR EACH ROW WHEN (NEW.status = 'done')", 'NEW.id'),
  insert: `INSERT INTO commands (id, guild_id, action, payload) VALUES ($1, '1', 'idle', '{}')`,
  before: '',
  after: '',
  fill: `INSERT INTO commands (guild_id, action, payload)
    SELECT n % ${guilds}, 'idle', jsonb_build_object('guild', n % ${guilds}, 'n', n)
    FROM generate_series(1, ${jobs}) AS n`,
  left: `SELECT EXISTS (SELECT FROM commands WHERE status = 'pending')
    OR EXISTS (SELECT FROM commands WHERE status = 'processing') AS left`,
  done: `SELECT count(*)::int AS done FROM commands WHERE status = 'done' AND payload ? 'n'`,
};

const finished = `
  INSERT INTO commands (guild_id, action, payload, status, result, created_at, updated_at, finished_at, attempts)
    SELECT n % ${guilds}, 'idle', '{}', 'done', '{"ok": true}', t, t, t, 1
    FROM generate_series(1, ${finishedRows}) AS n, LATERAL (SELECT now() - n * interval '1 second' AS t) AS age;
  ANALYZE commands`;

const graphile = {
  observe: doneTrigger('DELETE ON graphile_worker._private_jobs FOR EACH ROW', 'OLD.key'),
  insert: "SELECT graphile_worker.add_job('idle', '{}'::json, job_key => $1)",
  before: '',
  after: '',
  fill: `SELECT count(*) FROM (SELECT graphile_worker.add_jobs(ARRAY(
    SELECT ROW('idle', json_build_object('guild', n % ${guilds}, 'n', n), NULL, now(), 25, NULL, 0, NULL)
      ::graphile_worker.job_spec FROM generate_series(1, ${jobs}) AS n))) AS added`,
  left: 'SELECT EXISTS (SELECT FROM graphile_worker._private_jobs) AS left',
  // A job that has succeeded is deleted.
  done: `SELECT ${jobs} AS done`,
};

/** No queue: the trigger of the INSERT itself says that it is done. */
export const bareLimit = {
  name: 'bare limit',
  tables: `${contractTable}; ${doneTrigger('INSERT ON commands FOR EACH ROW', 'NEW.id')}`,
  insert: commands.insert,
};

export function contendersWith(ours: string): Contender[] {
  return [
    { name: 'vagrolant', command: [ours], ...commands },
    { name: `vagrolant with ${finishedRows} finished`, command: [ours], stock: finished, ...commands },
    { name: 'graphile-worker', command: [node, path.join(here, 'queue_graphile.ts')], ...graphile },
    {
      name: 'graphile-worker batched',
      command: [node, path.join(here, 'queue_graphile.ts'), 'batched'],
      ...graphile,
    },
    {
      name: 'pg-boss',
      command: [node, path.join(here, 'queue_pgboss.ts')],
      observe: doneTrigger("UPDATE ON pgboss.job FOR EACH ROW WHEN (NEW.state = 'completed')", 'NEW.id'),
      before: '[{"id":"',
      after: '","name":"idle","data":{}}]',
      fill: `SELECT json_agg(json_build_object('id', gen_random_uuid(), 'name', 'idle', 'data',
        json_build_object('guild', n % ${guilds}, 'n', n)))::text AS parameter FROM generate_series(1, ${jobs}) AS n`,
      left: "SELECT EXISTS (SELECT FROM pgboss.job WHERE state < 'completed') AS left",
      done: `SELECT count(*)::int AS done FROM pgboss.job WHERE state = 'completed' AND data ? 'n'`,
    },
    {
      name: 'contract loop',
      command: [node, path.join(here, 'queue_loop.ts')],
      prepare: contractTable,
      ...commands,
    },
  ];
}
