/** Who sees, who connects, who is heard: modes, lists and purge, as Discord then has it. */
import { describe, expect, test } from 'vitest';
import { VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set();
await voice.scene.start();
const { client } = voice.scene;
const hub = await voice.hub();

type Mode = 'open' | 'closed' | 'private' | 'conference';
const set = (roomId: string, changes: Record<string, unknown>) =>
  voice.ask('room.update', { roomId, ...changes });

/** A room and one person of each kind. */
async function cast() {
  const guildId = voice.guild.id;
  const [owner, friend, foe, stranger, circle, shunned] = [
    await voice.person(),
    await voice.person(),
    await voice.person(),
    await voice.person(),
    await voice.person(),
    await voice.person(),
  ];
  const administrator = await voice.person();
  const role = async (name: string, permissions = '0') =>
    (await client.people('create-role', { guildId, role: { name, permissions } })).id;
  const [admins, inner, outer] = [await role('Chefs', '8'), await role('Cercle'), await role('Bannis')];
  const give = (userId: string, id: string) =>
    client.people('set-member-roles', { guildId, userId, roles: [id] });
  await give(administrator, admins);
  await give(circle, inner);
  await give(shunned, outer);
  const room = await voice.enter(owner, hub);
  await set(room, {
    allowedUserIds: [friend],
    allowedRoleIds: [inner],
    blockedUserIds: [foe],
    blockedRoleIds: [outer],
  });
  return { room, people: { owner, administrator, friend, circle, foe, shunned, stranger } };
}

type Person = keyof Awaited<ReturnType<typeof cast>>['people'];

/** Lists as the mode has them, and everybody as they find it. */
const expected: Record<Mode, { sees: Person[]; connects: Person[]; heard: Person[] }> = {
  open: {
    sees: ['owner', 'administrator', 'friend', 'circle', 'stranger'],
    connects: ['owner', 'administrator', 'friend', 'circle', 'stranger'],
    heard: ['owner', 'administrator', 'friend', 'circle', 'stranger'],
  },
  closed: {
    sees: ['owner', 'administrator', 'friend', 'circle', 'stranger'],
    connects: ['owner', 'administrator', 'friend', 'circle'],
    heard: ['owner', 'administrator', 'friend', 'circle'],
  },
  private: {
    sees: ['owner', 'administrator', 'friend', 'circle'],
    connects: ['owner', 'administrator', 'friend', 'circle'],
    heard: ['owner', 'administrator', 'friend', 'circle'],
  },
  conference: {
    sees: ['owner', 'administrator', 'friend', 'circle', 'stranger'],
    connects: ['owner', 'administrator', 'friend', 'circle', 'stranger'],
    heard: ['owner', 'administrator', 'friend', 'circle'],
  },
};

describe('each mode', async () => {
  const { room, people } = await cast();
  const names = Object.keys(people) as Person[];

  test.each(Object.keys(expected) as Mode[])('%s', async (mode) => {
    const result = await set(room, { mode });
    expect((result.room as { mode: string }).mode).toBe(mode);
    const { sees, connects, heard } = expected[mode];
    await voice.happens(
      () =>
        names.filter((name) => voice.canJoin(people[name], room)).join() ===
        names.filter((n) => connects.includes(n)).join(),
      `those connect who may in ${mode}`,
    );
    expect(names.filter((name) => voice.sees(people[name], room))).toEqual(
      names.filter((n) => sees.includes(n)),
    );
    for (const name of connects) voice.join(people[name], room);
    await voice.happens(
      () => connects.every((name) => voice.isHeard(people[name]) === heard.includes(name)),
      `those are heard who may in ${mode}`,
    );
    for (const name of names) if (name !== 'owner') voice.leave(people[name]);
  });
});

describe('a mode that changes while people are inside', () => {
  test('offers a purge, which disconnects whom the rules no longer admit, and says how many', async () => {
    const { room, people } = await cast();
    const { owner, administrator, friend, circle, stranger } = people;
    const other = await voice.person();
    for (const userId of [administrator, friend, circle, stranger, other]) voice.join(userId, room);
    // The command can overtake the last joins.
    await expect.poll(async () => (await set(room, { mode: 'private' })).purgeable).toBe(2);
    expect(voice.where(stranger)).toBe(room);
    expect((await set(room, { purge: true })).purged).toBe(2);
    await voice.happens(
      () => voice.where(other) === undefined && voice.where(stranger) === undefined,
      'they are out',
    );
    for (const userId of [owner, administrator, friend, circle]) expect(voice.where(userId)).toBe(room);
    expect((await set(room, { purge: true })).purged).toBe(0);
  });

  test('conference: those inside are silenced at once, and heard again when it ends', async () => {
    const { room, people } = await cast();
    const { owner, friend, stranger } = people;
    const late = await voice.person();
    for (const userId of [friend, stranger]) voice.join(userId, room);
    await set(room, { mode: 'conference' });
    await voice.happens(() => !voice.isHeard(stranger), 'the stranger is silenced');
    expect([owner, friend].map((userId) => voice.isHeard(userId))).toEqual([true, true]);
    voice.join(late, room);
    expect(voice.isHeard(late)).toBe(false);

    await set(room, { allowedUserIds: [friend, stranger] });
    await voice.happens(() => voice.isHeard(stranger), 'whoever comes onto the whitelist is heard');
    await set(room, { allowedUserIds: [friend] });
    await voice.happens(() => !voice.isHeard(stranger), 'and is silenced without it');

    await set(room, { mode: 'open' });
    await voice.happens(
      () => [owner, friend, stranger, late].every((userId) => voice.isHeard(userId)),
      'all are heard again',
    );
    await expect.poll(() => silences(...Object.values(people), late)).toEqual([]);
  });

  test('conference: who leaves silenced is heard elsewhere, now or when he is back in voice', async () => {
    const { room, people } = await cast();
    const { stranger, circle } = people;
    const [guest, lounge] = [await voice.person(), await voice.createChannel({ name: 'Calme' })];
    for (const userId of [stranger, guest, circle]) voice.join(userId, room);
    await set(room, { mode: 'conference' });
    await voice.happens(() => !voice.isHeard(stranger) && !voice.isHeard(guest), 'both are silenced');
    voice.join(stranger, lounge);
    await voice.happens(() => voice.isHeard(stranger), 'who moves elsewhere is heard there');
    voice.leave(guest);
    expect(voice.guild.members.get(guest)!.mute).toBe(true);
    voice.join(guest, lounge);
    await voice.happens(() => voice.isHeard(guest), 'who comes back to voice is heard');
    await expect.poll(() => silences(...Object.values(people), guest)).toEqual([]);
  });

  test('conference: whom a moderator muted stays muted when it ends', async () => {
    const { room, people } = await cast();
    const { stranger, circle } = people;
    const { ownerId: userId, id: guildId } = voice.guild;
    for (const member of [stranger, circle]) voice.join(member, room);
    await client.people('mute-voice', { guildId, userId, targetId: stranger, mute: true });
    await client.people('mute-voice', { guildId, userId, targetId: circle, mute: true });
    await voice.scene.heard();
    await set(room, { mode: 'conference' });
    await set(room, { mode: 'open' });
    const late = await voice.person();
    voice.join(late, room);
    expect([stranger, circle].map((member) => voice.guild.members.get(member)!.mute)).toEqual([true, true]);
    await client.people('mute-voice', { guildId, userId, targetId: stranger, mute: false });
  });

  /** Whoever left before his mute was answered keeps his row until he turns up again: those of other tests may. */
  const silences = (...people: string[]) =>
    voice.scene.database.query('SELECT user_id FROM voice_silences WHERE user_id = ANY($1::bigint[])', [
      people,
    ]);
});

describe('the blacklist', () => {
  test('puts out whoever is on it when purged, and keeps him out after he left the server and came back', async () => {
    const { room, people } = await cast();
    const { foe, stranger } = people;
    voice.join(stranger, room);
    await set(room, { blockedUserIds: [foe, stranger], purge: true });
    await voice.happens(() => voice.where(stranger) === undefined, 'he is put out');
    expect([voice.sees(stranger, room), voice.canJoin(stranger, room)]).toEqual([false, false]);

    const guildId = voice.guild.id;
    await client.people('leave-guild', { guildId, userId: stranger });
    await client.people('join-guild', { guildId, userId: stranger });
    // Discord forgot his overwrite with him.
    await voice.happens(
      () => !voice.canJoin(stranger, room) && !voice.sees(stranger, room),
      'and the door is closed',
    );
  });

  test('counts before the whitelist of a role, a member’s own entry before both', async () => {
    const guildId = voice.guild.id;
    const role = async (name: string) =>
      (await client.people('create-role', { guildId, role: { name, permissions: '0' } })).id;
    const [welcome, unwelcome] = [await role('Bienvenus'), await role('Malvenus')];
    const [owner, both, own] = [await voice.person(), await voice.person(), await voice.person()];
    for (const userId of [both, own])
      await client.people('set-member-roles', { guildId, userId, roles: [welcome, unwelcome] });
    const room = await voice.enter(owner, hub);
    await set(room, {
      mode: 'private',
      allowedRoleIds: [welcome],
      blockedRoleIds: [unwelcome],
      allowedUserIds: [own],
    });
    voice.join(own, room);
    // For Discord one role that is allowed outdoes another that is denied: the bot sees to it.
    if (voice.canJoin(both, room)) voice.join(both, room);
    await voice.happens(() => voice.where(both) === undefined, 'who is on both by roles is put out');
    // From then on he finds the door closed, whatever else happens to the room.
    await set(room, { mode: 'closed' });
    await client.people('edit-channel', { channelId: room, changes: { user_limit: 9 } });
    await expect.poll(() => voice.row(room)).toMatchObject({ user_limit: 9 });
    expect(voice.canJoin(both, room)).toBe(false);
    expect(voice.where(own)).toBe(room);
  });

  test('may hold somebody who is not in the server, and rooms are made all the same', async () => {
    const [owner, friend, foe] = [await voice.person(), await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    await set(room, { mode: 'closed', allowedUserIds: [friend], blockedUserIds: [foe] });
    const guildId = voice.guild.id;
    for (const userId of [friend, foe]) await client.people('leave-guild', { guildId, userId });
    voice.leave(owner);
    await voice.gone(room);
    const next = await voice.enter(owner, hub);
    await set(next, { mode: 'private' });
    for (const userId of [friend, foe]) await client.people('join-guild', { guildId, userId });
    expect(voice.canJoin(foe, next)).toBe(false);
    voice.leave(owner);
    await voice.gone(next);
  });
});

describe('names', () => {
  test('two are taken at once; of those that follow the last one waits, for exactly as long as Discord says', async () => {
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    const since = voice.seq;
    for (const name of ['Un', 'Deux']) await set(room, { name });
    expect(voice.channel(room)!.name).toBe('Deux');
    const second = Date.now();
    await set(room, { name: 'Trois' });
    const { room: shown } = await set(room, { name: 'Quatre' });
    expect(voice.channel(room)!.name).toBe('Deux');
    const { nextName, nextNameAt } = shown as { nextName: string; nextNameAt: string };
    expect(nextName).toBe('Quatre');
    const waits = Date.parse(nextNameAt) - second;
    expect(waits).toBeGreaterThan(590_000);
    expect(waits).toBeLessThan(605_000);
    const renames = voice.calls(since).filter((call) => call === 'PATCH /channels/{id}');
    expect(renames).toHaveLength(2);
    // Everything else of the room changes meanwhile.
    await set(room, { userLimit: 4, bitrate: 32_000 });
    await voice.happens(() => voice.channel(room)!.user_limit === 4, 'the limit is set');
    expect(voice.channel(room)).toMatchObject({ bitrate: 32_000, name: 'Deux' });
  });

  test('the one that a room has needs no waiting, and takes back the one that waits', async () => {
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    for (const name of ['Un', 'Deux', 'Trois']) await set(room, { name });
    const { room: shown } = (await set(room, { name: 'Deux' })) as { room: Record<string, unknown> };
    expect(shown).toMatchObject({ name: 'Deux' });
    expect(shown.nextName).toBeUndefined();
    expect(await voice.row(room)).toMatchObject({ name: 'Deux', pending_name: null });
  });

  test('a status shows at once', async () => {
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    await set(room, { status: 'On joue aux échecs' });
    await voice.happens(
      () => voice.guild.voiceStatuses.get(room) === 'On joue aux échecs',
      'the status shows',
    );
  });
});

test('the room is handed to somebody present, and to nobody else', async () => {
  const { room, people } = await cast();
  const { owner, friend, stranger } = people;
  voice.join(friend, room);
  await voice.scene.heard();
  const refused = await voice.scene.database.command(voice.guild.id, 'room.update', {
    roomId: room,
    ownerId: stranger,
  });
  expect(refused.status).toBe('error');
  await set(room, { ownerId: friend });
  await expect.poll(async () => (await voice.row(room))!.owner_id).toBe(friend);
  voice.leave(owner);
  voice.leave(friend);
  await voice.gone(room);
});

test('somebody else’s room is not changed by a member, but by an administrator', async () => {
  const { room, people } = await cast();
  const update = async (requestedBy: string, changes: object) => {
    const [row] = await voice.scene.database.query<{ id: string }>(
      'INSERT INTO commands (guild_id, action, payload, requested_by) VALUES ($1, $2, $3, $4) RETURNING id',
      [voice.guild.id, 'room.update', JSON.stringify({ roomId: room, ...changes }), requestedBy],
    );
    return voice.scene.database.finished(row!.id);
  };
  expect((await update(people.stranger, { mode: 'private' })).status).toBe('error');
  expect((await voice.row(room))!.mode).toBe('open');
  expect((await update(people.owner, { mode: 'closed' })).status).toBe('done');
  expect((await update(people.administrator, { mode: 'private' })).status).toBe('done');
  await expect.poll(async () => (await voice.row(room))!.mode).toBe('private');
});
