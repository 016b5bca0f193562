/** hub.* and room.* as a dashboard has them carried out: shapes, whom they obey, what they refuse. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isPayload } from '../support/contracts.ts';
import { VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set();
const { scene } = voice;
await scene.start();

let hub = '';
let owner = '';
let room = '';
beforeAll(async () => {
  hub = await voice.hub({ nameTemplate: 'Chez {member}', remember: false });
});
beforeEach(async () => {
  for (const { user_id } of [...voice.guild.voiceStates.values()]) voice.leave(user_id);
  await voice.assertNothingLeft(hub);
  owner = await voice.person();
  room = await voice.enter(owner, hub);
});

/** A command on somebody's behalf. */
const askedBy = (requestedBy: string, action: string, payload: object) =>
  scene.database.command(scene.guildId, action, payload, requestedBy);

describe('what is asked for', () => {
  test('is as the contract says', () => {
    const fine: [string, unknown][] = [
      ['hub.list', null],
      ['hub.list', { limit: 1, after: hub }],
      ['room.list', { hubId: '', limit: 100, after: '' }],
      ['hub.create', { name: 'Entrez', userLimit: 3 }],
      ['hub.create', { channelId: hub }],
      ['hub.update', { hubId: hub, ownerLeaves: 'transfer', overflowCategoryIds: [] }],
      ['hub.delete', { hubId: hub, deleteChannel: true }],
      ['room.list', {}],
      ['room.update', { roomId: room, mode: 'private', allowedUserIds: [owner] }],
      ['room.delete', { roomId: room }],
    ];
    for (const [action, payload] of fine) expect(isPayload(action, payload), action).toBe(true);
    for (const [action, payload] of [
      ['hub.create', { userLimit: 3 }],
      ['hub.update', { hubId: 12 }],
      ['hub.update', { hubId: hub, keepFor: 3601 }],
      ['room.update', { roomId: room, mode: 'secret' }],
      ['room.delete', {}],
      ['hub.list', { limit: 0 }],
      ['room.list', { limit: 101 }],
      ['room.list', { after: 12 }],
    ] as const)
      expect(isPayload(action, payload), action).toBe(false);
  });

  test.each([
    ['hub.create', {}, 'name'],
    ['hub.update', {}, 'hubId'],
    ['hub.update', { hubId: '1', keepFor: 3601 }, 'keepFor'],
    ['hub.update', { hubId: '1', defaultMode: 'secret' }, 'defaultMode'],
    ['room.update', { roomId: '1', mode: 'secret' }, 'mode'],
    ['room.update', { roomId: '1', allowedUserIds: ['1', '1'] }, 'allowedUserIds'],
    ['room.delete', { roomId: 12 }, 'roomId'],
    ['hub.list', { limit: 0 }, 'limit'],
    ['room.list', { limit: 101 }, 'limit'],
    ['room.list', { after: 'x' }, 'after'],
  ])('%s %j is refused for %s', async (action, payload, field) => {
    const { result } = await scene.database.command(scene.guildId, action, payload);
    expect(result).toMatchObject({ ok: false, code: 'bad_payload' });
    expect(result!.reason).toContain(`« ${field} »`);
  });

  test.each([
    ['hub.update', { hubId: '1' }, 'unknown_hub'],
    ['hub.delete', { hubId: '1' }, 'unknown_hub'],
    ['hub.create', { channelId: '1' }, 'unknown_channel'],
    ['room.update', { roomId: '1' }, 'unknown_room'],
    ['room.delete', { roomId: '1' }, 'unknown_room'],
  ])('%s of what is not there', async (action, payload, code) => {
    expect((await scene.database.command(scene.guildId, action, payload)).result).toMatchObject({ code });
  });

  test('never reaches another server', async () => {
    const other = [...voice.world.guilds.keys()].find((id) => id !== scene.guildId)!;
    for (const [action, payload, code] of [
      ['hub.update', { hubId: hub, userLimit: 2 }, 'unknown_hub'],
      ['hub.delete', { hubId: hub }, 'unknown_hub'],
      ['hub.create', { channelId: hub }, 'unknown_channel'],
      ['room.update', { roomId: room, mode: 'private' }, 'unknown_room'],
      ['room.delete', { roomId: room }, 'unknown_room'],
    ] as const)
      expect((await scene.database.command(other, action, payload)).result).toMatchObject({ code });
    expect(await voice.ask('hub.list', {}, other)).toMatchObject({ hubs: [] });
    expect(await voice.ask('room.list', {}, other)).toMatchObject({ rooms: [] });
  });
});

