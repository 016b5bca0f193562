import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fixture, startFixture } from '../gateway/support.ts';
import { type Any, PING } from './support.ts';

let it: Fixture;
let base: string;
let inGuild: string;
beforeEach(async () => {
  it = await startFixture({ restLimits: { globalPerSecond: 100_000 } });
  base = `/applications/${it.world.application.id}/commands`;
  inGuild = `/applications/${it.world.application.id}/guilds/${it.guild.id}/commands`;
});
afterEach(() => it.close());

describe('registration', () => {
  test('creates, upserts by type and name, edits, reads and deletes', async () => {
    const created = await it.call('POST', base, PING);
    expect(created).toMatchObject({
      status: 201,
      body: {
        application_id: it.world.application.id,
        type: 1,
        name: 'ping',
        description: 'Répond',
        default_member_permissions: null,
        nsfw: false,
        version: expect.any(String),
      },
    });
    const again = await it.call('POST', base, {
      ...PING,
      description: 'Autre',
      default_member_permissions: '8',
    });
    expect(again).toMatchObject({
      status: 200,
      body: { id: created.body.id, default_member_permissions: '8' },
    });
    expect(again.body.version).not.toBe(created.body.version);
    const path = `${base}/${created.body.id}`;
    const edited = await it.call('PATCH', path, { name: 'pong' });
    expect(edited.body).toMatchObject({ id: created.body.id, name: 'pong', description: 'Autre' });
    expect((await it.call('GET', path)).body).toEqual(edited.body);
    expect((await it.call('DELETE', path)).status).toBe(204);
    expect(await it.call('GET', path)).toMatchObject({ status: 404, body: { code: 10063 } });
  });

  test('a bulk overwrite replaces the set and keeps ids by name; guild and global are apart', async () => {
    const first = (await it.call('PUT', inGuild, [PING, { ...PING, name: 'deux' }])).body;
    const second = (await it.call('PUT', inGuild, [{ ...PING, name: 'trois' }, PING])).body;
    expect(second.map(({ name }: Any) => name)).toEqual(['trois', 'ping']);
    expect(second[1].id).toBe(first[0].id);
    expect(second[0].guild_id).toBe(it.guild.id);
    expect((await it.call('GET', base)).body).toEqual([]);
    expect((await it.control.state()).commands[it.guild.id]).toHaveLength(2);
    expect((await it.call('PUT', inGuild, [])).body).toEqual([]);
  });

  test('lists leave dictionaries out unless asked for', async () => {
    await it.call('POST', base, {
      ...PING,
      name_localizations: { fr: 'sonde' },
      options: [{ type: 3, name: 'a', description: 'x', description_localizations: { fr: 'y' } }],
    });
    const [bare] = (await it.call('GET', base)).body;
    expect(bare).not.toHaveProperty('name_localizations');
    expect(bare.options[0]).not.toHaveProperty('description_localizations');
    const [full] = (await it.call('GET', `${base}?with_localizations=true`)).body;
    expect(full.name_localizations).toEqual({ fr: 'sonde' });
    expect(full.options[0].description_localizations).toEqual({ fr: 'y' });
  });

  test('another application, a guild without the bot, no token', async () => {
    expect((await it.call('GET', `/applications/${it.member}/commands`)).body.code).toBe(10002);
    const { guildId } = await it.control.people('create-guild', { name: 'Ailleurs', withBot: false });
    expect((await it.call('GET', inGuild.replace(it.guild.id, guildId))).body.code).toBe(50001);
    const anonymous = await fetch(it.api + base, { headers: { 'user-agent': 'DiscordBot (test, 1)' } });
    expect(anonymous.status).toBe(401);
  });
});

