import { GatewayIntentBits as I, GatewayOpcodes as Op } from 'discord-api-types/v10';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RawClient } from './raw_client.ts';
import { type Fixture, startFixture } from './support.ts';

let it: Fixture;
beforeEach(async () => {
  it = await startFixture({ gatewayLimits: { maxGuildsPerShard: 2 } });
});
afterEach(() => it.close());

const properties = { os: 'linux', browser: 'test', device: 'test' };

async function hello(): Promise<RawClient> {
  const client = it.connect();
  await client.op(Op.Hello);
  return client;
}

test('4001: an opcode that no client may send', async () => {
  for (const op of [0, 5, 7, 9, 10, 11, 12, 99]) {
    const { client } = await it.identified();
    client.send(op, null);
    expect(await client.closed, `op ${op}`).toBe(4001);
  }
});

test.each([
  ['no JSON', 'bonjour'],
  ['no object', '[]'],
  ['no opcode', '{"d":1}'],
  ['an opcode that is no number', '{"op":"1"}'],
  ['deep nesting', '['.repeat(2000)],
  ['a heartbeat of the wrong type', '{"op":1,"d":"x"}'],
  ['an identify without a token', JSON.stringify({ op: 2, d: { intents: 1, properties } })],
  ['an identify without properties', JSON.stringify({ op: 2, d: { token: 'x', intents: 1 } })],
])('4002: %s', async (_, text) => {
  const client = await hello();
  client.write(text);
  expect(await client.closed).toBe(4002);
});

test('4002: more than 4096 bytes; 4096 are taken', async () => {
  const frame = (bytes: number) => {
    const bare = JSON.stringify({ op: 1, d: null, x: '' }).length;
    return JSON.stringify({ op: 1, d: null, x: 'x'.repeat(bytes - bare) });
  };
  const client = await hello();
  client.write(frame(4096));
  await client.op(Op.HeartbeatAck);
  // Bytes count, not characters.
  const accents = JSON.stringify({ op: 1, d: null, x: 'é'.repeat(2040) });
  expect(accents.length).toBeLessThan(4096);
  client.write(accents);
  expect(await client.closed).toBe(4002);
});

test('4003: anything but heartbeat, identify and resume before identify', async () => {
  for (const op of [Op.PresenceUpdate, Op.VoiceStateUpdate, Op.RequestGuildMembers, 31, 43]) {
    const client = await hello();
    client.send(op, {});
    expect(await client.closed, `op ${op}`).toBe(4003);
  }
});

test('4004: a wrong token, in identify and in resume', async () => {
  const first = await hello();
  first.identify('nonsense');
  expect(await first.closed).toBe(4004);
  const second = await hello();
  second.send(Op.Resume, { token: 'nonsense', session_id: 'x', seq: 1 });
  expect(await second.closed).toBe(4004);
});

test('4005: identify or resume twice', async () => {
  const { client } = await it.identified();
  client.identify(it.token);
  expect(await client.closed).toBe(4005);
  const { client: again, ready } = await it.identified();
  again.send(Op.Resume, { token: it.token, session_id: ready.d.session_id, seq: 1 });
  expect(await again.closed).toBe(4005);
});

test('4007: a sequence that was never sent', async () => {
  const { client, ready } = await it.identified();
  client.terminate();
  const next = await hello();
  next.send(Op.Resume, { token: it.token, session_id: ready.d.session_id, seq: 1000 });
  expect(await next.closed).toBe(4007);
});

test('4008: the 121st event of a minute', async () => {
  const client = await hello();
  for (let n = 0; n < 120; n++) client.send(Op.Heartbeat, null);
  await client.frame(() => client.frames.filter(({ op }) => op === Op.HeartbeatAck).length === 120);
  client.send(Op.Heartbeat, null);
  expect(await client.closed).toBe(4008);
});

test.each([[[1, 1]], [[-1, 2]], [[0, 0]], [[0]], [[0, 1, 2]]])('4010: shard %j', async (shard) => {
  const client = await hello();
  client.identify(it.token, { shard });
  expect(await client.closed).toBe(4010);
});

test('4011: more guilds than a shard may have', async () => {
  await it.control.people('create-guild', { name: 'Deux' });
  await it.identified();
  await it.control.people('create-guild', { name: 'Trois' });
  const client = await hello();
  client.identify(it.token);
  expect(await client.closed).toBe(4011);
});

test('4012: another version', async () => {
  expect(await it.connect({ query: { v: '6' } }).closed).toBe(4012);
});

test('4013: intents that do not exist', async () => {
  for (const intents of [-1, 1 << 17, 1 << 30, 2 ** 40]) {
    const client = await hello();
    client.identify(it.token, { intents });
    expect(await client.closed, String(intents)).toBe(4013);
  }
});

test('4014: privileged intents that the application may not use', async () => {
  await it.control.weather('intents', { allowed: I.GuildMembers });
  await it.identified({ intents: I.Guilds | I.GuildMembers });
  const client = await hello();
  client.identify(it.token, { intents: I.Guilds | I.MessageContent });
  expect(await client.closed).toBe(4014);
});

test('a drop with a code, and one without', async () => {
  const { client } = await it.identified();
  expect(await it.control.weather('drop-gateway', { closeCode: 4000 })).toEqual({ dropped: 1 });
  expect(await client.closed).toBe(4000);
  const { client: other } = await it.identified();
  await it.control.weather('drop-gateway', { shard: 0 });
  expect(await other.closed).toBe(1006);
});
