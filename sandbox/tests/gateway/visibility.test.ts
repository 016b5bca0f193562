import {
  GatewayIntentBits as I,
  GatewayOpcodes as Op,
  OverwriteType,
  PermissionFlagsBits as P,
} from 'discord-api-types/v10';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RawClient } from './raw_client.ts';
import { type Fixture, startFixture } from './support.ts';

let it: Fixture;
beforeEach(async () => {
  it = await startFixture();
});
afterEach(() => it.close());

const OBFUSCATED = 1 << 17;
const intents = I.Guilds | I.GuildMessages | I.MessageContent | I.GuildVoiceStates;
const deny = () => ({
  id: it.guild.id,
  type: OverwriteType.Role,
  allow: '0',
  deny: P.ViewChannel.toString(),
});
const hide = (channelId: string) =>
  it.control.people('edit-channel', { channelId, changes: { permission_overwrites: [deny()] } });
const show = (channelId: string) =>
  it.control.people('edit-channel', { channelId, changes: { permission_overwrites: [] } });
const updates = (client: RawClient, id: string) =>
  client.named('CHANNEL_UPDATE').filter(({ d }) => d.id === id);

describe('obfuscated channels', () => {
  test('GUILD_CREATE hides all but id, type, position and parent', async () => {
    await it.control.people('edit-channel', { channelId: it.text.id, changes: { topic: 'un secret' } });
    await hide(it.text.id);
    const { client } = await it.identified({ intents });
    const { d: guild } = await client.dispatch('GUILD_CREATE');
    const channel = guild.channels.find(({ id }: { id: string }) => id === it.text.id);
    expect(channel).toEqual({
      id: it.text.id,
      type: it.text.type,
      position: it.text.position,
      parent_id: null,
      name: '___hidden___',
      flags: OBFUSCATED,
      topic: null,
      last_message_id: null,
      permission_overwrites: [deny()],
    });
    const voice = guild.channels.find(({ id }: { id: string }) => id === it.voice.id);
    expect(voice).toMatchObject({ name: 'Salon', flags: 0 });
  });

  test('losing and gaining access by the channel itself tells of it, and its messages stop and come back', async () => {
    const { client } = await it.identified({ intents });
    await hide(it.text.id);
    const member = await it.control.people('create-role', { guildId: it.guild.id, role: { name: 'x' } });
    await it.control.people('edit-channel', {
      channelId: it.text.id,
      changes: {
        permission_overwrites: [
          deny(),
          { id: member.id, type: 0, allow: P.ViewChannel.toString(), deny: '0' },
        ],
      },
    });
    await it.control.people('set-member-roles', {
      guildId: it.guild.id,
      userId: it.member,
      roles: [member.id],
    });
    await it.control.people('write', { channelId: it.text.id, userId: it.member, content: 'caché' });
    await show(it.text.id);
    await it.control.people('write', { channelId: it.text.id, userId: it.member, content: 'visible' });
    await client.settle();
    expect(updates(client, it.text.id).map(({ d }) => d.name)).toEqual([
      '___hidden___',
      '___hidden___',
      'essais',
    ]);
    expect(client.named('MESSAGE_CREATE').map(({ d }) => d.content)).toEqual(['visible']);
  });

  test('a channel that comes back brings its active threads', async () => {
    const owner = { userId: it.guild.ownerId };
    const thread = it.world.threads.create(it.guild, it.text, { name: 'fil', type: 11 }, owner);
    const { client } = await it.identified({ intents });
    await hide(it.text.id);
    await client.settle();
    const from = client.frames.length;
    await show(it.text.id);
    const sync = await client.dispatch('THREAD_LIST_SYNC', from);
    expect(sync.d).toMatchObject({
      guild_id: it.guild.id,
      channel_ids: [it.text.id],
      threads: [{ id: thread.id, name: 'fil', parent_id: it.text.id }],
    });
    expect(client.frames[client.frames.indexOf(sync) - 1]).toMatchObject({ t: 'CHANNEL_UPDATE' });
  });

  test('losing access by a role tells of each channel', async () => {
    const { client } = await it.identified({ intents });
    const [botRole] = it.guild.members.get(it.world.bot.id)?.roles ?? [];
    const everyone = it.guild.roles.get(it.guild.id);
    for (const role of [botRole as string, it.guild.id]) {
      await it.control.people('edit-role', {
        guildId: it.guild.id,
        roleId: role,
        changes: { permissions: '0' },
      });
    }
    await client.settle();
    expect(updates(client, it.text.id).map(({ d }) => d.flags)).toEqual([OBFUSCATED]);
    expect(updates(client, it.voice.id).map(({ d }) => d.flags)).toEqual([OBFUSCATED]);
    await it.control.people('edit-role', {
      guildId: it.guild.id,
      roleId: it.guild.id,
      changes: { permissions: everyone?.permissions },
    });
    await client.settle();
    expect(updates(client, it.text.id).map(({ d }) => d.name)).toEqual(['___hidden___', 'essais']);
  });

  test('a category is seen as long as one of its channels is', async () => {
    const category = await it.control.people('create-channel', {
      guildId: it.guild.id,
      channel: { name: 'Coulisses', type: 4, permission_overwrites: [deny()] },
    });
    const { client } = await it.identified({ intents });
    const named = async () =>
      (await client.dispatch('GUILD_CREATE')).d.channels.find(({ id }: { id: string }) => id === category.id)
        .name;
    expect(await named()).toBe('___hidden___');
    const child = await it.control.people('create-channel', {
      guildId: it.guild.id,
      channel: { name: 'loge', type: 0, parent_id: category.id, permission_overwrites: [] },
    });
    await it.control.people('edit-channel', { channelId: child.id, changes: { permission_overwrites: [] } });
    await client.settle();
    expect(updates(client, category.id).map(({ d }) => d.name)).toEqual(['Coulisses']);
    await it.control.people('delete-channel', { channelId: child.id });
    await client.settle();
    expect(updates(client, category.id).map(({ d }) => d.name)).toEqual(['Coulisses', '___hidden___']);
  });

  test('sitting in a voice channel lets the bot see it', async () => {
    const { client } = await it.identified({ intents });
    client.send(Op.VoiceStateUpdate, {
      guild_id: it.guild.id,
      channel_id: it.voice.id,
      self_mute: false,
      self_deaf: true,
    });
    await client.dispatch('VOICE_SERVER_UPDATE');
    await hide(it.voice.id);
    await client.settle();
    expect(updates(client, it.voice.id).map(({ d }) => d.name)).toEqual(['Salon']);
    client.send(Op.VoiceStateUpdate, { guild_id: it.guild.id, channel_id: null });
    await client.settle();
    expect(updates(client, it.voice.id).map(({ d }) => d.name)).toEqual(['Salon', '___hidden___']);
  });
});

