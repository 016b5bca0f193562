import { describe, expect, test } from 'vitest';
import { SandboxClient } from '../../src/client.ts';
import { AGENT, startRest } from './support.ts';

describe('buckets', () => {
  test('the headers count down, and the sixth call waits for the window', async () => {
    const { call, pass, channel } = await startRest();
    const path = `/channels/${channel('général').id}/messages`;
    for (let left = 4; left >= 0; left--) {
      const { status, headers } = await call('POST', path, { content: 'x' });
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'x-ratelimit-limit': '5',
        'x-ratelimit-remaining': String(left),
        'x-ratelimit-bucket': expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    }
    pass(1500);
    const refused = await call('POST', path, { content: 'x' });
    expect(refused.status).toBe(429);
    expect(refused.body).toEqual({ message: 'You are being rate limited.', retry_after: 3.5, global: false });
    expect(refused.headers).toMatchObject({
      'retry-after': '4',
      'x-ratelimit-scope': 'user',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset-after': '3.500',
    });
    expect(refused.headers['x-ratelimit-global']).toBeUndefined();
    pass(3500);
    expect((await call('POST', path, { content: 'x' })).status).toBe(200);
  });

  test('one hash for all channels, one window for each', async () => {
    const { call, channel } = await startRest();
    const first = await call('POST', `/channels/${channel('général').id}/messages`, { content: 'x' });
    const second = await call('POST', `/channels/${channel('ressources').id}/messages`, { content: 'x' });
    const other = await call('GET', `/channels/${channel('général').id}`);
    expect(first.headers['x-ratelimit-bucket']).toBe(second.headers['x-ratelimit-bucket']);
    expect(first.headers['x-ratelimit-bucket']).not.toBe(other.headers['x-ratelimit-bucket']);
    expect(second.headers['x-ratelimit-remaining']).toBe('4');
  });

  test('routes that share a bucket share its window', async () => {
    const { call, channel } = await startRest();
    const { id, last_message_id } = channel('général');
    await call('GET', `/channels/${id}/messages`);
    const { headers } = await call('GET', `/channels/${id}/messages/${last_message_id}`);
    expect(headers['x-ratelimit-remaining']).toBe('3');
  });
});

test('50 a second over all routes, then a global 429', async () => {
  const { call, pass, sandbox } = await startRest();
  const channels = Array.from({ length: 51 }, (_, n) => `/channels/${n + 1}`);
  const statuses = [];
  for (const path of channels) statuses.push((await call('GET', path)).status);
  expect(statuses.slice(0, 50).every((status) => status === 404)).toBe(true);
  expect(statuses[50]).toBe(429);
  pass(400);
  const refused = await call('GET', '/channels/77');
  expect(refused.body).toEqual({ message: 'You are being rate limited.', retry_after: 0.6, global: true });
  expect(refused.headers).toMatchObject({
    'x-ratelimit-global': 'true',
    'x-ratelimit-scope': 'global',
    'retry-after': '1',
  });
  expect(refused.headers['x-ratelimit-bucket']).toBeUndefined();
  // Answers to interactions stand outside of it.
  const callback = await call('POST', `/interactions/1/${'x'.repeat(30)}/callback`, { type: 5 });
  expect([callback.status, callback.body.code]).toEqual([404, 10062]);
  pass(600);
  expect((await call('GET', `/guilds/${sandbox.ready.guildId}`)).status).toBe(200);
});

