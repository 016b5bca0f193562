import {
  AuditLogEvent,
  ChannelType,
  Events,
  GatewayOpcodes,
  MessageType,
  type Client,
  type ForumChannel,
  type Guild,
  type TextChannel,
} from 'discord.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventOf, rejection, useSandbox } from './support.ts';

describe('what else a bot does', () => {
  const it = useSandbox();
  let client: Client<true>;
  let guild: Guild;
  let channel: TextChannel;
  beforeAll(async () => {
    client = await it.login();
    guild = client.guilds.cache.get(it.ready.guildId)!;
    channel = await it.room(client);
  });

  test('opens threads, writes in them, archives and deletes them', async () => {
    const starter = await channel.send('Parlons-en');
    const created = eventOf(client, Events.ThreadCreate);
    const thread = await starter.startThread({ name: 'Discussion', autoArchiveDuration: 60 });
    expect((await created)[0].id).toBe(thread.id);
    expect(thread.parentId).toBe(channel.id);
    const written = eventOf(
      client,
      Events.MessageCreate,
      (message) => message.channelId === thread.id && message.content === 'ici',
    );
    await thread.send('ici');
    await written;
    const archived = eventOf(client, Events.ThreadUpdate, (_, now) => now.archived === true);
    await thread.setArchived(true);
    await archived;
    const gone = eventOf(client, Events.ThreadDelete);
    await thread.delete();
    expect((await gone)[0].id).toBe(thread.id);
  });

  test('posts in a forum', async () => {
    const forum = guild.channels.cache.find(
      (one): one is ForumChannel => one.type === ChannelType.GuildForum,
    )!;
    const post = await forum.threads.create({ name: 'Une idée', message: { content: 'La voici' } });
    expect((await post.fetchStarterMessage())?.content).toBe('La voici');
    expect(post.parentId).toBe(forum.id);
  });

  test('talks to a person directly', async () => {
    const userId = await it.someMember();
    const sent = await client.users.send(userId, 'coucou');
    expect(sent.channel.isDMBased()).toBe(true);
    const answered = eventOf(client, Events.MessageCreate, (message) => message.author.id === userId);
    await it.control.people('write', { channelId: sent.channelId, userId, content: 'oui ?' });
    const [message] = await answered;
    expect([message.guildId, message.content]).toEqual([null, 'oui ?']);
  });

  test('pins, with the system message that tells of it', async () => {
    const message = await channel.send('à retenir');
    const told = eventOf(
      client,
      Events.MessageCreate,
      (one) => one.type === MessageType.ChannelPinnedMessage,
    );
    await message.pin();
    await told;
    const pins = await channel.messages.fetchPins();
    expect(pins.items.map((pin) => pin.message.id)).toContain(message.id);
    await message.unpin();
    expect((await channel.messages.fetchPins()).items).toHaveLength(0);
  });

  test('kicks and bans', async () => {
    const { userId: first } = await it.control.people('join-guild', { guildId: guild.id });
    const kicked = eventOf(client, Events.GuildMemberRemove, (member) => member.id === first);
    await guild.members.kick(first, 'au revoir');
    await kicked;
    const { userId: second } = await it.control.people('join-guild', { guildId: guild.id });
    const banned = eventOf(client, Events.GuildBanAdd, (ban) => ban.user.id === second);
    await guild.members.ban(second, { reason: 'adieu' });
    await banned;
    expect((await guild.bans.fetch(second)).reason).toBe('adieu');
    const pardoned = eventOf(client, Events.GuildBanRemove, (ban) => ban.user.id === second);
    await guild.bans.remove(second);
    await pardoned;
    expect(await rejection(guild.bans.fetch({ user: second, force: true }))).toMatchObject({ code: 10026 });
  });

  test('reads its own deeds and reasons in the audit log', async () => {
    const room = await guild.channels.create({ name: 'consigné', reason: 'pour l’essai' });
    const log = await guild.fetchAuditLogs({ type: AuditLogEvent.ChannelCreate, limit: 5 });
    const entry = log.entries.find((one) => one.targetId === room.id);
    expect(entry).toMatchObject({ reason: 'pour l’essai', executorId: client.user.id });
  });

  test('joins a voice channel by op 4 and is told the server', async () => {
    const voice = guild.channels.cache.find((one) => one.type === ChannelType.GuildVoice && one.joinable)!;
    const state = eventOf(client, Events.VoiceStateUpdate, (_, now) => now.id === client.user.id);
    const server = eventOf(
      client,
      Events.Raw as never,
      ((packet: { t: string }) => packet.t === 'VOICE_SERVER_UPDATE') as never,
    );
    const move = (channelId: string | null): void =>
      guild.shard.send({
        op: GatewayOpcodes.VoiceStateUpdate,
        d: { guild_id: guild.id, channel_id: channelId, self_mute: false, self_deaf: true },
      });
    move(voice.id);
    expect((await state)[1]).toMatchObject({ channelId: voice.id, selfDeaf: true });
    const [packet] = (await server) as unknown as [
      { d: { guild_id: string; token: string; endpoint: string | null } },
    ];
    expect(packet.d.guild_id).toBe(guild.id);
    expect(packet.d.token).not.toBe('');
    const left = eventOf(client, Events.VoiceStateUpdate, (_, now) => now.id === client.user.id);
    move(null);
    expect((await left)[1].channelId).toBe(null);
  });

  test('invites people', async () => {
    const told = eventOf(client, Events.InviteCreate);
    const invite = await channel.createInvite({ maxAge: 600, maxUses: 1 });
    expect([invite.channelId, invite.maxAge, invite.maxUses]).toEqual([channel.id, 600, 1]);
    expect((await told)[0].code).toBe(invite.code);
  });
});
