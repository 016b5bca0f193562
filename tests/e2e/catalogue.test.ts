/** docs/results.md: every code that it lists is reached. Most here, by the bot itself; a few where time would be needed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { WeatherVerbs } from '../../sandbox/src/control/api.ts';
import { assertResult } from '../support/contracts.ts';
import { startPostgres } from '../support/database.ts';
import type { CommandRow } from '../support/database.ts';
import { Scene } from '../support/scene.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Warned {
  code: string;
  text: string;
}

interface Entry {
  code: string;
  /** The reason or text that the document gives for example. */
  example: string;
}

/** The document's codes, by the title of their section. */
function documented(): Map<string, Entry[]> {
  const [, ...sections] = readFileSync(join(ROOT, 'docs/results.md'), 'utf8').split(/^## /m);
  return new Map(
    sections.map((text) => [
      text.split('\n', 1)[0]!,
      [...text.matchAll(/^\| `([a-z_]+)` \|[^|]*\| ([^|]*) \|/gm)].map(([, code, example]) => {
        return { code: code!, example: example! };
      }),
    ]),
  );
}

const postgres = await startPostgres();
afterAll(() => postgres.remove());
const scene = await Scene.set({ databaseServer: postgres.url });
const { client, database, guildId } = scene;
const { world } = scene.sandbox;
const guild = world.guilds.get(guildId)!;
const other = [...world.guilds.values()].find(({ id }) => id !== guildId)!;
const person = (username: string) => [...world.users.values()].find((user) => user.username === username)!.id;
/** Shorter than usual, to see what becomes of who died; longer than anything here is held up. */
const LEASE = { COMMAND_LEASE_SECONDS: '4' };
let bot = await scene.start(LEASE);

const SEND_MESSAGES = String(1n << 11n);
const CREATE_PRIVATE_THREADS = 1n << 36n;
const everyone = { id: guildId, type: 0 };
let channelId = '';
beforeAll(async () => {
  channelId = await scene.createChannel('catalogue');
});
afterEach(async () => {
  await client.weather('clear', {});
  await database.query('DELETE FROM guild_settings');
});

interface Row {
  guild_id?: string;
  action?: string;
  payload?: unknown;
  requested_by?: string;
  /** As an SQL interval. */
  age?: string;
}

async function insert(row: Row): Promise<string> {
  const [inserted] = await database.query<{ id: string }>(
    `INSERT INTO commands (guild_id, action, payload, requested_by, created_at)
     VALUES ($1, $2, $3, $4, now() - $5::interval) RETURNING id`,
    [
      row.guild_id ?? guildId,
      row.action ?? 'announce',
      JSON.stringify(row.payload ?? { channelId, message: 'Bonjour' }),
      row.requested_by ?? null,
      row.age ?? '0 seconds',
    ],
  );
  return inserted!.id;
}

async function finished(id: string, action: string): Promise<CommandRow> {
  const row = await database.finished(id, 20_000);
  assertResult(action, row.status, row.result);
  return row;
}

const ask = async (row: Row = {}) => finished(await insert(row), row.action ?? 'announce');

/** Discord's events and the database's rows come to the bot on different roads: the first may come too early. */
async function untilRefused(code: string, row: Row): Promise<CommandRow> {
  let ended!: CommandRow;
  await expect.poll(async () => (ended = await ask(row)).result!.code).toBe(code);
  return ended;
}

type Fault = WeatherVerbs['rest'][0] extends infer F ? (F extends unknown ? Omit<F, 'count'> : never) : never;

/** An announcement that Discord answers like this, in a channel of its own. */
async function answered(fault: Fault): Promise<CommandRow> {
  const own = await scene.createChannel('météo');
  await client.weather('rest', {
    route: `/channels/${own}/messages`,
    method: 'POST',
    ...fault,
    count: 20,
  } as never);
  return ask({ payload: { channelId: own, message: 'Bonjour' } });
}

const refusedByDiscord = (status: number, body: object) =>
  answered({ kind: 'status', status, body } as never);
const say = (text: object) => ask({ payload: { channelId, ...text } });
const on = (action: string, channel: string, fields: object = {}) =>
  ask({ action, payload: { channelId: channel, ...fields } });

const settle = (setting: string, value: unknown) =>
  database.query(`INSERT INTO guild_settings (guild_id, ${setting}) VALUES ($1, $2)`, [guildId, value]);

/** How a row comes to say each of them. */
const REACHED: Record<string, () => Promise<CommandRow>> = {
  bad_guild_id: () => ask({ guild_id: 'zoé' }),
  unknown_guild: () => ask({ guild_id: '123456789012345678', age: '11 seconds' }),
  guild_unavailable: async () => {
    await client.weather('outage', { guildId: other.id, on: true });
    const row = await untilRefused('guild_unavailable', {
      guild_id: other.id,
      action: 'listTextChannels',
      payload: {},
    });
    await client.weather('outage', { guildId: other.id, on: false });
    return row;
  },
  unknown_action: () => ask({ action: 'dance' }),
  bad_payload: () => ask({ payload: [1, 2] }),
  expired: () => ask({ age: '2 days' }),
  rate_limited: () => answered({ kind: 'rate-limit', retryAfter: 600, scope: 'user' }),
  interrupted: async () => {
    const own = await scene.createChannel('purge');
    for (let n = 0; n < 150; n++) {
      world.messages.insert(world.messages.build(own, guild.ownerId, { content: `message ${n}` }));
    }
    // The first hundred go; over the rest it dies.
    await client.weather('rest', { route: '/bulk-delete', kind: 'delay', ms: 1, count: 1 });
    await client.weather('rest', { route: '/bulk-delete', kind: 'delay', ms: 20_000, count: 5 });
    const id = await insert({ action: 'purge', payload: { channelId: own, amount: 150, mode: 'count' } });
    await expect
      .poll(
        async () => (await database.query('SELECT progress FROM commands WHERE id = $1', [id]))[0]!.progress,
      )
      .toEqual({ deleted: 100 });
    bot.kill('SIGKILL');
    await bot.exited;
    bot = await scene.start(LEASE);
    const row = await finished(id, 'purge');
    expect(row.result).toMatchObject({ deleted: 100 });
    return row;
  },
  database_unavailable: async () => {
    const own = await scene.createChannel('base');
    const since = scene.sandbox.stream.seq;
    // Asks Discord for the channel, then the database for what it remembers of it.
    await client.weather('rest', {
      route: `/channels/${own}$`,
      method: 'GET',
      kind: 'delay',
      ms: 1_500,
      count: 1,
    });
    const id = await insert({ action: 'lock', payload: { channelId: own } });
    await scene.event((event) => event.type === 'weather' && event.kind === 'delay', { since });
    await postgres.stop();
    try {
      await bot.logged((line) => line.event === 'command failed' && line.command === id);
    } finally {
      await postgres.start();
      await database.listen();
    }
    return finished(id, 'lock');
  },

  bad_requester: () => ask({ requested_by: 'zoé' }),
  requester_required: async () => {
    await scene.settings('requester', { required: true });
    return ask();
  },
  requester_not_member: () => ask({ requested_by: '123456789012345678' }),
  requester_lacks_permission: () => ask({ requested_by: person('ines_b') }),

  missing_permissions: () => on('announce', scene.channel('archives'), { message: 'Bonjour' }),
  missing_access: () => refusedByDiscord(403, { code: 50001, message: 'Missing Access' }),
  bot_timed_out: async () => {
    const until = (communication_disabled_until: string | null) =>
      world.members.edit(guild, world.bot.id, { communication_disabled_until }, { userId: guild.ownerId });
    until(new Date(Date.now() + 600_000).toISOString());
    try {
      return await untilRefused('bot_timed_out', {});
    } finally {
      until(null);
      await scene.createChannel('de-retour');
    }
  },
  unknown_channel: () => on('announce', '123456789012345678', { message: 'Bonjour' }),
  unknown_message: () => refusedByDiscord(404, { code: 10008, message: 'Unknown Message' }),
  thread_archived: () => {
    const parent = guild.channels.get(scene.channel('ressources'))!;
    const by = { userId: guild.ownerId };
    const thread = world.threads.create(guild, parent, { name: 'sondage', type: 11 }, by);
    world.threads.edit(thread.id, { thread_metadata: { archived: true } }, by);
    return on('slowmode', thread.id, { duration: 5 });
  },
  wrong_channel_type: () => on('announce', scene.channel('idées'), { message: 'Bonjour' }),

  blocked_by_automod: () => refusedByDiscord(400, { code: 200000, message: 'Message was blocked' }),
  refused_by_discord: () => refusedByDiscord(400, { code: 50035, message: 'Invalid Form Body' }),
  discord_unavailable: () => answered({ kind: 'status', status: 503 }),
  discord_unreachable: () => answered({ kind: 'garbage', body: '{"id":{}}' }),

  empty: () => say({ message: ' ' }),
  too_long: () => say({ message: 'x'.repeat(2001) }),
  bad_color: () => say({ embed: { title: 'Titre', color: 'rouge' } }),
  bad_image: () => say({ embed: { title: 'Titre', image: 'image.png' } }),

  undeletable: async () => {
    const own = await scene.createChannel('système');
    world.messages.insert(world.messages.build(own, guild.ownerId, { content: '' }, { type: 4 }));
    return on('purge', own, { amount: 5, mode: 'count' });
  },
  not_locked: async () => on('unlock', await scene.createChannel('ouvert')),
  not_locked_by_bot: async () => {
    const closed = { ...everyone, allow: '0', deny: SEND_MESSAGES };
    return on('unlock', await scene.createChannel('fermé', { permission_overwrites: [closed] }));
  },
  permission_not_held: async () => {
    const holders = [...guild.roles.values()].filter(
      ({ permissions }) => (BigInt(permissions) & CREATE_PRIVATE_THREADS) !== 0n,
    );
    const permit = (roleId: string, permissions: string) =>
      client.people('edit-role', { guildId, roleId, changes: { permissions } });
    for (const { id, permissions } of holders) {
      await permit(id, String(BigInt(permissions) & ~CREATE_PRIVATE_THREADS));
    }
    try {
      return await on('lock', await scene.createChannel('sans-fils'));
    } finally {
      for (const { id, permissions } of holders) await permit(id, permissions);
    }
  },
  changed_meanwhile: async () => {
    const own = await scene.createChannel('changé');
    await on('lock', own);
    const rest = guild.channels.get(own)!.permission_overwrites!.filter(({ id }) => id !== guildId);
    const opened = { ...everyone, allow: SEND_MESSAGES, deny: '0' };
    await client.people('edit-channel', {
      channelId: own,
      changes: { permission_overwrites: [...rest, opened] },
    });
    return on('unlock', own);
  },
  still_closed: async () => {
    const closed = { ...everyone, allow: '0', deny: SEND_MESSAGES };
    const own = await scene.createChannel('toujours-fermé', { permission_overwrites: [closed] });
    await on('lock', own);
    return on('unlock', own);
  },
  mentions_withheld: async () => {
    await scene.settings('moderators', {
      add: [...guild.roles.values()].find(({ name }) => name === 'Membre')!.id,
    });
    return ask({ requested_by: person('ines_b'), payload: { channelId, message: 'Bonjour @everyone' } });
  },
};

/** They need minutes, thousands of messages or a mistake in the bot: the unit tests know how. */
const BY_UNIT_TESTS: Record<string, [file: string, test: string]> = {
  timeout: ['bot/command_queue/tests/queue_test.cpp', 'WhatTakesTooLongIsAnErrorWithItsProgress'],
  internal: ['bot/command_queue/tests/queue_test.cpp', 'AnActionThatFailsIsAnErrorWithAReason'],
  too_old: [
    'features/moderation/tests/moderation_purge_test.cpp',
    'old_messages_go_one_by_one_up_to_a_limit',
  ],
  out_of_time: ['features/moderation/tests/moderation_purge_test.cpp', 'ends_when_its_time_is_over'],
  result_not_storable: ['bot/command_queue/tests/checks_test.cpp', 'DropsWhatPostgresqlRefuses'],
  scan_limit: [
    'features/moderation/tests/moderation_purge_test.cpp',
    'looks_at_so_many_messages_and_no_more',
  ],
};

/** Slash commands say the sentence alone: it is compared with the document's. */
const SAID: Record<string, () => Promise<string>> = {
  unknown_time_zone: () => scene.settings('timezone', { zone: 'Mars/Olympus' }),
  everyone_role: () => scene.settings('moderators', { add: guildId }),
  too_many_roles: async () => {
    const roles: string[] = [];
    for (let n = 0; n < 26; n++) {
      roles.push((await client.people('create-role', { guildId, role: { name: `rôle ${n}` } })).id);
    }
    await scene.createChannel('rôles-connus');
    await settle('moderator_roles', roles.slice(1));
    return scene.settings('moderators', { add: roles[0]! });
  },
};

/** Their sentences differ with what is wrong: the document shows one of them. */
const SAYS_MORE = new Set([
  'bad_payload',
  'interrupted',
  'rate_limited',
  'wrong_channel_type',
  'refused_by_discord',
  'too_long',
  'missing_permissions',
  'undeletable',
]);

/** What a sentence says whatever it names. */
const gist = (text: string): string =>
  text
    .replace(/« [^»]* »/g, '«»')
    .replace(/#[\p{L}\d-]+/gu, '#')
    .replace(/\d+/g, '0');

/** catalogue_voice.test.ts; what panels and forms alone can say is tested with them. */
const ELSEWHERE = ['Voice hubs'];

const sections = documented();
const listed = [...sections]
  .filter(([title]) => !ELSEWHERE.includes(title))
  .flatMap(([, entries]) => entries);

test('nothing is reached here that is not listed', () => {
  const codes = listed.map(({ code }) => code);
  const reached = [...Object.keys(REACHED), ...Object.keys(SAID), ...Object.keys(BY_UNIT_TESTS)];
  expect(reached.filter((code) => !codes.includes(code))).toEqual([]);
});

describe('reached', () => {
  const driven = listed.filter(({ code }) => !(code in BY_UNIT_TESTS));
  test.each(driven)('$code', async ({ code, example }) => {
    if (code in SAID) {
      expect(await SAID[code]!()).toBe(example);
      return;
    }
    expect(REACHED, 'say how it is reached').toHaveProperty(code);
    const { status, result } = await REACHED[code]!();
    const warnings = (result!.warnings ?? []) as Warned[];
    const codes = status === 'error' ? [result!.code] : warnings.map((warning) => warning.code);
    expect(codes, JSON.stringify(result)).toContain(code);
    const said = status === 'error' ? result!.reason : warnings.find((one) => one.code === code)!.text;
    if (!SAYS_MORE.has(code)) expect(gist(String(said))).toBe(gist(example));
  });
});

/** All that the program can say, whatever is filled in. */
const sources = () =>
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[ch]pp$/.test(name) && !name.includes('tests/'))
    .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'))
    .join('\n')
    // Sentences stand on several lines.
    .replace(/"\s*\n\s*"/g, '')
    .replace(/\{\}/g, '0');

test.each(Object.entries(BY_UNIT_TESTS))('a unit test reaches %s', (code, [file, name]) => {
  const text = readFileSync(join(ROOT, 'src', file), 'utf8');
  const body = text.split(/^(?=TEST)/m).find((one) => one.startsWith('TEST') && one.includes(` ${name})`));
  expect(body, `${file} has no ${name}`).toMatch(new RegExp(`\\b${code}\\b`));
  const { example } = listed.find((one) => one.code === code)!;
  expect(sources()).toContain(example.replace(/(?<!de )\b\d+/g, '0'));
});
