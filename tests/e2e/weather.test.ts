/** Storms at Discord's, nonsense for answers, and a database that goes away. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { startPostgres } from '../support/database.ts';
import { Scene, sceneTest } from '../support/scene.ts';

const route = '/channels/\\d+/messages';

describe('while it starts', () => {
  sceneTest.concurrent.for([
    ['Discord fails', { kind: 'status', status: 503, count: 6 } as const],
    ['Discord limits', { kind: 'rate-limit', retryAfter: 0.2, scope: 'global', count: 4 } as const],
    ['answers make no sense', { kind: 'garbage', body: '{"url":5,"id":[', count: 1 } as const],
    ['answers are of another shape', { kind: 'garbage', body: '{"url":5,"id":[]}', count: 1 } as const],
    [
      'a proxy answers in HTML',
      { kind: 'status', status: 502, body: '<html>Bad Gateway</html>', count: 2 } as const,
    ],
    ['connections are cut', { kind: 'cut-before', count: 3 } as const],
  ] as const)('%s', async ([, fault], { scene, expect }) => {
    await scene.client.weather('rest', fault);
    const bot = await scene.start();
    expect((await scene.database.command(scene.guildId, 'listTextChannels')).status).toBe('done');
    expect(await bot.stop()).toMatchObject({ code: 0 });
  });
});

describe('while it runs', async () => {
  const scene = await Scene.set();
  const { client, guildId } = scene;
  const bot = await scene.start();
  afterEach(() => client.weather('clear', {}));

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
});

/** What /ping says of the database. */
async function ping(scene: Scene) {
  const { callbackType, message } = await scene.client.people('command', {
    channelId: scene.channel('général'),
    userId: scene.sandbox.world.guilds.get(scene.guildId)!.ownerId,
    name: 'ping',
    locale: 'fr',
    waitForFinal: true,
  });
  const { value } = message!.embeds[0]!.fields!.find(({ name }) => name === 'Base de données')!;
  return { callbackType, flags: message!.flags!, value };
}

describe('a database', async () => {
  const postgres = await startPostgres();
  afterAll(() => postgres.remove());
  const open = (onTestFinished: (fn: () => Promise<void>) => void) =>
    Scene.open({ databaseServer: postgres.url }).then((scene) => {
      onTestFinished(() => scene.strike());
      return scene;
    });

  test('that hangs: /ping asks Discord for time, then says that it does not answer', async ({
    onTestFinished,
    expect,
  }) => {
    const scene = await open(onTestFinished);
    await scene.start();
    const thaw = await postgres.freeze(scene.database.name);
    try {
      const { callbackType, flags, value } = await ping(scene);
      expect(callbackType).toBe(5);
      expect(flags & 64).toBe(64);
      expect(value).toBe('ne répond pas');
    } finally {
      thaw();
    }
    expect((await scene.database.command(scene.guildId, 'listTextChannels')).status).toBe('done');
  });

  test('that hangs: a stop keeps its ten seconds', async ({ onTestFinished, expect }) => {
    const scene = await open(onTestFinished);
    const bot = await scene.start();
    await scene.client.weather('rest', { route, method: 'POST', kind: 'delay', ms: 60_000, count: 1 });
    const since = scene.sandbox.stream.seq;
    const channelId = scene.channel('général');
    await scene.database.insert(scene.guildId, 'announce', { channelId, message: 'Suspendu' });
    await scene.event(({ type }) => type === 'weather', { since });
    const thaw = await postgres.freeze(scene.database.name);
    try {
      bot.kill('SIGTERM');
      expect(await bot.end(11_000)).toMatchObject({ code: 0 });
    } finally {
      thaw();
    }
  });

  test('that is restarted: /ping says that it is gone, and afterwards all works again', async ({
    onTestFinished,
  }) => {
    const scene = await open(onTestFinished);
    await scene.start();
    const says = async () => (await ping(scene)).value;
    expect(await says()).toMatch(/ms$/);
    await postgres.stop();
    expect(await says()).toBe('ne répond pas');
    await postgres.start();
    await scene.database.listen();
    const row = await scene.database.command(scene.guildId, 'listTextChannels');
    expect(row).toMatchObject({ status: 'done', result: { ok: true } });
    await expect.poll(says).toMatch(/ms$/);
  });
});
