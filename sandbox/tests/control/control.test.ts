import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SandboxEvent } from '../../src/control/api.ts';
import { EventStream } from '../../src/control/stream.ts';
import { type Fixture, startFixture } from '../gateway/support.ts';

let it: Fixture;
beforeAll(async () => {
  it = await startFixture();
});
afterAll(() => it.close());

const post = async (path: string, body?: string) => {
  const response = await fetch(it.controlUrl + path, { method: 'POST', ...(body !== undefined && { body }) });
  return { status: response.status, body: (await response.json()) as { error?: string } };
};
const status = (promise: Promise<unknown>) =>
  promise.then(
    () => 200,
    (error: { status: number }) => error.status,
  );

describe('verbs', () => {
  test('unknown ones are 404, malformed bodies 400 and say where', async () => {
    expect((await post('/people/fly', '{}')).status).toBe(404);
    expect((await post('/elsewhere/join-voice', '{}')).status).toBe(404);
    expect((await post('/people/constructor', '{}')).status).toBe(404);
    expect((await post('/people/write', '{')).body.error).toBe('body: no JSON');
    expect((await post('/people/write', 'null')).status).toBe(400);
    expect((await post('/people/write')).body.error).toMatch(/^channelId: /);
    const { status: code, body } = await post(
      '/people/write',
      JSON.stringify({ channelId: 1, userId: '2', content: 'x' }),
    );
    expect([code, body.error]).toEqual([400, expect.stringMatching(/^channelId: /)]);
    expect((await post('/weather/rest', '{"count":1,"kind":"hail"}')).status).toBe(400);
    expect((await post('/weather/rest', '{"count":1,"kind":"cut-after","route":"("}')).body.error).toMatch(
      /route/,
    );
    expect((await post('/weather/latency', '{"ms":-1}')).status).toBe(400);
    expect((await post('/weather/clear', '['.repeat(100_000))).status).toBe(400);
  });

  test('people join and leave; the banned stay out', async () => {
    const { userId } = await it.control.people('join-guild', { guildId: it.guild.id, username: 'nouvelle' });
    expect(it.guild.members.get(userId)?.user.username).toBe('nouvelle');
    expect(await it.control.people('join-guild', { guildId: it.guild.id, userId })).toEqual({ userId });
    await it.control.people('leave-guild', { guildId: it.guild.id, userId });
    expect(it.guild.members.has(userId)).toBe(false);
    expect(await status(it.control.people('leave-guild', { guildId: it.guild.id, userId }))).toBe(404);
    expect(
      await status(it.control.people('leave-guild', { guildId: it.guild.id, userId: it.guild.ownerId })),
    ).toBe(403);
    await it.call('PUT', `/guilds/${it.guild.id}/bans/${userId}`, {});
    expect(await status(it.control.people('join-guild', { guildId: it.guild.id, userId }))).toBe(403);
    const chosen = '123456789012345678';
    expect(await it.control.people('join-guild', { guildId: it.guild.id, userId: chosen })).toEqual({
      userId: chosen,
    });
  });

  test('voice asks for the permission and the place that a member needs', async () => {
    const room = await it.control.people('create-channel', {
      guildId: it.guild.id,
      channel: { name: 'Petit', type: 2, user_limit: 1 },
    });
    const join = (userId: string, channelId = room.id) =>
      it.control.people('join-voice', { guildId: it.guild.id, userId, channelId });
    const { userId: other } = await it.control.people('join-guild', { guildId: it.guild.id });
    await join(it.member);
    expect(await status(join(other))).toBe(403);
    await it.control.people('leave-voice', { guildId: it.guild.id, userId: it.member });
    await it.control.people('edit-channel', {
      channelId: room.id,
      changes: {
        permission_overwrites: [{ id: it.guild.id, type: 0, allow: '0', deny: P.Connect.toString() }],
      },
    });
    expect(await status(join(other))).toBe(403);
    await join(it.guild.ownerId);
    expect(await status(join(other, it.text.id))).toBe(403);
    expect(await status(join(other, '999999999999999999'))).toBe(404);
  });

  test('writing and deleting ask for permissions', async () => {
    const say = (userId: string, channelId = it.text.id) =>
      it.control.people('write', { channelId, userId, content: 'bonjour' });
    const { messageId } = await say(it.member);
    const remove = (userId: string) =>
      it.control.people('delete-message', { channelId: it.text.id, messageId, userId });
    const { userId: other } = await it.control.people('join-guild', { guildId: it.guild.id });
    expect(await status(remove(other))).toBe(403);
    await remove(it.guild.ownerId);
    expect(await status(remove(it.member))).toBe(404);
    const closed = await it.control.people('create-channel', {
      guildId: it.guild.id,
      channel: {
        name: 'lecture',
        permission_overwrites: [{ id: it.guild.id, type: 0, allow: '0', deny: P.SendMessages.toString() }],
      },
    });
    expect(await status(say(it.member, closed.id))).toBe(403);
    await say(it.guild.ownerId, closed.id);
  });

  test('slowmode holds people back, not those who may bypass it', async () => {
    const slow = await it.control.people('create-channel', {
      guildId: it.guild.id,
      channel: { name: 'lent', rate_limit_per_user: 60 },
    });
    const say = (userId: string) =>
      it.control.people('write', { channelId: slow.id, userId, content: 'bonjour' });
    await say(it.member);
    await expect(say(it.member)).rejects.toThrow(/slowmode: \d+ s left/);
    await say(it.guild.ownerId);
    await say(it.guild.ownerId);
  });

  test('the REST weather meets the calls it names, and clear ends it', async () => {
    await it.control.weather('rest', {
      kind: 'status',
      status: 503,
      count: 2,
      route: '^/users/@me$',
      method: 'get',
    });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++) statuses.push((await it.call('GET', '/users/@me')).status);
    expect(statuses).toEqual([503, 503, 200]);
    await it.control.weather('rest', { kind: 'cut-before', count: 5 });
    await expect(it.call('GET', '/users/@me')).rejects.toThrow();
    await it.control.weather('clear', {});
    expect((await it.call('GET', '/users/@me')).status).toBe(200);
  });
});

