/** Conferences with many people, with Discord's limits and failures, and with what the bot may not do. */
import { expect, test } from 'vitest';
import { P, VoiceScene } from '../support/voice.ts';

/** Members changed in ten seconds, so that a hall full of people does not go through at once. */
const BUCKET_FACTOR = 4;
const PEOPLE = 60;

const voice = await VoiceScene.set({ restLimits: { bucketFactor: BUCKET_FACTOR, globalPerSecond: 500 } });
const bot = await voice.scene.start();
const { client } = voice.scene;
const guildId = voice.guild.id;
const MEMBER = '/guilds/\\d+/members/\\d+$';

const set = (roomId: string, changes: Record<string, unknown>) =>
  voice.ask('room.update', { roomId, ...changes });
const silences = () =>
  voice.scene.database.query<{ user_id: string }>('SELECT user_id FROM voice_silences ORDER BY user_id');
const isMuted = (userId: string) => voice.guild.members.get(userId)!.mute;

async function hall(guests: number, settings = {}) {
  const hub = await voice.hub(settings);
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  const people: string[] = [];
  for (let n = 0; n < guests; n++) people.push(await voice.person());
  for (const userId of people) voice.join(userId, room);
  return { room, owner, people };
}

async function emptied(room: string, people: string[]) {
  for (const userId of people) voice.leave(userId);
  await voice.gone(room);
}

test('a hall full of people is silenced and heard again, through limits, failures and lost answers', async () => {
  const { room, owner, people } = await hall(PEOPLE);
  for (const fault of [
    { kind: 'status', status: 503, count: 3 } as const,
    { kind: 'rate-limit', scope: 'user', retryAfter: 0.3, count: 3 } as const,
    { kind: 'cut-after', count: 2 } as const,
    { kind: 'cut-before', count: 2 } as const,
  ])
    await client.weather('rest', { ...fault, method: 'PATCH', route: MEMBER });
  await set(room, { mode: 'conference' });
  await voice.happens(
    () => people.every((userId) => !voice.isHeard(userId)),
    'all guests are silenced',
    90_000,
  );
  expect(voice.isHeard(owner)).toBe(true);
  // Who is muted has a row, so that whatever happens he is heard again one day.
  const rows = (await silences()).map(({ user_id }) => user_id);
  expect(people.filter((userId) => isMuted(userId) && !rows.includes(userId))).toEqual([]);

  await set(room, { mode: 'open' });
  await voice.happens(
    () => people.every((userId) => voice.isHeard(userId)),
    'all guests are heard again',
    90_000,
  );
  await expect.poll(silences, { timeout: 30_000 }).toEqual([]);
  expect(people.filter(isMuted)).toEqual([]);
  await emptied(room, [owner, ...people]);
}, 240_000);

