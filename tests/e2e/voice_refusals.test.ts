/** Discord refuses: what the bot skips, what it holds off, and what administrators are told, once. */
import { expect, test } from 'vitest';
import { overwrite, P, VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set();
const bot = await voice.scene.start();
const { client } = voice.scene;
const CREATE = 'POST /guilds/{id}/channels';
const creates = (since: number) => voice.calls(since).filter((call) => call === CREATE).length;

test('an overwrite that the bot may not hand on is skipped and reported once; rooms are made all the same', async () => {
  const log = await voice.createChannel({ type: 0, name: 'journal-1' });
  const role = await client.people('create-role', { guildId: voice.guild.id, role: { name: 'Étrangers' } });
  const hub = await voice.hub(
    { logChannelId: log },
    {
      permission_overwrites: [
        overwrite(role.id, 0, { allow: P.ManageWebhooks | P.Stream, deny: P.ManageRoles }),
      ],
    },
  );
  const [a, b] = [await voice.person(), await voice.person()];
  const since = voice.seq;
  const rooms = [await voice.enter(a, hub), await voice.enter(b, hub)];
  for (const room of rooms) {
    const taken = voice.channel(room)!.permission_overwrites.find(({ id }) => id === role.id);
    expect(taken).toMatchObject({ allow: P.Stream.toString(), deny: '0' });
  }
  expect(creates(since)).toBe(2);
  const written = async () =>
    (await voice.scene.written(log)).filter(({ content }) => content.includes('/hub doctor'));
  await expect.poll(written).toHaveLength(1);
  voice.leave(a);
  voice.leave(b);
  await Promise.all(rooms.map((room) => voice.gone(room)));
});

test('a category without MANAGE_CHANNELS: one notice, no further tries, and service once it is mended', async () => {
  const log = await voice.createChannel({ type: 0, name: 'journal-2' });
  const hub = await voice.hub({ logChannelId: log });
  const parent = voice.channel(hub)!.parent_id!;
  const closed = overwrite(voice.world.bot.id, 1, { deny: P.ManageChannels });
  await client.people('edit-channel', { channelId: parent, changes: { permission_overwrites: [closed] } });
  const people = [await voice.person(), await voice.person(), await voice.person()];
  const since = voice.seq;
  voice.join(people[0]!, hub);
  await bot.logged(({ event }) => event === 'voice rooms refused');
  voice.join(people[1]!, hub);
  voice.join(people[2]!, hub);
  voice.leave(people[2]!);
  const notices = async () =>
    (await voice.scene.written(log)).filter(({ content }) => content.includes('⚠️'));
  await expect.poll(notices).toHaveLength(1);
  expect((await notices())[0]!.content).toMatch(/permission/i);
  await client.people('edit-channel', { channelId: parent, changes: { permission_overwrites: [] } });
  await voice.happens(
    () => people.slice(0, 2).every((userId) => ![undefined, hub].includes(voice.where(userId))),
    'both are served',
    60_000,
  );
  expect(creates(since)).toBeLessThanOrEqual(4);
  expect(await notices()).toHaveLength(1);
  const rooms = people.slice(0, 2).map((userId) => voice.where(userId)!);
  people.slice(0, 2).forEach((userId) => voice.leave(userId));
  await Promise.all(rooms.map((room) => voice.gone(room)));
  await voice.assertNothingLeft(hub);
}, 90_000);

test('a bitrate that the boosts no longer allow is lowered', async () => {
  const guildId = voice.guild.id;
  await client.people('boost-guild', { guildId, tier: 2 });
  const hub = await voice.hub({ bitrate: 256_000 });
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  expect(voice.channel(room)!.bitrate).toBe(256_000);
  voice.leave(owner);
  await voice.gone(room);
  await client.people('boost-guild', { guildId, tier: 0 });
  const since = voice.seq;
  const next = await voice.enter(owner, hub);
  expect(voice.channel(next)!.bitrate).toBeLessThanOrEqual(96_000);
  expect(creates(since)).toBeLessThanOrEqual(2);
  voice.leave(owner);
  await voice.gone(next);
});

test('boosts that are gone without a word, and a word that Discord takes in no name, cost nobody his room', async () => {
  const guildId = voice.guild.id;
  await client.people('boost-guild', { guildId, tier: 2 });
  const hub = await voice.hub({ bitrate: 256_000, nameTemplate: 'Mot interdit {n}' });
  await client.weather('lose-events', { t: '^GUILD_UPDATE$', count: 1 });
  await client.people('boost-guild', { guildId, tier: 0 });
  const since = voice.seq;
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  expect(voice.channel(room)).toMatchObject({ bitrate: 64_000, name: 'Mot interdit 1' });
  expect(creates(since)).toBe(2);
  voice.leave(owner);
  await voice.gone(room);

  await voice.ask('hub.update', { hubId: hub, bitrate: 0 });
  const body = {
    code: 50035,
    message: 'Invalid Form Body',
    errors: { name: { _errors: [{ code: 'CHANNEL_NAME_INVALID', message: 'Contains words not allowed' }] } },
  };
  const route = `/guilds/${guildId}/channels$`;
  await client.weather('rest', { kind: 'status', status: 400, body, method: 'POST', route, count: 1 });
  const next = await voice.enter(owner, hub);
  expect(voice.channel(next)!.name).toBe('Salon 1');
  await expect.poll(() => voice.row(next)).toMatchObject({ name: 'Salon 1', owner_id: owner });
  voice.leave(owner);
  await voice.gone(next);
  await voice.assertNothingLeft(hub);
});

test('a passing failure of Discord’s is got over: limits, failures and cut connections', async () => {
  const hub = await voice.hub();
  for (const fault of [
    { kind: 'status', status: 503, count: 2 } as const,
    { kind: 'rate-limit', scope: 'user', retryAfter: 0.2, count: 1 } as const,
    { kind: 'rate-limit', scope: 'global', retryAfter: 0.2, count: 1 } as const,
    { kind: 'rate-limit', scope: 'shared', retryAfter: 0.2, count: 1 } as const,
    { kind: 'cut-before', count: 1 } as const,
    { kind: 'cut-after', count: 1 } as const,
  ]) {
    for (const [method, route] of [
      ['POST', '/guilds/\\d+/channels$'],
      ['PATCH', '/guilds/\\d+/members/'],
      ['DELETE', '/channels/\\d+$'],
    ] as const) {
      const owner = await voice.person();
      await client.weather('rest', { ...fault, method, route });
      voice.join(owner, hub);
      const moved = () => ![undefined, hub].includes(voice.where(owner));
      await voice.happens(moved, `${owner} is moved after ${method} ${fault.kind}`, 20_000);
      const room = voice.where(owner)!;
      await expect.poll(async () => (await voice.row(room))?.owner_id).toBe(owner);
      voice.leave(owner);
      await voice.happens(
        () => voice.channel(room) === undefined,
        `${room} goes after ${method} ${fault.kind}`,
        45_000,
      );
    }
  }
  await expect.poll(() => voice.rows(hub), { timeout: 15_000 }).toEqual([]);
  const left = () =>
    [...voice.guild.channels.values()].filter(({ parent_id }) => parent_id === voice.channel(hub)!.parent_id);
  await expect.poll(left, { timeout: 15_000 }).toHaveLength(1);
}, 180_000);