describe('intents', () => {
  test('filter events', async () => {
    const { client: guilds } = await it.identified({ intents: I.Guilds });
    const { client: voice } = await it.identified({ intents: I.GuildVoiceStates });
    const { client: members } = await it.identified({ intents: I.GuildMembers });
    await it.control.people('join-voice', {
      guildId: it.guild.id,
      userId: it.member,
      channelId: it.voice.id,
    });
    await it.control.people('join-guild', { guildId: it.guild.id, username: 'nouveau' });
    await it.control.people('create-channel', { guildId: it.guild.id, channel: { name: 'ici' } });
    await it.control.people('write', { channelId: it.text.id, userId: it.member, content: 'salut' });
    await Promise.all([guilds.settle(), voice.settle(), members.settle()]);
    const seen = (client: RawClient) =>
      client.frames.flatMap(({ t }) => (t === null || t === 'READY' ? [] : [t]));
    expect(seen(guilds)).toEqual(['GUILD_CREATE', 'VOICE_CHANNEL_START_TIME_UPDATE', 'CHANNEL_CREATE']);
    expect(seen(voice)).toEqual(['VOICE_STATE_UPDATE']);
    expect(seen(members)).toEqual(['GUILD_MEMBER_ADD']);
  });

  test('the audit log and bans are for bots that may see them', async () => {
    const { client } = await it.identified({ intents: I.GuildModeration });
    const change = (name: string) =>
      it.control.people('edit-channel', { channelId: it.text.id, changes: { name } });
    await it.control.people('set-member-roles', { guildId: it.guild.id, userId: it.world.bot.id, roles: [] });
    await client.settle();
    const from = client.frames.length;
    await change('sans');
    const role = await it.control.people('create-role', {
      guildId: it.guild.id,
      role: { name: 'journal', permissions: P.ViewAuditLog.toString() },
    });
    const before = it.guild.auditLog.length;
    await it.control.people('set-member-roles', {
      guildId: it.guild.id,
      userId: it.world.bot.id,
      roles: [role.id],
    });
    await change('avec');
    await client.settle();
    const entries = client.frames.slice(from).filter(({ t }) => t === 'GUILD_AUDIT_LOG_ENTRY_CREATE');
    expect(entries.map(({ d }) => d.id)).toEqual(it.guild.auditLog.slice(before).map(({ id }) => id));
  });

  test('the bot hears of its own member without GUILD_MEMBERS', async () => {
    const { client } = await it.identified({ intents: I.Guilds });
    const role = await it.control.people('create-role', { guildId: it.guild.id, role: { name: 'x' } });
    for (const userId of [it.member, it.world.bot.id]) {
      const roles = [...(it.guild.members.get(userId)?.roles ?? []), role.id];
      await it.control.people('set-member-roles', { guildId: it.guild.id, userId, roles });
    }
    await client.settle();
    expect(client.named('GUILD_MEMBER_UPDATE').map(({ d }) => d.user.id)).toEqual([it.world.bot.id]);
  });

  test('without MESSAGE_CONTENT only direct messages, mentions and own messages keep their text', async () => {
    const { client } = await it.identified({ intents: I.GuildMessages | I.DirectMessages });
    const say = (channelId: string, content: string) =>
      it.control.people('write', { channelId, userId: it.member, content });
    await say(it.text.id, 'un secret');
    await say(it.text.id, `<@${it.world.bot.id}> bonjour`);
    await say(it.member, 'en privé');
    await it.call('POST', `/channels/${it.text.id}/messages`, {
      content: 'le mien',
      embeds: [{ title: 'à moi' }],
    });
    await client.settle();
    expect(client.named('MESSAGE_CREATE').map(({ d }) => [d.content, d.embeds.length])).toEqual([
      ['', 0],
      [`<@${it.world.bot.id}> bonjour`, 0],
      ['en privé', 0],
      ['le mien', 1],
    ]);
  });

  test('who else comes into a thread is told to GUILD_MEMBERS alone', async () => {
    const thread = it.world.threads.create(it.guild, it.text, { name: 'fil' }, { userId: it.guild.ownerId });
    const { client: few } = await it.identified({ intents: I.Guilds });
    const { client: all } = await it.identified({ intents: I.Guilds | I.GuildMembers });
    for (const userId of [it.member, it.world.bot.id]) it.world.threads.addMember(thread.id, userId);
    await few.settle();
    await all.settle();
    expect(few.named('THREAD_MEMBERS_UPDATE').map(({ d }) => d.added_members[0].user_id)).toEqual([
      it.world.bot.id,
    ]);
    expect(all.named('THREAD_MEMBERS_UPDATE')).toHaveLength(2);
  });

  test('without MESSAGE_CONTENT a forwarded message is empty as well', async () => {
    const { client } = await it.identified({ intents: I.GuildMessages });
    const first = it.world.messages.create(it.text.id, it.member, { content: 'un secret' });
    it.world.messages.create(it.text.id, it.member, { reference: { messageId: first.id, type: 1 } });
    await client.settle();
    const forwarded = client.named('MESSAGE_CREATE').at(-1)?.d;
    expect(forwarded.message_snapshots).toMatchObject([{ message: { content: '' } }]);
  });
});

