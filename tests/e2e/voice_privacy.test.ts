/** Who must not come in does not, whatever becomes of hubs, members and owners; and what is changed by hand counts. */
import { afterAll, describe, expect, test } from 'vitest';
import type { BotProcess } from '../support/bot.ts';
import { overwrite, P, VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set();
let bot: BotProcess = await voice.scene.start();
const { client } = voice.scene;
const guildId = voice.guild.id;
const SEEN = P.ViewChannel | P.Connect;
const BOT = SEEN | P.ManageChannels | P.MoveMembers | P.MuteMembers | P.Speak | P.SendMessages;

const set = (roomId: string, changes: Record<string, unknown>) =>
  voice.ask('room.update', { roomId, ...changes });
const refused = async (roomId: string, changes: Record<string, unknown>) => {
  const { status, result } = await voice.scene.database.command(guildId, 'room.update', {
    roomId,
    ...changes,
  });
  expect(status).toBe('error');
  return result!.code;
};
const patches = (since: number, channelId: string) =>
  voice.scene.sandbox.stream
    .since(since)
    .filter((e) => e.type === 'rest' && e.method === 'PATCH' && e.path === `/channels/${channelId}`).length;

/** Overwrites that let in holders of a role and the bot, and nobody else. */
const forMembers = (role: string) => [
  overwrite(guildId, 0, { deny: SEEN }),
  overwrite(role, 0, { allow: SEEN }),
  overwrite(voice.world.bot.id, 1, { allow: BOT }),
];

/** Commands can overtake joins. */
async function isKnownInside(room: string, userId: string) {
  const members = async () => {
    const { rooms } = (await voice.ask('room.list', {})) as {
      rooms: { roomId: string; memberIds: string[] }[];
    };
    return rooms.find(({ roomId }) => roomId === room)?.memberIds;
  };
  await expect.poll(members).toContain(userId);
}

/** A hub, or what its permissions come from, that is for holders of a role; one of them has a room of it. */
async function restricted(from: 'hub' | 'template') {
  const role = (await client.people('create-role', { guildId, role: { name: 'Cercle', permissions: '0' } }))
    .id;
  const [owner, friend, stranger] = [await voice.person(), await voice.person(), await voice.person()];
  for (const userId of [owner, friend])
    await client.people('set-member-roles', { guildId, userId, roles: [role] });
  const permission_overwrites = forMembers(role);
  const template = await voice.createChannel({ name: 'Modèle', permission_overwrites });
  const hub =
    from === 'template'
      ? await voice.hub({ permissionsFrom: 'template', templateChannelId: template })
      : await voice.hub({}, { permission_overwrites });
  const source = from === 'template' ? template : hub;
  const room = await voice.enter(owner, hub);
  await voice.happens(
    () => voice.canJoin(friend, room) && !voice.canJoin(stranger, room),
    'it is restricted',
  );
  voice.join(friend, room);
  await isKnownInside(room, friend);
  const isClosed = () => {
    expect([voice.sees(stranger, room), voice.canJoin(stranger, room)]).toEqual([false, false]);
    expect(voice.canJoin(friend, room)).toBe(true);
  };
  isClosed();
  return { hub, source, room, role, owner, friend, stranger, isClosed };
}

/** Has all rooms compared with Discord, as it is every five minutes: by a new process. */
async function compareAgain() {
  await bot.stop('SIGKILL');
  bot = await voice.scene.start();
  await bot.logged(({ event }) => event === 'voice hubs known');
}

describe('a room stays as closed as it was', () => {
  const gone = (id: string) => client.people('delete-channel', { channelId: id });
  const hidden = async (id: string) => {
    const kept = voice.channel(id)!.permission_overwrites.filter((one) => one.id !== voice.world.bot.id);
    const changes = { permission_overwrites: kept };
    await client.people('edit-channel', { channelId: id, changes });
    expect(voice.sees(voice.world.bot.id, id)).toBe(false);
  };

  test('when its hub or template is deleted or hidden from the bot', async () => {
    const rooms = [];
    for (const [from, becomes] of [
      ['hub', gone],
      ['hub', hidden],
      ['template', gone],
      ['template', hidden],
    ] as const) {
      const one = await restricted(from);
      rooms.push(one);
      await becomes(one.source);
      // What follows from the mode is written anew, and nobody is taken for unwanted.
      for (const mode of ['closed', 'open', 'private', 'open'] as const) {
        const { purgeable } = await set(one.room, { mode });
        expect(purgeable, `${from} ${becomes.name} ${mode}`).toBe(mode === 'open' ? 0 : 1);
      }
      one.isClosed();
      expect((await set(one.room, { purge: true })).purged).toBe(0);
      expect(voice.where(one.friend)).toBe(one.room);
    }
    await compareAgain();
    for (const { room, isClosed, owner, friend } of rooms) {
      await set(room, { mode: 'closed' });
      await set(room, { mode: 'open' });
      isClosed();
      for (const userId of [owner, friend]) voice.leave(userId);
      await voice.gone(room);
    }
  }, 60_000);

  test('and what a deleted hub said of empty rooms holds on', async () => {
    const hub = await voice.hub({ emptyGrace: 2 });
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    await gone(hub);
    await bot.logged(({ event }) => event === 'voice hub gone');
    voice.leave(owner);
    const left = Date.now();
    await voice.gone(room);
    expect(Date.now() - left).toBeGreaterThanOrEqual(1_900);
  });

  test('without its template a new room follows the hub', async () => {
    const template = await voice.createChannel({ name: 'Modèle' });
    const role = (await client.people('create-role', { guildId, role: { name: 'Ici', permissions: '0' } }))
      .id;
    const hub = await voice.hub(
      { permissionsFrom: 'template', templateChannelId: template },
      { permission_overwrites: forMembers(role) },
    );
    const [owner, stranger] = [await voice.person(), await voice.person()];
    await client.people('set-member-roles', { guildId, userId: owner, roles: [role] });
    await gone(template);
    const room = await voice.enter(owner, hub);
    expect(voice.canJoin(stranger, room)).toBe(false);
    voice.leave(owner);
    await voice.gone(room);
  });

  test('and closes with its hub at once', async () => {
    const hub = await voice.hub();
    const [owner, stranger] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    expect(voice.canJoin(stranger, room)).toBe(true);
    const permission_overwrites = [
      overwrite(guildId, 0, { deny: SEEN }),
      overwrite(voice.world.bot.id, 1, { allow: BOT }),
    ];
    await client.people('edit-channel', { channelId: hub, changes: { permission_overwrites } });
    await voice.happens(() => !voice.canJoin(stranger, room), 'the room follows');
    voice.leave(owner);
    await voice.gone(room);
  });
});

describe('the blacklist', () => {
  test('puts out at once who was inside, and says so', async () => {
    const hub = await voice.hub();
    const [owner, foe, friend] = [await voice.person(), await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    for (const userId of [foe, friend]) voice.join(userId, room);
    await expect
      .poll(async () => voice.ask('room.list', {}))
      .toMatchObject({
        rooms: expect.arrayContaining([
          expect.objectContaining({ roomId: room, memberIds: [owner, foe, friend] }),
        ]),
      });
    expect(await set(room, { blockedUserIds: [foe] })).toMatchObject({ putOut: 1, purgeable: 0 });
    await voice.happens(() => voice.where(foe) === undefined, 'he is put out');
    expect([voice.where(owner), voice.where(friend)]).toEqual([room, room]);
    expect(voice.canJoin(foe, room)).toBe(false);
    // Moved in by a moderator, he is out again.
    const lounge = await voice.createChannel({ name: 'Calme' });
    voice.join(foe, lounge);
    const { ownerId } = voice.guild;
    await client.people('move-voice', { guildId, userId: ownerId, targetId: foe, channelId: room });
    await voice.happens(() => voice.where(foe) === undefined, 'he is put out again');
    for (const userId of [owner, friend]) voice.leave(userId);
    await voice.gone(room);
  });

  test('outlives leaving the server and coming back: he sees nothing, and need not come to the door', async () => {
    const hub = await voice.hub();
    const [owner, foe] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    await set(room, { blockedUserIds: [foe] });
    for (let time = 0; time < 2; time++) {
      await client.people('leave-guild', { guildId, userId: foe });
      await client.people('join-guild', { guildId, userId: foe });
      await voice.happens(() => !voice.sees(foe, room) && !voice.canJoin(foe, room), 'he sees nothing');
    }
    voice.leave(owner);
    await voice.gone(room);
  });

  test('is put out, and the door closed behind him, although no event has told that it was open', async () => {
    const hub = await voice.hub();
    const [owner, foe] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    await set(room, { blockedUserIds: [foe] });
    await voice.scene.heard();
    await client.weather('lose-events', { t: '^CHANNEL_UPDATE$', count: 5 });
    await client.people('leave-guild', { guildId, userId: foe });
    await client.people('join-guild', { guildId, userId: foe });
    expect(voice.canJoin(foe, room)).toBe(true);
    voice.join(foe, room);
    await voice.happens(() => voice.where(foe) === undefined, 'he is put out');
    await voice.happens(() => !voice.canJoin(foe, room) && !voice.sees(foe, room), 'the door is closed');
    await client.weather('clear', {});
    voice.leave(owner);
    await voice.gone(room);
  });

  test('is given no room: neither by its owner, nor when he leaves', async () => {
    const hub = await voice.hub({ ownerLeaves: 'transfer', returnWindow: 0 });
    const [owner, first, second] = [await voice.person(), await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    for (const userId of [first, second]) voice.join(userId, room);
    await voice.scene.heard();
    // He would be put out; Discord does not let the bot for now.
    const { method, route } = { method: 'PATCH', route: `/guilds/${guildId}/members/${first}$` };
    await client.weather('rest', { kind: 'status', status: 403, count: 100, method, route });
    await set(room, { blockedUserIds: [first] });
    expect(voice.where(first)).toBe(room);
    expect(await refused(room, { ownerId: first })).toBe('blacklisted');
    voice.leave(owner);
    await expect.poll(async () => (await voice.row(room))!.owner_id).toBe(second);
    await client.weather('clear', {});
    for (const userId of [first, second]) voice.leave(userId);
    await voice.gone(room);
  });
});

describe('an owner who was away', () => {
  test.each(['private', 'closed'] as const)('has his %s room again within the window', async (mode) => {
    const hub = await voice.hub({ ownerLeaves: 'transfer', returnWindow: 60, defaultMode: mode });
    const [owner, friend] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    await set(room, { allowedUserIds: [friend] });
    voice.join(friend, room);
    const ownerNow = async () => (await voice.row(room))?.owner_id;
    voice.leave(owner);
    await expect.poll(ownerNow).toBe(friend);
    expect([voice.sees(owner, room), voice.canJoin(owner, room)]).toEqual([true, true]);
    voice.join(owner, room);
    await expect.poll(ownerNow).toBe(owner);
    // Through the hub he finds a place even when the room is full.
    await set(room, { userLimit: 1 });
    voice.leave(owner);
    await expect.poll(ownerNow).toBe(friend);
    expect(await voice.enter(owner, hub)).toBe(room);
    await expect.poll(ownerNow).toBe(owner);
    for (const userId of [owner, friend]) voice.leave(userId);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });

  test('makes a new one after it, and no longer sees the other', async () => {
    const hub = await voice.hub({ ownerLeaves: 'transfer', returnWindow: 1, defaultMode: 'private' });
    const [owner, friend] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    await set(room, { allowedUserIds: [friend] });
    voice.join(friend, room);
    voice.leave(owner);
    await expect.poll(async () => (await voice.row(room))?.owner_id).toBe(friend);
    await voice.happens(() => !voice.sees(owner, room), 'the window ends');
    const next = await voice.enter(owner, hub);
    expect(next).not.toBe(room);
    for (const userId of [owner, friend]) voice.leave(userId);
    await Promise.all([room, next].map((id) => voice.gone(id)));
  });
});

describe('what the bot may not do is not tried, and done once it may', () => {
  const roleId = voice.guild.members.get(voice.world.bot.id)!.roles[0]!;
  const all = BigInt(voice.guild.roles.get(roleId)!.permissions);
  const without = (taken: bigint) =>
    client.people('edit-role', {
      guildId,
      roleId,
      changes: { permissions: (all & ~taken & ~P.Administrator).toString() },
    });
  const given = () =>
    client.people('edit-role', { guildId, roleId, changes: { permissions: all.toString() } });
  const restCalls = (since: number, method: string, path: string) =>
    voice.scene.sandbox.stream
      .since(since)
      .filter((e) => e.type === 'rest' && e.method === method && e.path === path).length;
  /** Events come in order: once the row has this, the bot knows what was before. */
  async function isToldUpTo(room: string, limit: number) {
    await client.people('edit-channel', { channelId: room, changes: { user_limit: limit } });
    await expect.poll(() => voice.row(room)).toMatchObject({ user_limit: limit });
  }

  test('putting out the blacklist', async () => {
    const log = await voice.createChannel({ type: 0, name: 'journal-noire' });
    const hub = await voice.hub({ logChannelId: log });
    const [owner, foe] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    voice.join(foe, room);
    await without(P.MoveMembers);
    await isToldUpTo(room, 8);
    const since = voice.seq;
    expect((await set(room, { blockedUserIds: [foe] })).putOut).toBeUndefined();
    const notices = async () => (await voice.scene.written(log)).filter((m) => m.content.includes('⚠️'));
    await expect.poll(notices).toHaveLength(1);
    const other = await voice.person();
    voice.join(other, room);
    await isToldUpTo(room, 9);
    expect(restCalls(since, 'PATCH', `/guilds/${guildId}/members/${foe}`)).toBe(0);
    expect(voice.where(foe)).toBe(room);
    await given();
    await voice.happens(() => voice.where(foe) === undefined, 'he is put out');
    expect(await notices()).toHaveLength(1);
    for (const userId of [owner, other]) voice.leave(userId);
    await voice.gone(room);
  });

  test('deleting an empty room', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    const before = voice.channel(room)!.permission_overwrites;
    const own = overwrite(voice.world.bot.id, 1, { allow: SEEN, deny: P.ManageChannels });
    const permission_overwrites = [...before.filter(({ id }) => id !== own.id), own];
    await client.people('edit-channel', { channelId: room, changes: { permission_overwrites } });
    await isToldUpTo(room, 8);
    const since = voice.seq;
    voice.leave(owner);
    await bot.logged(({ event, channel }) => event === 'voice room held back' && channel === room);
    expect(restCalls(since, 'DELETE', `/channels/${room}`)).toBe(0);
    await client.people('edit-channel', { channelId: room, changes: { permission_overwrites: before } });
    await voice.gone(room);
    expect(restCalls(since, 'DELETE', `/channels/${room}`)).toBe(1);
  });
});

describe('what moderators change by hand', () => {
  test('limit, bit rate, region and name reach the row and the panel', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    const panel = await voice.panel(room);
    const shown = async () => JSON.stringify((await voice.scene.written(room))[0]);
    const changes = { name: 'Rebaptisé', user_limit: 7, bitrate: 32_000, rtc_region: 'rotterdam' };
    await client.people('edit-channel', { channelId: room, changes });
    await expect
      .poll(() => voice.row(room))
      .toMatchObject({
        name: 'Rebaptisé',
        chosen_name: 'Rebaptisé',
        user_limit: 7,
        bitrate: 32_000,
        region: 'rotterdam',
      });
    await expect.poll(shown).toMatch(/7 places.*32 kbit.*rotterdam/s);
    expect(panel.id).toBe((await voice.scene.written(room))[0]!.id);
    // Back to what it was before: that is a change now.
    const since = voice.seq;
    await set(room, { userLimit: 0, name: 'Comme avant' });
    await voice.happens(() => voice.channel(room)!.user_limit === 0, 'the limit is lifted');
    expect(voice.channel(room)!.name).toBe('Comme avant');
    expect(patches(since, room)).toBe(2);
    voice.leave(owner);
    await voice.gone(room);
  });

  test('what Discord tells late of the bot’s own changes is not by hand', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    await voice.panel(room);
    await client.weather('stall-gateway', { on: true });
    const lines = bot.lines.length;
    const wanted = { name: 'La cabane', mode: 'private', userLimit: 9, region: 'rotterdam' };
    // Each is a call and an event of its own; the events say what was then.
    expect(await set(room, wanted)).toMatchObject({ room: wanted });
    await client.weather('stall-gateway', { on: false });
    // What is told next, by hand, comes after all of them.
    await client.people('edit-channel', { channelId: room, changes: { user_limit: 3 } });
    await expect.poll(() => voice.row(room)).toMatchObject({ name: 'La cabane', user_limit: 3 });
    expect(await voice.row(room)).toMatchObject({ region: 'rotterdam' });
    // The log counts lines that repeat, and says so before the next other one.
    const done = () => bot.lines.slice(lines).filter(({ event }) => event === 'command done').length;
    await voice.ask('room.list', {});
    await expect.poll(done).toBe(2);
    const byHand = bot.lines.slice(lines).filter(({ event }) => /by hand|duplicate/.test(String(event)));
    expect(byHand.map(({ room: id }) => id)).toEqual([room]);
    // And the limit that it had before is one again.
    await client.people('edit-channel', { channelId: room, changes: { user_limit: 0 } });
    await expect.poll(() => voice.row(room)).toMatchObject({ user_limit: 0 });
    voice.leave(owner);
    await voice.gone(room);
  });

  test('what modes are not made of stays as they have it', async () => {
    const hub = await voice.hub();
    const [owner, friend] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    const { id: role } = await client.people('create-role', {
      guildId,
      role: { name: 'Bavards', permissions: '0' },
    });
    const mine = voice.channel(room)!.permission_overwrites;
    const permission_overwrites = [
      ...mine.filter(({ id }) => id !== guildId),
      overwrite(guildId, 0, { deny: P.SendMessages }),
      overwrite(role, 0, { allow: P.SendMessages }),
    ];
    await client.people('edit-channel', { channelId: room, changes: { permission_overwrites } });
    await voice.scene.heard();
    await set(room, { mode: 'private', allowedUserIds: [friend] });
    const now = new Map(voice.channel(room)!.permission_overwrites.map((one) => [one.id, one]));
    expect(BigInt(now.get(guildId)!.deny)).toBe(SEEN | P.SendMessages);
    expect(BigInt(now.get(role)!.allow)).toBe(P.SendMessages);
    expect(voice.canJoin(friend, room)).toBe(true);
    await set(room, { mode: 'open', allowedUserIds: [] });
    const everyone = voice.channel(room)!.permission_overwrites.find(({ id }) => id === guildId)!;
    expect(BigInt(everyone.deny)).toBe(P.SendMessages);
    voice.leave(owner);
    await voice.gone(room);
  });

  test('overwrites are put right again, but no more than four times a minute', async () => {
    const hub = await voice.hub({ defaultMode: 'closed' });
    const [owner, stranger] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    const mine = voice.channel(room)!.permission_overwrites;
    const opened = [...mine.filter(({ id }) => id !== guildId), overwrite(guildId, 0, { allow: P.Connect })];
    const since = voice.seq;
    for (let time = 0; time < 6; time++) {
      await client.people('edit-channel', { channelId: room, changes: { permission_overwrites: opened } });
      if (time < 4) await voice.happens(() => !voice.canJoin(stranger, room), 'it is closed again');
    }
    await set(room, { userLimit: 3 });
    // Four repairs, and the limit.
    expect(patches(since, room)).toBe(5);
    // Whatever the owner does closes it at once.
    await set(room, { mode: 'closed' });
    expect(voice.canJoin(stranger, room)).toBe(false);
    voice.leave(owner);
    await voice.gone(room);
  });
});

afterAll(() => bot.stop());
