import { GatewayIntentBits as I, GatewayOpcodes as Op } from 'discord-api-types/v10';
import { afterEach, expect, test } from 'vitest';
import { type Fixture, startFixture } from './support.ts';

let it: Fixture;
afterEach(() => it.close());

test('one identify per 5 s and concurrency bucket; the next is an invalid session', async () => {
  let now = Date.now();
  it = await startFixture({ now: () => now, gatewayLimits: { identifyWindowMs: 5000 } });
  await it.identified({ shard: [0, 4] });
  const client = it.connect();
  await client.op(Op.Hello);
  client.identify(it.token, { shard: [1, 4] });
  expect((await client.op(Op.InvalidSession)).d).toBe(false);

  now += 4999;
  const from = client.frames.length;
  client.identify(it.token, { shard: [1, 4] });
  await client.op(Op.InvalidSession, from);
  now += 1;
  client.identify(it.token, { shard: [1, 4] });
  await client.dispatch('READY');

  await it.control.weather('session-limits', { maxConcurrency: 2 });
  now += 5000;
  await it.identified({ shard: [0, 4] });
  await it.identified({ shard: [1, 4] });
  const same = it.connect();
  await same.op(Op.Hello);
  same.identify(it.token, { shard: [2, 4] });
  expect((await same.op(Op.InvalidSession)).d).toBe(false);
});

test('each identify counts against the day; one too many ends every session', async () => {
  it = await startFixture();
  await it.control.weather('session-limits', { remaining: 2 });
  const left = async () => (await it.call('GET', '/gateway/bot')).body.session_start_limit.remaining;
  const { client: first } = await it.identified();
  expect(await left()).toBe(1);
  const { client: second } = await it.identified();
  expect(await left()).toBe(0);
  const third = it.connect();
  await third.op(Op.Hello);
  third.identify(it.token);
  expect(await Promise.all([first.closed, second.closed, third.closed])).toEqual([4004, 4004, 4004]);
  expect((await it.control.state()).sessions).toEqual([]);
});

test('each shard gets its guilds, shard 0 what belongs to no guild', async () => {
  it = await startFixture();
  const ids = ['200000000000000001', '300000000000000001', '400000000000000001', '500000000000000001'];
  for (const id of ids) await it.control.people('create-guild', { name: `Serveur ${id}`, id });
  const all = [it.guild.id, ...ids];
  const shardOf = (id: string) => Number((BigInt(id) >> 22n) % 3n);
  const intents = I.Guilds | I.GuildMessages | I.DirectMessages;
  for (const shard of [0, 1, 2]) {
    const { client, ready } = await it.identified({ intents, shard: [shard, 3] });
    const expected = all.filter((id) => shardOf(id) === shard);
    expect(ready.d.guilds.map(({ id }: { id: string }) => id)).toEqual(expected);
    await it.control.people('write', { channelId: it.member, userId: it.member, content: 'en privé' });
    await it.control.people('write', { channelId: it.text.id, userId: it.member, content: 'en public' });
    await client.settle();
    const contents = client.named('MESSAGE_CREATE').map(({ d }) => d.content);
    expect(contents).toEqual([
      ...(shard === 0 ? ['en privé'] : []),
      ...(shardOf(it.guild.id) === shard ? [''] : []),
    ]);
    client.close();
  }
});

test('the weather invalidates sessions and asks for a reconnect', async () => {
  it = await startFixture({ gatewayLimits: { reconnectGraceMs: 0 } });
  const { client, ready } = await it.identified();
  await it.control.weather('invalid-session', { resumable: true });
  expect((await client.op(Op.InvalidSession)).d).toBe(true);
  await it.control.weather('ask-reconnect', {});
  await client.op(Op.Reconnect);
  await client.closed;
  const next = it.connect();
  await next.op(Op.Hello);
  next.send(Op.Resume, { token: it.token, session_id: ready.d.session_id, seq: 1 });
  await next.dispatch('RESUMED');
  const from = next.frames.length;
  await it.control.weather('invalid-session', { resumable: false });
  expect((await next.op(Op.InvalidSession, from)).d).toBe(false);
  next.identify(it.token);
  await next.dispatch('READY', from);
});

test('a stalled connection is silent, and says afterwards what it held back', async () => {
  it = await startFixture();
  const { client } = await it.identified({ intents: I.Guilds | I.GuildMessages });
  await client.settle();
  await it.control.weather('stall-gateway', { on: true });
  const before = client.frames.length;
  const since = it.stream.seq;
  client.send(Op.Heartbeat, null);
  await it.control.people('write', { channelId: it.text.id, userId: it.member, content: 'silence' });
  await it.control.waitFor((event) => event.type === 'gateway' && event.what === 'heartbeat', { since });
  expect(client.frames).toHaveLength(before);
  await it.control.weather('stall-gateway', { on: false });
  await client.op(Op.HeartbeatAck, before);
  await client.dispatch('MESSAGE_CREATE', before);
});

test('a raw frame arrives as it is', async () => {
  it = await startFixture();
  const { client } = await it.identified();
  await it.control.weather('raw-frame', { text: '{"op":0,"t":"NONSENSE","s":null,"d":{"deep":[[[]]]}}' });
  expect((await client.dispatch('NONSENSE')).d).toEqual({ deep: [[[]]] });
});
