import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { describe, expect, test } from 'vitest';
import { snowflakeAt } from '../../src/world/snowflake.ts';
import { startRest } from './support.ts';
import type { Rest } from './support.ts';

const DAY_MS = 86_400_000;
const path = (rest: Rest, name = 'général') => `/channels/${rest.channel(name).id}/messages`;
const send = async (rest: Rest, content: string) =>
  (await rest.calm('POST', path(rest), { content })).body.id as string;

describe('nonces', () => {
  test('enforced, the second message is the first', async () => {
    const rest = await startRest();
    const body = { content: 'une fois', nonce: 'abc', enforce_nonce: true };
    const first = await rest.calm('POST', path(rest), body);
    const second = await rest.calm('POST', path(rest), { ...body, content: 'deux fois' });
    expect(second.body).toMatchObject({ id: first.body.id, content: 'une fois', nonce: 'abc' });
    const elsewhere = await rest.calm('POST', path(rest, 'ressources'), body);
    expect(elsewhere.body.id).not.toBe(first.body.id);
    rest.pass(5 * 60_000);
    expect((await rest.calm('POST', path(rest), body)).body.id).not.toBe(first.body.id);
  });

  test('not enforced, there are two; and history does not repeat the nonce', async () => {
    const rest = await startRest();
    const first = await rest.calm('POST', path(rest), { content: 'x', nonce: 5 });
    const second = await rest.calm('POST', path(rest), { content: 'x', nonce: 5 });
    expect(first.body.nonce).toBe(5);
    expect(second.body.id).not.toBe(first.body.id);
    expect((await rest.calm('GET', `${path(rest)}/${first.body.id}`)).body).not.toHaveProperty('nonce');
  });
});

describe('bulk delete', () => {
  test('deletes what exists in one event', async () => {
    const rest = await startRest();
    const ids = [await send(rest, 'a'), await send(rest, 'b')];
    const missing = snowflakeAt(rest.sandbox.world.now() - 1000);
    const since = rest.sandbox.stream.seq;
    expect(
      (await rest.calm('POST', `${path(rest)}/bulk-delete`, { messages: [...ids, missing] })).status,
    ).toBe(204);
    const told = rest.sandbox.stream
      .since(since)
      .filter((event) => event.type === 'world' && event.t.startsWith('MESSAGE'));
    expect(told).toMatchObject([{ t: 'MESSAGE_DELETE_BULK', data: { ids } }]);
  });

  test.each<[string, (rest: Rest, recent: string) => string[], number]>([
    ['one', (_, recent) => [recent], 50016],
    [
      '101',
      (rest) => Array.from({ length: 101 }, (_, n) => snowflakeAt(rest.sandbox.world.now() - 1000, n)),
      50016,
    ],
    ['the same twice', (_, recent) => [recent, recent], 50035],
    [
      'one over 14 days old',
      (rest, recent) => [recent, snowflakeAt(rest.sandbox.world.now() - 14 * DAY_MS - 60_000)],
      50034,
    ],
    ['no ids', () => ['a', 'b'], 50035],
  ])('refuses %s and deletes nothing', async (_, pick, code) => {
    const rest = await startRest();
    const recent = await send(rest, 'reste');
    const answer = await rest.calm('POST', `${path(rest)}/bulk-delete`, { messages: pick(rest, recent) });
    expect([answer.status, answer.body.code]).toEqual([400, code]);
    expect((await rest.calm('GET', `${path(rest)}/${recent}`)).status).toBe(200);
  });
});

test.each([
  [18, true],
  [21, false],
  [24, true],
  [46, true],
])('a message of type %d goes: %s, by itself and in bulk', async (type, goes) => {
  const rest = await startRest();
  const { world } = rest.sandbox;
  const make = () => world.messages.create(rest.channel('général').id, rest.guild.ownerId, {}, { type }).id;
  const [one, two, plain] = [make(), make(), await send(rest, 'x')];
  const alone = await rest.calm('DELETE', `${path(rest)}/${one}`);
  const bulk = await rest.calm('POST', `${path(rest)}/bulk-delete`, { messages: [two, plain] });
  expect([alone.status, bulk.status]).toEqual(goes ? [204, 204] : [403, 403]);
  if (!goes) expect([alone.body.code, bulk.body.code]).toEqual([50021, 50021]);
  expect((await rest.calm('GET', `${path(rest)}/${plain}`)).status).toBe(goes ? 404 : 200);
});

