import {
  GatewayIntentBits as I,
  GatewayOpcodes as Op,
  PermissionFlagsBits as P,
} from 'discord-api-types/v10';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RawClient } from './raw_client.ts';
import { type Fixture, startFixture } from './support.ts';

let it: Fixture;
let now: number;
beforeEach(async () => {
  now = Date.now();
  it = await startFixture({ now: () => now });
});
afterEach(() => it.close());

describe('op 4, voice state', () => {
  const intents = I.Guilds | I.GuildVoiceStates;
  const join = (client: RawClient, channelId: string | null) =>
    client.send(Op.VoiceStateUpdate, {
      guild_id: it.guild.id,
      channel_id: channelId,
      self_mute: true,
      self_deaf: false,
    });

  test('joining answers with the state and the server, leaving with the state alone', async () => {
    const { client, ready } = await it.identified({ intents });
    join(client, it.voice.id);
    const server = await client.dispatch('VOICE_SERVER_UPDATE');
    expect(server.d).toMatchObject({
      guild_id: it.guild.id,
      token: expect.any(String),
      endpoint: expect.any(String),
    });
    expect((await client.dispatch('VOICE_STATE_UPDATE')).d).toMatchObject({
      channel_id: it.voice.id,
      user_id: it.world.bot.id,
      session_id: ready.d.session_id,
      self_mute: true,
      self_deaf: false,
    });
    const from = client.frames.length;
    join(client, null);
    expect((await client.dispatch('VOICE_STATE_UPDATE', from)).d.channel_id).toBeNull();
    await client.settle();
    expect(client.named('VOICE_SERVER_UPDATE')).toHaveLength(1);
  });

  test('a channel that is full or closed to the bot, or no voice channel: silence', async () => {
    const { client } = await it.identified({ intents });
    const [botRole] = it.guild.members.get(it.world.bot.id)?.roles ?? [];
    const permissions = P.ViewChannel | P.Connect;
    await it.control.people('edit-role', {
      guildId: it.guild.id,
      roleId: botRole as string,
      changes: { permissions: permissions.toString() },
    });
    await it.control.people('edit-channel', { channelId: it.voice.id, changes: { user_limit: 1 } });
    await it.control.people('join-voice', {
      guildId: it.guild.id,
      userId: it.member,
      channelId: it.voice.id,
    });
    const closed = await it.control.people('create-channel', {
      guildId: it.guild.id,
      channel: {
        name: 'Fermé',
        type: 2,
        permission_overwrites: [{ id: it.guild.id, type: 0, allow: '0', deny: P.Connect.toString() }],
      },
    });
    for (const id of [it.voice.id, closed.id, it.text.id, '999999999999999999']) join(client, id);
    await client.settle();
    expect(client.named('VOICE_SERVER_UPDATE')).toEqual([]);
    expect(it.guild.voiceStates.has(it.world.bot.id)).toBe(false);
  });

  test('the end of the session takes the bot out of its channel', async () => {
    const { client } = await it.identified({ intents });
    join(client, it.voice.id);
    await client.dispatch('VOICE_SERVER_UPDATE');
    const since = it.stream.seq;
    client.close(1000);
    await it.control.waitFor((event) => event.type === 'world' && event.t === 'VOICE_STATE_UPDATE', {
      since,
    });
    expect(it.guild.voiceStates.has(it.world.bot.id)).toBe(false);
  });
});

describe('op 8, members', () => {
  const all = I.Guilds | I.GuildMembers | I.GuildPresences;

  function fill(count: number): void {
    for (let n = 0; n < count; n++) {
      const user = it.world.createUser({ username: `invite_${n}` });
      it.world.members.add(it.guild.id, user.id);
    }
  }

  test('everybody comes in chunks of 1000, once per guild and 30 s', async () => {
    fill(2100);
    const { client } = await it.identified({ intents: I.Guilds | I.GuildMembers });
    const ask = (nonce: string) =>
      client.send(Op.RequestGuildMembers, { guild_id: it.guild.id, query: '', limit: 0, nonce });
    await client.settle();
    const from = client.frames.length;
    ask('a');
    await client.frame(({ t, d }) => t === 'GUILD_MEMBERS_CHUNK' && d.chunk_index === 2, from);
    const chunks = client.frames.slice(from).filter(({ t }) => t === 'GUILD_MEMBERS_CHUNK');
    expect(chunks.map(({ d }) => [d.chunk_index, d.chunk_count, d.members.length, d.nonce])).toEqual([
      [0, 3, 1000, 'a'],
      [1, 3, 1000, 'a'],
      [2, 3, it.guild.members.size - 2000, 'a'],
    ]);
    expect(chunks[0]?.d).not.toHaveProperty('presences');

    now += 10_000;
    ask('b');
    expect((await client.dispatch('RATE_LIMITED')).d).toEqual({
      opcode: 8,
      retry_after: 20,
      meta: { guild_id: it.guild.id, nonce: 'b' },
    });
    now += 20_000;
    ask('c');
    await client.frame(({ t, d }) => t === 'GUILD_MEMBERS_CHUNK' && d.nonce === 'c');
  });

  test('everybody needs GUILD_MEMBERS; a prefix does not', async () => {
    fill(150);
    const { client } = await it.identified({ intents: I.Guilds });
    client.send(Op.RequestGuildMembers, { guild_id: it.guild.id, query: '', limit: 0 });
    client.send(Op.RequestGuildMembers, {
      guild_id: it.guild.id,
      query: 'INVITE_',
      limit: 3,
      nonce: 'x'.repeat(33),
    });
    client.send(Op.RequestGuildMembers, { guild_id: it.guild.id, query: 'invite_', limit: 5000 });
    await client.settle();
    const chunks = client.named('GUILD_MEMBERS_CHUNK');
    expect(chunks.map(({ d }) => d.members.length)).toEqual([3, 100]);
    // A nonce of more than 32 bytes is dropped.
    expect(chunks[0]?.d).not.toHaveProperty('nonce');
  });

  test('by ids, with those that are not there, and presences when asked for', async () => {
    await it.control.people('join-voice', {
      guildId: it.guild.id,
      userId: it.member,
      channelId: it.voice.id,
    });
    const { client } = await it.identified({ intents: all });
    client.send(Op.RequestGuildMembers, {
      guild_id: it.guild.id,
      user_ids: [it.member, '123456789012345678', 7],
      presences: true,
    });
    const { d } = await client.dispatch('GUILD_MEMBERS_CHUNK');
    expect(d.members.map((member: { user: { id: string } }) => member.user.id)).toEqual([it.member]);
    expect(d.not_found).toEqual(['123456789012345678', 7]);
    expect(d.presences).toMatchObject([{ user: { id: it.member }, status: 'online' }]);
  });

  test('neither query nor ids is a mistake', async () => {
    const { client } = await it.identified({ intents: all });
    client.send(Op.RequestGuildMembers, { guild_id: it.guild.id });
    expect(await client.closed).toBe(4002);
  });
});

