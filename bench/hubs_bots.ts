/** The two bots of the hub bench, each in a process of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { HUB_NAME } from './hubs_scene.ts';
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
const LOOK_EVERY_MS = 20;
/** Of the lines in which a bot complains. */
const SHOWN_COMPLAINTS = 20;

export const startDiscordJs: StartBot = async (scene, perSecond) => {
  const { api, botToken } = scene.sandbox.ready;
  const program = path.join(here, 'hubs_discordjs.ts');
  const bot = await launch(process.execPath, [program, api.replace('/v10', ''), String(perSecond), botToken]);
  return { stop: () => bot.stop() };
};

/** No bot, but what the way there and back takes. */
export const startLimit: StartBot = async (scene) => {
  const { api, botToken } = scene.sandbox.ready;
  const program = path.join(here, 'hubs_limit.ts');
  const bot = await launch(process.execPath, [program, api, botToken, HUB_NAME]);
  return { stop: () => bot.stop() };
};

/** The real binary; its database is durable, as in production, and writes down every statement if asked to. */
export const startOurs =
  (binary: string, { statements = false } = {}): StartBot =>
  async (scene, perSecond) => {
    const server = execFileSync(script, ['start', data], { encoding: 'utf8' }).trim();
    const name = `bench_hubs_${process.pid}`;
    const admin = new pg.Client({ connectionString: server });
    await admin.connect();
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${name}`);
    if (statements) await admin.query(`ALTER DATABASE ${name} SET log_statement = 'all'`);
    const { rows } = await admin.query<{ data_directory: string }>('SHOW data_directory');
    const log = path.join(rows[0]!.data_directory, '../log');
    const url = server.replace(/\/postgres$/, `/${name}`);
    const environment = {
      BOT_TOKEN: scene.sandbox.ready.botToken,
      DISCORD_API_URL: scene.sandbox.ready.api,
      DISCORD_REQUESTS_PER_SECOND: String(perSecond),
      DATABASE_URL: url,
      // As discord.js has it. The sandbox would compress in Node's threads, and that would be measured.
      DISCORD_COMPRESSION: 'none',
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'INFO',
    };
    // The first start makes the tables, the second finds the hubs.
    await (await launch(binary, [], environment)).stop();
    await insertHubs(url, scene);
    const bot = await launch(binary, [], environment);
    const from = readFileSync(log).length;
    return {
      statements: () =>
        readFileSync(log)
          .subarray(from)
          .toString()
          .split('\n')
          .flatMap((text) => /LOG: {2}(?:statement|execute [^:]*): (.*)/.exec(text)?.[1] ?? []),
      async stop() {
        await bot.stop();
        await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
        await admin.end();
        execFileSync(script, ['stop', data]);
      },
    };
  };

/**
 * Starts a bot and waits for its word that it is ready. What it says goes into a file: reading it while members are
 * moved would cost the sandbox, which is this process, its time.
 */
async function launch(program: string, args: string[], environment?: Record<string, string>) {
  const directory = mkdtempSync(path.join(tmpdir(), 'vagrolant-bench-'));
  const file = path.join(directory, 'said');
  const said = openSync(file, 'w');
  const child = spawn(program, args, { cwd: directory, env: environment, stdio: ['ignore', said, said] });
  closeSync(said);
  const latest = Date.now() + READY_WITHIN_MS;
  while (!/"event":"ready"|^ready$/m.test(readFileSync(file, 'utf8'))) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || Date.now() > latest) {
      child.kill('SIGKILL');
      throw new Error(`${program} is not ready: ${readFileSync(file, 'utf8').slice(-2000)}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
  return {
    async stop() {
      await stop(child);
      complaints(readFileSync(file, 'utf8').split('\n'));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function complaints(lines: string[]): void {
  const some = lines.filter(
    (text) => text !== '' && text !== 'ready' && !/"level":"(info|debug)"/.test(text),
  );
  for (const text of some.slice(0, SHOWN_COMPLAINTS)) console.error(text);
  if (some.length > SHOWN_COMPLAINTS) console.error(`... and ${some.length - SHOWN_COMPLAINTS} lines more`);
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

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 12_000);
  await exited;
  clearTimeout(killer);
}
