/** The gateway connection under every kind of weather: nothing is missed, and what cannot be mended is told. */
import { describe } from 'vitest';
import type { SandboxEvent } from '../../sandbox/src/control/api.ts';
import { sceneTest as test } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

type GatewayEvent = Extract<SandboxEvent, { type: 'gateway' }>;
const happened = (what: GatewayEvent['what']) => (event: SandboxEvent) =>
  event.type === 'gateway' && event.what === what;

async function channelNames({ database, guildId }: Scene): Promise<string[]> {
  const { result } = await database.command(guildId, 'listTextChannels');
  return (result!.channels as { name: string }[]).map(({ name }) => name);
}

/** Something that happens while the bot is away must be known to it afterwards. */
const createChannel = ({ client, guildId }: Scene, name: string) =>
  client.people('create-channel', { guildId, channel: { name, type: 0 } });

describe('a connection that ends is resumed, and nothing is missed', () => {
  test.concurrent.for([
    ['cut without a word', ({ client }: Scene) => client.weather('drop-gateway', {})],
    ['closed with 4000', ({ client }: Scene) => client.weather('drop-gateway', { closeCode: 4000 })],
    ['closed with 4002', ({ client }: Scene) => client.weather('drop-gateway', { closeCode: 4002 })],
    ['closed with 4008', ({ client }: Scene) => client.weather('drop-gateway', { closeCode: 4008 })],
    ['asked to reconnect', ({ client }: Scene) => client.weather('ask-reconnect', {})],
    ['invalid, but resumable', ({ client }: Scene) => client.weather('invalid-session', { resumable: true })],
  ] as const)('%s', async ([, strike], { scene, bot, expect }) => {
    const since = scene.sandbox.stream.seq;
    await strike(scene);
    await createChannel(scene, 'pendant');
    await scene.event(happened('resumed'), { since });
    await expect.poll(() => channelNames(scene)).toContain('pendant');
    const events = scene.sandbox.stream.since(since);
    expect(events.filter(happened('identified'))).toEqual([]);
    expect(events.filter(happened('connected'))).toEqual(
      events.filter(happened('connected')).map(() => expect.objectContaining({ atResumeUrl: true })),
    );
    expect(await bot.stop()).toMatchObject({ code: 0 });
  });
});

describe('a session that is over is begun anew', () => {
  test.concurrent.for([
    ['invalid session', ({ client }: Scene) => client.weather('invalid-session', { resumable: false })],
    ['closed with 4009', ({ client }: Scene) => client.weather('drop-gateway', { closeCode: 4009 })],
  ] as const)('%s', async ([, strike], { scene, bot, expect }) => {
    const since = scene.sandbox.stream.seq;
    await strike(scene);
    await createChannel(scene, 'pendant');
    await scene.event(happened('identified'), { since, timeoutMs: 20_000 });
    await expect.poll(() => channelNames(scene)).toContain('pendant');
    expect(await bot.stop()).toMatchObject({ code: 0 });
  });
});

test.concurrent(
  'when heartbeats are no longer acknowledged, the connection is given up and resumed',
  async ({ scene, bot, expect }) => {
    const { client } = scene;
    // Long enough for a machine under load to keep in time.
    await client.weather('session-limits', { heartbeatIntervalMs: 2_000 });
    let since = scene.sandbox.stream.seq;
    await client.weather('drop-gateway', {});
    await scene.event(happened('resumed'), { since });
    await scene.event(happened('heartbeat'), { since });
    since = scene.sandbox.stream.seq;
    await client.weather('lose-heartbeat-acks', { on: true });
    const closed = (await scene.event(happened('closed'), { since })) as GatewayEvent;
    expect(closed.closedBy).toBe('client');
    expect([1000, 1001]).not.toContain(closed.closeCode);
    await client.weather('lose-heartbeat-acks', { on: false });
    await scene.event(happened('resumed'), { since: closed.seq });
    expect(await bot.stop()).toMatchObject({ code: 0 });
  },
);

describe('frames that make no sense', () => {
  test.concurrent(
    'a dispatch of another shape is logged with the path of the field, and the connection goes on',
    async ({ scene, bot, expect }) => {
      const since = scene.sandbox.stream.seq;
      const data = { id: '1', type: 'text', guild_id: scene.guildId };
      const text = JSON.stringify({ op: 0, s: null, t: 'CHANNEL_UPDATE', d: data });
      await scene.client.weather('raw-frame', { text });
      const line = await bot.logged(
        ({ level, ...line }) => level !== 'debug' && JSON.stringify(line).includes('CHANNEL_UPDATE'),
      );
      expect(JSON.stringify(line)).toContain('type');
      expect(await channelNames(scene)).toContain('général');
      expect(scene.sandbox.stream.since(since).filter(happened('closed'))).toEqual([]);
    },
  );

  test.concurrent.for([
    ['no JSON', 'this is not JSON'],
    ['half a frame', '{"op":0,"t":"MESSAGE_CREATE","s":5,"d":{"id":"1"'],
    ['an array', '[1,2,3]'],
    ['an operation that does not exist', '{"op":99,"d":null,"s":null,"t":null}'],
    ['a hello without its interval', '{"op":10,"d":{},"s":null,"t":null}'],
    [
      'a thousand levels',
      `{"op":0,"s":null,"t":"CHANNEL_UPDATE","d":${'['.repeat(1000)}${']'.repeat(1000)}}`,
    ],
  ] as const)('%s', async ([, text], { scene, bot, expect }) => {
    expect(await scene.client.weather('raw-frame', { text })).toEqual({ sent: 1 });
    await createChannel(scene, 'ensuite');
    await expect.poll(() => channelNames(scene)).toContain('ensuite');
    expect(await bot.stop()).toMatchObject({ code: 0 });
  });
});

describe('what Discord refuses for good ends the process with 3 and says what to do', () => {
  test.concurrent('a wrong token', async ({ scene, expect }) => {
    const refused = scene.launch({ BOT_TOKEN: 'MTIzNDU2Nzg5.Gabcde.d3JvbmctdG9rZW4' });
    expect(await refused.end()).toMatchObject({ code: 3 });
    expect(refused.output).toContain('BOT_TOKEN');
    expect(refused.output).toContain('https://discord.com/developers/applications');
  });

  test.concurrent('an intent that is not switched on', async ({ scene, expect }) => {
    await scene.client.weather('intents', { allowed: 0 });
    const refused = scene.launch({ ENABLE_PRESENCES: 'true' });
    expect(await refused.end()).toMatchObject({ code: 3 });
    expect(refused.output).toContain('Presence Intent');
    expect(refused.output).toContain('https://discord.com/developers/applications');
  });

  test.concurrent('a close with 4004 in the middle of a session', async ({ scene, bot, expect }) => {
    await scene.client.weather('drop-gateway', { closeCode: 4004 });
    expect(await bot.end()).toMatchObject({ code: 3 });
    expect(bot.output).toContain('BOT_TOKEN');
  });
});
