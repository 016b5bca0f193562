import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { GuildChannel } from '../../src/world/types.ts';
import { type Fixture, startFixture } from '../gateway/support.ts';

let it: Fixture;
let other: GuildChannel;
let moderator: string;
beforeAll(async () => {
  it = await startFixture();
  const owner = { userId: it.guild.ownerId };
  other = it.world.channels.create(it.guild, { name: 'Ailleurs', type: 2 }, owner);
  moderator = (await it.control.people('join-guild', { guildId: it.guild.id })).userId;
});
afterAll(() => it.close());
beforeEach(async () => {
  const owner = { userId: it.guild.ownerId };
  for (const { id } of [it.voice, other]) it.world.channels.edit(id, { permission_overwrites: [] }, owner);
  it.world.voice.join(it.guild, it.voice, it.member);
});

const own = (id: string, allow: bigint, deny = 0n) => ({
  id,
  type: 1,
  allow: allow.toString(),
  deny: deny.toString(),
});
const overwrite = (channel: GuildChannel, ...overwrites: object[]) =>
  it.control.people('edit-channel', {
    channelId: channel.id,
    changes: { permission_overwrites: overwrites },
  });
const status = (promise: Promise<unknown>) =>
  promise.then(
    () => 200,
    (error: { status: number }) => error.status,
  );
const where = () => it.guild.voiceStates.get(it.member)?.channel_id;

test('members move one another where they may', async () => {
  const move = (channelId: string | null, targetId = it.member) =>
    it.control.people('move-voice', { guildId: it.guild.id, userId: moderator, targetId, channelId });
  expect(await status(move(other.id))).toBe(403);
  await overwrite(it.voice, own(moderator, P.MoveMembers));
  expect(await status(move(it.text.id))).toBe(404);
  expect(await status(move(other.id, moderator))).toBe(404);
  const closed = { id: it.guild.id, type: 0, allow: '0', deny: P.Connect.toString() };
  await overwrite(other, closed);
  expect(await status(move(other.id))).toBe(403);
  await overwrite(other, closed, own(moderator, P.Connect));
  expect(await status(move(other.id))).toBe(200);
  expect(where()).toBe(other.id);
  expect(await status(move(null))).toBe(403);
  await overwrite(other, own(moderator, P.MoveMembers));
  expect(await status(move(null))).toBe(200);
  expect(where()).toBeUndefined();
});

test('members mute and deafen one another where they may', async () => {
  const mute = (changes: { mute?: boolean; deaf?: boolean }) =>
    it.control.people('mute-voice', {
      guildId: it.guild.id,
      userId: moderator,
      targetId: it.member,
      ...changes,
    });
  expect(await status(mute({ mute: true }))).toBe(403);
  await overwrite(it.voice, own(moderator, P.MuteMembers));
  expect(await status(mute({ mute: true, deaf: true }))).toBe(403);
  expect(await status(mute({ mute: true }))).toBe(200);
  expect(it.guild.voiceStates.get(it.member)).toMatchObject({ mute: true, deaf: false });
  await mute({ mute: false });
  expect(it.guild.voiceStates.get(it.member)).toMatchObject({ mute: false });
});

test('boosts change what GUILD_UPDATE says', async () => {
  const { client } = await it.identified({ intents: 1 });
  await it.control.people('boost-guild', { guildId: it.guild.id, tier: 2 });
  expect((await client.dispatch('GUILD_UPDATE')).d.premium_tier).toBe(2);
  expect((await it.call('GET', `/guilds/${it.guild.id}`)).body.premium_tier).toBe(2);
});

test('a person may close their messages', async () => {
  const { body } = await it.call('POST', '/users/@me/channels', { recipient_id: it.member });
  const write = async () =>
    (await it.call('POST', `/channels/${body.id}/messages`, { content: 'x' })).body.code;
  await it.control.people('close-dms', { userId: it.member, closed: true });
  expect(await write()).toBe(50007);
  await it.control.people('close-dms', { userId: it.member, closed: false });
  expect(await write()).toBeUndefined();
  const nobody = it.control.people('close-dms', { userId: '999999999999999999', closed: true });
  expect(await status(nobody)).toBe(404);
});

