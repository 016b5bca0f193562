import { describe, expect, test } from 'vitest';
import { AGENT, startRest } from './support.ts';

const FORM = { 'content-type': 'text/plain' };

describe('who is let in', () => {
  test.each([
    ['no token', { authorization: '' }, 401, 0],
    ['a wrong token', { authorization: 'Bot wrong' }, 401, 0],
    ['a token without its kind', { authorization: 'wrong' }, 401, 0],
    ['no user agent', { 'user-agent': '' }, 403, 40333],
    ['the user agent of a script', { 'user-agent': 'curl/7.88' }, 403, 40333],
    ['the right ones', {}, 200, undefined],
  ])('%s', async (_, headers, status, code) => {
    const { call } = await startRest();
    const answer = await call('GET', '/users/@me', undefined, headers);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('a token counts with `Bot ` alone', async () => {
    const { call, sandbox } = await startRest();
    const bearer = { authorization: `Bearer ${sandbox.ready.botToken}` };
    expect(await call('GET', '/users/@me', undefined, bearer)).toMatchObject({
      status: 401,
      body: { message: '401: Unauthorized', code: 0 },
    });
  });

  test('the gateway address needs no token', async () => {
    const { call } = await startRest();
    const { status, body } = await call('GET', '/gateway', undefined, { authorization: '' });
    expect(status).toBe(200);
    expect(body.url).toMatch(/^ws:/);
  });
});

describe('what is asked for', () => {
  test.each([
    ['GET', '/nothing/here', 404, 0],
    ['PATCH', '/gateway/bot', 405, 0],
    ['GET', '/channels/1/2/3/4', 404, 0],
    ['GET', '/api/v9/users/@me', 400, 50041],
    ['GET', '/api/users/@me', 404, 0],
    ['GET', '/channels/not-an-id', 400, 50035],
    ['GET', '/channels/99999999999999999999', 400, 50035],
    ['GET', '/channels/1', 404, 10003],
    ['GET', '/guilds/1', 404, 10004],
    ['GET', '/users/1', 404, 10013],
    ['GET', '/guilds/1/voice-states/@me', 404, 10004],
  ])('%s %s is %i %i', async (method, path, status, code) => {
    const { call } = await startRest();
    const answer = await call(method, path);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test.each([
    ['broken JSON', '{"content":', {}, 400, 50109],
    ['no JSON content type', '{"content":"x"}', FORM, 400, 50035],
    ['a list instead of an object', '[]', {}, 400, 50035],
    ['a number', '5', {}, 400, 50035],
    ['nothing', '', {}, 400, 50035],
    [
      'JSON nested ten thousand deep',
      `{"embeds":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      {},
      400,
      50109,
    ],
    ['more than 25 MiB', `{"content":"${'x'.repeat(26 * 1024 * 1024)}"}`, {}, 413, 40005],
  ])('a body that is %s', async (_, body, headers, status, code) => {
    const { call, channel } = await startRest();
    const answer = await call('POST', `/channels/${channel('général').id}/messages`, body, headers);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});

test('answers are application/json without a charset, and come through a proxy', async () => {
  const { call } = await startRest();
  const { headers } = await call('GET', '/users/@me');
  expect(headers['content-type']).toBe('application/json');
  expect(headers['via']).toBe('1.1 google');
});

test('every call stands in the stream, with reason and code', async () => {
  const { call, sandbox, channel } = await startRest();
  const since = sandbox.stream.seq;
  const path = `/channels/${channel('Duo').id}`;
  await call('DELETE', path, undefined, { 'x-audit-log-reason': 'trop%20petit%20%C3%A0%20deux' });
  await call('GET', '/channels/1?x=1');
  const rest = sandbox.stream.since(since).filter(({ type }) => type === 'rest');
  expect(rest).toMatchObject([
    { method: 'DELETE', path, status: 200, auditLogReason: 'trop petit à deux' },
    { method: 'GET', path: '/channels/1', status: 404, code: 10003 },
  ]);
});

test('a content type without content is no matter', async () => {
  const { calm, channel } = await startRest();
  const { id, last_message_id } = channel('général');
  const path = `/channels/${id}/messages/${last_message_id}/reactions/%F0%9F%8E%89/@me`;
  for (const type of ['application/octet-stream', 'application/json', 'text/plain']) {
    expect((await calm('PUT', path, '', { 'content-type': type, 'content-length': '0' })).status).toBe(204);
  }
});

test('a reason over 512 characters is refused', async () => {
  const { call, channel } = await startRest();
  const answer = await call('DELETE', `/channels/${channel('Duo').id}`, undefined, {
    'x-audit-log-reason': 'x'.repeat(513),
  });
  expect([answer.status, answer.body.code]).toEqual([400, 50035]);
});

test('files outside the page are never served', async () => {
  const { sandbox } = await startRest();
  for (const url of [
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/assets/../../package.json',
    '/%00',
  ]) {
    const { statusCode, body } = await sandbox.app.inject({ url, headers: { 'user-agent': AGENT } });
    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(body).not.toContain('vagrolant');
  }
});
