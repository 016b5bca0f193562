/** purge: what goes and what stays, exactly; the count, whatever Discord and the network do meanwhile. */
import { describe, expect, test } from 'vitest';
import type { SandboxEvent, WeatherVerbs } from '../../sandbox/src/control/api.ts';
import { assertResult } from '../support/contracts.ts';
import { DAY_MS, otherBot, pastMessages, remaining } from '../support/messages.ts';
import type { PastMessage } from '../support/messages.ts';
import { Scene } from '../support/scene.ts';

const LONG = { timeout: 90_000 };
const PURGE_WITHIN_MS = 80_000;
const MINUTE_MS = 60_000;

const scene = await Scene.set();
const { client, database, guildId } = scene;
await scene.start();
const foreignBot = otherBot(scene);
const botId = scene.sandbox.world.bot.id;

let channels = 0;
const createChannel = (fields: Record<string, unknown> = {}, guild = guildId) =>
  scene.createChannel(`purge-${++channels}`, fields, guild);

async function purge(channelId: string, payload: object, guild = guildId) {
  const id = await database.insert(guild, 'purge', { channelId, mode: 'count', ...payload });
  const row = await database.finished(id, PURGE_WITHIN_MS);
  assertResult('purge', row.status, row.result);
  return row;
}

const codes = (result: unknown) =>
  ((result as { warnings?: { code: string }[] }).warnings ?? []).map(({ code }) => code);

/** A bulk deletion there that Discord carried out. */
const isChunk = (event: SandboxEvent, channelId: string) =>
  event.type === 'rest' &&
  event.path === `/channels/${channelId}/messages/bulk-delete` &&
  event.status === 204;

/** Sizes of the bulk deletions there. */
const chunks = (channelId: string) =>
  scene.sandbox.stream
    .since(0)
    .flatMap((event) =>
      isChunk(event, channelId) && event.type === 'rest'
        ? [(event.requestBody as { messages: string[] }).messages.length]
        : [],
    );

/** A channel in a guild of its own, as purges of one guild wait for each other; and what the weather does there. */
async function apart(messages: PastMessage[]) {
  const guild = await scene.createGuild(`purge-${channels + 1}`);
  const channelId = await createChannel({}, guild);
  return {
    guild,
    channelId,
    ids: pastMessages(scene, channelId, messages),
    purge: (amount: number) => purge(channelId, { amount }, guild),
    weather: (where: { route: string; method: string }, fault: WeatherVerbs['rest'][0]) =>
      client.weather('rest', { ...fault, ...where, route: `/channels/${channelId}/messages${where.route}` }),
  };
}

const young = (count: number, fields: Partial<PastMessage> = {}): PastMessage[] =>
  Array.from({ length: count }, (_, n) => ({ ageMs: (n + 1) * MINUTE_MS, ...fields }));

