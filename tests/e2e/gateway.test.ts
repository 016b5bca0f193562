/** The gateway connection under every kind of weather: nothing is missed, and what cannot be mended is told. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SandboxEvent } from '../../sandbox/src/control/api.ts';
import type { BotProcess } from '../support/bot.ts';
import { Scene } from '../support/scene.ts';

const scene = await Scene.set();
const { client, guildId } = scene;

// A process of its own for each test: one whose connections break in quick succession waits longer and longer.
let bot: BotProcess;
beforeEach(async () => {
  bot = await scene.start();
});
afterEach(async () => {
  await client.weather('clear', {});
  await bot.stop();
});

type GatewayEvent = Extract<SandboxEvent, { type: 'gateway' }>;
const happened = (what: GatewayEvent['what']) => (event: SandboxEvent) =>
  event.type === 'gateway' && event.what === what;

async function channelNames(): Promise<string[]> {
  const row = await scene.database.command(guildId, 'listTextChannels');
  expect(row.status).toBe('done');
  return (row.result!.channels as { name: string }[]).map(({ name }) => name);
}

/** Something that happens while the bot is away must be known to it afterwards. */
async function createChannel(name: string) {
  return client.people('create-channel', { guildId, channel: { name, type: 0 } });
}

describe('a connection that ends is resumed, and nothing is missed', () => {
  test.each([
    ['cut without a word', () => client.weather('drop-gateway', {})],
    ['closed with 4000', () => client.weather('drop-gateway', { closeCode: 4000 })],
    ['closed with 4002', () => client.weather('drop-gateway', { closeCode: 4002 })],
    ['closed with 4008', () => client.weather('drop-gateway', { closeCode: 4008 })],
    ['asked to reconnect', () => client.weather('ask-reconnect', {})],
    ['invalid, but resumable', () => client.weather('invalid-session', { resumable: true })],
  ])('%s', async (name, strike) => {
    const since = scene.sandbox.stream.seq;
    await strike();
    const channel = `pendant-${name.replaceAll(/\W+/g, '-')}`;
    await createChannel(channel);
    await scene.event(happened('resumed'), { since });
    await expect.poll(channelNames).toContain(channel);
    const events = scene.sandbox.stream.since(since);
    expect(events.filter(happened('identified'))).toEqual([]);
    expect(events.filter(happened('connected'))).toEqual(
      events.filter(happened('connected')).map(() => expect.objectContaining({ atResumeUrl: true })),
    );
  });
});

describe('a session that is over is begun anew', () => {
  test.each([
    ['invalid session', () => client.weather('invalid-session', { resumable: false })],
    ['closed with 4009', () => client.weather('drop-gateway', { closeCode: 4009 })],
  ])('%s', async (name, strike) => {
    const since = scene.sandbox.stream.seq;
    await strike();
    const channel = `pendant-${name.replaceAll(/\W+/g, '-')}`;
    await createChannel(channel);
    await scene.event(happened('identified'), { since, timeoutMs: 20_000 });
    await expect.poll(channelNames, { timeout: 10_000 }).toContain(channel);
  });
});

test('when heartbeats are no longer acknowledged, the connection is given up and resumed', async () => {
  await client.weather('session-limits', { heartbeatIntervalMs: 300 });
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
  await client.weather('session-limits', { heartbeatIntervalMs: 41_250 });
});

describe('frames that make no sense', () => {
  test('a dispatch of another shape is logged with the path of the field, and the connection goes on', async () => {
    const since = scene.sandbox.stream.seq;
    const text = JSON.stringify({
      op: 0,
      s: null,
      t: 'CHANNEL_UPDATE',
      d: { id: '1', type: 'text', guild_id: guildId },
    });
    await client.weather('raw-frame', { text });
    const line = await bot.logged(
      ({ level, ...line }) => level !== 'debug' && JSON.stringify(line).includes('CHANNEL_UPDATE'),
    );
    expect(JSON.stringify(line)).toContain('type');
    expect(await channelNames()).toContain('général');
    expect(scene.sandbox.stream.since(since).filter(happened('closed'))).toEqual([]);
  });

  test.each([
    ['no JSON', 'this is not JSON'],
    ['half a frame', '{"op":0,"t":"MESSAGE_CREATE","s":5,"d":{"id":"1"'],
    ['an array', '[1,2,3]'],
    ['an operation that does not exist', '{"op":99,"d":null,"s":null,"t":null}'],
    ['a hello without its interval', '{"op":10,"d":{},"s":null,"t":null}'],
    [
      'a thousand levels',
      `{"op":0,"s":null,"t":"CHANNEL_UPDATE","d":${'['.repeat(1000)}${']'.repeat(1000)}}`,
    ],
  ])('%s', async (_, text) => {
    const { sent } = await client.weather('raw-frame', { text });
    expect(sent).toBe(1);
    const channel = `apres-${text.length}`;
    await createChannel(channel);
    await expect.poll(channelNames, { timeout: 10_000 }).toContain(channel);
  });
});

describe('what Discord refuses for good ends the process with 3 and says what to do', () => {
  test('a wrong token', async () => {
    const refused = scene.launch({ BOT_TOKEN: 'MTIzNDU2Nzg5.Gabcde.d3JvbmctdG9rZW4' });
    expect(await refused.end()).toMatchObject({ code: 3 });
    expect(refused.output).toContain('BOT_TOKEN');
    expect(refused.output).toContain('https://discord.com/developers/applications');
  });

  test('an intent that is not switched on', async () => {
    await client.weather('intents', { allowed: 0 });
    const refused = scene.launch({ ENABLE_PRESENCES: 'true' });
    expect(await refused.end()).toMatchObject({ code: 3 });
    expect(refused.output).toContain('Presence Intent');
    expect(refused.output).toContain('https://discord.com/developers/applications');
  });

  test('a close with 4004 in the middle of a session', async () => {
    await client.weather('drop-gateway', { closeCode: 4004 });
    expect(await bot.end()).toMatchObject({ code: 3 });
    expect(bot.output).toContain('BOT_TOKEN');
  });
});
