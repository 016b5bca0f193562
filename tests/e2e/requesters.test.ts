/** Whoever a dashboard names must be there, and may have done what he could do himself or is trusted with. */
import { afterEach, describe, expect, test } from 'vitest';
import { assertResult } from '../support/contracts.ts';
import type { CommandRow } from '../support/database.ts';
import { Scene } from '../support/scene.ts';

const scene = await Scene.set();
await scene.start();
const { guildId, database } = scene;
const guild = scene.sandbox.world.guilds.get(guildId)!;
const general = scene.channel('général');

const person = (username: string) =>
  [...scene.sandbox.world.users.values()].find((user) => user.username === username)!.id;
const role = (name: string) => [...guild.roles.values()].find((one) => one.name === name)!.id;
/** Has the role that may manage messages, and no more. */
const moderator = person('camille_d');
const member = person('ines_b');

async function ask(
  action: string,
  payload: Record<string, unknown>,
  requestedBy: string | null,
): Promise<CommandRow> {
  const [row] = await database.query<{ id: string }>(
    'INSERT INTO commands (guild_id, action, payload, requested_by) VALUES ($1, $2, $3, $4) RETURNING id',
    [guildId, action, JSON.stringify(payload), requestedBy],
  );
  const finished = await database.finished(row!.id);
  assertResult(action, finished.status, finished.result);
  return finished;
}

const slowmode = (requestedBy: string | null, channelId = general) =>
  ask('slowmode', { channelId, duration: 5 }, requestedBy);
const purge = (requestedBy: string | null, channelId = general) =>
  ask('purge', { channelId, amount: 1, mode: 'count' }, requestedBy);

/** Settings that a test has changed. */
const settled: string[] = [];

async function settle(subcommand: string, options: Record<string, string | boolean>): Promise<void> {
  expect(await scene.settings(subcommand, options)).toContain('→');
  if (subcommand !== 'reset') settled.push(subcommand);
}

afterEach(async () => {
  for (const setting of settled.splice(0)) await settle('reset', { setting });
  expect(await database.unfinished()).toBe(0);
});

describe('a requester', () => {
  test('who holds the permission has it done', async () => {
    expect(await purge(moderator)).toMatchObject({ status: 'done', result: { deleted: 1 } });
    expect(await slowmode(guild.ownerId)).toMatchObject({ status: 'done' });
  });

  test('who lacks it is refused, with what is missing and where', async () => {
    expect((await slowmode(moderator)).result).toEqual({
      ok: false,
      code: 'requester_lacks_permission',
      reason: "La personne qui le demande n'a pas la permission « Gérer les salons » dans #général.",
    });
    expect((await purge(member)).result).toMatchObject({ code: 'requester_lacks_permission' });
  });

  test("who is allowed it in another channel is not allowed it here: the channel's overwrites count", async () => {
    const roleId = role('Modération');
    const channelId = await scene.createChannel('sans-moderation', {
      permission_overwrites: [{ id: roleId, type: 0, allow: '0', deny: String(1n << 13n) }],
    });
    expect((await purge(moderator, channelId)).result).toMatchObject({ code: 'requester_lacks_permission' });
    expect((await purge(guild.ownerId, channelId)).result).toMatchObject({ ok: true });
  });

  test('who has left the server is refused', async () => {
    const { userId } = await scene.client.people('join-guild', { guildId, username: 'de_passage' });
    await scene.client.people('set-member-roles', { guildId, userId, roles: [role('Modération')] });
    expect(await purge(userId)).toMatchObject({ status: 'done' });
    await scene.client.people('leave-guild', { guildId, userId });
    expect((await purge(userId)).result).toEqual({
      ok: false,
      code: 'requester_not_member',
      reason: "La personne qui le demande n'est pas membre de ce serveur.",
    });
  });

  test('who does not exist is refused', async () => {
    expect((await purge('123456789012345678')).result).toMatchObject({ code: 'requester_not_member' });
  });

  test.each(['', 'zoé', '-1', '0', '1e9', "1'; --"])('who is no id: %j', async (requestedBy) => {
    expect((await purge(requestedBy)).result).toMatchObject({ code: 'bad_requester' });
  });

  test('is asked for what the action is about only: reading needs no permission', async () => {
    expect(await ask('listTextChannels', {}, member)).toMatchObject({ status: 'done' });
  });

  test('in a channel that the bot does not see: the bot is what is lacking', async () => {
    expect((await purge(moderator, scene.channel('coulisses'))).result).toMatchObject({
      code: 'missing_permissions',
    });
  });
});

