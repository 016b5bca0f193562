/** lock, unlock and slowmode: what they change and what they put back. */
import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { APIOverwrite } from 'discord-api-types/v10';
import { describe, expect, test } from 'vitest';
import { BOT_PERMISSIONS } from '../../sandbox/src/world/seed_guilds.ts';
import { assertResult } from '../support/contracts.ts';
import { Scene } from '../support/scene.ts';

const LONG = { timeout: 120_000 };
const BITS = [P.SendMessages, P.SendMessagesInThreads, P.CreatePublicThreads, P.CreatePrivateThreads];
const ALL = BITS.reduce((all, bit) => all | bit, 0n);

const scene = await Scene.set();
const { client, database, guildId } = scene;
const { world } = scene.sandbox;
await scene.start();
const botId = world.bot.id;

async function run(action: string, channelId: string, payload: object = {}, guild = guildId) {
  const id = await database.insert(guild, action, { channelId, ...payload });
  const row = await database.finished(id, 60_000);
  assertResult(action, row.status, row.result);
  return row;
}

const codes = (result: unknown) =>
  ((result as { warnings?: { code: string }[] }).warnings ?? []).map(({ code }) => code);

const channel = (id: string) => world.guildOfChannel(id)!.channels.get(id)!;
const overwrites = (id: string) =>
  channel(id).permission_overwrites.toSorted((a, b) => (a.id < b.id ? -1 : 1));
/** What somebody without a role may do there. */
const everybody = (id: string) => {
  const guild = world.guildOfChannel(id)!;
  const member = [...guild.members.values()].find(
    ({ roles, user }) => roles.length === 0 && user.id !== guild.ownerId,
  )!;
  return world.permissions.inChannel(guild, channel(id), member.user.id);
};
const itself = (id: string) => world.permissions.inChannel(world.guildOfChannel(id)!, channel(id), botId);

/** A channel of any kind, which the bot learns of when it is asked for one that is not cached. */
async function createChannel(fields: Record<string, unknown> = {}, guild = guildId): Promise<string> {
  const made = { name: `verrou-${Math.random().toString(36).slice(2, 8)}`, type: 0, ...fields };
  return (await client.people('create-channel', { guildId: guild, channel: made })).id;
}

const everyoneIs = (allow: bigint, deny: bigint, guild = guildId): APIOverwrite => ({
  id: guild,
  type: 0,
  allow: String(allow),
  deny: String(deny),
});

