import { describe, expect, test } from 'vitest';
import type { ErrorTree } from '../../src/rest/errors.ts';
import { startRest } from './support.ts';
import type { Answer } from './support.ts';

/** The tree of 50035 as `path[code]` lines. */
function mistakes(answer: Answer): string[] {
  expect(answer).toMatchObject({ status: 400, body: { code: 50035, message: 'Invalid Form Body' } });
  const walk = (node: ErrorTree, path: string[]): string[] =>
    Object.entries(node).flatMap(([key, value]) => {
      if (value === undefined) return [];
      if (!Array.isArray(value)) return walk(value, [...path, key]);
      return value.map(({ code, message }) => {
        expect(message).not.toBe('');
        return `${path.join('.')}[${code}]`;
      });
    });
  return walk(answer.body.errors, []);
}

const row = (...components: object[]) => ({ type: 1, components });
const button = (custom_id: string) => ({ type: 2, style: 1, label: 'ok', custom_id });

describe('a message', () => {
  test.each<[string, object, string[]]>([
    ['too long', { content: 'x'.repeat(2001) }, ['content[BASE_TYPE_MAX_LENGTH]']],
    ['content that is an object', { content: {} }, ['content[STRING_TYPE_CONVERT]']],
    ['embeds that are no list', { embeds: 'x' }, ['embeds[LIST_TYPE_CONVERT]']],
    [
      'eleven embeds',
      { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) },
      ['embeds[BASE_TYPE_MAX_LENGTH]'],
    ],
    ['a long title', { embeds: [{}, { title: 'x'.repeat(257) }] }, ['embeds.1.title[BASE_TYPE_MAX_LENGTH]']],
    [
      'a colour out of range',
      { embeds: [{ title: 'x', color: 0x1000000 }] },
      ['embeds.0.color[NUMBER_TYPE_MAX]'],
    ],
    [
      'a colour that is a word',
      { embeds: [{ title: 'x', color: 'red' }] },
      ['embeds.0.color[NUMBER_TYPE_COERCE]'],
    ],
    ['an empty embed', { embeds: [{ color: 5 }] }, ['embeds.0.description[BASE_TYPE_REQUIRED]']],
    [
      'a field without a name',
      { embeds: [{ fields: [{ value: 'v' }] }] },
      ['embeds.0.fields.0.name[BASE_TYPE_REQUIRED]'],
    ],
    [
      'a field with a blank value',
      { embeds: [{ fields: [{ name: 'n', value: '  ' }] }] },
      ['embeds.0.fields.0.value[BASE_TYPE_REQUIRED]'],
    ],
    [
      '26 fields',
      { embeds: [{ fields: Array.from({ length: 26 }, () => ({ name: 'n', value: 'v' })) }] },
      ['embeds.0.fields[BASE_TYPE_MAX_LENGTH]'],
    ],
    [
      'an image that is no link',
      { embeds: [{ image: { url: 'nope' } }] },
      ['embeds.0.image.url[URL_TYPE_INVALID_URL]'],
    ],
    [
      'an image by ftp',
      { embeds: [{ image: { url: 'ftp://x/y' } }] },
      ['embeds.0.image.url[URL_TYPE_INVALID_SCHEME]'],
    ],
    [
      'a time that is none',
      { embeds: [{ title: 'x', timestamp: 'demain' }] },
      ['embeds.0.timestamp[DATE_TIME_TYPE_PARSE]'],
    ],
    [
      'over 6000 in all embeds',
      { embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] },
      ['embeds[MAX_EMBED_SIZE_EXCEEDED]'],
    ],
    ['a long nonce', { content: 'x', nonce: 'n'.repeat(26) }, ['nonce[BASE_TYPE_MAX_LENGTH]']],
    [
      'an unknown mention type',
      { content: 'x', allowed_mentions: { parse: ['all'] } },
      ['allowed_mentions.parse.0[BASE_TYPE_CHOICES]'],
    ],
    [
      'mentions that exclude each other',
      { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } },
      ['allowed_mentions[MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE]'],
    ],
    [
      'a reply to nothing',
      { content: 'x', message_reference: { message_id: '1' } },
      ['message_reference[REPLIES_UNKNOWN_MESSAGE]'],
    ],
    ['an unknown component', { components: [{ type: 77 }] }, ['components.0[UNION_TYPE_CHOICES]']],
    [
      'a button style that is none',
      { components: [row({ ...button('a'), style: 9 })] },
      ['components.0.components.0.style[BASE_TYPE_CHOICES]'],
    ],
    [
      'one custom id twice',
      { components: [row(button('a'), button('a'))] },
      ['components.0.components.1.custom_id[COMPONENT_CUSTOM_ID_DUPLICATED]'],
    ],
    [
      'a button without custom id',
      { components: [row({ type: 2, style: 1, label: 'x' })] },
      ['components.0.components.0[BUTTON_COMPONENT_CUSTOM_ID_REQUIRED]'],
    ],
    [
      'two selects in a row',
      { components: [row({ type: 5, custom_id: 'a' }, { type: 5, custom_id: 'b' })] },
      ['components.0.components.1[COMPONENT_LAYOUT_WIDTH_EXCEEDED]'],
    ],
    [
      'six rows',
      { components: Array.from({ length: 6 }, (_, n) => row(button(`b${n}`))) },
      ['components[BASE_TYPE_BAD_LENGTH]'],
    ],
    [
      'a version 2 component without the flag',
      { components: [{ type: 10, content: 'x' }] },
      ['components.0[UNION_TYPE_CHOICES]'],
    ],
    [
      'content beside version 2',
      { flags: 1 << 15, content: 'x', components: [{ type: 10, content: 'x' }] },
      ['content[MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2]'],
    ],
    [
      'a mention named twice',
      { content: 'x', allowed_mentions: { users: ['1', '2', '1'] } },
      ['allowed_mentions.users.2[SET_TYPE_ALREADY_CONTAINS_VALUE]'],
    ],
    [
      'an id twice',
      { components: [{ ...row({ ...button('a'), id: 7 }), id: 7 }] },
      ['components.0.components.0.id[COMPONENT_ID_DUPLICATED]'],
    ],
    [
      'a word for an emoji',
      { components: [row({ ...button('a'), emoji: { name: 'tada' } })] },
      ['components.0.components.0.emoji.name[BUTTON_COMPONENT_INVALID_EMOJI]'],
    ],
    [
      'an emoji of nobody’s',
      { components: [row({ ...button('a'), emoji: { id: '1', name: 'tada' } })] },
      ['components.0.components.0.emoji.id[BUTTON_COMPONENT_INVALID_EMOJI]'],
    ],
    [
      'a digit for the emoji of an option',
      {
        components: [
          row({ type: 3, custom_id: 'a', options: [{ label: 'x', value: 'x', emoji: { name: '1' } }] }),
        ],
      },
      ['components.0.components.0.options.0.emoji.name[BUTTON_COMPONENT_INVALID_EMOJI]'],
    ],
    [
      'a component without type',
      { components: [{ components: [] }] },
      ['components.0.type[BASE_TYPE_REQUIRED]'],
    ],
    [
      'more defaults than may be chosen',
      {
        components: [
          row({
            type: 5,
            custom_id: 'a',
            default_values: [
              { id: '1', type: 'user' },
              { id: '2', type: 'user' },
            ],
          }),
        ],
      },
      ['components.0.components.0.default_values[BASE_TYPE_BAD_LENGTH]'],
    ],
    [
      'more options chosen than may be',
      {
        components: [
          row({
            type: 3,
            custom_id: 'a',
            options: ['x', 'y'].map((value) => ({ label: value, value, default: true })),
          }),
        ],
      },
      ['components.0.components.0.options[SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES]'],
    ],
    [
      'a role as default of a user select',
      { components: [row({ type: 5, custom_id: 'a', default_values: [{ id: '1', type: 'role' }] })] },
      ['components.0.components.0.default_values.0.type[BASE_TYPE_CHOICES]'],
    ],
    [
      'an answer that is required, with nothing in it',
      { components: [row({ type: 5, custom_id: 'a', min_values: 0, required: true })] },
      ['components.0.components.0.min_values[SELECT_COMPONENT_REQUIRED_ZERO_MIN_VALUES]'],
    ],
    [
      'more wanted than there may be',
      { components: [row({ type: 5, custom_id: 'a', min_values: 3, max_values: 2 })] },
      ['components.0.components.0.min_values[SELECT_COMPONENT_MIN_VALUES_LARGER_THAN_MAX]'],
    ],
    [
      '26 wanted',
      { components: [row({ type: 5, custom_id: 'a', max_values: 26 })] },
      ['components.0.components.0.max_values[NUMBER_TYPE_MAX]'],
    ],
    [
      'a file that was not sent',
      { flags: 1 << 15, components: [{ type: 13, file: { url: 'attachment://x.txt' } }] },
      ['components.0.file.url[UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND]'],
    ],
    [
      'a picture that was not sent',
      { flags: 1 << 15, components: [{ type: 12, items: [{ media: { url: 'attachment://x.png' } }] }] },
      ['components.0.items.0.media.url[UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND]'],
    ],
    [
      '41 components',
      {
        flags: 1 << 15,
        components: Array.from({ length: 21 }, (_, n) => row(button(`b${n}`))),
      },
      ['components[COMPONENT_MAX_TOTAL_COMPONENTS]'],
    ],
    [
      'several at once',
      { tts: 'maybe', embeds: [{ title: 5, url: 'x' }], sticker_ids: ['a'] },
      [
        'embeds.0.url[URL_TYPE_INVALID_URL]',
        'sticker_ids.0[NUMBER_TYPE_COERCE]',
        'tts[BOOLEAN_TYPE_CONVERT]',
      ],
    ],
  ])('%s', async (_, body, expected) => {
    const { call, channel } = await startRest();
    expect(mistakes(await call('POST', `/channels/${channel('général').id}/messages`, body)).sort()).toEqual(
      expected.sort(),
    );
  });

  test.each<[string, object]>([
    ['nothing', {}],
    ['blanks', { content: '  \n ' }],
    ['an empty list of embeds', { embeds: [] }],
  ])('empty: %s', async (_, body) => {
    const { call, channel } = await startRest();
    expect(await call('POST', `/channels/${channel('général').id}/messages`, body)).toMatchObject({
      status: 400,
      body: { code: 50006 },
    });
  });

  test('2000 characters outside the basic plane are 2000 characters', async () => {
    const { call, channel } = await startRest();
    const path = `/channels/${channel('général').id}/messages`;
    expect((await call('POST', path, { content: '😀'.repeat(2000) })).status).toBe(200);
    expect((await call('POST', path, { content: '😀'.repeat(2001) })).status).toBe(400);
  });

  test('what Discord reads anyway: numbers in strings, ids as numbers, times with an offset', async () => {
    const { call, channel } = await startRest();
    const { status, body } = await call('POST', `/channels/${channel('général').id}/messages`, {
      content: 42,
      unknown: true,
      embeds: [{ title: ' t ', color: '255', timestamp: '2026-01-02T03:04:05+02:00' }],
    });
    expect(status).toBe(200);
    expect(body.content).toBe('42');
    expect(body.embeds).toMatchObject([
      { type: 'rich', title: 't', color: 255, timestamp: '2026-01-02T01:04:05.000000+00:00' },
    ]);
    expect(body).not.toHaveProperty('unknown');
  });

  test('components get ids', async () => {
    const { call, channel } = await startRest();
    const { body } = await call('POST', `/channels/${channel('général').id}/messages`, {
      components: [row({ ...button('a'), id: 1 }, button('b'))],
    });
    expect(body.components).toMatchObject([{ id: 2, components: [{ id: 1 }, { id: 3 }] }]);
  });
});

