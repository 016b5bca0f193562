/** What a hub's settings lead to beyond the first room: permissions, full categories, the log, what is remembered. */
import { expect, test } from 'vitest';
import { Hands, pressables, textOf } from '../support/panel.ts';
import { overwrite, P, VoiceScene } from '../support/voice.ts';

let skippedMs = 0;
const voice = await VoiceScene.set({
  gatewayLimits: { identifyWindowMs: 0 },
  now: () => Date.now() + skippedMs,
});
const { scene } = voice;
const { client } = scene;
let bot = await scene.start();
const administrator = new Hands(scene, voice.guild.ownerId);
const general = scene.channel('général');

async function end(room: string, ...people: string[]): Promise<void> {
  people.forEach((userId) => voice.leave(userId));
  await voice.gone(room);
}

test('permissions come from the hub or from its category', async () => {
  const guildId = voice.guild.id;
  const [ofHub, ofCategory] = [
    await client.people('create-role', { guildId, role: { name: 'Du hub' } }),
    await client.people('create-role', { guildId, role: { name: 'De la catégorie' } }),
  ];
  const rolesOfRoom = async (permissionsFrom: string) => {
    const hub = await voice.hub(
      { permissionsFrom },
      { permission_overwrites: [overwrite(ofHub.id, 0, { deny: P.Stream })] },
    );
    const permission_overwrites = [overwrite(ofCategory.id, 0, { deny: P.Stream })];
    const channelId = voice.channel(hub)!.parent_id!;
    await client.people('edit-channel', { channelId, changes: { permission_overwrites } });
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    const roles = voice
      .channel(room)!
      .permission_overwrites.filter(({ type, deny }) => type === 0 && deny !== '0');
    await end(room, owner);
    return roles.map(({ id }) => id);
  };
  expect(await rolesOfRoom('hub')).toEqual([ofHub.id]);
  expect(await rolesOfRoom('category')).toEqual([ofCategory.id]);
});

test('a category of which the bot does not know that it is full', async () => {
  const overflow = await voice.createChannel({ type: 4, name: 'Débordement' });
  const hub = await voice.hub({ overflowCategoryIds: [overflow] });
  const parent_id = voice.channel(hub)!.parent_id!;
  await client.weather('lose-events', { t: '^CHANNEL_CREATE$', count: 49 });
  voice.createChannels(49, { parent_id });
  const since = voice.seq;
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  expect(voice.channel(room)!.parent_id).toBe(overflow);
  expect(voice.calls(since).filter((call) => call === 'POST /guilds/{id}/channels')).toHaveLength(2);
  await end(room, owner);
});

test('the log channel has a line for what happens to rooms', async () => {
  const logChannelId = await voice.createChannel({ type: 0, name: 'journal' });
  const hub = await voice.hub({ logChannelId, nameTemplate: 'Chez {n}' });
  const [owner, friend] = [await voice.person(), await voice.person()];
  const room = await voice.enter(owner, hub);
  voice.join(friend, room);
  await expect
    .poll(async () => (await voice.ask('room.list', { hubId: hub })).rooms)
    .toMatchObject([{ memberIds: [owner, friend] }]);
  await voice.ask('room.update', { roomId: room, ownerId: friend });
  await end(room, owner, friend);
  const lines = async () => (await scene.written(logChannelId)).map(textOf);
  await expect.poll(lines).toHaveLength(3);
  const [made, given, gone] = await lines();
  expect(made).toBe(`« Chez 1 » est créé pour <@${owner}>.`);
  expect(given).toBe(`« Chez 1 » appartient maintenant à <@${friend}>.`);
  expect(gone).toBe('« Chez 1 » est supprimé.');
});

test('what is remembered of a member is forgotten when he says so', async () => {
  const hub = await voice.hub({ remember: true });
  const owner = new Hands(scene, await voice.person());
  const modes = async (room: string) => ({
    room: (await voice.row(room))?.mode,
    remembered: await scene.database.query('SELECT mode FROM voice_preferences WHERE hub_id = $1', [hub]),
  });
  const first = await voice.enter(owner.userId, hub);
  expect(await voice.change(owner.userId, first, { mode: 'private' })).toMatchObject({
    room: { mode: 'private' },
  });
  await end(first, owner.userId);
  const second = await voice.enter(owner.userId, hub);
  await expect.poll(() => modes(second)).toEqual({ room: 'private', remembered: [{ mode: 'private' }] });
  const { message } = await owner.click(await voice.panel(second), `room/forget/${second}`);
  expect(textOf(message)).toContain("C'est oublié");
  await end(second, owner.userId);
  const third = await voice.enter(owner.userId, hub);
  await expect.poll(() => modes(third)).toEqual({ room: 'open', remembered: [] });
  await end(third, owner.userId);
});

test('what an administrator changes in somebody’s room is not remembered as its owner’s choice', async () => {
  const hub = await voice.hub({ remember: true, userLimit: 5 });
  const owner = new Hands(scene, await voice.person());
  const first = await voice.enter(owner.userId, hub);
  const panel = await voice.panel(first);
  await administrator.click(panel, `room/mode/${first}/private`);
  await voice.change(owner.userId, first, { bitrate: 32_000 });
  await end(first, owner.userId);
  // Nor is what its owner has left as the hub had it.
  await voice.ask('hub.update', { hubId: hub, userLimit: 8 });
  const second = await voice.enter(owner.userId, hub);
  expect(voice.channel(second)).toMatchObject({ bitrate: 32_000, user_limit: 8 });
  await expect.poll(async () => (await voice.row(second))?.mode).toBe('open');
  await end(second, owner.userId);
});

test('the buttons of the hub’s settings, and the pages of the list of hubs', async () => {
  const listed = (await voice.ask('hub.list', {})).hubs as unknown[];
  for (let n = listed.length; n < 9; n++) await voice.hub();
  const hub = await voice.hub();
  const { message: config } = await administrator.hub(general, 'config', { hub });
  const examined = await administrator.click(config!, 'hub/doctor');
  expect(textOf(examined.message)).toContain('🩺 Diagnostic');
  const asked = await administrator.click(config!, `hub/delete/${hub}`);
  expect(pressables(asked.message).map(({ custom_id }) => custom_id)).toEqual([
    `hub/delete-now/${hub}/keep`,
    `hub/delete-now/${hub}/channel`,
    'room/dismiss',
  ]);
  const { message: first } = await administrator.hub(general, 'list');
  expect(textOf(first)).toContain('page 1/2');
  const { message: second } = await administrator.click(first!, 'hub/list/1');
  expect(textOf(second)).toContain('page 2/2');
  expect(textOf(second)).toContain(`<#${hub}>`);
});

test('a name that waits is sent in time, also by the process that comes after', async () => {
  const hub = await voice.hub();
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  for (const name of ['Un', 'Deux', 'Trois']) await voice.ask('room.update', { roomId: room, name });
  expect(voice.channel(room)!.name).toBe('Deux');
  await expect.poll(async () => (await voice.row(room))?.pending_name).toBe('Trois');
  bot.kill('SIGKILL');
  await bot.exited;
  // The ten minutes pass, for the sandbox and in the row.
  skippedMs += 11 * 60_000;
  await scene.database.query(
    `UPDATE voice_rooms SET pending_name_at = now() + interval '1 second', renamed_at = '{}' WHERE channel_id = $1`,
    [room],
  );
  bot = await scene.start();
  await expect.poll(() => voice.channel(room)!.name, { timeout: 15_000 }).toBe('Trois');
  await expect.poll(async () => (await voice.row(room))?.pending_name).toBeNull();
  await end(room, owner);
});