describe('what goes', () => {
  const mixed: PastMessage[] = [
    { ageMs: 1 * MINUTE_MS },
    { ageMs: 2 * MINUTE_MS, authorId: foreignBot },
    { ageMs: 3 * MINUTE_MS, pinned: true },
    { ageMs: 4 * MINUTE_MS, webhookId: '123456789012345678' },
    { ageMs: 5 * MINUTE_MS, authorId: botId, pinned: true },
    { ageMs: 20 * DAY_MS },
    { ageMs: 21 * DAY_MS, authorId: foreignBot },
  ];
  test.each([
    [{ amount: 1000 }, [0, 1, 2, 3, 4, 5, 6]],
    [{ amount: 3 }, [0, 1, 2]],
    [{ amount: 1 }, [0]],
    [{ amount: 1000, keepPinned: true }, [0, 1, 3, 5, 6]],
    [{ amount: 1000, keepPinned: false }, [0, 1, 2, 3, 4, 5, 6]],
    [{ amount: 1000, mode: 'users' }, [0, 2, 5]],
    [{ amount: 2, mode: 'users', keepPinned: true }, [0, 5]],
    [{ amount: 1000, mode: 'bots' }, [1, 3, 4, 6]],
    [{ amount: 2, mode: 'bots', keepPinned: true }, [1, 3]],
  ])('%j', async (payload, expected) => {
    const channelId = await createChannel();
    const ids = pastMessages(scene, channelId, mixed);
    const row = await purge(channelId, payload);
    expect(row.result).toEqual({ ok: true, deleted: expected.length });
    const left = remaining(scene, channelId);
    expect(ids.flatMap((id, n) => (left.has(id) ? [] : [n]))).toEqual(expected);
  });

  test('an empty channel', async () => {
    const row = await purge(await createChannel(), { amount: 10 });
    expect(row.result).toEqual({ ok: true, deleted: 0 });
  });

  test.each([
    ['announcement', { type: 5 }],
    ['voice', { type: 2 }],
    ['stage', { type: 13 }],
  ])('in a channel of kind %s', async (kind, fields) => {
    const { id: channelId } = await client.people('create-channel', {
      guildId,
      channel: { name: `purge-${kind}`, ...fields },
    });
    await scene.createChannel(`after-${kind}`);
    pastMessages(scene, channelId, young(3));
    expect((await purge(channelId, { amount: 10 })).result).toEqual({ ok: true, deleted: 3 });
  });

  test('in a thread, public or private', async () => {
    const guild = scene.sandbox.world.guilds.get(guildId)!;
    const parent = guild.channels.get(scene.channel('ressources'))!;
    for (const type of [11, 12]) {
      const thread = scene.sandbox.world.threads.create(
        guild,
        parent,
        { name: `fil ${type}`, type },
        { userId: guild.ownerId },
      );
      pastMessages(scene, thread.id, young(4));
      expect((await purge(thread.id, { amount: 3 })).result).toEqual({ ok: true, deleted: 3 });
      expect(remaining(scene, thread.id).size).toBe(1);
    }
  });
});

