import { GatewayIntentBits as I, GatewayOpcodes as Op } from 'discord-api-types/v10';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fixture, startFixture } from './support.ts';

let it: Fixture;
beforeEach(async () => {
  it = await startFixture();
});
afterEach(() => it.close());

const write = (content: string) =>
  it.control.people('write', { channelId: it.text.id, userId: it.member, content });

describe('connection', () => {
  test('says hello, acknowledges heartbeats before and after identify', async () => {
    const client = it.connect();
    const hello = await client.op(Op.Hello);
    expect(hello).toMatchObject({ op: 10, s: null, t: null, d: { heartbeat_interval: 41250 } });
    client.send(Op.Heartbeat, null);
    await client.op(Op.HeartbeatAck);
    client.identify(it.token);
    await client.dispatch('READY');
    await client.settle();
  });

  test('asks for a heartbeat on demand and loses acks on demand', async () => {
    const { client } = await it.identified();
    expect(await it.control.weather('ask-heartbeat', {})).toEqual({ asked: 1 });
    await client.op(Op.Heartbeat);
    await it.control.weather('lose-heartbeat-acks', { on: true });
    const since = it.stream.seq;
    client.send(Op.Heartbeat, 1);
    await it.control.waitFor((event) => event.type === 'gateway' && event.what === 'heartbeat', { since });
    await it.control.weather('lose-heartbeat-acks', { on: false });
    await client.settle();
    expect(client.frames.filter(({ op }) => op === Op.HeartbeatAck)).toHaveLength(1);
  });

  test('a client that sends no heartbeats is closed with 4009 and its session is gone', async () => {
    await it.control.weather('session-limits', { heartbeatIntervalMs: 40 });
    const { client, ready } = await it.identified();
    expect(await client.closed).toBe(4009);
    await it.control.weather('session-limits', { heartbeatIntervalMs: 41250 });
    const next = it.connect();
    await next.op(Op.Hello);
    next.send(Op.Resume, { token: it.token, session_id: ready.d.session_id, seq: 1 });
    expect((await next.op(Op.InvalidSession)).d).toBe(false);
  });
});

describe('READY', () => {
  test('names the guilds as unavailable, then sends each', async () => {
    const other = await it.control.people('create-guild', { name: 'Autre' });
    const { client, ready } = await it.identified({ intents: I.Guilds, shard: [0, 1] });
    expect(ready).toMatchObject({
      s: 1,
      d: {
        v: 10,
        user: { id: it.world.bot.id, bot: true },
        guilds: [
          { id: it.guild.id, unavailable: true },
          { id: other.guildId, unavailable: true },
        ],
        shard: [0, 1],
        application: { id: it.world.application.id },
      },
    });
    expect(ready.d.resume_gateway_url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/gateway\/resume$/);
    await client.settle();
    const created = client.named('GUILD_CREATE');
    expect(created.map(({ s, d }) => [s, d.id])).toEqual([
      [2, it.guild.id],
      [3, other.guildId],
    ]);
  });

  test('without the GUILDS intent no GUILD_CREATE follows', async () => {
    const { client } = await it.identified({ intents: I.GuildMessages });
    await client.settle();
    expect(client.named('GUILD_CREATE')).toEqual([]);
  });

  test('without presences, members are the bot and those in voice; with them, all of a small guild', async () => {
    await it.control.people('join-voice', {
      guildId: it.guild.id,
      userId: it.member,
      channelId: it.voice.id,
    });
    const few = await it.identified({ intents: I.Guilds | I.GuildMembers | I.GuildVoiceStates });
    const guild = (await few.client.dispatch('GUILD_CREATE')).d;
    expect(guild.member_count).toBe(3);
    expect(guild.members.map((member: { user: { id: string } }) => member.user.id).sort()).toEqual(
      [it.member, it.world.bot.id].sort(),
    );
    expect(guild.voice_states).toHaveLength(1);
    expect(guild.voice_states[0]).not.toHaveProperty('guild_id');
    const all = await it.identified({ intents: I.Guilds | I.GuildPresences });
    expect((await all.client.dispatch('GUILD_CREATE')).d.members).toHaveLength(3);
  });
});