test('lost events are those that were named, as many as asked for; no number tells of them', async () => {
  const { client } = await it.identified({ intents: (1 << 0) | (1 << 7) });
  await client.settle();
  const from = client.frames.length;
  expect(await status(it.control.weather('lose-events', { t: '(', count: 1 }))).toBe(400);
  await it.control.weather('lose-events', { t: '^VOICE_STATE', count: 1, guildId: '999999999999999999' });
  await it.control.weather('lose-events', { t: '^VOICE_STATE', count: 2 });
  it.world.voice.leave(it.guild, it.member);
  it.world.voice.join(it.guild, it.voice, it.member);
  it.world.voice.join(it.guild, other, it.member);
  await client.settle();
  const seen = client.frames.slice(from).filter(({ op }) => op === 0);
  const states = seen.filter(({ t }) => t === 'VOICE_STATE_UPDATE');
  expect(states.map(({ d }) => d.channel_id)).toEqual([other.id]);
  const numbers = seen.map(({ s }) => s as number);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] as number) + index));
  await it.control.weather('lose-events', { t: '.', count: 1_000 });
  await it.control.weather('clear', {});
  it.world.voice.join(it.guild, it.voice, it.member);
  await client.settle();
  expect(client.named('VOICE_STATE_UPDATE').at(-1)?.d.channel_id).toBe(it.voice.id);
});

test('an answer can come after its event', async () => {
  await it.control.weather('rest', { kind: 'delay-after', ms: 60_000, count: 1, method: 'PATCH' });
  const since = it.stream.seq;
  const path = `/guilds/${it.guild.id}/members/${it.member}`;
  const answered = it.call('PATCH', path, { channel_id: other.id }).catch(() => 'cut');
  const moved = await it.control.waitFor(
    (event) => event.type === 'world' && event.t === 'VOICE_STATE_UPDATE',
    { since },
  );
  expect(moved).toMatchObject({ data: { channel_id: other.id } });
  const first = Promise.race([answered, it.call('GET', '/users/@me').then(() => 'still held')]);
  expect(await first).toBe('still held');
});

test('repeated events come twice, each with a number of its own', async () => {
  const { client } = await it.identified({ intents: (1 << 0) | (1 << 7) });
  await client.settle();
  const from = client.frames.length;
  await it.control.weather('repeat-events', { t: '^VOICE_STATE', count: 1 });
  it.world.voice.join(it.guild, other, it.member);
  it.world.voice.join(it.guild, it.voice, it.member);
  await client.settle();
  const states = client.frames.slice(from).filter(({ t }) => t === 'VOICE_STATE_UPDATE');
  expect(states.map(({ d }) => d.channel_id)).toEqual([other.id, other.id, it.voice.id]);
  expect(new Set(states.map(({ s }) => s)).size).toBe(3);
});

test('where the gateway lags, the answer of a call comes before its event', async () => {
  const { client } = await it.identified({ intents: (1 << 0) | (1 << 7) });
  await client.settle();
  await it.control.weather('gateway-lag', { ms: 600_000 });
  const from = client.frames.length;
  const edited = await it.call('PATCH', `/channels/${other.id}`, { user_limit: 7 });
  expect(edited.body.user_limit).toBe(7);
  await it.call('PATCH', `/channels/${other.id}`, { user_limit: 8 });
  expect(client.frames).toHaveLength(from);
  await it.control.weather('gateway-lag', { ms: 1 });
  await client.settle();
  const told = client.frames.slice(from).filter(({ t }) => t === 'CHANNEL_UPDATE');
  expect(told.map(({ d }) => d.user_limit)).toEqual([7, 8]);
});