describe('who may', () => {
  test('write: only with SEND_MESSAGES, and only where there are words', async () => {
    const rest = await startRest();
    expect((await rest.calm('POST', path(rest, 'archives'), { content: 'x' })).body.code).toBe(50013);
    expect((await rest.calm('POST', path(rest, 'idées'), { content: 'x' })).body.code).toBe(50008);
    expect((await rest.calm('POST', path(rest, 'Accueil'), { content: 'x' })).body.code).toBe(50008);
    expect((await rest.calm('POST', path(rest, 'Duo'), { content: 'x' })).status).toBe(200);
  });

  test("edit: one's own; another's only to hide embeds", async () => {
    const rest = await startRest();
    const { id } = rest.channel('général');
    const foreign = rest.sandbox.world.messages.create(id, rest.guild.ownerId, { content: 'à moi' });
    expect((await rest.calm('PATCH', `${path(rest)}/${foreign.id}`, { content: 'x' })).body.code).toBe(50005);
    expect((await rest.calm('PATCH', `${path(rest)}/${foreign.id}`, { flags: 4 })).body.flags).toBe(4);
    const mine = await send(rest, 'avant');
    const edited = await rest.calm('PATCH', `${path(rest)}/${mine}`, {
      content: 'après',
      embeds: [{ title: 't' }],
    });
    expect(edited.body).toMatchObject({
      content: 'après',
      embeds: [{ title: 't' }],
      edited_timestamp: expect.any(String),
    });
    expect((await rest.calm('PATCH', `${path(rest)}/${mine}`, { content: null })).body.content).toBe('');
    expect((await rest.calm('PATCH', `${path(rest)}/${mine}`, { embeds: [] })).body.code).toBe(50006);
  });

  test("delete: another's with MANAGE_MESSAGES, which the audit log keeps", async () => {
    const rest = await startRest();
    const { id } = rest.channel('général');
    const write = () => rest.sandbox.world.messages.create(id, rest.guild.ownerId, { content: 'x' }).id;
    expect((await rest.calm('DELETE', `${path(rest)}/${write()}`)).status).toBe(204);
    expect(rest.guild.auditLog.at(-1)).toMatchObject({
      action_type: 72,
      user_id: rest.botId,
      target_id: rest.guild.ownerId,
    });
    const deny = P.ManageMessages.toString();
    rest.sandbox.world.channels.setOverwrite(
      id,
      { id: rest.botId, type: 1, allow: '0', deny },
      { userId: rest.guild.ownerId },
    );
    expect((await rest.calm('DELETE', `${path(rest)}/${write()}`)).body.code).toBe(50013);
    expect((await rest.calm('DELETE', `${path(rest)}/1`)).body.code).toBe(10008);
  });

  test('read: without READ_MESSAGE_HISTORY the list is empty', async () => {
    const rest = await startRest();
    const { id } = rest.channel('général');
    expect((await rest.calm('GET', path(rest))).body).toHaveLength(50);
    const deny = P.ReadMessageHistory.toString();
    rest.sandbox.world.channels.setOverwrite(
      id,
      { id: rest.botId, type: 1, allow: '0', deny },
      { userId: rest.guild.ownerId },
    );
    expect((await rest.calm('GET', path(rest))).body).toEqual([]);
  });

  test('ping everyone: only with MENTION_EVERYONE', async () => {
    const rest = await startRest();
    const loud = await rest.calm('POST', path(rest), { content: '@everyone' });
    expect(loud.body.mention_everyone).toBe(true);
    const deny = P.MentionEveryone.toString();
    rest.sandbox.world.channels.setOverwrite(
      rest.channel('général').id,
      { id: rest.botId, type: 1, allow: '0', deny },
      { userId: rest.guild.ownerId },
    );
    expect((await rest.calm('POST', path(rest), { content: '@everyone' })).body.mention_everyone).toBe(false);
  });
});

