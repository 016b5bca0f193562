/** What keeps a hub from making rooms: seen without asking, held off where it must be, and over as soon as it is mended. */
import { expect, test } from 'vitest';
import { Hands, textOf } from '../support/panel.ts';
import { overwrite, P, VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set();
const { client } = voice.scene;
await voice.scene.start();
const CREATE = 'POST /guilds/{id}/channels';
const creates = (since: number) => voice.calls(since).filter((call) => call === CREATE).length;
const notices = (log: string) => async () =>
  (await voice.scene.written(log)).map(({ content }) => content).filter((content) => content.includes('⚠️'));

test('without MOVE_MEMBERS nothing is tried; whoever waits is served once it is there', async () => {
  const log = await voice.createChannel({ type: 0, name: 'journal-1' });
  const hub = await voice.hub({ logChannelId: log });
  const role = [...voice.guild.roles.values()].find(({ tags }) => tags?.bot_id === voice.world.bot.id)!;
  const { permissions } = role;
  const change = (given: bigint) =>
    client.people('edit-role', {
      guildId: voice.guild.id,
      roleId: role.id,
      changes: { permissions: given.toString() },
    });
  const [owner, guest] = [await voice.person(), await voice.person()];
  const room = await voice.enter(owner, hub);
  voice.join(guest, room);
  await change(BigInt(permissions) & ~P.MoveMembers);
  await voice.scene.heard();
  const people = [await voice.person(), await voice.person()];
  const since = voice.seq;
  for (const userId of [owner, ...people]) voice.join(userId, hub);
  await expect.poll(notices(log)).toHaveLength(1);
  expect((await notices(log)())[0]).toContain('Déplacer des membres');
  await voice.scene.heard();
  expect(voice.calls(since).filter((call) => /guilds/.test(call))).toEqual([]);
  await change(BigInt(permissions));
  await Promise.all(people.map((userId) => voice.moved(userId, hub)));
  // Who has a room is brought back to it.
  expect(await voice.moved(owner, hub)).toBe(room);
  expect(creates(since)).toBe(2);
  expect(await notices(log)()).toHaveLength(1);
  for (const userId of [owner, guest, ...people]) voice.leave(userId);
  await voice.assertNothingLeft(hub);
});

test('a category that Discord calls full holds off its hub, and no other', async () => {
  const log = await voice.createChannel({ type: 0, name: 'journal-2' });
  const [full, free] = [await voice.hub({ logChannelId: log }), await voice.hub()];
  const body = {
    code: 50035,
    message: 'Invalid Form Body',
    errors: { parent_id: { _errors: [{ code: 'CHANNEL_PARENT_MAX_CHANNELS', message: 'full' }] } },
  };
  const route = `/guilds/${voice.guild.id}/channels$`;
  await client.weather('rest', { kind: 'status', status: 400, body, method: 'POST', route, count: 1 });
  const since = voice.seq;
  const [unlucky, late] = [await voice.person(), await voice.person()];
  voice.join(unlucky, full);
  await expect.poll(notices(log)).toHaveLength(1);
  expect((await notices(log)())[0]).toMatch(/catégorie.*pleine/);
  const others = [await voice.person(), await voice.person(), await voice.person()];
  for (const userId of others) await voice.enter(userId, free);
  voice.join(late, full);
  const next = await voice.person();
  await voice.enter(next, free);
  // The rooms of the other hub do not have the full one try again.
  expect(creates(since)).toBe(1 + others.length + 1);
  expect([unlucky, late].map((userId) => voice.where(userId))).toEqual([full, full]);
  expect(await notices(log)()).toHaveLength(1);
  for (const userId of [unlucky, late, next, ...others]) voice.leave(userId);
  await voice.assertNothingLeft(free);
});

test('a full hub that is given another category serves at once who waits', async () => {
  const log = await voice.createChannel({ type: 0, name: 'journal-7' });
  const full = await voice.createChannel({ type: 4, name: 'Pleine' });
  voice.createChannels(50, { parent_id: full });
  const hub = await voice.hub({ categoryId: full, logChannelId: log });
  const [first, second] = [await voice.person(), await voice.person()];
  voice.join(first, hub);
  await expect.poll(notices(log)).toHaveLength(1);
  voice.join(second, hub);
  const more = await voice.createChannel({ type: 4, name: 'Encore' });
  await voice.scene.heard();
  const since = voice.seq;
  await voice.ask('hub.update', { hubId: hub, overflowCategoryIds: [more] });
  const rooms = await Promise.all([first, second].map((userId) => voice.moved(userId, hub)));
  expect(rooms.map((room) => voice.channel(room)!.parent_id)).toEqual([more, more]);
  expect(creates(since)).toBe(2);
  for (const userId of [first, second]) voice.leave(userId);
  await Promise.all(rooms.map((room) => voice.gone(room)));
  for (const { id } of [...voice.guild.channels.values()].filter(({ parent_id }) => parent_id === full))
    await client.people('delete-channel', { channelId: id });
});

test('a permission that only Discord knows to be missing is asked about again once roles change', async () => {
  const log = await voice.createChannel({ type: 0, name: 'journal-8' });
  const hub = await voice.hub({ logChannelId: log });
  const body = { code: 50013, message: 'Missing Permissions' };
  const route = `/guilds/${voice.guild.id}/channels$`;
  await client.weather('rest', { kind: 'status', status: 403, body, method: 'POST', route, count: 1 });
  const since = voice.seq;
  const owner = await voice.person();
  voice.join(owner, hub);
  await expect.poll(notices(log)).toHaveLength(1);
  await voice.scene.heard();
  expect(creates(since)).toBe(1);
  const role = [...voice.guild.roles.values()].find(({ tags }) => tags?.bot_id === voice.world.bot.id)!;
  await client.people('edit-role', {
    guildId: voice.guild.id,
    roleId: role.id,
    changes: { name: `${role.name} !` },
  });
  const room = await voice.moved(owner, hub);
  expect(creates(since)).toBe(2);
  voice.leave(owner);
  await voice.gone(room);
});

test('a template that the bot cannot see holds off its hub, and no other', async () => {
  const log = await voice.createChannel({ type: 0, name: 'journal-9' });
  const template = await voice.createChannel({ name: 'Modèle' });
  const settings = { permissionsFrom: 'template', templateChannelId: template, logChannelId: log };
  const [hub, other] = [await voice.hub(settings), await voice.hub()];
  const show = (shown: boolean) => {
    const hidden = [overwrite(voice.guild.id, 0, { deny: P.ViewChannel })];
    const changes = { permission_overwrites: shown ? [] : hidden };
    return client.people('edit-channel', { channelId: template, changes });
  };
  await show(false);
  await voice.scene.heard();
  const since = voice.seq;
  const [late, next] = [await voice.person(), await voice.person()];
  voice.join(late, hub);
  await expect.poll(notices(log)).toHaveLength(1);
  expect((await notices(log)())[0]).toContain('ne voit pas le salon');
  const rooms = [await voice.enter(next, other)];
  expect(voice.where(late)).toBe(hub);
  expect(creates(since)).toBe(1);
  await show(true);
  rooms.push(await voice.moved(late, hub));
  expect(await notices(log)()).toHaveLength(1);
  for (const userId of [late, next]) voice.leave(userId);
  await Promise.all(rooms.map((room) => voice.gone(room)));
});

test('settings that name channels which are gone cost nobody his room, and can be changed', async () => {
  const category = await voice.createChannel({ type: 4, name: 'Salons' });
  const log = await voice.createChannel({ type: 0, name: 'journal-3' });
  const hub = await voice.hub();
  await voice.ask('hub.update', { hubId: hub, categoryId: category, logChannelId: log });
  await client.people('delete-channel', { channelId: category });
  const owner = await voice.person();
  const room = await voice.enter(owner, hub);
  expect(voice.channel(room)!.parent_id).toBe(voice.channel(hub)!.parent_id);
  const told = notices(log);
  await expect.poll(told).toHaveLength(1);
  expect((await told())[0]).toContain('n’existe plus'.replace('’', "'"));
  await client.people('delete-channel', { channelId: log });
  await voice.ask('hub.update', { hubId: hub, nameTemplate: 'Autre {n}' });
  const refused = await voice.scene.database.command(voice.guild.id, 'hub.update', {
    hubId: hub,
    overflowCategoryIds: [category],
  });
  expect(refused).toMatchObject({ status: 'error', result: { code: 'unknown_category' } });
  voice.leave(owner);
  await voice.assertNothingLeft(hub);
});

test('a category that is full without the bot’s knowing: one notice, and a room as soon as there is a place', async () => {
  const log = await voice.createChannel({ type: 0, name: 'journal-4' });
  const hub = await voice.hub({ logChannelId: log });
  const parent_id = voice.channel(hub)!.parent_id!;
  await client.weather('lose-events', { t: '^CHANNEL_CREATE$', count: 49 });
  const others = voice.createChannels(49, { parent_id });
  const since = voice.seq;
  const owner = await voice.person();
  voice.join(owner, hub);
  await expect.poll(notices(log)).toHaveLength(1);
  expect((await notices(log)())[0]).toMatch(/catégorie.*pleine/);
  expect(creates(since)).toBe(1);
  const administrator = new Hands(voice.scene, voice.guild.ownerId);
  const examined = await administrator.hub(voice.scene.channel('général'), 'doctor');
  expect(textOf(examined.message)).toMatch(
    /Discord ne laisse créer aucun salon\. .* Nouvel essai <t:\d+:R>\./,
  );
  await client.people('delete-channel', { channelId: others[0]! });
  const room = await voice.moved(owner, hub);
  expect(creates(since)).toBe(2);
  voice.leave(owner);
  await voice.gone(room);
  expect(await notices(log)()).toHaveLength(1);
  voice.deleteChannels(others.slice(1));
});

test('a server with 500 channels: one notice, and a room for each channel that goes', async () => {
  const log = await voice.createChannel({ type: 0, name: 'journal-5' });
  const [hub, other] = [await voice.hub({ logChannelId: log }), await voice.hub()];
  const others = voice.createChannels(500 - voice.guild.channels.size);
  const since = voice.seq;
  const [first, second] = [await voice.person(), await voice.person()];
  voice.join(first, hub);
  await expect.poll(notices(log)).toHaveLength(1);
  expect((await notices(log)())[0]).toContain('500 salons');
  // No hub of the server tries while there is no place.
  voice.join(second, other);
  const examined = await new Hands(voice.scene, voice.guild.ownerId).hub(
    voice.scene.channel('général'),
    'doctor',
  );
  expect(textOf(examined.message)).toContain('500 salons');
  expect(creates(since)).toBe(1);
  expect([first, second].map((userId) => voice.where(userId))).toEqual([hub, other]);
  voice.deleteChannels(others.splice(-2));
  const rooms = [await voice.moved(first, hub), await voice.moved(second, other)];
  expect(await notices(log)()).toHaveLength(1);
  for (const userId of [first, second]) voice.leave(userId);
  await Promise.all(rooms.map((room) => voice.gone(room)));
  voice.deleteChannels(others);
});

test('where Discord brings idle members is no hub', async () => {
  const administrator = { userId: voice.guild.ownerId };
  const idle = await voice.createChannel({ name: 'Inactifs' });
  const log = await voice.createChannel({ type: 0, name: 'journal-6' });
  const hub = await voice.hub({ logChannelId: log });
  voice.world.guilds.edit(voice.guild, { afkChannelId: idle }, administrator);
  // Whoever is served after the change is served by a bot that has heard of it.
  const first = await voice.person();
  const rooms = [await voice.enter(first, hub)];
  const { result } = await voice.scene.database.command(voice.guild.id, 'hub.create', { channelId: idle });
  expect(result).toMatchObject({ code: 'afk_channel' });
  // Nor does a hub serve that has become it.
  voice.world.guilds.edit(voice.guild, { afkChannelId: hub }, administrator);
  const since = voice.seq;
  const hands = new Hands(voice.scene, voice.guild.ownerId);
  const examined = async () => textOf((await hands.hub(voice.scene.channel('général'), 'doctor')).message);
  await expect.poll(examined).toContain("salon d'inactivité du serveur");
  const sleeper = await voice.person();
  voice.join(sleeper, hub);
  await expect.poll(notices(log)).toHaveLength(1);
  expect((await notices(log)())[0]).toContain("salon d'inactivité");
  expect(creates(since)).toBe(0);
  voice.world.guilds.edit(voice.guild, { afkChannelId: null }, administrator);
  rooms.push(await voice.moved(sleeper, hub));
  for (const userId of [first, sleeper]) voice.leave(userId);
  await Promise.all(rooms.map((room) => voice.gone(room)));
});
