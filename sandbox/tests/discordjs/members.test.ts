import { Events, PermissionFlagsBits as P, type Client } from 'discord.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventOf, rejection, useSandbox } from './support.ts';

describe('members and roles', () => {
  const it = useSandbox();
  let client: Client<true>;
  let userId: string;
  beforeAll(async () => {
    client = await it.login();
    userId = await it.someMember();
  });
  const guild = () => client.guilds.cache.get(it.ready.guildId)!;

  test('all of them arrive by op 8', async () => {
    const { guilds } = await it.control.state();
    const expected = guilds.find(({ id }) => id === guild().id)!.members.map((member) => member.user.id);
    guild().members.cache.clear();
    const fetched = await guild().members.fetch();
    expect([...fetched.keys()].sort()).toEqual(expected.sort());
  });

  test('some arrive by id, by name, and over REST', async () => {
    const { guilds } = await it.control.state();
    const target = guilds
      .find(({ id }) => id === guild().id)!
      .members.find((member) => member.user.id === userId)!;
    const byId = await guild().members.fetch({ user: [userId] });
    expect([...byId.keys()]).toEqual([userId]);
    const byName = await guild().members.fetch({ query: target.user.username.slice(0, 4), limit: 10 });
    expect(byName.has(userId)).toBe(true);
    expect((await guild().members.fetch({ user: userId, force: true })).user.username).toBe(
      target.user.username,
    );
    expect((await guild().members.list({ limit: 5 })).size).toBe(5);
    expect((await guild().members.search({ query: target.user.username, limit: 5 })).has(userId)).toBe(true);
    expect(await rejection(guild().members.fetch('123456789012345678'))).toMatchObject({ code: 10013 });
    const { userId: gone } = await it.control.people('join-guild', { guildId: guild().id });
    const left = eventOf(client, Events.GuildMemberRemove);
    await it.control.people('leave-guild', { guildId: guild().id, userId: gone });
    await left;
    expect(await rejection(guild().members.fetch(gone))).toMatchObject({ code: 10007 });
  });

  test('a second full list within 30 s is refused by RATE_LIMITED, not by a disconnect', async () => {
    const [other] = (await it.control.state()).guilds.filter(({ id }) => id !== guild().id);
    const target = client.guilds.cache.get(other!.id)!;
    await target.members.fetch();
    const refused = eventOf(
      client,
      Events.Raw as never,
      ((packet: { t: string }) => packet.t === 'RATE_LIMITED') as never,
    );
    const second = target.members.fetch({ time: 8000 }).catch((error: unknown) => error);
    const [packet] = (await refused) as unknown as [
      { d: { opcode: number; retry_after: number; meta: { guild_id: string } } },
    ];
    expect(packet.d).toMatchObject({ opcode: 8, meta: { guild_id: target.id } });
    expect(packet.d.retry_after).toBeGreaterThan(0);
    expect(String(await second)).toMatch(/rate limit/i);
  });

  test('move in voice, and are moved', async () => {
    const voice = guild().channels.cache.filter((channel) => channel.type === 2 && channel.joinable);
    const [from, to] = [voice.at(0)!, voice.at(1)!];
    const joined = eventOf(client, Events.VoiceStateUpdate, (_, now) => now.id === userId);
    await it.control.people('join-voice', {
      guildId: guild().id,
      userId,
      channelId: from.id,
      selfMute: true,
    });
    const [, state] = await joined;
    expect([state.channelId, state.selfMute]).toEqual([from.id, true]);
    expect(from.isVoiceBased() && from.members.has(userId)).toBe(true);

    const member = await guild().members.fetch(userId);
    const moved = eventOf(client, Events.VoiceStateUpdate, (_, now) => now.id === userId);
    await member.voice.setChannel(to.id);
    expect((await moved)[1].channelId).toBe(to.id);

    const left = eventOf(client, Events.VoiceStateUpdate, (_, now) => now.id === userId);
    await member.voice.disconnect();
    expect((await left)[1].channelId).toBe(null);
    expect(await rejection(member.voice.setChannel(from.id))).toMatchObject({ code: 40032, status: 400 });
  });

  test('get and lose roles', async () => {
    const role = await guild().roles.create({
      name: 'Matinaux',
      colors: { primaryColor: 0x3498db },
      permissions: [P.ViewChannel],
    });
    expect(role.colors.primaryColor).toBe(0x3498db);
    const member = await guild().members.fetch(userId);
    const given = eventOf(
      client,
      Events.GuildMemberUpdate,
      (_, now) => now.id === userId && now.roles.cache.has(role.id),
    );
    await member.roles.add(role);
    await given;
    const taken = eventOf(
      client,
      Events.GuildMemberUpdate,
      (_, now) => now.id === userId && !now.roles.cache.has(role.id),
    );
    await member.roles.remove(role);
    await taken;

    const renamed = eventOf(client, Events.GuildRoleUpdate, (_, now) => now.id === role.id);
    await role.edit({ name: 'Lève-tôt', hoist: true });
    expect((await renamed)[1]).toMatchObject({ name: 'Lève-tôt', hoist: true });
    const gone = eventOf(client, Events.GuildRoleDelete, (deleted) => deleted.id === role.id);
    await role.delete();
    await gone;
    expect(guild().roles.cache.has(role.id)).toBe(false);
  });

  test('the bot gives no role that stands above its own, nor permissions it lacks', async () => {
    const above = guild().roles.cache.find(
      (role) =>
        role.id !== guild().id &&
        !role.managed &&
        role.comparePositionTo(guild().members.me!.roles.highest) > 0,
    );
    const member = await guild().members.fetch(userId);
    if (above) expect(await rejection(member.roles.add(above))).toMatchObject({ code: 50013 });
    expect(await rejection(member.roles.add(guild().members.me!.roles.botRole!))).toMatchObject({
      status: 403,
    });
    expect(
      await rejection(guild().roles.create({ name: 'trop', permissions: [P.Administrator] })),
    ).toMatchObject({ code: 50013 });
  });

  test('come, are timed out, named, and leave', async () => {
    const came = eventOf(client, Events.GuildMemberAdd);
    const { userId: newcomer } = await it.control.people('join-guild', {
      guildId: guild().id,
      username: 'nouvelle',
    });
    const [member] = await came;
    expect([member.id, member.user.username]).toEqual([newcomer, 'nouvelle']);
    await member.setNickname('La Nouvelle');
    await member.timeout(60_000, 'essai');
    expect((await guild().members.fetch({ user: newcomer, force: true })).isCommunicationDisabled()).toBe(
      true,
    );
    const left = eventOf(client, Events.GuildMemberRemove);
    await it.control.people('leave-guild', { guildId: guild().id, userId: newcomer });
    expect((await left)[0].id).toBe(newcomer);
  });
});
