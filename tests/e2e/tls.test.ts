/** Certificates: an authority that is trusted, one that is not, and a certificate for somebody else. */
import { afterAll, expect, test } from 'vitest';
import { createSandbox } from '../../sandbox/src/server.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/src/server.ts';
import { BotProcess } from '../support/bot.ts';
import { TestDatabase } from '../support/database.ts';

const database = await TestDatabase.create();
const open: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of open) await one.close();
  await database.drop();
});

async function launch(options: SandboxOptions, settings: (sandbox: Sandbox) => Record<string, string>) {
  const sandbox = await createSandbox({ tls: true, ...options });
  open.push(sandbox);
  const bot = new BotProcess({
    BOT_TOKEN: sandbox.ready.botToken,
    DATABASE_URL: database.url,
    DISCORD_API_URL: sandbox.ready.api,
    ...settings(sandbox),
  });
  open.unshift({
    close: async () => {
      bot.kill('SIGKILL');
      await bot.exited;
    },
  });
  return { sandbox, bot };
}

test('with DISCORD_CA_FILE the private authority is trusted, for REST and gateway', async () => {
  const { sandbox, bot } = await launch({}, ({ ready }) => ({ DISCORD_CA_FILE: ready.ca! }));
  expect(sandbox.ready.api).toMatch(/^https:/);
  expect(sandbox.ready.gateway).toMatch(/^wss:/);
  await bot.ready();
  expect((await database.command(sandbox.ready.guildId, 'listTextChannels')).status).toBe('done');
  expect(await bot.stop()).toMatchObject({ code: 0 });
});

test.each<[string, SandboxOptions, (sandbox: Sandbox) => Record<string, string>]>([
  ['an unknown authority', {}, () => ({})],
  [
    'a certificate with another name',
    { tlsNames: ['example.org'] },
    ({ ready }) => ({ DISCORD_CA_FILE: ready.ca! }),
  ],
])('%s is refused before a token is sent', async (_, options, settings) => {
  const { sandbox, bot } = await launch(options, settings);
  const line = await bot.logged(
    ({ level, event }) => level === 'warning' && event === 'discord does not answer',
  );
  expect(line.error).toMatch(/certificate/i);
  expect(sandbox.stream.since(0).filter(({ type }) => type === 'rest')).toEqual([]);
  expect(await bot.stop()).toMatchObject({ code: 0 });
});
