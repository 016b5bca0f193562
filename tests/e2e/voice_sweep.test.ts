/**
 * What the comparison that comes every few minutes finds by itself: events were lost, and neither a new session nor a
 * new process shows the world as it is.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HELD_MS, overwrite, P, VoiceScene } from '../support/voice.ts';

const SWEEP_SECONDS = 1;
/** Of whom nothing was heard for three sweeps is asked about in the next. */
const FOUND_MS = 20_000;

const voice = await VoiceScene.set({ seed: 'large:8:2', gatewayLimits: { identifyWindowMs: 0 } });
const { scene } = voice;
const { client } = scene;
const SHARDS = 2;
await client.weather('session-limits', { shards: SHARDS, maxConcurrency: SHARDS });
const environment = { VOICE_SWEEP_SECONDS: String(SWEEP_SECONDS) };
let bot = await scene.start(environment);

const connections = () =>
  scene.sandbox.stream.since(0).filter((event) => event.type === 'gateway' && event.what === 'connected')
    .length;
let connected = 0;
beforeEach(() => {
  connected = connections();
});
afterEach(() => client.weather('clear', {}));
const assertSameConnection = () => expect(connections()).toBe(connected);

const lose = (t: string, count = 1) => client.weather('lose-events', { t, count, guildId: voice.guild.id });

test('a room that everybody has left', async () => {
  const hub = await voice.hub();
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  await voice.panel(room);
  await lose('^VOICE_STATE_UPDATE$');
  const since = voice.seq;
  voice.leave(owner);
  await voice.happens(() => voice.channel(room) === undefined, 'the room is deleted', FOUND_MS);
  await voice.assertNothingLeft(hub);
  assertSameConnection();
  // The one who had gone was asked about once, and nothing else was needed.
  expect(voice.calls(since)).toEqual(['GET /guilds/{id}/voice-states/{id}', 'DELETE /channels/{id}']);
});

test('a room whose last one has gone where the bot may not enter', async () => {
  const hub = await voice.hub();
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  await voice.panel(room);
  const secret = await voice.createChannel({
    type: 2,
    name: 'Le secret',
    permission_overwrites: [
      overwrite(voice.world.bot.id, 1, { deny: P.Connect }),
      overwrite(owner, 1, { allow: P.ViewChannel | P.Connect }),
    ],
  });
  await lose('^VOICE_STATE_UPDATE$');
  // Discord does not tell the bot where he is (50013).
  voice.join(owner, secret);
  await voice.happens(() => voice.channel(room) === undefined, 'the room is deleted', FOUND_MS);
  expect(voice.where(owner)).toBe(secret);
  assertSameConnection();
  voice.leave(owner);
  await voice.assertNothingLeft(hub);
});

test('somebody who has gone from his room into a hub', async () => {
  const [hub, other] = [await voice.hub(), await voice.hub()];
  const owner = await voice.person();
  const first = await voice.enter(owner, hub);
  await voice.panel(first);
  await lose('^VOICE_STATE_UPDATE$');
  voice.join(owner, other);
  const room = await voice.moved(owner, other, FOUND_MS);
  await expect.poll(() => voice.row(room)).toMatchObject({ owner_id: owner, hub_id: other });
  await voice.gone(first);
  assertSameConnection();
  voice.leave(owner);
  await voice.gone(room);
  await voice.assertNothingLeft(hub);
  await voice.assertNothingLeft(other);
});

test('somebody who has come from nowhere into a hub: a new session tells who it is, and it is the only one', async () => {
  const hub = await voice.hub();
  const [owner, next] = [await voice.person(), await voice.person()];
  await lose('^VOICE_STATE_UPDATE$');
  voice.join(owner, hub);
  const room = await voice.moved(owner, hub, FOUND_MS);
  await voice.panel(room);
  expect(connections()).toBe(connected + 1);
  // Once in twelve sweeps at most: the next one waits longer.
  await lose('^VOICE_STATE_UPDATE$');
  const since = voice.seq;
  voice.join(next, hub);
  const asked = () =>
    scene.sandbox.stream.since(since).filter((event) => event.type === 'gateway' && event.op === 43).length;
  await voice.happens(() => asked() >= 4, 'the bot asks where people are', FOUND_MS);
  expect(voice.where(next)).toBe(hub);
  expect(connections()).toBe(connected + 1);
  const second = await voice.moved(next, hub, 2 * FOUND_MS);
  expect(connections()).toBe(connected + 2);
  for (const userId of [owner, next]) voice.leave(userId);
  await Promise.all([voice.gone(room), voice.gone(second)]);
  await voice.assertNothingLeft(hub);
}, 120_000);

test('an owner who has left while others stay', async () => {
  const hub = await voice.hub({ ownerLeaves: 'transfer' });
  const [owner, guest] = [await voice.person(), await voice.person()];
  const room = await voice.enter(owner, hub);
  voice.join(guest, room);
  await voice.panel(room);
  await lose('^VOICE_STATE_UPDATE$');
  voice.leave(owner);
  await expect.poll(async () => (await voice.row(room))?.owner_id, { timeout: FOUND_MS }).toBe(guest);
  assertSameConnection();
  voice.leave(guest);
  await voice.gone(room);
  await voice.assertNothingLeft(hub);
});

