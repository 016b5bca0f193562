/** Rooms from the join of a hub to their end, without anything going wrong. */
import { describe, expect, test } from 'vitest';
import { pressable, textOf } from '../support/panel.ts';
import { HELD_MS, overwrite, P, VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set();
const bot = await voice.scene.start();
const { client } = voice.scene;
const CREATE = 'POST /guilds/{id}/channels';
const MOVE = 'PATCH /guilds/{id}/members/{id}';
const PANEL = 'POST /channels/{id}/messages';
const DELETE = 'DELETE /channels/{id}';

describe('a room', () => {
  test('is made, moved into, given its panel and deleted: four calls, and nothing is left', async () => {
    const hub = await voice.hub({ userLimit: 7, bitrate: 64_000, nameTemplate: 'Chez {member}' });
    const zoe = await voice.person('zoe');
    const since = voice.seq;
    const room = await voice.enter(zoe, hub);
    expect(voice.channel(room)).toMatchObject({
      name: 'Chez zoe',
      type: 2,
      user_limit: 7,
      bitrate: 64_000,
      parent_id: voice.channel(hub)!.parent_id,
    });
    const panel = await voice.panel(room);
    await expect
      .poll(() => voice.row(room))
      .toMatchObject({
        hub_id: hub,
        owner_id: zoe,
        mode: 'open',
        panel_message_id: panel.id,
      });
    voice.leave(zoe);
    await voice.gone(room);
    expect(voice.calls(since)).toEqual([CREATE, MOVE, PANEL, DELETE]);
    await voice.assertNothingLeft(hub);
  });

  test("opens with the bot's own overwrite and the owner's, never MANAGE_ROLES", async () => {
    const hub = await voice.hub({ defaultMode: 'private' });
    const owner = await voice.person();
    const since = voice.seq;
    const room = await voice.enter(owner, hub);
    const create = await voice.call('POST', /channels$/, since);
    const { permission_overwrites: sent } = (create as { requestBody: { permission_overwrites: Sent[] } })
      .requestBody;
    type Sent = { id: string; allow: string; deny: string };
    expect(sent[0]!.id).toBe(voice.world.bot.id);
    const needed = P.ViewChannel | P.Connect | P.ManageChannels | P.MoveMembers;
    expect(BigInt(sent[0]!.allow) & needed).toBe(needed);
    for (const { allow, deny } of sent) expect((BigInt(allow) | BigInt(deny)) & P.ManageRoles).toBe(0n);
    const stranger = await voice.person();
    expect([voice.sees(owner, room), voice.canJoin(owner, room)]).toEqual([true, true]);
    expect([voice.sees(stranger, room), voice.canJoin(stranger, room)]).toEqual([false, false]);
    voice.leave(owner);
    await voice.gone(room);
  });

  test('is there once: whoever joins the hub again is moved back', async () => {
    const hub = await voice.hub();
    const [owner, guest] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    voice.join(guest, room);
    await voice.panel(room);
    const since = voice.seq;
    voice.join(owner, hub);
    expect(await voice.moved(owner, hub)).toBe(room);
    expect(voice.calls(since).filter((call) => call !== 'PATCH /channels/{id}/messages/{id}')).toEqual([
      MOVE,
    ]);
    expect(await voice.rows(hub)).toHaveLength(1);
    voice.leave(owner);
    voice.leave(guest);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });

  test('waits for an owner who was alone in it and joins the hub again, and for nobody who leaves that', async () => {
    // Given away at once, it would come to nobody.
    const hub = await voice.hub({ ownerLeaves: 'transfer', returnWindow: 0 });
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    await voice.panel(room);
    const since = voice.seq;
    voice.join(owner, hub);
    expect(await voice.moved(owner, hub)).toBe(room);
    expect(voice.calls(since)).toEqual([MOVE]);
    // With a guest in it, it stays his all the same.
    const guest = await voice.person();
    voice.join(guest, room);
    await voice.scene.heard();
    voice.join(owner, hub);
    expect(await voice.moved(owner, hub)).toBe(room);
    await voice.scene.heard();
    await expect.poll(() => voice.row(room)).toMatchObject({ owner_id: owner });
    voice.leave(guest);
    await client.weather('rest', {
      route: `/guilds/\\d+/members/${owner}$`,
      method: 'PATCH',
      count: 1,
      kind: 'delay',
      ms: 300,
    });
    voice.join(owner, hub);
    voice.leave(owner);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });

  test('each hub of a server makes its own, also for the same member', async () => {
    const [one, other] = [
      await voice.hub({ nameTemplate: 'Un {n}' }),
      await voice.hub({ nameTemplate: 'Deux {n}' }),
    ];
    const [a, b] = [await voice.person(), await voice.person()];
    const [first, second] = await Promise.all([voice.enter(a, one), voice.enter(b, other)]);
    expect([voice.channel(first)!.name, voice.channel(second)!.name]).toEqual(['Un 1', 'Deux 1']);
    voice.join(a, other);
    const third = await voice.moved(a, other);
    expect(voice.channel(third)!.name).toBe('Deux 2');
    await voice.gone(first);
    voice.leave(a);
    voice.leave(b);
    await Promise.all([voice.gone(second), voice.gone(third)]);
  });

  test('many members at once: one room each, nobody moved twice', async () => {
    const hub = await voice.hub({ nameTemplate: '{n}' });
    const people = await Promise.all(Array.from({ length: 12 }, () => voice.person()));
    const since = voice.seq;
    const rooms = await Promise.all(people.map((userId) => voice.enter(userId, hub)));
    expect(new Set(rooms).size).toBe(people.length);
    const numbers = rooms.map((room) => Number(voice.channel(room)!.name)).toSorted((a, b) => a - b);
    expect(numbers).toEqual(people.map((_, index) => index + 1));
    await Promise.all(rooms.map((room) => voice.panel(room)));
    const calls = voice.calls(since);
    for (const kind of [CREATE, MOVE, PANEL])
      expect(calls.filter((call) => call === kind)).toHaveLength(people.length);
    for (const userId of people) voice.leave(userId);
    await Promise.all(rooms.map((room) => voice.gone(room)));
    await voice.assertNothingLeft(hub);
  });
});

describe('who leaves while the room is being made', () => {
  const route = '/guilds/\\d+/channels$';

  test.each([
    ['before Discord makes it', 'delay', 'weather'],
    ['when Discord has made it and the answer is on its way', 'delay-after', 'rest'],
  ] as const)('leaves none behind: %s', async (_, kind, seenAs) => {
    const hub = await voice.hub();
    const owner = await voice.person();
    await client.weather('rest', { route, method: 'POST', count: 1, kind, ms: HELD_MS });
    const since = voice.seq;
    voice.join(owner, hub);
    await voice.scene.event(({ type }) => type === seenAs, { since });
    voice.leave(owner);
    await voice.release();
    await voice.call('DELETE', /^\/channels\//, since);
    await voice.assertNothingLeft(hub);
    expect(voice.calls(since)).toEqual([CREATE, DELETE]);
  });

  test('and comes back at once has a room all the same, and only one', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    await client.weather('rest', { route, method: 'POST', count: 1, kind: 'delay-after', ms: HELD_MS });
    const since = voice.seq;
    voice.join(owner, hub);
    await voice.scene.event(({ type }) => type === 'rest', { since });
    voice.leave(owner);
    voice.join(owner, hub);
    await voice.release();
    const room = await voice.moved(owner, hub);
    await expect.poll(() => voice.rows(hub)).toHaveLength(1);
    voice.leave(owner);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });

  test('or goes to another channel stays there', async () => {
    const hub = await voice.hub();
    const [owner, lounge] = [await voice.person(), await voice.createChannel({ name: 'Ailleurs' })];
    await client.weather('rest', { route, method: 'POST', count: 1, kind: 'delay-after', ms: HELD_MS });
    const since = voice.seq;
    voice.join(owner, hub);
    await voice.scene.event(({ type }) => type === 'rest', { since });
    voice.join(owner, lounge);
    await voice.release();
    await voice.call('DELETE', /^\/channels\//, since);
    await voice.assertNothingLeft(hub);
    expect(voice.where(owner)).toBe(lounge);
    voice.leave(owner);
  });
});

describe('an empty room', () => {
  test('waits for its grace, and stays when somebody comes within it', async () => {
    const hub = await voice.hub({ emptyGrace: 2 });
    const [owner, guest] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    voice.leave(owner);
    voice.join(guest, room);
    const left = Date.now();
    voice.leave(guest);
    await voice.gone(room);
    expect(Date.now() - left).toBeGreaterThanOrEqual(1_900);
    await voice.assertNothingLeft(hub);
  });

  test('with only a bot in it is empty', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    const { userId: jukebox } = await client.people('join-guild', {
      guildId: voice.guild.id,
      username: 'jukebox_2',
      bot: true,
    });
    const room = await voice.enter(owner, hub);
    voice.join(jukebox, room);
    voice.leave(owner);
    await voice.gone(room);
  });
});

describe('when the owner leaves and others stay', () => {
  test('`keep`: the room stays his, then whoever is inside may claim it', async () => {
    const hub = await voice.hub({ ownerLeaves: 'keep', keepFor: 3, returnWindow: 0 });
    const [owner, guest] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    const panel = await voice.panel(room);
    voice.join(guest, room);
    voice.leave(owner);
    const claim = () =>
      client.people('click', {
        channelId: room,
        messageId: panel.id,
        userId: guest,
        customId: `room/claim/${room}`,
        locale: 'fr',
        waitForFinal: true,
      });
    // Before its time the button is not to be pressed.
    await expect(claim()).rejects.toThrow(/disabled/);
    const claimed = async () => {
      await claim().catch(() => undefined);
      return (await voice.row(room))!.owner_id;
    };
    await expect.poll(claimed, { timeout: 10_000, interval: 250 }).toBe(guest);
    voice.leave(guest);
    await voice.gone(room);
  });

  test('`transfer`: whoever is inside for longest has it at once, until the owner is back', async () => {
    const hub = await voice.hub({ ownerLeaves: 'transfer', returnWindow: 60 });
    const [owner, first, second] = [await voice.person(), await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    voice.join(first, room);
    voice.join(second, room);
    const ownerNow = async () => (await voice.row(room))?.owner_id;
    voice.leave(owner);
    await expect.poll(ownerNow).toBe(first);
    voice.join(owner, room);
    await expect.poll(ownerNow).toBe(owner);
    for (const userId of [owner, first, second]) voice.leave(userId);
    await voice.gone(room);
  });

  test('`delete`: it is deleted when he is not back in time, and stays when he is', async () => {
    const hub = await voice.hub({ ownerLeaves: 'delete', returnWindow: 2 });
    const [owner, guest] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    voice.join(guest, room);
    voice.leave(owner);
    voice.join(owner, room);
    voice.leave(owner);
    const left = Date.now();
    await voice.gone(room);
    expect(Date.now() - left).toBeGreaterThanOrEqual(1_900);
    expect(voice.where(guest)).toBeUndefined();
    await voice.assertNothingLeft(hub);
  });
});

test('an owner who is back while the deletion of his room waits for its turn keeps it', async () => {
  const hub = await voice.hub({ ownerLeaves: 'delete', returnWindow: 0 });
  const [owner, guest] = [await voice.person(), await voice.person()];
  const room = await voice.enter(owner, hub);
  voice.join(guest, room);
  await voice.scene.heard();
  const route = `/channels/${room}$`;
  const limit = { kind: 'rate-limit', scope: 'user', retryAfter: 1, count: 1 } as const;
  await client.weather('rest', { ...limit, method: 'DELETE', route });
  const since = voice.seq;
  voice.leave(owner);
  await voice.call('DELETE', new RegExp(route), since);
  voice.join(owner, room);
  // Once its turn has come, the room can be changed again.
  const change = () =>
    voice.scene.database.command(voice.guild.id, 'room.update', { roomId: room, userLimit: 3 }, owner);
  await expect.poll(change).toMatchObject({ status: 'done' });
  expect(voice.calls(since).filter((call) => call === DELETE)).toHaveLength(1);
  expect([owner, guest].map((userId) => voice.where(userId))).toEqual([room, room]);
  for (const userId of [owner, guest]) voice.leave(userId);
  await voice.gone(room);
});

test('a room whose hub is gone says what that hub said of claims', async () => {
  const hub = await voice.hub({ ownerLeaves: 'delete', returnWindow: 3_600 });
  const [owner, guest] = [await voice.person(), await voice.person()];
  const room = await voice.enter(owner, hub);
  const panel = await voice.panel(room);
  voice.join(guest, room);
  await client.people('delete-channel', { channelId: hub });
  await bot.logged(({ event }) => event === 'voice hub gone');
  voice.leave(owner);
  const shown = async () => (await client.messages(room, { limit: 100 })).find(({ id }) => id === panel.id)!;
  await expect.poll(async () => textOf(await shown())).toContain('absent');
  expect(pressable(await shown(), `room/claim/${room}`).disabled).toBe(true);
  voice.leave(guest);
  await voice.gone(room);
});

describe('where rooms go', () => {
  test('a full category overflows into the next, in order', async () => {
    const full = await voice.createChannel({ type: 4, name: 'Pleine' });
    voice.createChannels(50, { parent_id: full });
    const [second, third] = [
      await voice.createChannel({ type: 4, name: 'Débordement' }),
      await voice.createChannel({ type: 4, name: 'Encore' }),
    ];
    voice.createChannels(49, { parent_id: second });
    const hub = await voice.hub({ categoryId: full, overflowCategoryIds: [second, third] });
    const [a, b] = [await voice.person(), await voice.person()];
    const rooms = [await voice.enter(a, hub), await voice.enter(b, hub)];
    expect(rooms.map((room) => voice.channel(room)!.parent_id)).toEqual([second, third]);
    voice.leave(a);
    voice.leave(b);
    await Promise.all(rooms.map((room) => voice.gone(room)));
  });

  test('in the region of the hub', async () => {
    const hub = await voice.hub({ region: 'rotterdam' });
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    expect(voice.channel(room)).toMatchObject({ rtc_region: 'rotterdam' });
    voice.leave(owner);
    await voice.gone(room);
  });

  test('permissions come from the hub, its category or a template channel', async () => {
    const role = await client.people('create-role', { guildId: voice.guild.id, role: { name: 'Cercle' } });
    const closed = [
      overwrite(voice.guild.id, 0, { deny: P.Connect }),
      overwrite(role.id, 0, { allow: P.Connect }),
      overwrite(voice.world.bot.id, 1, {
        allow: P.ViewChannel | P.Connect | P.MoveMembers | P.ManageChannels,
      }),
    ];
    const template = await voice.createChannel({ name: 'Modèle', permission_overwrites: closed });
    const hub = await voice.hub({ permissionsFrom: 'template', templateChannelId: template });
    const [owner, stranger, friend] = [await voice.person(), await voice.person(), await voice.person()];
    await client.people('set-member-roles', { guildId: voice.guild.id, userId: friend, roles: [role.id] });
    const room = await voice.enter(owner, hub);
    expect(voice.canJoin(stranger, room)).toBe(false);
    expect(voice.canJoin(friend, room)).toBe(true);
    voice.leave(owner);
    await voice.gone(room);
  });
});

test('only those who have one of its roles are served by a hub', async () => {
  const { id: role } = await client.people('create-role', { guildId: voice.guild.id, role: { name: 'VIP' } });
  const hub = await voice.hub({ allowedRoleIds: [role] });
  const [member, stranger] = [await voice.person(), await voice.person()];
  await client.people('set-member-roles', { guildId: voice.guild.id, userId: member, roles: [role] });
  voice.join(stranger, hub);
  await voice.happens(() => voice.where(stranger) === undefined, 'the stranger is put out');
  const room = await voice.enter(member, hub);
  voice.leave(member);
  await voice.gone(room);
  await voice.assertNothingLeft(hub);
});

test('gates: so many rooms a minute for a member, and so many at one time for a hub', async () => {
  const gated = await voice.hub({ memberPerMinute: 1, maxRooms: 1 });
  const [a, b] = [await voice.person(), await voice.person()];
  const room = await voice.enter(a, gated);
  const since = voice.seq;
  voice.join(b, gated);
  voice.leave(a);
  await voice.gone(room);
  // His own gate is closed, the hub's is open again for the one who waits.
  voice.join(a, gated);
  // A hub that is full is looked at again every ten seconds.
  const next = await voice.moved(b, gated, 20_000);
  expect(voice.calls(since).filter((call) => call === CREATE)).toHaveLength(1);
  expect(voice.where(a)).toBe(gated);
  voice.leave(a);
  voice.leave(b);
  await voice.gone(next);
});

test('a gate for all members of a server together', async () => {
  const [gated, other] = [await voice.hub({ guildPerMinute: 2 }), await voice.hub()];
  const [late, next] = [await voice.person(), await voice.person()];
  // Whatever the tests before have made in the last minute counts too.
  const since = voice.seq;
  const first = await voice.enter(await voice.person(), other);
  const second = await voice.enter(await voice.person(), other);
  voice.join(late, gated);
  const third = await voice.enter(next, other);
  // He was there before the last one, whose hub allows more.
  expect(voice.where(late)).toBe(gated);
  expect(voice.calls(since).filter((call) => call === CREATE)).toHaveLength(3);
  for (const { user_id } of [...voice.guild.voiceStates.values()]) voice.leave(user_id);
  await Promise.all([first, second, third].map((room) => voice.gone(room)));
  await voice.assertNothingLeft(gated);
});

test('what a member chose is there in his next room', async () => {
  const hub = await voice.hub();
  const [owner, friend, foe] = [await voice.person(), await voice.person(), await voice.person()];
  const room = await voice.enter(owner, hub);
  await voice.change(owner, room, {
    mode: 'closed',
    allowedUserIds: [friend],
    blockedUserIds: [foe],
    userLimit: 9,
  });
  voice.leave(owner);
  await voice.gone(room);
  const next = await voice.enter(owner, hub);
  expect(voice.channel(next)!.user_limit).toBe(9);
  expect([friend, foe].map((userId) => voice.canJoin(userId, next))).toEqual([true, false]);
  expect(voice.sees(foe, next)).toBe(false);
  voice.leave(owner);
  await voice.gone(next);
});
