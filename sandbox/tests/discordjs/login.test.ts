import { Events, GatewayIntentBits, type APIRole } from 'discord.js';
import { afterEach, describe, expect, test } from 'vitest';
import { eventOf, rejection, useSandbox } from './support.ts';

const OBFUSCATED = 1 << 17;

describe('logging in', () => {
  const it = useSandbox();

  test('fills the cache with the world as it is', async () => {
    const someone = await it.someMember();
    const state = await it.control.state();
    const inVoice = state.guilds[0]?.channels.find(
      (channel) => channel.type === 2 && !('nsfw' in channel && channel.nsfw),
    );
    await it.control.people('join-voice', {
      guildId: it.ready.guildId,
      userId: someone,
      channelId: inVoice!.id,
    });

    const client = await it.login();
    const world = await it.control.state();

    expect(client.user.id).toBe(world.application.botId);
    expect(client.application.id).toBe(it.ready.applicationId);
    expect([...client.guilds.cache.keys()].sort()).toEqual(world.guilds.map((guild) => guild.id).sort());
    for (const expected of world.guilds) {
      const guild = client.guilds.cache.get(expected.id)!;
      expect(guild.name).toBe(expected.name);
      expect(guild.ownerId).toBe(expected.ownerId);
      expect(guild.memberCount).toBe(expected.members.length);
      expect([...guild.channels.cache.keys()].sort()).toEqual(
        expected.channels.map((channel) => channel.id).sort(),
      );
      const roleFacts = (role: APIRole) => [role.id, role.name, role.position, role.permissions];
      expect(
        guild.roles.cache
          .map((role) => [role.id, role.name, role.rawPosition, String(role.permissions.bitfield)])
          .sort(),
      ).toEqual(expected.roles.map(roleFacts).sort());
      const voice = (states: { user: string; channel: string | null }[]) =>
        states.sort((a, b) => (a.user < b.user ? -1 : 1));
      expect(voice(guild.voiceStates.cache.map((one) => ({ user: one.id, channel: one.channelId })))).toEqual(
        voice(expected.voiceStates.map((one) => ({ user: one.user_id, channel: one.channel_id }))),
      );
    }
    const guild = client.guilds.cache.get(it.ready.guildId)!;
    expect(guild.voiceStates.cache.get(someone)?.channelId).toBe(inVoice!.id);
  });

  test('channels the bot may not see come obfuscated and are absent over REST', async () => {
    const client = await it.login();
    const guild = client.guilds.cache.get(it.ready.guildId)!;
    const hidden = guild.channels.cache.filter((channel) => channel.flags?.has(OBFUSCATED as never));
    expect(hidden.size).toBeGreaterThan(0);
    const world = (await it.control.state()).guilds.find(({ id }) => id === guild.id)!;
    const fetched = await guild.channels.fetch();
    for (const channel of hidden.values()) {
      expect(channel.name).toBe('___hidden___');
      expect(world.channels.find(({ id }) => id === channel.id)?.name).not.toBe('___hidden___');
      expect(fetched.has(channel.id)).toBe(false);
    }
    expect(fetched.size + hidden.size).toBe(
      world.channels.filter((channel) => channel.type < 10 || channel.type > 12).length,
    );
  });

  test('a wrong token is refused', async () => {
    const client = it.client();
    const error = await rejection(client.login('MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.not-a-token-of-this-world'));
    expect(error.code).toBe('TokenInvalid');
  });

  test('intents the application may not use are refused with 4014', async () => {
    await it.control.weather('intents', { allowed: ~GatewayIntentBits.GuildMembers & 0x7fffffff });
    const client = it.client();
    const disconnected = eventOf(client, Events.ShardDisconnect);
    const login = client.login(it.ready.botToken).catch((error: unknown) => error);
    const [close] = await disconnected;
    expect(close.code).toBe(4014);
    await client.destroy();
    await login;
    await it.control.weather('intents', { allowed: 0x7fffffff });
  });

  test('without the intents their events stay away', async () => {
    const client = await it.login({ intents: [GatewayIntentBits.Guilds] });
    const seen: string[] = [];
    client.on(Events.Raw, ({ t }: { t: string }) => seen.push(t));
    const channelId = await it.channelId('général');
    await it.control.people('write', { channelId, userId: await it.someMember(), content: 'bonjour' });
    const created = eventOf(client, Events.ChannelCreate);
    await it.control.people('create-channel', { guildId: it.ready.guildId, channel: { name: 'après' } });
    await created;
    expect(seen).toEqual(['CHANNEL_CREATE']);
  });

  test('without MESSAGE_CONTENT what people write is blank', async () => {
    const client = await it.login({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages] });
    const written = eventOf(client, Events.MessageCreate);
    const channelId = await it.channelId('général');
    await it.control.people('write', { channelId, userId: await it.someMember(), content: 'un secret' });
    const [message] = await written;
    expect(message.content).toBe('');
  });

  test('an outage of a guild is survived and ends with the guild back', async () => {
    const client = await it.login();
    const { guildId } = it.ready;
    const away = eventOf(client, Events.GuildUnavailable, (guild) => guild.id === guildId);
    await it.control.weather('outage', { guildId, on: true });
    await away;
    expect(client.guilds.cache.get(guildId)?.available).toBe(false);

    const back = eventOf(client, Events.GuildAvailable, (guild) => guild.id === guildId);
    await it.control.weather('outage', { guildId, on: false });
    await back;
    expect(client.guilds.cache.get(guildId)?.available).toBe(true);
    expect(client.guilds.cache.get(guildId)?.channels.cache.size).toBeGreaterThan(0);
  });

  test('the bot comes to a new guild and is sent away from it', async () => {
    const client = await it.login();
    const joined = eventOf(client, Events.GuildCreate);
    const { guildId } = await it.control.people('create-guild', { name: 'Toute neuve' });
    const [guild] = await joined;
    expect([guild.id, guild.name]).toEqual([guildId, 'Toute neuve']);
    const left = eventOf(client, Events.GuildDelete);
    await it.control.people('kick-bot', { guildId });
    expect((await left)[0].id).toBe(guildId);
    expect(client.guilds.cache.has(guildId)).toBe(false);
  });
});

