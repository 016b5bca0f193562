import { ChannelType, Events, OverwriteType, PermissionFlagsBits as P, type Client } from 'discord.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventOf, rejection, useSandbox } from './support.ts';

describe('channels', () => {
  const it = useSandbox();
  let client: Client<true>;
  beforeAll(async () => {
    client = await it.login();
  });
  const guild = () => client.guilds.cache.get(it.ready.guildId)!;

  test('are created with overwrites and a parent, edited and deleted', async () => {
    const someone = await it.someMember();
    const created = eventOf(client, Events.ChannelCreate, (channel) => channel.name === 'Salon de Léa');
    const category = await guild().channels.create({ name: 'Privé', type: ChannelType.GuildCategory });
    const voice = await guild().channels.create({
      name: 'Salon de Léa',
      type: ChannelType.GuildVoice,
      parent: category.id,
      userLimit: 4,
      bitrate: 64_000,
      reason: 'essai',
      permissionOverwrites: [
        { id: guild().id, deny: [P.Connect] },
        { id: someone, type: OverwriteType.Member, allow: [P.Connect, P.ViewChannel] },
        {
          id: client.user.id,
          type: OverwriteType.Member,
          allow: [P.Connect, P.ViewChannel, P.ManageChannels],
        },
      ],
    });
    await created;
    expect(voice.parentId).toBe(category.id);
    expect([voice.userLimit, voice.bitrate]).toEqual([4, 64_000]);
    expect(voice.permissionOverwrites.cache.get(someone)?.allow.has(P.Connect)).toBe(true);
    expect(voice.permissionsFor(someone)?.has(P.Connect)).toBe(true);
    expect(voice.permissionOverwrites.cache.get(guild().id)?.deny.has(P.Connect)).toBe(true);

    const edited = eventOf(
      client,
      Events.ChannelUpdate,
      (_, now) => now.id === voice.id && 'userLimit' in now && now.userLimit === 7,
    );
    await voice.edit({ userLimit: 7, name: 'Chez Léa' });
    await edited;
    expect(client.channels.cache.get(voice.id)).toMatchObject({ name: 'Chez Léa', userLimit: 7 });

    const changed = eventOf(client, Events.ChannelUpdate, (_, now) => now.id === voice.id);
    await voice.permissionOverwrites.edit(someone, { Connect: false });
    await changed;
    expect(voice.permissionOverwrites.cache.get(someone)?.deny.has(P.Connect)).toBe(true);
    const removed = eventOf(client, Events.ChannelUpdate, (_, now) => now.id === voice.id);
    await voice.permissionOverwrites.delete(someone);
    await removed;
    expect(voice.permissionOverwrites.cache.has(someone)).toBe(false);

    const gone = eventOf(client, Events.ChannelDelete, (channel) => channel.id === voice.id);
    await voice.delete('fini');
    await gone;
    expect(guild().channels.cache.has(voice.id)).toBe(false);
    await category.delete();

    const rest = await it.control.waitFor(
      (event) =>
        event.type === 'rest' && event.method === 'DELETE' && event.path.endsWith(`/channels/${voice.id}`),
    );
    expect(rest).toMatchObject({ status: 200, auditLogReason: 'fini' });
  });

  test('their children outlive a category', async () => {
    const category = await guild().channels.create({ name: 'Éphémère', type: ChannelType.GuildCategory });
    const child = await guild().channels.create({ name: 'reste', parent: category.id });
    const orphaned = eventOf(client, Events.ChannelUpdate, (_, now) => now.id === child.id);
    await category.delete();
    await orphaned;
    expect((await child.fetch()).parentId).toBe(null);
    await child.delete();
  });

  test('move to another place in the list', async () => {
    const [first, second] = [
      await guild().channels.create({ name: 'premier' }),
      await guild().channels.create({ name: 'second' }),
    ];
    expect(second.position).toBeGreaterThan(first.position);
    const moved = eventOf(client, Events.ChannelUpdate, (_, now) => now.id === second.id);
    await second.setPosition(first.position);
    await moved;
    const fetched = await guild().channels.fetch();
    expect(fetched.get(second.id)!.rawPosition).toBeLessThan(fetched.get(first.id)!.rawPosition);
  });

  test('are refused as Discord refuses them', async () => {
    expect(await rejection(guild().channels.create({ name: '' }))).toMatchObject({
      code: 50035,
      status: 400,
    });
    expect(await rejection(client.channels.fetch('123456789012345678'))).toMatchObject({
      code: 10003,
      status: 404,
    });
    const hidden = guild().channels.cache.find((channel) => channel.name === '___hidden___')!;
    expect(await rejection(client.rest.get(`/channels/${hidden.id}`))).toMatchObject({
      code: 50001,
      status: 403,
    });
    const owner = await guild().members.fetch(guild().ownerId);
    expect(await rejection(owner.setNickname('perdu'))).toMatchObject({ code: 50013, status: 403 });
  });

  test('a channel that an administrator hides becomes obfuscated, and comes back whole', async () => {
    const channel = await it.control.people('create-channel', {
      guildId: guild().id,
      channel: { name: 'tantôt', topic: 'sujet' },
    });
    const hidden = eventOf(client, Events.ChannelUpdate, (_, now) => now.id === channel.id);
    const deny = { id: guild().id, type: 0, allow: '0', deny: String(P.ViewChannel) };
    await it.control.people('edit-channel', {
      channelId: channel.id,
      changes: { permission_overwrites: [deny] },
    });
    expect((await hidden)[1]).toMatchObject({ name: '___hidden___' });
    const shown = eventOf(client, Events.ChannelUpdate, (_, now) => now.id === channel.id);
    await it.control.people('edit-channel', {
      channelId: channel.id,
      changes: { permission_overwrites: [] },
    });
    expect((await shown)[1]).toMatchObject({ name: 'tantôt', topic: 'sujet' });
  });
});