describe('resume', () => {
  test('replays exactly what was missed, in order, then RESUMED', async () => {
    const { client, ready } = await it.identified({ intents: I.Guilds | I.GuildMessages | I.MessageContent });
    await write('avant');
    await client.dispatch('MESSAGE_CREATE');
    const { lastSeq } = client;
    client.terminate();
    await client.closed;
    await it.control.waitFor((event) => event.type === 'gateway' && event.what === 'closed');
    for (const content of ['un', 'deux', 'trois']) await write(content);

    const next = it.connect();
    await next.op(Op.Hello);
    next.send(Op.Resume, { token: it.token, session_id: ready.d.session_id, seq: lastSeq });
    const resumed = await next.dispatch('RESUMED');
    const replayed = next.frames.filter(({ op }) => op === Op.Dispatch);
    expect(replayed.map(({ s, t, d }) => [s, t, d.content])).toEqual([
      [lastSeq + 1, 'MESSAGE_CREATE', 'un'],
      [lastSeq + 2, 'MESSAGE_CREATE', 'deux'],
      [lastSeq + 3, 'MESSAGE_CREATE', 'trois'],
      [lastSeq + 4, 'RESUMED', undefined],
    ]);
    await write('après');
    expect((await next.frame(({ d }) => d?.content === 'après')).s).toBe((resumed.s ?? 0) + 1);
  });

  test('a code other than 1000 and 1001 keeps the session, these destroy it', async () => {
    for (const [code, kept] of [
      [4000, true],
      [3000, true],
      [1000, false],
      [1001, false],
    ] as const) {
      const { client, ready } = await it.identified();
      const since = it.stream.seq;
      client.close(code);
      await it.control.waitFor((event) => event.type === 'gateway' && event.what === 'closed', { since });
      const next = it.connect();
      await next.op(Op.Hello);
      next.send(Op.Resume, { token: it.token, session_id: ready.d.session_id, seq: 1 });
      if (kept) await next.dispatch('RESUMED');
      else expect((await next.op(Op.InvalidSession)).d).toBe(false);
      next.close(1000);
    }
  });

  test('an unknown session is invalid, after which the same connection may identify', async () => {
    const client = it.connect();
    await client.op(Op.Hello);
    client.send(Op.Resume, { token: it.token, session_id: 'nobody', seq: 3 });
    expect((await client.op(Op.InvalidSession)).d).toBe(false);
    client.identify(it.token);
    await client.dispatch('READY');
  });

  test('what fell out of the replay buffer cannot be resumed', async () => {
    await it.close();
    it = await startFixture({ gatewayLimits: { replayEvents: 2 } });
    const { client, ready } = await it.identified({ intents: I.GuildMessages });
    client.terminate();
    await client.closed;
    await it.control.waitFor((event) => event.type === 'gateway' && event.what === 'closed');
    for (const content of ['un', 'deux', 'trois']) await write(content);
    const next = it.connect();
    await next.op(Op.Hello);
    next.send(Op.Resume, { token: it.token, session_id: ready.d.session_id, seq: 1 });
    expect((await next.op(Op.InvalidSession)).d).toBe(false);
  });

  test('a session that nobody resumed in time is gone', async () => {
    await it.close();
    it = await startFixture({ gatewayLimits: { resumeWithinMs: 0 } });
    const { client, ready } = await it.identified();
    client.terminate();
    await expect.poll(async () => (await it.control.state()).sessions).toEqual([]);
    const next = it.connect();
    await next.op(Op.Hello);
    next.send(Op.Resume, { token: it.token, session_id: ready.d.session_id, seq: 1 });
    expect((await next.op(Op.InvalidSession)).d).toBe(false);
  });

  test('taking a session up cuts the connection that held it', async () => {
    const { client, ready } = await it.identified();
    const next = it.connect();
    await next.op(Op.Hello);
    next.send(Op.Resume, { token: it.token, session_id: ready.d.session_id, seq: 1 });
    await next.dispatch('RESUMED');
    await client.closed;
    expect((await it.control.state()).sessions).toMatchObject([{ connected: true }]);
  });
});