describe('names and topics', () => {
  test('change twice in ten minutes, which the headers do not say', async () => {
    const { calm, pass, channel } = await startRest();
    const path = `/channels/${channel('général').id}`;
    expect((await calm('PATCH', path, { name: 'un' })).status).toBe(200);
    expect((await calm('PATCH', path, { topic: 'deux' })).status).toBe(200);
    const refused = await calm('PATCH', path, { name: 'trois' });
    expect(refused.status).toBe(429);
    expect(refused.body.retry_after).toBe(560);
    expect(refused.headers).toMatchObject({
      'retry-after': '560',
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '4',
    });
    expect((await calm('PATCH', path, { nsfw: true })).status).toBe(200);
    expect((await calm('PATCH', `/channels/${channel('ressources').id}`, { name: 'libre' })).status).toBe(
      200,
    );
    pass(560_000);
    expect((await calm('PATCH', path, { name: 'trois' })).body.name).toBe('trois');
  });

  test('saying the name it has costs nothing', async () => {
    const { calm, channel } = await startRest();
    const path = `/channels/${channel('Duo').id}`;
    for (let n = 0; n < 4; n++)
      expect((await calm('PATCH', path, { name: 'Duo', user_limit: n })).status).toBe(200);
  });
});

describe('invalid requests', () => {
  const few = { restLimits: { invalidRequests: 3, invalidWindowMs: 600_000, banMs: 60_000 } };
  const anonymous = { authorization: '' };

  test('too many of them and the address is banned for a while', async () => {
    const { call, pass } = await startRest(few);
    for (let n = 0; n < 3; n++)
      expect((await call('GET', '/users/@me', undefined, anonymous)).status).toBe(401);
    const banned = await call('GET', '/users/@me');
    expect(banned.status).toBe(429);
    expect(banned.headers['content-type']).toContain('text/html');
    expect(banned.headers['retry-after']).toBe('60');
    expect(banned.headers['via']).toBeUndefined();
    pass(60_000);
    expect((await call('GET', '/users/@me')).status).toBe(200);
  });

  test('the count starts anew after the window; 404 and shared 429 are no part of it', async () => {
    const { call, pass, sandbox } = await startRest(few);
    await call('GET', '/users/@me', undefined, anonymous);
    await call('GET', '/users/@me', undefined, anonymous);
    sandbox.weather.addRestFault({ kind: 'rate-limit', retryAfter: 1, scope: 'shared', count: 3 });
    for (let n = 0; n < 3; n++)
      expect((await call('GET', '/users/@me')).headers['x-ratelimit-scope']).toBe('shared');
    for (let n = 0; n < 3; n++) await call('GET', '/channels/1');
    pass(600_000);
    await call('GET', '/users/@me', undefined, anonymous);
    await call('GET', '/users/@me', undefined, anonymous);
    expect((await call('GET', '/users/@me')).status).toBe(200);
  });
});