describe('validation', () => {
  const option = (more: object) => ({ type: 3, name: 'mot', description: 'x', ...more });
  const withOptions = (...options: object[]) => ({ ...PING, options });

  test.each<[string, object, string, string]>([
    ['no name', { description: 'x' }, 'name', 'BASE_TYPE_REQUIRED'],
    ['capitals', { ...PING, name: 'Ping' }, 'name', 'APPLICATION_COMMAND_INVALID_NAME'],
    ['a space', { ...PING, name: 'pi ng' }, 'name', 'STRING_TYPE_REGEX'],
    ['a long name', { ...PING, name: 'x'.repeat(33) }, 'name', 'BASE_TYPE_BAD_LENGTH'],
    ['no description', { name: 'ping' }, 'description', 'BASE_TYPE_REQUIRED'],
    ['a long description', { ...PING, description: 'x'.repeat(101) }, 'description', 'BASE_TYPE_BAD_LENGTH'],
    ['an unknown type', { ...PING, type: 9 }, 'type', 'BASE_TYPE_CHOICES'],
    [
      'a described user command',
      { name: 'Profil', type: 2, description: 'x' },
      'description',
      'APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED',
    ],
    [
      'an unknown locale',
      { ...PING, name_localizations: { xx: 'x' } },
      'name_localizations.xx',
      'ENUM_TYPE_COERCE',
    ],
    [
      'a bad localised name',
      { ...PING, name_localizations: { fr: 'A B' } },
      'name_localizations.fr',
      'STRING_TYPE_REGEX',
    ],
    [
      'permissions that are no number',
      { ...PING, default_member_permissions: 'x' },
      'default_member_permissions',
      'NUMBER_TYPE_COERCE',
    ],
    [
      '26 options',
      withOptions(...Array.from({ length: 26 }, (_, n) => option({ name: `o${n}` }))),
      'options',
      'BASE_TYPE_MAX_LENGTH',
    ],
    [
      'required after optional',
      withOptions(option({}), option({ name: 'b', required: true })),
      'options.1',
      'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
    ],
    [
      'one option twice',
      withOptions(option({}), option({})),
      'options.1.name',
      'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS',
    ],
    [
      'an option without type',
      withOptions({ name: 'a', description: 'x' }),
      'options.0.type',
      'BASE_TYPE_REQUIRED',
    ],
    [
      '26 choices',
      withOptions(
        option({ choices: Array.from({ length: 26 }, (_, n) => ({ name: `n${n}`, value: `${n}` })) }),
      ),
      'options.0.choices',
      'BASE_TYPE_MAX_LENGTH',
    ],
    [
      'choices and completion',
      withOptions(option({ autocomplete: true, choices: [{ name: 'a', value: 'a' }] })),
      'options.0.choices',
      'APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID',
    ],
    [
      'a choice of another type',
      withOptions(option({ type: 4, choices: [{ name: 'a', value: 'a' }] })),
      'options.0.choices.0.value',
      'NUMBER_TYPE_COERCE',
    ],
    [
      'completion of a truth',
      withOptions(option({ type: 5, autocomplete: true })),
      'options.0.autocomplete',
      'APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID',
    ],
    [
      'sub-commands beside values',
      withOptions({ type: 1, name: 's', description: 'x' }, option({})),
      'options',
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
    ],
    [
      'a group in a sub-command',
      withOptions({
        type: 1,
        name: 's',
        description: 'x',
        options: [{ type: 2, name: 'g', description: 'x' }],
      }),
      'options.0.options.0',
      'UNION_TYPE_CHOICES',
    ],
    [
      'a length of a number',
      withOptions(option({ type: 4, max_length: 3 })),
      'options.0.max_length',
      'NUMBER_TYPE_COERCE',
    ],
    [
      'a range that is none',
      withOptions(option({ type: 4, min_value: 3, max_value: 2 })),
      'options.0.max_value',
      'APPLICATION_COMMAND_OPTIONS_RANGE_INVALID',
    ],
    // What only the official schema says.
    ['a name that is a list', { ...PING, name: ['ping'] }, 'name', 'STRING_TYPE_CONVERT'],
    ['options that are no list', { ...PING, options: { 0: option({}) } }, 'options', 'LIST_TYPE_CONVERT'],
    ['an option that is no object', withOptions('mot' as never), 'options.0', 'MODEL_TYPE_CONVERT'],
    ['an unknown option type', withOptions(option({ type: 12 })), 'options.0', 'UNION_TYPE_CHOICES'],
    [
      'a truth that is none',
      withOptions(option({ required: 'oui' })),
      'options.0.required',
      'BOOLEAN_TYPE_CONVERT',
    ],
    [
      'an unknown channel type',
      withOptions(option({ type: 7, channel_types: [99] })),
      'options.0.channel_types.0',
      'BASE_TYPE_CHOICES',
    ],
    ['no context', { ...PING, contexts: [] }, 'contexts', 'BASE_TYPE_MIN_LENGTH'],
    ['an unknown context', { ...PING, contexts: [7] }, 'contexts.0', 'BASE_TYPE_CHOICES'],
    [
      'more permissions than there are',
      { ...PING, default_member_permissions: '36028797018963968' },
      'default_member_permissions',
      'NUMBER_TYPE_MAX',
    ],
    [
      'a length beyond 6000',
      withOptions(option({ max_length: 6001 })),
      'options.0.max_length',
      'NUMBER_TYPE_MAX',
    ],
  ])('%s', async (_, body, path, code) => {
    const { status, body: answer } = await it.call('POST', base, body);
    expect([status, answer.code]).toEqual([400, 50035]);
    const node = path.split('.').reduce((tree, key) => tree?.[key], answer.errors);
    expect(node?._errors?.[0]?.code, JSON.stringify(answer.errors)).toBe(code);
  });

  test('edits and bulk overwrites are held to the same schema', async () => {
    const { body } = await it.call('POST', base, PING);
    const edited = await it.call('PATCH', `${base}/${body.id}`, { name: 5, options: 'x' });
    expect(edited.body.errors.options._errors[0].code).toBe('LIST_TYPE_CONVERT');
    const bulk = await it.call('PUT', base, [PING, withOptions(option({ type: 12 })), { name: ['x'] }]);
    expect(bulk.body.errors['1'].options['0']._errors[0].code).toBe('UNION_TYPE_CHOICES');
    expect(bulk.body.errors['2'].name._errors[0].code).toBe('STRING_TYPE_CONVERT');
    expect((await it.call('PUT', base, PING)).body.errors._errors[0].code).toBe('LIST_TYPE_CONVERT');
    expect((await it.call('POST', base, [PING])).body.errors._errors[0].code).toBe('MODEL_TYPE_CONVERT');
  });

  test('unknown fields are dropped, and null is as good as absent', async () => {
    const { body } = await it.call('POST', base, {
      ...PING,
      color: 3,
      nsfw: true,
      options: [option({ choices: null, min_length: null, required: null, color: 3 })],
    });
    expect(body).not.toHaveProperty('color');
    expect(body.nsfw).toBe(true);
    expect(body.options).toEqual([{ type: 3, name: 'mot', description: 'x' }]);
  });

  test('accented lower case and other scripts are names', async () => {
    for (const name of ['météo', 'कमांड', 'l’été'.replace('’', "'"), '命令']) {
      expect((await it.call('POST', base, { ...PING, name })).status, name).toBe(201);
    }
  });

  test('8000 characters in all, the longest localisation counted', async () => {
    const choices = (n: number) =>
      Array.from({ length: 25 }, (_, c) => ({
        name: `${n} ${c} `.padEnd(100, 'x'),
        value: `${c}`.padEnd(100, 'y'),
      }));
    const one = withOptions(option({ choices: choices(0) }));
    expect((await it.call('POST', base, one)).status).toBe(201);
    const two = withOptions(option({ choices: choices(0) }), option({ name: 'b', choices: choices(1) }));
    const { body } = await it.call('POST', base, two);
    expect(body.errors._errors[0].code).toBe('APPLICATION_COMMAND_TOO_LARGE');
  });

  test('mistakes of a bulk overwrite stand below their index, and nothing is replaced', async () => {
    await it.call('PUT', base, [PING]);
    const twice = await it.call('PUT', base, [PING, PING]);
    expect(twice.body.errors['1']._errors[0].code).toBe('APPLICATION_COMMANDS_DUPLICATE_NAME');
    const bad = await it.call('PUT', base, [PING, { ...PING, name: 'X' }]);
    expect(bad.body.errors['1'].name._errors[0].code).toBe('APPLICATION_COMMAND_INVALID_NAME');
    expect((await it.call('GET', base)).body).toHaveLength(1);
  });

  test('100 chat commands, 15 user commands, 200 creates a day', async () => {
    const chat = (n: number, from = 0) =>
      Array.from({ length: n }, (_, i) => ({ ...PING, name: `c${from + i}` }));
    const users = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `u${i}`, type: 2 }));
    expect((await it.call('PUT', base, chat(101))).body.code).toBe(30032);
    expect((await it.call('PUT', base, users(16))).body.code).toBe(30032);
    expect((await it.call('PUT', base, [...chat(100), ...users(15)])).status).toBe(200);
    expect((await it.call('POST', base, { ...PING, name: 'trop' })).body.code).toBe(30032);
    expect((await it.call('PUT', base, chat(86, 1000))).body.code).toBe(30034);
    expect((await it.call('PUT', base, chat(85, 1000))).status).toBe(200);
  });
});