test('lists are told part by part, also when what stood at the end of a part is gone', async () => {
  const hubs = [hub, await voice.hub(), await voice.hub()].toSorted();
  const people = [await voice.person(), await voice.person()];
  const rooms = [
    room,
    ...(await Promise.all(people.map((userId) => voice.enter(userId, hubs[2]!)))),
  ].toSorted();
  interface Part {
    hubs?: { hubId: string }[];
    rooms?: { roomId: string }[];
    next?: string;
  }
  const part = async (action: string, payload: object) => {
    const { hubs: some, rooms: others, next } = (await voice.ask(action, payload)) as Part;
    return {
      ids: [...(some ?? []).map(({ hubId }) => hubId), ...(others ?? []).map(({ roomId }) => roomId)],
      next,
    };
  };
  for (const [action, all] of [
    ['hub.list', hubs],
    ['room.list', rooms],
  ] as const) {
    expect(await part(action, {})).toEqual({ ids: all, next: undefined });
    expect(await part(action, { limit: 2 })).toEqual({ ids: all.slice(0, 2), next: all[1] });
    expect(await part(action, { limit: 2, after: all[1] })).toEqual({ ids: all.slice(2), next: undefined });
    expect(await part(action, { limit: 3 })).toEqual({ ids: all, next: undefined });
    expect(await part(action, { after: all[2] })).toEqual({ ids: [], next: undefined });
  }
  await voice.ask('room.delete', { roomId: rooms[1] });
  expect(await part('room.list', { limit: 2, after: rooms[1] })).toEqual({
    ids: [rooms[2]],
    next: undefined,
  });
  for (const hubId of hubs.filter((one) => one !== hub)) await voice.ask('hub.delete', { hubId });
});

describe('a room', () => {
  test('is told with who is in it, and changed in one go', async () => {
    const guest = await voice.person();
    voice.join(guest, room);
    const role = [...voice.guild.roles.values()].find(({ name }) => name === 'Joueurs')!.id;
    const members = async () =>
      ((await voice.ask('room.list', { hubId: hub })) as { rooms: { memberIds: string[] }[] }).rooms[0]!
        .memberIds;
    await expect.poll(members).toEqual([owner, guest]);
    const result = await voice.ask('room.update', {
      roomId: room,
      mode: 'private',
      allowedRoleIds: [role],
      name: 'La cabane',
      userLimit: 9,
      bitrate: 32_000,
      region: 'rotterdam',
      status: 'On construit',
      purge: true,
    });
    expect(result).toMatchObject({
      purged: 1,
      room: { mode: 'private', allowedRoleIds: [role], name: 'La cabane', ownerId: owner },
    });
    expect(voice.channel(room)).toMatchObject({
      name: 'La cabane',
      user_limit: 9,
      bitrate: 32_000,
      rtc_region: 'rotterdam',
    });
    expect(voice.where(guest)).toBeUndefined();
  });

  test('obeys its owner and administrators, and nobody else', async () => {
    const stranger = await voice.person();
    for (const [action, payload] of [
      ['room.update', { roomId: room, mode: 'closed' }],
      ['room.delete', { roomId: room }],
    ] as const) {
      expect((await askedBy(stranger, action, payload)).result).toMatchObject({ code: 'not_owner' });
    }
    expect((await askedBy(owner, 'room.update', { roomId: room, mode: 'closed' })).status).toBe('done');
    const chief = voice.guild.ownerId;
    expect((await askedBy(chief, 'room.update', { roomId: room, mode: 'open' })).status).toBe('done');
    expect((await askedBy(owner, 'room.delete', { roomId: room })).status).toBe('done');
    await voice.gone(room);
  });
});

test.each([
  ['hub.list', {}],
  ['hub.create', { name: 'Non' }],
  ['hub.update', { hubId: '1' }],
  ['hub.delete', { hubId: '1' }],
  ['room.list', {}],
])('%s is not for members', async (action, payload) => {
  const { result } = await askedBy(owner, action, payload);
  expect(result).toMatchObject({ code: 'requester_lacks_permission' });
  expect(result!.reason).toContain('« Gérer le serveur »');
});