describe('sharding', () => {
  const it = useSandbox({ seed: 'large:8', gatewayLimits: {} });
  afterEach(async () => {
    await it.logout();
    await it.control.weather('session-limits', { shards: 1, maxConcurrency: 1 });
  });

  test('several shards share the guilds out', async () => {
    await it.control.weather('session-limits', { shards: 4, maxConcurrency: 4 });
    // Four buckets: discord.js's own throttler lets all four identify at once, and so does the sandbox.
    const client = await it.login({ shards: 'auto', ws: { buildIdentifyThrottler: undefined } as never });
    const { guilds } = await it.control.state();
    expect(client.ws.shards.size).toBe(4);
    expect(client.guilds.cache.size).toBe(guilds.length);
    for (const guild of client.guilds.cache.values()) {
      expect(guild.shardId).toBe(Number((BigInt(guild.id) >> 22n) % 4n));
    }
    expect(new Set(client.guilds.cache.map((guild) => guild.shardId)).size).toBeGreaterThan(1);
  });

  test('an event reaches the shard of its guild alone', async () => {
    await it.control.weather('session-limits', { shards: 2, maxConcurrency: 2 });
    const client = await it.login({ shards: [0, 1], shardCount: 2 });
    const { guilds } = await it.control.state();
    const target = guilds.find((guild) => (BigInt(guild.id) >> 22n) % 2n === 1n)!;
    const arrivals: number[] = [];
    client.on(Events.Raw, ({ t }: { t: string }, shardId: number) => {
      if (t === 'CHANNEL_CREATE') arrivals.push(shardId);
    });
    const created = eventOf(client, Events.ChannelCreate);
    await it.control.people('create-channel', { guildId: target.id, channel: { name: 'ici' } });
    expect((await created)[0].guild.id).toBe(target.id);
    expect(arrivals).toEqual([1]);
  });

  test('shards of one bucket identify five seconds apart', async () => {
    const since = await it.control.seq();
    await it.control.weather('session-limits', { shards: 2, maxConcurrency: 1 });
    await it.login({ shards: 'auto', ws: { buildIdentifyThrottler: undefined } as never });
    const seen: { what: string; at: number }[] = [];
    await it.control.waitFor(
      (event) => {
        if (event.type === 'gateway') seen.push({ what: event.what, at: event.at });
        return seen.filter(({ what }) => what === 'identified').length === 2;
      },
      { since },
    );
    const [first, second] = seen.filter(({ what }) => what === 'identified');
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(5000);
    expect(seen.some(({ what }) => what === 'invalid_session')).toBe(false);
  });
});