describe('lock and unlock', () => {
  test(
    'there and back from each of the 81 states of the four permissions, and from no overwrite',
    LONG,
    async () => {
      // Several guilds, as each may only ask for so much in a second.
      const guilds: string[] = [];
      for (let n = 0; n < 8; n++) guilds.push(await scene.createGuild(`Serveur ${n}`));
      const round = async (guild: string, fields: Record<string, unknown>) => {
        const id = await createChannel(fields, guild);
        const before = overwrites(id);
        const could = itself(id);
        expect(await run('lock', id, {}, guild)).toMatchObject({ status: 'done', result: { ok: true } });
        expect(everybody(id) & ALL).toBe(0n);
        expect(itself(id) & could).toBe(could);
        expect(await run('unlock', id, {}, guild)).toMatchObject({ status: 'done', result: { ok: true } });
        expect(overwrites(id)).toEqual(before);
      };
      const rounds: Promise<void>[] = [];
      for (let state = -1; state < 81; state++) {
        const guild = guilds[(state + 1) % guilds.length]!;
        let [allow, deny] = [0n, 0n];
        for (let n = 0, rest = state; n < 4 && state >= 0; n++, rest = Math.floor(rest / 3)) {
          if (rest % 3 === 1) allow |= BITS[n]!;
          if (rest % 3 === 2) deny |= BITS[n]!;
        }
        const fields = state < 0 ? {} : { permission_overwrites: [everyoneIs(allow, deny, guild)] };
        rounds.push(round(guild, fields));
      }
      await Promise.all(rounds);
      expect(await database.query('SELECT FROM channel_locks')).toEqual([]);
    },
  );

  test('twice locked, once unlocked', async () => {
    const own: APIOverwrite = { id: botId, type: 1, allow: String(P.AddReactions), deny: '0' };
    const id = await createChannel({
      permission_overwrites: [everyoneIs(P.SendMessages, P.AddReactions), own],
    });
    const before = overwrites(id);
    expect((await run('lock', id)).result).toEqual({ ok: true, changed: true });
    const locked = overwrites(id);
    expect((await run('lock', id)).result).toEqual({ ok: true, changed: false });
    expect(overwrites(id)).toEqual(locked);
    expect((await run('unlock', id)).result).toEqual({ ok: true, changed: true });
    expect(overwrites(id)).toEqual(before);
    const again = await run('unlock', id);
    expect(again.result).toMatchObject({ ok: true, changed: false });
    expect(codes(again.result)).toEqual(['not_locked']);
    expect(overwrites(id)).toEqual(before);
  });

  test.each([
    ['announcement', 5, ALL],
    ['forum', 15, ALL],
    ['voice', 2, P.SendMessages],
    ['stage', 13, P.SendMessages],
  ])('a channel of kind %s', async (_, type, taken) => {
    const id = await createChannel({ type });
    const before = everybody(id);
    expect((await run('lock', id)).status).toBe('done');
    // What means nothing without SEND_MESSAGES goes with it.
    const implied = P.MentionEveryone | P.SendTTSMessages | P.AttachFiles | P.EmbedLinks;
    expect(before & ~everybody(id) & ~implied).toBe(before & taken);
    expect((await run('unlock', id)).status).toBe('done');
    expect(overwrites(id)).toEqual([]);
  });

  test('a thread is locked as threads are, archived or not', async () => {
    const guild = world.guilds.get(guildId)!;
    const parent = guild.channels.get(scene.channel('ressources'))!;
    const actor = { userId: guild.ownerId };
    const thread = world.threads.create(guild, parent, { name: 'fil' }, actor);
    const metadata = () => guild.threads.get(thread.id)!.thread_metadata;
    for (const archived of [false, true]) {
      world.threads.edit(thread.id, { thread_metadata: { archived } }, actor);
      expect((await run('lock', thread.id)).result).toEqual({ ok: true, changed: true });
      expect((await run('lock', thread.id)).result).toEqual({ ok: true, changed: false });
      expect(metadata()).toMatchObject({ locked: true, archived });
      expect((await run('unlock', thread.id)).result).toEqual({ ok: true, changed: true });
      expect(metadata()).toMatchObject({ locked: false, archived });
    }
  });

  test('what somebody changes meanwhile is kept, and told', async () => {
    const id = await createChannel();
    await run('lock', id);
    const others = channel(id).permission_overwrites.filter((one) => one.id !== guildId);
    const changed = everyoneIs(P.SendMessagesInThreads, ALL & ~P.SendMessagesInThreads);
    await client.people('edit-channel', {
      channelId: id,
      changes: { permission_overwrites: [...others, changed] },
    });
    const row = await run('unlock', id);
    expect(codes(row.result)).toEqual(['changed_meanwhile']);
    expect(overwrites(id)).toEqual([everyoneIs(P.SendMessagesInThreads, 0n)]);
  });

  test('a channel that somebody else closed is opened, and it is told', async () => {
    const id = await createChannel({ permission_overwrites: [everyoneIs(P.AddReactions, P.SendMessages)] });
    const row = await run('unlock', id);
    expect(codes(row.result)).toEqual(['not_locked_by_bot']);
    expect(overwrites(id)).toEqual([everyoneIs(P.AddReactions, 0n)]);
  });

  test.each([
    ['Discussion', 'wrong_channel_type', 'une catégorie'],
    ['coulisses', 'missing_permissions', '« Voir les salons »'],
  ])('not #%s', async (name, code, reason) => {
    const row = await run('lock', scene.channel(name));
    expect(row).toMatchObject({ status: 'error', result: { code } });
    expect(row.result!.reason).toContain(reason);
  });

  test('not without the management of permissions: which one lacks, and where', async () => {
    const own: APIOverwrite = { id: botId, type: 1, allow: '0', deny: String(P.ManageRoles) };
    const id = await createChannel({ name: 'sans-droits', permission_overwrites: [own] });
    for (const action of ['lock', 'unlock']) {
      const row = await run(action, id);
      expect(row).toMatchObject({ status: 'error', result: { code: 'missing_permissions' } });
      expect(row.result!.reason).toContain('« Gérer les rôles » dans #sans-droits');
    }
    expect(overwrites(id)).toEqual([own]);
  });

  test('not a channel of another guild', async () => {
    const other = [...world.guilds.values()].find((one) => one.name === 'L’Atelier')!;
    const theirs = scene.channel('général', other.id);
    const row = await run('lock', theirs);
    expect(row).toMatchObject({ status: 'error', result: { code: 'unknown_channel' } });
  });
});