describe('reads', () => {
  test('state shows guilds, users, commands and sessions', async () => {
    const { client, ready } = await it.identified({ shard: [0, 1] });
    const app = it.world.application.id;
    await it.call('POST', `/applications/${app}/commands`, { name: 'ping', description: 'x' });
    const state = await it.control.state();
    expect(state).toMatchObject({
      seq: expect.any(Number),
      application: { id: app, botId: it.world.bot.id },
      commands: { global: [{ name: 'ping' }] },
      sessions: [{ sessionId: ready.d.session_id, shard: [0, 1], connected: true }],
    });
    expect(state.guilds.find(({ id }) => id === it.guild.id)?.channels.map(({ id }) => id)).toContain(
      it.text.id,
    );
    expect(state.users.map(({ id }) => id)).toContain(it.member);
    expect(await it.control.seq()).toBe(it.stream.seq);
    const since = it.stream.seq;
    client.close(1000);
    await it.control.waitFor((event) => event.type === 'gateway' && event.what === 'closed', { since });
    expect((await it.control.state()).sessions).toEqual([]);
  });

  test('messages: newest last, as many as asked for, none of a hidden channel', async () => {
    const channel = await it.control.people('create-channel', {
      guildId: it.guild.id,
      channel: { name: 'lire' },
    });
    for (const content of ['un', 'deux', 'trois']) {
      await it.control.people('write', { channelId: channel.id, userId: it.member, content });
    }
    const read = async (options: { as?: string; limit?: number }) =>
      (await it.control.messages(channel.id, options)).map(({ content }) => content);
    expect(await read({ limit: 2 })).toEqual(['deux', 'trois']);
    expect(await read({ as: it.member })).toEqual(['un', 'deux', 'trois']);
    await it.control.people('edit-channel', {
      channelId: channel.id,
      changes: {
        permission_overwrites: [{ id: it.guild.id, type: 0, allow: '0', deny: P.ViewChannel.toString() }],
      },
    });
    expect(await read({ as: it.member })).toEqual([]);
    expect(await status(it.control.messages('999999999999999999'))).toBe(404);
    const bad = await fetch(`${it.controlUrl}/channels/${channel.id}/messages?limit=x`);
    expect(bad.status).toBe(400);
  });
});