test.each(['delay', 'delay-after'] as const)(
  'a mode that changes back while the first mute is under way (%s) leaves nobody muted',
  async (kind) => {
    const { room, owner, people } = await hall(3);
    await client.weather('rest', { kind, ms: 1_500, count: 3, method: 'PATCH', route: MEMBER });
    const since = voice.seq;
    await set(room, { mode: 'conference' });
    const stalled = () => voice.scene.sandbox.stream.since(since).filter(({ type }) => type === 'weather');
    await voice.happens(() => stalled().length === 3, 'all three mutes are under way');
    await set(room, { mode: 'open' });
    const unmuted = () =>
      voice.scene.sandbox.stream
        .since(since)
        .filter(
          (event) => event.type === 'rest' && event.method === 'PATCH' && /\/members\//.test(event.path),
        ).length;
    // Each was muted and unmuted, one after the other.
    await expect.poll(unmuted, { timeout: 20_000 }).toBe(6);
    await expect.poll(silences, { timeout: 10_000 }).toEqual([]);
    expect(people.filter(isMuted)).toEqual([]);
    // And the other way round: whoever may not speak in the end is silent.
    await client.weather('rest', { kind, ms: 1_000, count: 3, method: 'PATCH', route: MEMBER });
    await set(room, { mode: 'conference' });
    await set(room, { mode: 'open' });
    await set(room, { mode: 'conference' });
    await expect
      .poll(
        async () => {
          const rows = (await silences()).length;
          return rows === 3 && people.every((userId) => isMuted(userId));
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    await set(room, { mode: 'open' });
    await expect.poll(silences, { timeout: 20_000 }).toEqual([]);
    expect(people.filter(isMuted)).toEqual([]);
    await emptied(room, [owner, ...people]);
  },
  90_000,
);

test('events that come long after the answers are no moderator’s doing', async () => {
  const { room, owner, people } = await hall(3);
  await client.weather('gateway-lag', { ms: 400 });
  for (const mode of ['conference', 'open', 'conference']) await set(room, { mode });
  await expect.poll(silences, { timeout: 10_000 }).toHaveLength(3);
  await voice.happens(() => people.every(isMuted), 'all are silenced in the end');
  await set(room, { mode: 'open' });
  await expect.poll(silences, { timeout: 10_000 }).toEqual([]);
  expect(people.filter(isMuted)).toEqual([]);
  await client.weather('gateway-lag', { ms: 0 });
  await emptied(room, [owner, ...people]);
});

test('whose mute Discord carried out without answering is heard again, also if he left before it was asked again', async () => {
  const { room, owner, people } = await hall(1);
  const guest = people[0]!;
  const known = async () => {
    const { rooms } = (await voice.ask('room.list', {})) as { rooms: { memberIds: string[] }[] };
    return rooms.flatMap(({ memberIds }) => memberIds);
  };
  await expect.poll(known).toContain(guest);
  // What comes next the bot hears late.
  await client.weather('stall-gateway', { on: true });
  await client.weather('rest', { kind: 'cut-after', count: 1, method: 'PATCH', route: MEMBER });
  const answers: number[] = [];
  const stop = voice.scene.sandbox.stream.on((event) => {
    if (event.type !== 'rest' || !/\/members\/\d+$/.test(event.path)) return;
    answers.push(event.status);
    // He is muted by now, and the answer is about to be lost.
    voice.leave(guest);
  });
  await set(room, { mode: 'conference' });
  // « Target user is not connected to voice. »
  await expect.poll(() => answers).toEqual([200, 400]);
  stop();
  expect(isMuted(guest)).toBe(true);
  await client.weather('stall-gateway', { on: false });
  await set(room, { mode: 'open' });
  voice.join(guest, room);
  await voice.happens(() => voice.isHeard(guest), 'he is heard again');
  await expect.poll(silences).toEqual([]);
  await emptied(room, [owner, guest]);
});

test('whom a moderator unmutes is heard to the end of the conference', async () => {
  const { room, owner, people } = await hall(2);
  const [pardoned, other] = people as [string, string];
  await set(room, { mode: 'conference' });
  await voice.happens(() => people.every((userId) => !voice.isHeard(userId)), 'both are silenced');
  const { ownerId: userId } = voice.guild;
  await client.people('mute-voice', { guildId, userId, targetId: pardoned, mute: false });
  await expect.poll(async () => (await silences()).map(({ user_id }) => user_id)).toEqual([other]);
  // Whatever makes the room be looked at again.
  const late = await voice.person();
  voice.join(late, room);
  await set(room, { userLimit: 50 });
  expect([pardoned, other].map((one) => voice.isHeard(one))).toEqual([true, false]);
  await set(room, { mode: 'open' });
  await expect.poll(silences).toEqual([]);
  await emptied(room, [owner, late, ...people]);
});

test('without « Couper le micro de membres » nothing is tried, one notice says so, and all is done once it is allowed', async () => {
  const log = await voice.createChannel({ type: 0, name: 'journal-conference' });
  const { room, owner, people } = await hall(10, { logChannelId: log });
  const roleId = voice.guild.members.get(voice.world.bot.id)!.roles[0]!;
  const { permissions } = voice.guild.roles.get(roleId)!;
  const change = (to: bigint) =>
    client.people('edit-role', { guildId, roleId, changes: { permissions: to.toString() } });
  await change(BigInt(permissions) & ~P.MuteMembers & ~P.Administrator);
  // Events come in order: with this one the bot knows of the other.
  await client.people('edit-channel', { channelId: room, changes: { user_limit: 40 } });
  await expect.poll(async () => await voice.row(room)).toMatchObject({ user_limit: 40 });
  const since = voice.seq;
  await set(room, { mode: 'conference' });
  await bot.logged(({ event }) => event === 'voice room held back');
  const notices = async () =>
    (await voice.scene.written(log)).filter(({ content }) => content.includes('Couper le micro de membres'));
  await expect.poll(notices, { timeout: 10_000 }).toHaveLength(1);
  // People come and go meanwhile, and the room is changed: that makes nothing be tried.
  for (const userId of people.slice(0, 3)) voice.leave(userId);
  for (const userId of people.slice(0, 3)) voice.join(userId, room);
  await voice.scene.heard();
  await set(room, { userLimit: 30 });
  expect(voice.calls(since).filter((call) => call === 'PATCH /guilds/{id}/members/{id}')).toEqual([]);
  expect(await notices()).toHaveLength(1);
  expect(await silences()).toEqual([]);

  await change(BigInt(permissions));
  await voice.happens(
    () => people.every((userId) => !voice.isHeard(userId)),
    'all are silenced once it is allowed',
    20_000,
  );
  await set(room, { mode: 'open' });
  await expect.poll(silences, { timeout: 20_000 }).toEqual([]);
  await emptied(room, [owner, ...people]);
}, 90_000);
