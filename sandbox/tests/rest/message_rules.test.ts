/** Rules that the schema of a message does not state. */
import { ChannelType, GatewayIntentBits, PermissionFlagsBits as P } from 'discord-api-types/v10';
import { describe, expect, test } from 'vitest';
import { snowflakeAt } from '../../src/world/snowflake.ts';
import { startRest } from './support.ts';
import type { Rest } from './support.ts';

const messages = (rest: Rest) => `/channels/${rest.channel('général').id}/messages`;
const SUPPRESS_EMBEDS = 1 << 2;
const SUPPRESS_NOTIFICATIONS = 1 << 12;
const VOICE_MESSAGE = 1 << 13;
const COMPONENTS_V2 = 1 << 15;
const TEXT = { type: 10, content: 'texte' };

const BOUNDARY = '----------------------------sandbox';
const multipart = (payload: object, ...files: [name: string, type: string, data: string][]) => {
  const parts = files.map(
    ([name, type, data], n) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files[${n}]"; filename="${name}"\r\n` +
      `Content-Type: ${type}\r\n\r\n${data}\r\n`,
  );
  const json = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="payload_json"\r\nContent-Type: application/json\r\n\r\n`;
  return `${json}${JSON.stringify(payload)}\r\n${parts.join('')}--${BOUNDARY}--\r\n`;
};
const FORM = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

describe('an edit', () => {
  test('changes SUPPRESS_EMBEDS and sets IS_COMPONENTS_V2; other flags stay', async () => {
    const rest = await startRest();
    const { body } = await rest.calm('POST', messages(rest), {
      content: 'x',
      embeds: [{ title: 't' }],
      flags: SUPPRESS_NOTIFICATIONS,
    });
    const path = `${messages(rest)}/${body.id}`;
    const suppressed = await rest.calm('PATCH', path, { flags: SUPPRESS_EMBEDS | (1 << 6) | 1 });
    expect(suppressed.body).toMatchObject({ flags: SUPPRESS_NOTIFICATIONS | SUPPRESS_EMBEDS, embeds: [] });
    expect((await rest.calm('PATCH', path, { flags: 0 })).body.flags).toBe(SUPPRESS_NOTIFICATIONS);
  });

  test('to components v2 asks for the old fields to be emptied, and there is no way back', async () => {
    const rest = await startRest();
    const { body } = await rest.calm('POST', messages(rest), { content: 'x' });
    const path = `${messages(rest)}/${body.id}`;
    const v2 = { flags: COMPONENTS_V2, components: [TEXT] };
    const mixed = await rest.calm('PATCH', path, v2);
    expect(mixed.body.errors.content._errors[0].code).toBe(
      'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
    );
    const turned = await rest.calm('PATCH', path, { ...v2, content: null });
    expect(turned.body).toMatchObject({ flags: COMPONENTS_V2, content: '' });
    const back = await rest.calm('PATCH', path, { flags: 0, content: 'x' });
    expect(back.body.errors.content).toBeDefined();
  });

  test('leaves something to be seen', async () => {
    const rest = await startRest();
    const { body } = await rest.calm('POST', messages(rest), { content: 'x' });
    const path = `${messages(rest)}/${body.id}`;
    expect((await rest.calm('PATCH', path, { content: '' })).body.code).toBe(50006);
    expect((await rest.calm('PATCH', path, { embeds: [] })).status).toBe(200);
  });

  test('keeps the attachments that it lists, and takes the files that it lists', async () => {
    const rest = await startRest();
    const text = ['a.txt', 'b.txt'].map((name): [string, string, string] => [name, 'text/plain', name]);
    const sent = await rest.calm('POST', messages(rest), multipart({ content: 'x' }, ...text), FORM);
    const [a] = sent.body.attachments;
    const path = `${messages(rest)}/${sent.body.id}`;
    const listed = { attachments: [{ id: a.id, description: 'la première' }, { id: '0' }] };
    const more = multipart(listed, ['c.txt', 'text/plain', 'c'], ['d.txt', 'text/plain', 'd']);
    const edited = await rest.calm('PATCH', path, more, FORM);
    expect(edited.body.attachments.map(({ filename }: { filename: string }) => filename)).toEqual([
      'a.txt',
      'c.txt',
    ]);
    expect(edited.body.attachments[0].description).toBe('la première');
    expect((await rest.calm('PATCH', path, { attachments: [] })).body.attachments).toEqual([]);
  });
});

test('stickers that no guild has are 50081', async () => {
  const rest = await startRest();
  const body = { content: 'x', sticker_ids: [rest.guild.id] };
  expect(await rest.calm('POST', messages(rest), body)).toMatchObject({ status: 400, body: { code: 50081 } });
});

test('a voice message is one audio file, with its length, and nothing else', async () => {
  const rest = await startRest();
  const flags = VOICE_MESSAGE;
  const attachments = [{ id: '0', duration_secs: 1, waveform: 'AAAA' }];
  const ogg: [string, string, string] = ['voice.ogg', 'audio/ogg', 'x'];
  const send = async (payload: object, ...files: [string, string, string][]) =>
    (await rest.calm('POST', messages(rest), multipart(payload, ...files), FORM)).body;
  expect((await send({ flags, content: 'x', attachments }, ogg)).code).toBe(50159);
  expect((await send({ flags, attachments }, ['x.txt', 'text/plain', 'x'])).code).toBe(50160);
  expect((await send({ flags }, ogg)).code).toBe(50161);
  rest.sandbox.world.roles.edit(
    rest.guild,
    rest.guild.id,
    { permissions: P.ViewChannel.toString() },
    {
      userId: rest.guild.ownerId,
    },
  );
  expect((await send({ flags, attachments }, ogg)).code).toBe(50173);
});

test('a file of more than 20 MiB is 40005', async () => {
  const rest = await startRest();
  const big: [string, string, string] = [
    'x.bin',
    'application/octet-stream',
    'x'.repeat(20 * 1024 * 1024 + 1),
  ];
  const answer = await rest.calm('POST', messages(rest), multipart({ content: 'x' }, big), FORM);
  expect([answer.status, answer.body.code]).toEqual([413, 40005]);
});

test('replies: not to system messages; to a message that is gone only when that is allowed', async () => {
  const rest = await startRest();
  const { body } = await rest.calm('POST', messages(rest), { content: 'x' });
  await rest.calm('PUT', `/channels/${body.channel_id}/messages/pins/${body.id}`);
  const [notice] = rest.sandbox.world.messages.history(body.channel_id, { limit: 1 });
  const reply = (message_id: string, more: object = {}) =>
    rest.calm('POST', messages(rest), { content: 'r', message_reference: { message_id, ...more } });
  expect((await reply(notice?.id ?? '')).body.errors.message_reference._errors[0].code).toBe(
    'REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE',
  );
  const lost = await reply('1', { fail_if_not_exists: false });
  expect(lost.body).toMatchObject({ type: 0, content: 'r' });
  expect(lost.body).not.toHaveProperty('message_reference');
});

test('bots do not write to each other', async () => {
  const rest = await startRest();
  const recipient_id = rest.member('Jukebox');
  const { body } = await rest.calm('POST', '/users/@me/channels', { recipient_id });
  const answer = await rest.calm('POST', `/channels/${body.id}/messages`, { content: 'x' });
  expect([answer.status, answer.body.code]).toEqual([403, 50007]);
});

test("without the MESSAGE_CONTENT intent REST shows no content either, except of one's own messages", async () => {
  const rest = await startRest();
  const own = (await rest.calm('POST', messages(rest), { content: 'moi' })).body.id;
  rest.sandbox.weather.allowedIntents &= ~GatewayIntentBits.MessageContent;
  const [mine, other] = (await rest.calm('GET', `${messages(rest)}?limit=2`)).body;
  expect([mine.id, mine.content]).toEqual([own, 'moi']);
  expect(other.content).toBe('');
  expect((await rest.calm('GET', `${messages(rest)}/${other.id}`)).body.content).toBe('');
});

test('an archived thread: no edits in it; a message takes it out of the archive', async () => {
  const rest = await startRest();
  const started = await rest.calm('POST', `/channels/${rest.channel('général').id}/threads`, {
    name: 'fil',
    type: ChannelType.PublicThread,
  });
  const thread = `/channels/${started.body.id}`;
  const message = (await rest.calm('POST', `${thread}/messages`, { content: 'x' })).body.id;
  await rest.calm('PATCH', thread, { archived: true });
  expect((await rest.calm('PATCH', `${thread}/messages/${message}`, { content: 'y' })).body.code).toBe(50083);
  expect((await rest.calm('PATCH', thread, { name: 'autre' })).body.code).toBe(50083);
  expect((await rest.calm('POST', `${thread}/messages`, { content: 'z' })).status).toBe(200);
  expect((await rest.calm('GET', thread)).body.thread_metadata.archived).toBe(false);
});

test('deleting has its own bucket for fresh, for older and for old messages', async () => {
  const rest = await startRest();
  const channel = rest.channel('général').id;
  const path = (id: string) => `/channels/${channel}/messages/${id}`;
  const fresh = (await rest.call('POST', messages(rest), { content: 'x' })).body.id;
  const older = (await rest.call('POST', messages(rest), { content: 'x' })).body.id;
  const { world } = rest.sandbox;
  const [newest] = world.messages.history(channel, { limit: 1 });
  const old = snowflakeAt(world.now() - 15 * 86_400_000);
  world.messages.insert({ ...(newest as NonNullable<typeof newest>), id: old });
  const limits = async (id: string) => {
    const { status, headers } = await rest.call('DELETE', path(id));
    return [status, headers['x-ratelimit-limit'], headers['x-ratelimit-reset-after']];
  };
  expect(await limits(fresh)).toEqual([204, '5', '1.000']);
  expect(await limits('1')).toEqual([404, '5', '1.000']);
  rest.pass(11_000);
  expect(await limits(older)).toEqual([204, '3', '0.333']);
  expect(await limits(old)).toEqual([204, '30', '4.000']);
});
