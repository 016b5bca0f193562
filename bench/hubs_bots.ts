/** The two bots of the hub bench, each in a process of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Scene } from './hubs_scene.ts';

export interface Bot {
  stop(): Promise<void>;
  /** SQL that the database has been sent so far; only of bots that have a database. */
  statements?(): string[];
}

export type StartBot = (scene: Scene, perSecond: number) => Promise<Bot>;

const here = import.meta.dirname;
const script = path.join(path.dirname(here), 'scripts/postgres.sh');
const data = path.join(path.dirname(here), '.data/bench-hubs');
const READY_WITHIN_MS = 30_000;

export const startDiscordJs: StartBot = async (scene, perSecond) => {
  const { api, botToken } = scene.sandbox.ready;
  const program = path.join(here, 'hubs_discordjs.ts');
  const child = spawn(process.execPath, [program, api.replace('/v10', ''), String(perSecond), botToken], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await line(child, child.stdout!, (text) => text === 'ready');
  return { stop: () => stop(child) };
};

/** The real binary; its database is durable, as in production, and writes down every statement. */
export const startOurs =
  (binary: string): StartBot =>
  async (scene, perSecond) => {
    const server = execFileSync(script, ['start', data], { encoding: 'utf8' }).trim();
    const name = `bench_hubs_${process.pid}`;
    const admin = new pg.Client({ connectionString: server });
    await admin.connect();
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.query(`ALTER DATABASE ${name} SET log_statement = 'all'`);
    const { rows } = await admin.query<{ data_directory: string }>('SHOW data_directory');
    const log = path.join(rows[0]!.data_directory, '../log');
    const url = server.replace(/\/postgres$/, `/${name}`);
    const environment = {
      BOT_TOKEN: scene.sandbox.ready.botToken,
      DISCORD_API_URL: scene.sandbox.ready.api,
      DISCORD_REQUESTS_PER_SECOND: String(perSecond),
      DATABASE_URL: url,
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'INFO',
    };
    // The first start makes the tables, the second finds the hubs.
    await stop((await launch(binary, environment)).child);
    await insertHubs(url, scene);
    const { child, directory } = await launch(binary, environment);
    const from = readFileSync(log).length;
    return {
      statements: () =>
        readFileSync(log)
          .subarray(from)
          .toString()
          .split('\n')
          .flatMap((text) => /LOG: {2}(?:statement|execute [^:]*): (.*)/.exec(text)?.[1] ?? []),
      async stop() {
        await stop(child);
        rmSync(directory, { recursive: true, force: true });
        await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
        await admin.end();
        execFileSync(script, ['stop', data]);
      },
    };
  };

async function launch(binary: string, environment: Record<string, string>) {
  const directory = mkdtempSync(path.join(tmpdir(), 'vagrolant-bench-'));
  const child = spawn(binary, [], { cwd: directory, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  await line(child, child.stderr!, (text) => text.includes('"event":"ready"'));
  return { child, directory };
}

async function insertHubs(url: string, scene: Scene): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const { guildId, hubId } of scene.servers) {
    await client.query(
      `INSERT INTO voice_hubs (channel_id, guild_id, name_template, default_mode, user_limit, bitrate, region,
         overflow_categories, position, permissions_from, empty_grace, owner_leaves, keep_for, return_window,
         allowed_roles, max_rooms, member_per_minute, guild_per_minute, remember, created_at)
       VALUES ($1, $2, 'Salon de {member}', 'open', 0, 0, '', '{}', 'below', 'hub', 0, 'keep', 120, 300,
         '{}', 0, 20, 300, true, now())`,
      [hubId, guildId],
    );
  }
  await client.end();
}

/** Waits for a line of the child's output; reads on, so that the child never waits for a reader. */
async function line(
  child: ChildProcess,
  output: NodeJS.ReadableStream,
  wanted: (text: string) => boolean,
): Promise<void> {
  let last = '';
  const said = new Promise<true>((resolve) => {
    createInterface(output).on('line', (text) => {
      if (/"level":"(warning|error)"/.test(text)) console.error(text);
      last = text;
      if (wanted(text)) resolve(true);
    });
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the bot ended with ${code}: ${last}`)));
  });
  ended.catch(() => undefined);
  const late = sleep(READY_WITHIN_MS, undefined, { ref: false });
  if (!(await Promise.race([said, ended, late])))
    throw new Error(`the bot is not ready after ${READY_WITHIN_MS} ms: ${last}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 12_000);
  await exited;
  clearTimeout(killer);
}
