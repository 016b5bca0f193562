import { ChannelType, Events, OverwriteType, PermissionFlagsBits as P, type Client } from 'discord.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventOf, rejection, useSandbox } from './support.ts';

describe('voice channels', () => {
  const it = useSandbox();
  let client: Client<true>;
  let userId: string;
  beforeAll(async () => {
    client = await it.login();
    userId = await it.someMember();
  });
  const guild = () => client.guilds.cache.get(it.ready.guildId)!;
  const room = (name: string, denied: bigint[] = []) =>
    guild().channels.create({
      name,
      type: ChannelType.GuildVoice,
      permissionOverwrites: [
        { id: client.user.id, type: OverwriteType.Member, allow: [P.ViewChannel, P.Connect, P.MoveMembers] },
        { id: guild().id, type: OverwriteType.Role, deny: denied },
      ],
    });
  const state = (wanted: (channelId: string | null) => boolean = () => true) =>
    eventOf(client, Events.VoiceStateUpdate, (_, now) => now.id === userId && wanted(now.channelId));
  const join = async (channelId: string) => {
    const joined = state((id) => id === channelId);
    await it.control.people('join-voice', { guildId: guild().id, userId, channelId });
    return (await joined)[1];
  };

  test('a room from the first to the last: made, moved into, written in, deleted under those inside', async () => {
    const lobby = await room('Entrée');
    const own = await room('Chez soi', [P.Connect]);
    await join(lobby.id);
    await expect(
      it.control.people('join-voice', { guildId: guild().id, userId, channelId: own.id }),
    ).rejects.toMatchObject({ status: 403 });
    const member = await guild().members.fetch(userId);
    const moved = state((id) => id === own.id);
    await member.voice.setChannel(own);
    await moved;
    expect(own.members.has(userId)).toBe(true);
    expect((await own.send('Bienvenue')).channelId).toBe(own.id);

    const put = state((id) => id === null);
    const gone = eventOf(client, Events.ChannelDelete, ({ id }) => id === own.id);
    await own.delete();
    await gone;
    await put;
    expect(guild().voiceStates.cache.get(userId)?.channelId ?? null).toBeNull();
    await lobby.delete();
  });

  test('SPEAK is settled on the way in; unmuting gives the word', async () => {
    const stage = await room('Conférence', [P.Speak]);
    expect((await join(stage.id)).suppress).toBe(true);
    const changed = eventOf(client, Events.ChannelUpdate, (_, now) => now.id === stage.id);
    await stage.permissionOverwrites.edit(guild().id, { Speak: null });
    await changed;
    const member = await guild().members.fetch(userId);
    expect(member.voice.suppress).toBe(true);
    const heard = state();
    await member.voice.setMute(false);
    expect((await heard)[1].suppress).toBe(false);

    const muted = eventOf(client, Events.VoiceStateUpdate, (_, now) => now.serverMute === true);
    await member.voice.setMute(true);
    await muted;
    await it.control.people('leave-voice', { guildId: guild().id, userId });
    expect(await rejection(member.voice.setMute(false))).toMatchObject({ code: 40032, status: 400 });
    expect((await join(stage.id)).serverMute).toBe(true);
    await member.voice.setMute(false);
    await stage.delete();
  });

  test('overwrites go with the member who leaves the server', async () => {
    const closed = await room('Sans lui');
    await closed.permissionOverwrites.create(userId, { Connect: false }, { type: OverwriteType.Member });
    expect((await closed.fetch()).permissionOverwrites.cache.has(userId)).toBe(true);
    const changed = eventOf(client, Events.ChannelUpdate, (_, now) => now.id === closed.id);
    await it.control.people('leave-guild', { guildId: guild().id, userId });
    await changed;
    expect(closed.permissionOverwrites.cache.has(userId)).toBe(false);
    await it.control.people('join-guild', { guildId: guild().id, userId });
    expect((await join(closed.id)).channelId).toBe(closed.id);
    await closed.delete();
  });
});