describe('a channel', () => {
  test.each<[string, object, string[]]>([
    ['without a name', { type: 0 }, ['name[BASE_TYPE_REQUIRED]']],
    ['with an empty name', { name: '' }, ['name[BASE_TYPE_BAD_LENGTH]']],
    ['with a long name', { name: 'x'.repeat(101) }, ['name[BASE_TYPE_BAD_LENGTH]']],
    ['of no type', { name: 'x', type: 9 }, ['type[BASE_TYPE_CHOICES]']],
    ['with a topic over 1024', { name: 'x', topic: 'x'.repeat(1025) }, ['topic[BASE_TYPE_MAX_LENGTH]']],
    ['with a bitrate too low', { name: 'x', type: 2, bitrate: 7999 }, ['bitrate[NUMBER_TYPE_MIN]']],
    [
      'with a bitrate that needs boosts',
      { name: 'x', type: 2, bitrate: 128_000 },
      ['bitrate[NUMBER_TYPE_MAX]'],
    ],
    ['for a hundred', { name: 'x', type: 2, user_limit: 100 }, ['user_limit[NUMBER_TYPE_MAX]']],
    ['in no region', { name: 'x', type: 2, rtc_region: 'moon' }, ['rtc_region[BASE_TYPE_CHOICES]']],
    [
      'slower than six hours',
      { name: 'x', rate_limit_per_user: 21_601 },
      ['rate_limit_per_user[NUMBER_TYPE_MAX]'],
    ],
    ['in a category that is none', { name: 'x', parent_id: '1' }, ['parent_id[CHANNEL_PARENT_INVALID]']],
    [
      'with a broken overwrite',
      { name: 'x', permission_overwrites: [{ id: 'x', type: 3 }] },
      ['permission_overwrites.0.id[NUMBER_TYPE_COERCE]', 'permission_overwrites.0.type[BASE_TYPE_CHOICES]'],
    ],
  ])('%s', async (_, body, expected) => {
    const { call, guild } = await startRest();
    expect(mistakes(await call('POST', `/guilds/${guild.id}/channels`, body)).sort()).toEqual(expected);
  });
});

test.each<[string, string[]]>([
  ['limit=0', ['limit[NUMBER_TYPE_MIN]']],
  ['limit=101', ['limit[NUMBER_TYPE_MAX]']],
  ['limit=ten', ['limit[NUMBER_TYPE_COERCE]']],
  ['before=soon', ['before[NUMBER_TYPE_COERCE]']],
])('the query %s', async (query, expected) => {
  const { call, channel } = await startRest();
  expect(mistakes(await call('GET', `/channels/${channel('général').id}/messages?${query}`))).toEqual(
    expected,
  );
});