// Long ones first: all of them mostly wait, side by side.
describe('whatever happens meanwhile, the count is true', () => {
  const bulk = { route: '/bulk-delete$', method: 'POST' };
  const single = { route: '/\\d+$', method: 'DELETE' };
  const page = { route: '$', method: 'GET' };

  test.concurrent(
    'when Discord does not recover, what was deleted is told, and why it stopped',
    LONG,
    async () => {
      const there = await apart(young(250));
      // One call is carried out, and then none.
      await there.weather(bulk, { kind: 'delay', ms: 1, count: 1 });
      await there.weather(bulk, { kind: 'status', status: 503, count: 1000 });
      const row = await there.purge(250);
      expect(row).toMatchObject({ status: 'done', result: { ok: true, deleted: 100 } });
      expect(row.result!.warnings).toEqual([
        {
          code: 'discord_unavailable',
          count: 150,
          text: expect.stringContaining('150 messages au plus n') as string,
        },
      ]);
      expect(remaining(scene, there.channelId).size).toBe(150);
    },
  );

  test.concurrent('a last answer that is lost: the channel itself says what went', LONG, async () => {
    const there = await apart(young(5));
    await there.weather(bulk, { kind: 'cut-after', count: 1000 });
    expect(await there.purge(10)).toMatchObject({ status: 'done', result: { ok: true, deleted: 5 } });
  });

  test.concurrent('a lost answer, and a second attempt that finds them gone', LONG, async () => {
    const there = await apart(young(5));
    await there.weather(bulk, { kind: 'cut-after', count: 1 });
    const body = { code: 10008, message: 'Unknown Message' };
    await there.weather(bulk, { kind: 'status', status: 404, body, count: 1 });
    expect((await there.purge(10)).result).toEqual({ ok: true, deleted: 5 });
  });

  test.concurrent('when nothing was deleted, it is an error', LONG, async () => {
    const there = await apart(young(5));
    await there.weather(bulk, { kind: 'status', status: 503, count: 1000 });
    const row = await there.purge(10);
    expect(row).toMatchObject({ status: 'error', result: { ok: false, code: 'discord_unavailable' } });
    expect(remaining(scene, there.channelId).size).toBe(5);
  });

  test.concurrent('1000 messages of all ages, authors and kinds', LONG, async () => {
    const kinds: Partial<PastMessage>[] = [
      {},
      { authorId: foreignBot },
      { pinned: true },
      { webhookId: '123456789012345678' },
      { type: 19 },
      { type: 7 },
      { type: 18 },
    ];
    const recent = young(960).map((message, n) => ({ ...message, ...kinds[n % kinds.length] }));
    // Discord lets nobody delete this one.
    recent[500]!.type = 21;
    const old = young(60).map((message) => ({ ...message, ageMs: message.ageMs + 14 * DAY_MS }));
    const { channelId, ids, ...there } = await apart([...recent, ...old]);
    const row = await there.purge(1000);
    expect(row).toMatchObject({ status: 'done', result: { ok: true, deleted: 1000 } });
    expect(codes(row.result)).toEqual(['undeletable']);
    // The 1000 newest that can be deleted: 959 of the recent ones, 41 of the old.
    expect(remaining(scene, channelId)).toEqual(new Set([ids[500], ...ids.slice(960 + 41)]));
    const sizes = chunks(channelId);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(959);
    expect(sizes).toEqual([...Array<number>(9).fill(100), 59]);
    const progress = await database.query<{ progress: { deleted: number } | null }>(
      'SELECT progress FROM commands WHERE id = $1',
      [row.id],
    );
    expect(progress[0]!.progress ?? { deleted: 1000 }).toEqual({ deleted: 1000 });
  });

  test.concurrent(
    'others do not wait for a long purge: other lanes of the guild, and other guilds',
    LONG,
    async () => {
      const { guild, channelId, ids, weather } = await apart(young(300));
      const announcement = { channelId: await createChannel({}, guild), message: 'Pendant la purge' };
      await weather(bulk, { kind: 'delay', ms: 8_000, count: 1 });
      const since = scene.sandbox.stream.seq;
      const long = await database.insert(guild, 'purge', { channelId, amount: 300, mode: 'count' });
      await scene.event((event) => event.type === 'weather' && event.path.includes(channelId), { since });
      expect((await database.command(guild, 'announce', announcement)).status).toBe('done');
      const other = [...scene.sandbox.world.guilds.values()].find(({ name }) => name === 'L’Atelier')!;
      const elsewhere = { channelId: scene.channel('général', other.id), duration: 0 };
      const row = await database.command(other.id, 'slowmode', elsewhere);
      expect(row.result!.code).toBe('missing_permissions');
      expect((await database.row(long)).status).toBe('processing');
      expect((await database.finished(long, PURGE_WITHIN_MS)).result).toEqual({
        ok: true,
        deleted: ids.length,
      });
    },
  );

  test.concurrent.each([
    ['rate limits of the bulk route', bulk, { kind: 'rate-limit', retryAfter: 0.4, scope: 'user', count: 3 }],
    ['six shared limits in a row', bulk, { kind: 'rate-limit', retryAfter: 0.2, scope: 'shared', count: 6 }],
    ['failures of the bulk route', bulk, { kind: 'status', status: 503, count: 3 }],
    ['six failures in a row', bulk, { kind: 'status', status: 500, count: 6 }],
    ['bulk answers lost after the deed', bulk, { kind: 'cut-after', count: 2 }],
    ['connections that break before', bulk, { kind: 'cut-before', count: 2 }],
    [
      'a chunk refused for one that is gone',
      bulk,
      { kind: 'status', status: 404, body: { code: 10008, message: 'Unknown Message' }, count: 1 },
    ],
    [
      'a chunk refused for one that is too old',
      bulk,
      { kind: 'status', status: 400, body: { code: 50034, message: 'You can only bulk delete' }, count: 1 },
    ],
    [
      'a chunk refused for one of Discord’s own',
      bulk,
      { kind: 'status', status: 403, body: { code: 50021, message: 'System message' }, count: 1 },
    ],
    ['limits of the single route', single, { kind: 'rate-limit', retryAfter: 0.3, scope: 'user', count: 3 }],
    ['failures of the single route', single, { kind: 'status', status: 502, count: 3 }],
    ['single answers lost after the deed', single, { kind: 'cut-after', count: 2 }],
    ['limits of the history', page, { kind: 'rate-limit', retryAfter: 0.3, scope: 'user', count: 2 }],
    ['failures of the history', page, { kind: 'status', status: 500, count: 2 }],
    ['a history that makes no sense', page, { kind: 'garbage', body: '[{"id":5', count: 1 }],
  ] as const)('%s', LONG, async (_, where, fault) => {
    const there = await apart([...young(5), { ageMs: 30 * DAY_MS }, { ageMs: 31 * DAY_MS }]);
    const since = scene.sandbox.stream.seq;
    await there.weather(where, fault);
    expect((await there.purge(10)).result).toEqual({ ok: true, deleted: 7 });
    expect(remaining(scene, there.channelId).size).toBe(0);
    const met = scene.sandbox.stream
      .since(since)
      .filter((event) => event.type === 'weather' && event.path.includes(there.channelId));
    expect(met).toHaveLength(fault.count);
  });

  test.concurrent('messages that somebody else deletes in time are not counted', async () => {
    const there = await apart([{ ageMs: 30 * DAY_MS }, { ageMs: 31 * DAY_MS }]);
    const { channelId, ids } = there;
    const { stream, world } = scene.sandbox;
    const userId = world.guildOfChannel(channelId)!.ownerId;
    // Before the bot learns that it has deleted the first one.
    const stop = stream.on((event) => {
      if (event.type !== 'world' || event.t !== 'MESSAGE_DELETE') return;
      if ((event.data as { id: string }).id !== ids[0]) return;
      stop();
      world.messages.delete(channelId, ids[1]!, { userId });
    });
    expect((await there.purge(10)).result).toEqual({ ok: true, deleted: 1 });
    expect(remaining(scene, channelId).size).toBe(0);
  });
});