test('op 3 tells those with the presence intent what the bot does', async () => {
  const { client } = await it.identified({ intents: I.Guilds | I.GuildPresences });
  client.send(Op.PresenceUpdate, {
    since: null,
    activities: [{ name: 'les salons', type: 3 }],
    status: 'dnd',
    afk: false,
  });
  expect((await client.dispatch('PRESENCE_UPDATE')).d).toMatchObject({
    user: { id: it.world.bot.id },
    status: 'dnd',
    activities: [{ name: 'les salons', type: 3 }],
  });
  client.send(Op.PresenceUpdate, { status: 'busy' });
  expect(await client.closed).toBe(4002);
});

describe('presences of people', () => {
  const game = { name: 'Go', type: 0 };
  const playing = (activities: { name: string; type?: number }[]) =>
    it.control.people('set-presence', { userId: it.member, activities });

  test('are told to those with the intent alone, when they change', async () => {
    const { client: told } = await it.identified({ intents: I.Guilds | I.GuildPresences });
    const { client: untold } = await it.identified({ intents: I.Guilds | I.GuildVoiceStates });
    await playing([{ name: 'Go' }, { name: 'Une chanson', type: 2 }]);
    expect((await told.dispatch('PRESENCE_UPDATE')).d).toMatchObject({
      user: { id: it.member },
      guild_id: it.guild.id,
      status: 'online',
      activities: [game, { name: 'Une chanson', type: 2 }],
      client_status: { web: 'online' },
    });
    await untold.settle();
    expect(untold.named('PRESENCE_UPDATE')).toEqual([]);
  });

  test('stand in GUILD_CREATE and in chunks that ask for them; who is offline in neither', async () => {
    await playing([game]);
    const intents = I.Guilds | I.GuildPresences;
    const { client } = await it.identified({ intents });
    const created = (await client.dispatch('GUILD_CREATE')).d;
    expect(created.presences).toMatchObject([{ user: { id: it.member }, activities: [game] }]);
    const ask = () =>
      client.send(Op.RequestGuildMembers, { guild_id: it.guild.id, user_ids: [it.member], presences: true });
    ask();
    const [chunk] = [await client.dispatch('GUILD_MEMBERS_CHUNK')];
    expect(chunk.d.presences).toMatchObject([{ user: { id: it.member }, activities: [game] }]);
    await it.control.people('set-presence', { userId: it.member, status: 'offline', activities: [game] });
    const offline = await client.frame(({ t, d }) => t === 'PRESENCE_UPDATE' && d.status === 'offline');
    expect(offline.d).toMatchObject({ activities: [], client_status: {} });
    ask();
    const empty = await client.frame(({ t, d }) => t === 'GUILD_MEMBERS_CHUNK' && d.presences.length === 0);
    expect(empty.d.members).toHaveLength(1);
    const { client: next } = await it.identified({ intents });
    const without = (await next.dispatch('GUILD_CREATE')).d;
    expect(without.presences.map((one: { user: { id: string } }) => one.user.id)).not.toContain(it.member);
    await it.control.people('set-presence', { userId: it.member });
  });
});

test('op 31 and op 43 answer for guilds of the bot', async () => {
  const { client } = await it.identified({ intents: I.Guilds });
  client.send(Op.RequestSoundboardSounds, { guild_ids: [it.guild.id, '999999999999999999'] });
  expect((await client.dispatch('SOUNDBOARD_SOUNDS')).d).toEqual({
    guild_id: it.guild.id,
    soundboard_sounds: [],
  });
  await it.control.people('join-voice', { guildId: it.guild.id, userId: it.member, channelId: it.voice.id });
  it.world.voice.setStatus(it.guild, it.voice.id, 'on révise');
  client.send(43, { guild_id: it.guild.id, fields: ['status', 'voice_start_time'] });
  expect((await client.dispatch('CHANNEL_INFO')).d).toEqual({
    guild_id: it.guild.id,
    channels: [{ id: it.voice.id, status: 'on révise', voice_start_time: Math.floor(now / 1000) }],
  });
  await client.settle();
  expect(client.named('SOUNDBOARD_SOUNDS')).toHaveLength(1);
});
