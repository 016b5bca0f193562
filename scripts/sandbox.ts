/**
 * sandbox.ts <binary>: a private PostgreSQL, the sandbox, a Supabase address and the bot, all connected; prints where
 * they are and runs until SIGINT or SIGTERM.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSandbox } from '@vagrolant/sandbox/server';
import { startSupabase } from '../tests/support/supabase.ts';

const SANDBOX_PORT = 4700;
const SUPABASE_PORT = 54321;
const BOT_READY_WITHIN_MS = 60_000;

const binary = process.argv[2] ?? 'build/release/vagrolant';

function step(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `wanted`, or 0 (any) where something else listens there. */
async function free(wanted: number): Promise<number> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => {
      resolve(0);
    });
    probe.listen(wanted, '127.0.0.1', () => {
      probe.close(() => {
        resolve(wanted);
      });
    });
  });
}

/** Kept between runs, so that a key copied into a script stays right. */
function jwtSecret(): string {
  const file = '.data/jwt-secret';
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

mkdirSync('.data', { recursive: true });
step('PostgreSQL …');
execFileSync('scripts/postgres.sh', ['start', '.data/sandbox-postgres'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
const databaseUrl = execFileSync('scripts/postgres.sh', ['url', '.data/sandbox-postgres'], {
  encoding: 'utf8',
}).trim();

step('Sandbox …');
const sandbox = await createSandbox({ port: await free(SANDBOX_PORT), seed: 'default' });
const { ready } = sandbox;

step('Bot …');
const bot = spawn(binary, [], {
  env: {
    ...process.env,
    BOT_TOKEN: ready.botToken,
    DISCORD_API_URL: ready.api,
    DATABASE_URL: databaseUrl,
    LOG_FORMAT: 'text',
  },
  stdio: ['ignore', 'ignore', 'pipe'],
});
// Whatever goes wrong below, the bot does not stay behind alone.
process.on('exit', () => bot.kill('SIGKILL'));
const botExit = once(bot, 'exit') as Promise<[number | null]>;
const logFile = createWriteStream('.data/bot.log');
bot.stderr.pipe(logFile);
let botLog = '';
const botReady = new Promise<void>((resolve) => {
  bot.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (botLog.length < 20_000) botLog += text;
    if (/^\S+ info +ready\b/m.test(botLog)) resolve();
  });
});
const late = new Promise<'late'>((resolve) => {
  setTimeout(resolve, BOT_READY_WITHIN_MS, 'late' as const).unref();
});
const first = await Promise.race([botReady.then(() => 'ready' as const), botExit, late]);
if (first !== 'ready') {
  step(`The bot did not get ready:\n${botLog}`);
  bot.kill('SIGKILL');
  await sandbox.close();
  process.exit(1);
}

step('Supabase address …');
const supabase = await startSupabase({
  databaseUrl,
  jwtSecret: jwtSecret(),
  port: await free(SUPABASE_PORT),
});

const channels = [...(sandbox.world.guilds.get(ready.guildId)?.channels.values() ?? [])];
const announcements = channels.find((one) => one.type === 5);
console.log(`
  Vagrolant is running, in a Discord of its own.

  Page               ${ready.page}
  Supabase URL       ${supabase.url}
  Supabase key       ${supabase.serviceKey}
  Guild              ${ready.guildId}
  Channel            ${announcements?.id ?? '(see the page)'}${announcements ? ` (#${announcements.name})` : ''}
  Discord API        ${ready.api}
  Control API        ${ready.control}
  PostgreSQL         ${databaseUrl}
  Bot's log          .data/bot.log

  Ctrl-C stops everything.
`);

let stopping = false;
async function stop(status: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  bot.kill('SIGTERM');
  await botExit;
  await supabase.close();
  await sandbox.close();
  execFileSync('scripts/postgres.sh', ['stop', '.data/sandbox-postgres'], { stdio: 'ignore' });
  process.exit(status);
}
process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));
void botExit.then(([code]) => {
  if (stopping) return;
  step(`The bot ended with exit code ${code}; its log is .data/bot.log`);
  void stop(1);
});