describe('who and where', () => {
  const ADD_REACTIONS = 1n << 6n;
  const MANAGE_MESSAGES = 1n << 13n;
  const READ_MESSAGE_HISTORY = 1n << 16n;

  test.each([
    [MANAGE_MESSAGES, '« Gérer les messages »'],
    [READ_MESSAGE_HISTORY, '« Voir les anciens messages »'],
    [MANAGE_MESSAGES | READ_MESSAGE_HISTORY | ADD_REACTIONS, '« Gérer les messages », « Voir les anciens'],
  ])('without the permissions %s', async (deny, named) => {
    const own = { id: botId, type: 1, allow: '0', deny: String(deny) };
    const channelId = await createChannel({ permission_overwrites: [own] });
    pastMessages(scene, channelId, young(2));
    const row = await purge(channelId, { amount: 2 });
    expect(row).toMatchObject({ status: 'error', result: { code: 'missing_permissions' } });
    expect(row.result!.reason).toContain(named);
    expect(row.result!.reason).toContain(`dans #purge-${channels}`);
    expect(remaining(scene, channelId).size).toBe(2);
  });

  test.each([
    ['idées', 'wrong_channel_type', 'un forum'],
    ['Discussion', 'wrong_channel_type', 'une catégorie'],
    ['coulisses', 'missing_permissions', '« Voir les salons »'],
  ])('not in #%s', async (name, code, reason) => {
    const row = await purge(scene.channel(name), { amount: 2 });
    expect(row).toMatchObject({ status: 'error', result: { code } });
    expect(row.result!.reason).toContain(reason);
  });

  test('neither elsewhere nor nowhere', async () => {
    const other = [...scene.sandbox.world.guilds.values()].find(({ id }) => id !== guildId)!;
    const theirs = [...other.channels.values()].find(({ type }) => type === 0)!;
    const thread = scene.sandbox.world.threads.create(
      other,
      theirs,
      { name: 'ailleurs', type: 11 },
      { userId: other.ownerId },
    );
    const before = remaining(scene, theirs.id).size;
    for (const channelId of [theirs.id, thread.id, '123456789012345678']) {
      const row = await purge(channelId, { amount: 2 });
      expect(row).toMatchObject({ status: 'error', result: { code: 'unknown_channel' } });
    }
    expect(remaining(scene, theirs.id).size).toBe(before);
  });

  test.each([
    [{ amount: 0 }, '« amount »'],
    [{ amount: 1001 }, '« amount »'],
    [{ amount: '50' }, '« amount »'],
    [{ amount: 1.5 }, '« amount »'],
    [{}, '« amount »'],
    [{ amount: 5, mode: 'all' }, '« mode »'],
    [{ amount: 5, mode: null }, '« mode »'],
    [{ amount: 5, keepPinned: 'yes' }, '« keepPinned »'],
    [{ amount: 5, channelId: 5 }, '« channelId »'],
  ])('a payload with %j', async (payload, field) => {
    const row = await purge(scene.channel('général'), payload);
    expect(row).toMatchObject({ status: 'error', result: { code: 'bad_payload' } });
    expect(row.result!.reason).toContain(field);
  });
});