describe('guilds', () => {
  test('an outage is told with `unavailable`, nothing happens meanwhile, and GUILD_CREATE ends it', async () => {
    const { client } = await it.identified({ intents });
    await client.settle();
    const from = client.frames.length;
    await it.control.weather('outage', { guildId: it.guild.id, on: true });
    expect((await client.dispatch('GUILD_DELETE', from)).d).toEqual({ id: it.guild.id, unavailable: true });
    await it.control.people('create-channel', { guildId: it.guild.id, channel: { name: 'entretemps' } });
    const { client: late, ready } = await it.identified({ intents });
    expect(ready.d.guilds).toEqual([{ id: it.guild.id, unavailable: true }]);
    await late.settle();
    expect(late.named('GUILD_CREATE')).toEqual([]);
    await it.control.weather('outage', { guildId: it.guild.id, on: false });
    const back = await client.dispatch('GUILD_CREATE', from);
    expect(back.d.channels.map(({ name }: { name: string }) => name)).toContain('entretemps');
    expect(client.frames.slice(from).flatMap(({ t }) => t ?? [])).toEqual(['GUILD_DELETE', 'GUILD_CREATE']);
    await late.dispatch('GUILD_CREATE');
  });

  test('an invitation is one GUILD_CREATE, a removal a GUILD_DELETE without `unavailable`', async () => {
    const { guildId } = await it.control.people('create-guild', { name: 'Ailleurs', withBot: false });
    const { client } = await it.identified({ intents: intents | I.GuildMembers });
    await client.settle();
    const from = client.frames.length;
    await it.control.people('invite-bot', { guildId });
    await it.control.people('kick-bot', { guildId });
    await it.control.people('join-guild', { guildId });
    await client.settle();
    const seen = client.frames.slice(from).filter(({ op }) => op === Op.Dispatch);
    expect(seen.map(({ t, d }) => [t, d.id])).toEqual([
      ['GUILD_CREATE', guildId],
      ['GUILD_DELETE', guildId],
    ]);
    expect(seen[1]?.d).not.toHaveProperty('unavailable');
  });
});
