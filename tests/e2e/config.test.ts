/** What an operator is told when something is wrong with the settings. */
import { expect, test } from 'vitest';
import { BotProcess } from '../support/bot.ts';

async function run(environment: Record<string, string>, args: string[] = []) {
  const bot = new BotProcess(environment, args);
  const { code } = await bot.end(5_000);
  return { code, output: bot.output };
}

const token = 'MTIzNDU2Nzg5.Gabcde.c2VjcmV0LXRva2Vu';
const fine = { BOT_TOKEN: token, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' };

test('without BOT_TOKEN it stops at once and says where a token comes from', async () => {
  const { code, output } = await run({ DATABASE_URL: fine.DATABASE_URL });
  expect(code).toBe(2);
  expect(output).toContain('BOT_TOKEN: missing');
  expect(output).toContain('https://discord.com/developers/applications');
});

test('every mistake is named at once, and no secret', async () => {
  const { code, output } = await run({
    BOT_TOKEN: `Bot ${token}`,
    DATABASE_URL: 'mysql://user:hunter2hunter2@db/x',
    LOG_LEVEL: 'LOUD',
    TIMEZONE: 'Europe/Atlantis',
    SHARD_COUNT: 'many',
    HTTP_LISTEN: 'nowhere',
  });
  expect(code).toBe(2);
  for (const name of ['BOT_TOKEN', 'DATABASE_URL', 'LOG_LEVEL', 'TIMEZONE', 'SHARD_COUNT', 'HTTP_LISTEN']) {
    expect(output).toContain(`${name}: `);
  }
  expect(output).toContain('6 mistakes');
  expect(output).not.toContain('hunter2');
});

test('--check-config says that all is fine, or what is not', async () => {
  expect(await run(fine, ['--check-config'])).toMatchObject({
    code: 0,
    output: 'The configuration is fine.\n',
  });
  expect((await run({}, ['--check-config'])).code).toBe(2);
});

test('--version and --help need no configuration', async () => {
  const version = await run({}, ['--version']);
  expect(version.code).toBe(0);
  expect(version.output).toMatch(/^vagrolant \d+\.\d+\.\d+\n$/);
  const help = await run({}, ['--help']);
  expect(help.code).toBe(0);
  expect(help.output).toContain('--check-config');
});

test('an unknown option is refused', async () => {
  expect((await run(fine, ['--frobnicate'])).code).not.toBe(0);
});