describe('files', () => {
  const multipart = (parts: [disposition: string, type: string, body: string][]) => ({
    headers: { 'content-type': 'multipart/form-data; boundary=X' },
    payload: `${parts.map(([disposition, type, body]) => `--X\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`).join('')}--X--\r\n`,
  });

  test('come with their description, are served, and an embed can show one', async () => {
    const rest = await startRest();
    const { payload, headers } = multipart([
      [
        'name="payload_json"',
        'application/json',
        JSON.stringify({
          attachments: [{ id: 0, description: 'un point' }],
          embeds: [{ image: { url: 'attachment://p.png' } }],
        }),
      ],
      ['name="files[0]"; filename="p.png"', 'image/png', 'PNG!'],
    ]);
    const { status, body } = await rest.calm('POST', path(rest), payload, headers);
    expect(status).toBe(200);
    const [attachment] = body.attachments;
    expect(attachment).toMatchObject({
      filename: 'p.png',
      size: 4,
      content_type: 'image/png',
      description: 'un point',
    });
    expect(body.embeds[0].image.url).toBe(attachment.url);
    const file = await rest.sandbox.app.inject({ url: new URL(attachment.url).pathname });
    expect([file.body, file.headers['content-type'], file.headers['x-content-type-options']]).toEqual([
      'PNG!',
      'image/png',
      'nosniff',
    ]);
    const edited = await rest.calm('PATCH', `${path(rest)}/${body.id}`, { attachments: [], content: 'sans' });
    expect(edited.body.attachments).toEqual([]);
  });

  test.each<[string, [string, string, string][], number]>([
    ['broken payload_json', [['name="payload_json"', 'application/json', '{']], 50109],
    [
      'eleven',
      Array.from({ length: 11 }, (_, n) => [`name="files[${n}]"; filename="f"`, 'text/plain', 'x']),
      50035,
    ],
    ['none at all', [], 50006],
  ])('%s', async (_, parts, code) => {
    const rest = await startRest();
    const { payload, headers } = multipart(parts);
    expect((await rest.calm('POST', path(rest), payload, headers)).body.code).toBe(code);
  });

  test('a body that is no multipart is 50035, not a crash', async () => {
    const rest = await startRest();
    const headers = { 'content-type': 'multipart/form-data; boundary=X' };
    expect((await rest.calm('POST', path(rest), 'nonsense', headers)).body.code).toBe(50035);
  });
});

test('pins: old and new address, told once', async () => {
  const rest = await startRest();
  const id = await send(rest, 'important');
  const channel = rest.channel('général').id;
  expect((await rest.calm('PUT', `/channels/${channel}/messages/pins/${id}`)).status).toBe(204);
  expect((await rest.calm('PUT', `/channels/${channel}/pins/${id}`)).status).toBe(204);
  expect((await rest.calm('GET', `/channels/${channel}/messages/pins`)).body).toMatchObject({
    items: [{ message: { id } }],
    has_more: false,
  });
  expect((await rest.calm('GET', `/channels/${channel}/pins`)).body).toMatchObject([{ id, pinned: true }]);
  expect((await rest.calm('DELETE', `/channels/${channel}/pins/${id}`)).status).toBe(204);
  expect((await rest.calm('GET', `/channels/${channel}/pins`)).body).toEqual([]);
  const notices = rest.sandbox.world.messages.history(channel, { limit: 5 }).filter(({ type }) => type === 6);
  expect(notices).toHaveLength(1);
});

test('pins come by the time of pinning, which they tell', async () => {
  const rest = await startRest();
  const [first, second] = [await send(rest, 'un'), await send(rest, 'deux')];
  const channel = rest.channel('général').id;
  await rest.calm('PUT', `/channels/${channel}/messages/pins/${second}`);
  await rest.calm('PUT', `/channels/${channel}/messages/pins/${first}`);
  const { items } = (await rest.call('GET', `/channels/${channel}/messages/pins`)).body;
  expect(items.map(({ message }: { message: { id: string } }) => message.id)).toEqual([first, second]);
  expect(Date.parse(items[0].pinned_at)).toBe(rest.sandbox.world.now());
});

test('direct messages: opened once, refused without a guild in common', async () => {
  const rest = await startRest();
  const recipient_id = rest.member('ines_b');
  const { body } = await rest.calm('POST', '/users/@me/channels', { recipient_id });
  expect(body).toMatchObject({ type: 1, recipients: [{ id: recipient_id }] });
  expect((await rest.calm('POST', '/users/@me/channels', { recipient_id })).body.id).toBe(body.id);
  expect((await rest.calm('POST', `/channels/${body.id}/messages`, { content: 'coucou' })).status).toBe(200);
  rest.sandbox.world.members.remove(rest.guild, recipient_id);
  expect((await rest.calm('POST', `/channels/${body.id}/messages`, { content: 'x' })).body.code).toBe(50278);
});