test('an event that comes long after Discord was asked moves nobody a second time', async () => {
  const hub = await voice.hub();
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  await voice.panel(room);
  const learnt = () =>
    bot.lines.filter((line) => line.event === "member's move learnt" && line.user === owner);
  const moves = () => voice.calls(since).filter((call) => call === 'PATCH /guilds/{id}/members/{id}');
  const since = voice.seq;
  // Of his first move too the bot would not hear otherwise.
  await scene.heard();
  await client.weather('gateway-lag', { ms: HELD_MS });
  voice.join(owner, hub);
  // At once: the bot may ask about him in this very moment.
  scene.sandbox.weather.loseEvents('^VOICE_STATE_UPDATE$', voice.guild.id, 1);
  // He is found in the hub, moved, found in his room; only then comes the event that he is in the hub.
  expect(await voice.moved(owner, hub, FOUND_MS)).toBe(room);
  await expect.poll(() => learnt().map(({ channel }) => channel), { timeout: FOUND_MS }).toEqual([hub, room]);
  const told = voice.seq;
  await client.weather('gateway-lag', { ms: 0 });
  const asks = 'GET /guilds/{id}/voice-states/{id}';
  await expect.poll(() => voice.calls(told)[0], { timeout: FOUND_MS }).toBe(asks);
  // Who comes again is served again.
  voice.join(owner, hub);
  expect(await voice.moved(owner, hub, FOUND_MS)).toBe(room);
  expect(moves()).toHaveLength(2);
  voice.leave(owner);
  await voice.gone(room);
  await voice.assertNothingLeft(hub);
}, 60_000);

test('who is where events have shown him stays, and is asked about now and then only', async () => {
  const hub = await voice.hub({ ownerLeaves: 'delete' });
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  await voice.panel(room);
  const since = voice.seq;
  const asked = () => voice.calls(since).filter((call) => call.includes('/voice-states/')).length;
  await expect.poll(asked, { timeout: FOUND_MS }).toBe(2);
  expect(voice.where(owner)).toBe(room);
  expect(voice.calls(since)).toHaveLength(2);
  voice.leave(owner);
  await voice.gone(room);
  await voice.assertNothingLeft(hub);
});

test('rows whose room is gone, and whose people are', async () => {
  const hub = await voice.hub();
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  await voice.panel(room);
  await lose('^(CHANNEL_DELETE|VOICE_STATE_UPDATE)$', 2);
  await client.people('delete-channel', { channelId: room });
  await expect.poll(() => voice.rows(hub), { timeout: FOUND_MS }).toEqual([]);
  assertSameConnection();
  await voice.assertNothingLeft(hub);
});

test('a room of which neither an answer nor an event has told', async () => {
  const hub = await voice.hub();
  const owner = await voice.person();
  const since = voice.seq;
  // Carried out when the row has been given up, by a process that is gone.
  const route = `/guilds/${voice.guild.id}/channels$`;
  await client.weather('rest', { kind: 'delay', ms: HELD_MS, method: 'POST', route, count: 1 });
  voice.join(owner, hub);
  await scene.event(({ type }) => type === 'weather', { since });
  bot.kill('SIGKILL');
  await bot.end();
  bot = await scene.start(environment);
  const room = await voice.moved(owner, hub, FOUND_MS);
  const givenUp = () =>
    scene.database.query('SELECT FROM voice_rooms WHERE hub_id = $1 AND given_up_at IS NOT NULL', [hub]);
  await expect.poll(givenUp, { timeout: FOUND_MS }).toHaveLength(1);
  connected = connections();
  await lose('^CHANNEL_CREATE$');
  const beside = () =>
    [...voice.guild.channels.values()].filter(
      ({ id, parent_id }) => parent_id === voice.channel(hub)!.parent_id && ![hub, room].includes(id),
    );
  const made = voice.happens(() => beside().length === 1, 'the late one is made');
  await Promise.all([made, voice.release()]);
  const [stray] = beside();
  await voice.happens(() => voice.channel(stray!.id) === undefined, 'it is deleted', FOUND_MS);
  assertSameConnection();
  voice.leave(owner);
  await voice.gone(room);
  await voice.assertNothingLeft(hub);
}, 60_000);

test('a shard that is away holds up its own servers only', async () => {
  const shardOf = (id: string) => Number((BigInt(id) >> 22n) % BigInt(SHARDS));
  const places = voice.everywhere();
  const here = places.find(({ guild }) => shardOf(guild.id) === 0)!;
  const away = places.find(({ guild }) => shardOf(guild.id) === 1)!;
  const [hub, hubAway] = [await here.hub(), await away.hub()];
  const [owner, waiting] = [await here.person(), await away.person()];
  // It connects again, but nothing answers it.
  await client.weather('stall-gateway', { shard: 1, on: true });
  await client.weather('drop-gateway', { shard: 1 });
  await bot.logged(({ event, shard }) => event === 'gateway closed' && shard === 1);
  away.join(waiting, hubAway);
  const room = await here.enter(owner, hub);
  await here.panel(room);
  here.leave(owner);
  await here.gone(room);
  await here.assertNothingLeft(hub);
  expect(away.where(waiting)).toBe(hubAway);
  await client.weather('stall-gateway', { shard: 1, on: false });
  const next = await away.moved(waiting, hubAway, FOUND_MS);
  away.leave(waiting);
  await away.gone(next);
});