describe('slowmode', () => {
  test.each([
    ['text', 0],
    ['voice', 2],
    ['stage', 13],
    ['forum', 15],
  ])('of a channel of kind %s', async (_, type) => {
    const id = await createChannel({ type });
    for (const duration of [30, 30, 21_600, 0]) {
      expect((await run('slowmode', id, { duration })).result).toEqual({ ok: true });
      expect((channel(id) as { rate_limit_per_user?: number }).rate_limit_per_user).toBe(duration);
    }
  });

  test('of a thread', async () => {
    const guild = world.guilds.get(guildId)!;
    const parent = guild.channels.get(scene.channel('ressources'))!;
    const thread = world.threads.create(guild, parent, { name: 'lent' }, { userId: guild.ownerId });
    expect((await run('slowmode', thread.id, { duration: 15 })).result).toEqual({ ok: true });
    expect(guild.threads.get(thread.id)!.rate_limit_per_user).toBe(15);
  });

  test.each([
    ['annonces', {}, 'wrong_channel_type', '#annonces est un salon d’annonces'],
    ['Discussion', {}, 'wrong_channel_type', 'est une catégorie'],
    ['général', { duration: -1 }, 'bad_payload', 'de 0 à 21600'],
    ['général', { duration: 21_601 }, 'bad_payload', 'de 0 à 21600'],
    ['général', { duration: '30' }, 'bad_payload', 'de 0 à 21600'],
    ['général', { duration: null }, 'bad_payload', '« duration »'],
  ])('#%s with %j', async (name, payload, code, reason) => {
    const row = await run('slowmode', scene.channel(name), { duration: 5, ...payload });
    expect(row).toMatchObject({ status: 'error', result: { code } });
    expect(row.result!.reason!.replaceAll("'", '’')).toContain(reason);
  });

  test('not without the management of channels', async () => {
    const own: APIOverwrite = { id: botId, type: 1, allow: '0', deny: String(P.ManageChannels) };
    const id = await createChannel({ name: 'pas-lent', permission_overwrites: [own] });
    const row = await run('slowmode', id, { duration: 5 });
    expect(row).toMatchObject({ status: 'error', result: { code: 'missing_permissions' } });
    expect(row.result!.reason).toContain('« Gérer les salons » dans #pas-lent');
  });
});

test('listTextChannels: all 500 of a guild, in Discord’s order', async () => {
  const { guildId: big } = await client.people('create-guild', { name: 'Le grand serveur', withBot: false });
  const guild = world.guilds.get(big)!;
  const { userId } = { userId: guild.ownerId };
  while (guild.channels.size < 500) {
    const n = guild.channels.size;
    const crowded = Math.floor(n / 51);
    const category = [...guild.channels.values()].filter(({ type }) => type === 4)[crowded];
    if (category === undefined)
      world.channels.create(guild, { name: `Catégorie ${crowded}`, type: 4 }, { userId });
    else world.channels.create(guild, { name: `${'é'.repeat(95)}-${n}`, parent_id: category.id }, { userId });
  }
  await client.people('invite-bot', { guildId: big, permissions: String(BOT_PERMISSIONS) });
  const row = await database.command(big, 'listTextChannels');
  const texts = [...guild.channels.values()].filter(({ type }) => type === 0);
  expect(row.status).toBe('done');
  const listed = row.result!.channels as { id: string; type: number }[];
  expect(listed.map(({ id }) => id).toSorted()).toEqual(texts.map(({ id }) => id).toSorted());
  const place = ({ id }: { id: string }) => {
    const { parent_id, position } = guild.channels.get(id)!;
    return [parent_id ? guild.channels.get(parent_id)!.position : -1, position] as const;
  };
  const places = listed.map(place);
  expect(places).toEqual(places.toSorted(([a, b], [c, d]) => a - c || b - d));
});