describe('a moderator role', () => {
  test('stands for the permission', async () => {
    await settle('moderators', { add: role('Modération') });
    expect(await slowmode(moderator)).toMatchObject({ status: 'done' });
    expect((await slowmode(member)).result).toMatchObject({ code: 'requester_lacks_permission' });
  });
});

describe('a slash command', () => {
  async function slash(channelId: string, locale = 'fr'): Promise<string> {
    const { message } = await scene.client.people('command', {
      channelId: general,
      userId: moderator,
      name: 'purge',
      options: { amount: 1, channel: channelId },
      locale,
      waitForFinal: true,
    });
    return message!.content;
  }

  test('is held to the same, said to the person in his language, and noted', async () => {
    const channelId = await scene.createChannel('interdit', {
      permission_overwrites: [{ id: role('Modération'), type: 0, allow: '0', deny: String(1n << 13n) }],
    });
    await database.query('DELETE FROM command_audit');
    expect(await slash(channelId)).toBe(
      'Il vous manque la permission « Gérer les messages » dans #interdit.',
    );
    expect(await slash(channelId, 'en-GB')).toBe('You lack the permission "Manage Messages" in #interdit.');
    await settle('moderators', { add: role('Modération') });
    expect(await slash(channelId)).not.toContain('Il vous manque');
    await expect
      .poll(() =>
        database.query(
          `SELECT action, requested_by, channel_id, ok, code FROM command_audit
           WHERE action = 'purge' ORDER BY started_at`,
        ),
      )
      .toEqual(
        [false, false, true].map((ok) => ({
          action: 'purge',
          requested_by: moderator,
          channel_id: channelId,
          ok,
          code: ok ? null : 'requester_lacks_permission',
        })),
      );
  });
});

describe('nobody named', () => {
  test("is fine, as the contract's dashboard does", async () => {
    expect(await slowmode(null)).toMatchObject({ status: 'done' });
  });

  test('is refused where the server requires it', async () => {
    await settle('requester', { required: true });
    expect((await slowmode(null)).result).toMatchObject({ code: 'requester_required' });
    expect(await slowmode(guild.ownerId)).toMatchObject({ status: 'done' });
    await settle('language', { language: 'en' });
    expect((await slowmode(null)).result!.reason).toMatch(/^This server requires/);
  });
});

test('every command leaves a row in the audit', async () => {
  const before = await database.query('SELECT id FROM command_audit WHERE source = $1', ['dashboard']);
  await slowmode(guild.ownerId);
  await slowmode(member);
  const rows = await database.query(
    `SELECT source, action, requested_by, channel_id, ok, code, duration_ms >= 0 AS measured,
       started_at IS NOT NULL AS started, command_id IS NOT NULL AS named
     FROM command_audit WHERE source = 'dashboard' ORDER BY id`,
  );
  const same = { source: 'dashboard', action: 'slowmode', channel_id: general, measured: true };
  expect(rows.slice(before.length)).toEqual([
    { ...same, requested_by: guild.ownerId, ok: true, code: null, started: true, named: true },
    {
      ...same,
      requested_by: member,
      ok: false,
      code: 'requester_lacks_permission',
      started: true,
      named: true,
    },
  ]);
});