describe('weather', () => {
  test('a fault meets its route alone, as often as asked', async () => {
    const { call, sandbox } = await startRest();
    sandbox.weather.addRestFault({ kind: 'status', status: 502, route: '^/users', count: 1 });
    expect((await call('GET', '/gateway/bot')).status).toBe(200);
    expect((await call('GET', '/users/@me')).status).toBe(502);
    expect((await call('GET', '/users/@me')).status).toBe(200);
  });

  test('a storm of 429 with its scope', async () => {
    const { call, sandbox } = await startRest();
    sandbox.weather.addRestFault({ kind: 'rate-limit', retryAfter: 2.5, scope: 'global', count: 1 });
    const { status, body, headers } = await call('GET', '/users/@me');
    expect([status, body.retry_after, body.global]).toEqual([429, 2.5, true]);
    expect(headers).toMatchObject({ 'retry-after': '3', 'x-ratelimit-global': 'true' });
  });

  test('429 of a bucket carry its headers; of the global limit none', async () => {
    const { call, sandbox } = await startRest();
    const storm = async (scope: 'user' | 'shared' | 'global') => {
      sandbox.weather.addRestFault({ kind: 'rate-limit', retryAfter: 2.5, scope, count: 1 });
      return (await call('GET', '/users/@me')).headers;
    };
    expect(await storm('user')).toMatchObject({
      'x-ratelimit-scope': 'user',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset-after': '2.500',
      'retry-after': '3',
    });
    const shared = await storm('shared');
    expect(shared['x-ratelimit-scope']).toBe('shared');
    expect(Number(shared['x-ratelimit-remaining'])).toBeGreaterThan(0);
    expect(await storm('global')).not.toHaveProperty('x-ratelimit-bucket');
  });

  test('delay holds one answer back, latency every one', async () => {
    const { call, sandbox } = await startRest();
    const took = () => {
      const [last] = sandbox.stream.since(0).slice(-1);
      return last?.type === 'rest' ? last.durationMs : 0;
    };
    sandbox.weather.addRestFault({ kind: 'delay', ms: 60, count: 1 });
    expect((await call('GET', '/users/@me')).status).toBe(200);
    expect(took()).toBeGreaterThanOrEqual(59);
    sandbox.weather.latencyMs = 40;
    expect((await call('GET', '/users/@me')).status).toBe(200);
    expect(took()).toBeGreaterThanOrEqual(39);
    expect((await call('GET', '/gateway/bot')).status).toBe(200);
    expect(took()).toBeGreaterThanOrEqual(39);
  });

  test.each(['delay', 'delay-after'] as const)(
    'what a %s holds back goes on when it is released',
    async (kind) => {
      const { call, sandbox } = await startRest();
      const control = new SandboxClient(sandbox.ready.control);
      sandbox.weather.addRestFault({ kind, ms: 600_000, count: 1 });
      const since = sandbox.stream.seq;
      const answer = call('GET', '/users/@me');
      await control.waitFor(({ type }) => type === (kind === 'delay' ? 'weather' : 'rest'), { since });
      await expect.poll(() => control.weather('release', {})).toEqual({ released: 1 });
      expect((await answer).status).toBe(200);
      expect(await control.weather('release', {})).toEqual({ released: 0 });
      await control.close();
    },
  );

  test('cut after: done, but nobody hears of it; cut before: not done', async () => {
    const { sandbox, channel } = await startRest();
    const send = (content: string) =>
      fetch(`${sandbox.ready.api}/channels/${channel('général').id}/messages`, {
        method: 'POST',
        headers: {
          authorization: `Bot ${sandbox.ready.botToken}`,
          'user-agent': 'DiscordBot (x, 1)',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ content }),
      });
    sandbox.weather.addRestFault({ kind: 'cut-after', count: 1 });
    await expect(send('gesagt')).rejects.toThrow();
    sandbox.weather.addRestFault({ kind: 'cut-before', count: 1 });
    await expect(send('ungesagt')).rejects.toThrow();
    const [newest] = sandbox.world.messages.history(channel('général').id, { limit: 1 });
    expect(newest?.content).toBe('gesagt');
  });

  test('garbage instead of an answer', async () => {
    const { call, sandbox } = await startRest();
    sandbox.weather.addRestFault({ kind: 'garbage', body: '<html>', count: 1 });
    const headers = { authorization: `Bot ${sandbox.ready.botToken}`, 'user-agent': AGENT };
    const { statusCode, body } = await sandbox.app.inject({ url: '/api/v10/channels/1', headers });
    expect([statusCode, body]).toEqual([200, '<html>']);
    expect((await call('GET', '/channels/1')).status).toBe(404);
  });
});

test('messages older than an hour are edited three times in six seconds in a channel, whatever the headers say', async () => {
  const { call, pass, channel } = await startRest();
  const path = `/channels/${channel('général').id}/messages`;
  const old = (await call('POST', path, { content: 'x' })).body.id;
  pass(3_600_001);
  const young = (await call('POST', path, { content: 'x' })).body.id;
  const edit = (id: string, content: string) => call('PATCH', `${path}/${id}`, { content });
  for (const content of ['a', 'b', 'c']) expect((await edit(old, content)).status).toBe(200);
  pass(2_000);
  const refused = await edit(old, 'd');
  expect(refused.status).toBe(429);
  expect(refused.body).toEqual({
    message: 'Maximum number of edits to messages older than 1 hour reached.',
    code: 30046,
    retry_after: 4,
    global: false,
  });
  expect(refused.headers).toMatchObject({ 'retry-after': '4', 'x-ratelimit-remaining': '1' });
  expect((await edit(young, 'd')).status).toBe(200);
  pass(4_000);
  expect((await edit(old, 'd')).status).toBe(200);
});
