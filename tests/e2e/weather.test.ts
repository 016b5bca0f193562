/** Storms at Discord's, nonsense for answers, and a database that goes away. */
import { afterEach, afterAll, describe, expect, test } from 'vitest';
import { startPostgres } from '../support/database.ts';
import { Scene } from '../support/scene.ts';

const postgres = await startPostgres();
afterAll(() => postgres.remove());
const scene = await Scene.set({ databaseServer: postgres.url });
const { client, guildId } = scene;
const route = '/channels/\\d+/messages';

afterEach(() => client.weather('clear', {}));

describe('while it starts', () => {
  test.each([
    ['Discord fails', { kind: 'status', status: 503, count: 6 } as const],
    ['Discord limits', { kind: 'rate-limit', retryAfter: 0.2, scope: 'global', count: 4 } as const],
    ['answers make no sense', { kind: 'garbage', body: '{"url":5,"id":[', count: 1 } as const],
    ['answers are of another shape', { kind: 'garbage', body: '{"url":5,"id":[]}', count: 1 } as const],
    [
      'a proxy answers in HTML',
      { kind: 'status', status: 502, body: '<html>Bad Gateway</html>', count: 2 } as const,
    ],
    ['connections are cut', { kind: 'cut-before', count: 3 } as const],
  ])('%s', async (_, fault) => {
    await client.weather('rest', fault);
    const bot = await scene.start();
    expect((await scene.database.command(guildId, 'listTextChannels')).status).toBe('done');
    expect(await bot.stop()).toMatchObject({ code: 0 });
  });
});

describe('while it runs', async () => {
  const bot = await scene.start();

  test.each([
    ['global limits', { kind: 'rate-limit', retryAfter: 0.2, scope: 'global', count: 3 } as const],
    ['failures', { kind: 'status', status: 500, count: 3 } as const],
  ])('%s in a row only delay an announcement', async (name, fault) => {
    await client.weather('rest', { route, method: 'POST', ...fault });
    const row = await scene.database.command(guildId, 'announce', {
      channelId: scene.channel('général'),
      message: name,
    });
    expect(row).toMatchObject({ status: 'done', result: { ok: true } });
  });

  test('an answer that makes no sense becomes a reason, and a log line with its path', async () => {
    await client.weather('rest', { route, method: 'POST', kind: 'garbage', body: '{"id":{}}', count: 5 });
    const channelId = scene.channel('ressources');
    const row = await scene.database.command(guildId, 'announce', { channelId, message: 'Bonjour' });
    expect(row).toMatchObject({ status: 'error', result: { ok: false, code: 'discord_unreachable' } });
    const line = await bot.logged(({ event }) => event === 'command failed');
    expect(line.error).toContain('POST /channels/{id}/messages');
    expect(line.error).toContain('id:');
    await client.weather('clear', {});
    const next = await scene.database.command(guildId, 'announce', { channelId, message: 'Bonjour' });
    expect(next.status).toBe('done');
  });

  test('a database that hangs: /ping asks Discord for time, then says that it does not answer', async () => {
    const userId = scene.sandbox.world.guilds.get(guildId)!.ownerId;
    const thaw = await postgres.freeze(scene.database.name);
    try {
      const { callbackType, message } = await client.people('command', {
        channelId: scene.channel('général'),
        userId,
        name: 'ping',
        locale: 'fr',
        waitForFinal: true,
      });
      expect(callbackType).toBe(5);
      expect(message!.flags! & 64).toBe(64);
      expect(message!.embeds[0]!.fields!.find(({ name }) => name === 'Base de données')!.value).toBe(
        'ne répond pas',
      );
    } finally {
      thaw();
    }
    expect((await scene.database.command(guildId, 'listTextChannels')).status).toBe('done');
  });

  test('the database is restarted: /ping says that it is gone, and afterwards all works again', async () => {
    const ping = async () => {
      const userId = scene.sandbox.world.guilds.get(guildId)!.ownerId;
      const call = {
        channelId: scene.channel('général'),
        userId,
        name: 'ping',
        locale: 'fr',
        waitForFinal: true,
      };
      const { message } = await client.people('command', call);
      return message!.embeds[0]!.fields!.find(({ name }) => name === 'Base de données')!.value;
    };
    expect(await ping()).toMatch(/ms$/);
    await postgres.stop();
    expect(await ping()).toBe('ne répond pas');
    await postgres.start();
    await scene.database.listen();
    const row = await scene.database.command(guildId, 'listTextChannels');
    expect(row).toMatchObject({ status: 'done', result: { ok: true } });
    await expect.poll(ping, { timeout: 10_000 }).toMatch(/ms$/);
  });
});

test('a stop while the database hangs keeps its ten seconds', async () => {
  const bot = await scene.start();
  await client.weather('rest', { route, method: 'POST', kind: 'delay', ms: 60_000, count: 1 });
  const since = scene.sandbox.stream.seq;
  const channelId = scene.channel('général');
  const id = await scene.database.insert(guildId, 'announce', { channelId, message: 'Suspendu' });
  await scene.event(({ type }) => type === 'weather', { since });
  const thaw = await postgres.freeze(scene.database.name);
  try {
    bot.kill('SIGTERM');
    expect(await bot.end(11_000)).toMatchObject({ code: 0 });
  } finally {
    thaw();
  }
  await client.weather('clear', {});
  await scene.database.query("UPDATE commands SET status = 'error' WHERE id = $1", [id]);
});