describe('stream', () => {
  test('since replays what was retained, in order, then goes on live', async () => {
    const since = await it.control.seq();
    const say = (content: string) =>
      it.control.people('write', { channelId: it.text.id, userId: it.member, content });
    await say('avant');
    const seen: SandboxEvent[] = [];
    const stop = new AbortController();
    for await (const event of it.control.events(since, stop.signal)) {
      seen.push(event);
      if (seen.length === 1) await say('après');
      if (seen.length === 2) break;
    }
    expect(seen.map(({ seq }) => seq)).toEqual([since + 1, since + 2]);
    expect(seen).toMatchObject([
      {
        type: 'world',
        t: 'MESSAGE_CREATE',
        guildId: it.guild.id,
        data: { content: 'avant' },
        at: expect.any(Number),
      },
      { type: 'world', t: 'MESSAGE_CREATE', data: { content: 'après' } },
    ]);
  });

  test('waitFor finds what happened before it was called, and gives up in time', async () => {
    const since = await it.control.seq();
    await it.call('GET', '/users/@me');
    const found = await it.control.waitFor((event) => event.type === 'rest' && event.path === '/users/@me', {
      since,
    });
    expect(found).toMatchObject({ method: 'GET', status: 200 });
    await expect(it.control.waitFor(() => false, { timeoutMs: 30 })).rejects.toThrow(
      'nothing of that kind happened in 30 ms',
    );
  });

  test('a since that is no number is refused', async () => {
    expect((await fetch(`${it.controlUrl}/stream?since=hier`)).status).toBe(400);
  });

  test('the ring keeps the newest, numbered without a gap', () => {
    const stream = new EventStream(() => 7, 3);
    for (const t of ['A', 'B', 'C', 'D', 'E']) stream.push({ type: 'world', t, data: null });
    expect(stream.since(0)).toEqual(
      [3, 4, 5].map((seq) => ({ seq, at: 7, type: 'world', t: 'ABCDE'[seq - 1], data: null })),
    );
    expect(stream.since(4).map(({ seq }) => seq)).toEqual([5]);
    expect(stream.since(99)).toEqual([]);
  });
});

test('the chat of a voice channel is open to who may enter it, or sits there', async () => {
  const { id: channelId } = it.voice;
  await it.call('POST', `/channels/${channelId}/messages`, {
    content: 'bonjour',
    components: [{ type: 1, components: [{ type: 2, style: 1, label: 'ok', custom_id: 'ok' }] }],
  });
  const [message] = it.world.messages.history(channelId, { limit: 1 });
  const read = async () => (await it.control.messages(channelId, { as: it.member })).length;
  const click = () =>
    status(
      it.control.people('click', { channelId, messageId: message!.id, userId: it.member, customId: 'ok' }),
    );
  const overwrite = { id: it.guild.id, type: 0, allow: '0', deny: (1n << 20n).toString() };
  expect(await read()).toBe(1);
  it.world.channels.setOverwrite(channelId, overwrite, { userId: it.guild.ownerId });
  expect(await read()).toBe(0);
  expect(await click()).toBe(403);
  it.world.voice.join(it.guild, it.voice, it.member);
  expect(await read()).toBe(1);
});
