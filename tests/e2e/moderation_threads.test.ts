/** Threads have a permission of their own for who manages them; private ones are seen by few. */
import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { describe, expect, test } from 'vitest';
import { assertResult } from '../support/contracts.ts';
import { pastMessages, remaining } from '../support/messages.ts';
import { Scene } from '../support/scene.ts';

const PUBLIC = 11;
const PRIVATE = 12;

const scene = await Scene.set();
await scene.start();
const { database, guildId } = scene;
const { world } = scene.sandbox;
const guild = world.guilds.get(guildId)!;
const botId = world.bot.id;
const role = (name: string) => [...guild.roles.values()].find((one) => one.name === name)!.id;

const withoutManageThreads = { id: botId, type: 1, allow: '0', deny: String(P.ManageThreads) };
const managed = await scene.createChannel('fils-gérés');
const unmanaged = await scene.createChannel('fils-libres', { permission_overwrites: [withoutManageThreads] });

/** A thread with three messages; `bot`: the bot has been added to it. */
function createThread(parentId: string, type: number, { bot = false } = {}): string {
  const { id } = world.threads.create(
    guild,
    guild.channels.get(parentId)!,
    { name: 'fil', type },
    { userId: guild.ownerId },
  );
  if (bot) world.threads.addMember(id, botId);
  pastMessages(scene, id, [{ ageMs: 1_000 }, { ageMs: 2_000 }, { ageMs: 3_000 }]);
  return id;
}

async function run(action: string, channelId: string, requestedBy: string | null = null) {
  const payloads: Record<string, object> = {
    purge: { amount: 2, mode: 'count' },
    slowmode: { duration: 30 },
  };
  const [inserted] = await database.query<{ id: string }>(
    'INSERT INTO commands (guild_id, action, payload, requested_by) VALUES ($1, $2, $3, $4) RETURNING id',
    [guildId, action, JSON.stringify({ channelId, ...payloads[action] }), requestedBy],
  );
  const row = await database.finished(inserted!.id);
  assertResult(action, row.status, row.result);
  return row;
}

const state = (id: string) => {
  const { rate_limit_per_user, thread_metadata } = guild.threads.get(id)!;
  return {
    messages: remaining(scene, id).size,
    slowmode: rate_limit_per_user ?? 0,
    locked: thread_metadata.locked === true,
  };
};
const UNTOUCHED = { messages: 3, slowmode: 0, locked: false };

describe('a private thread', () => {
  test('that the bot is not in, where it manages threads', async () => {
    const id = createThread(managed, PRIVATE);
    expect((await run('purge', id)).result).toEqual({ ok: true, deleted: 2 });
    expect((await run('slowmode', id)).result).toEqual({ ok: true });
    expect((await run('lock', id)).result).toEqual({ ok: true, changed: true });
    expect(state(id)).toEqual({ messages: 1, slowmode: 30, locked: true });
  });

  test('that the bot is in without managing threads: it may delete, not manage', async () => {
    const id = createThread(unmanaged, PRIVATE, { bot: true });
    expect((await run('purge', id)).result).toEqual({ ok: true, deleted: 2 });
    for (const action of ['slowmode', 'lock', 'unlock']) {
      const { result } = await run(action, id);
      expect(result).toMatchObject({ ok: false, code: 'missing_permissions' });
      expect(result!.reason).toContain('« Gérer les fils » dans #fil');
    }
    expect(state(id)).toEqual({ ...UNTOUCHED, messages: 1 });
  });

  test.each(['purge', 'slowmode', 'lock', 'unlock'])(
    'that the bot does not see: %s says what it takes',
    async (action) => {
      const id = createThread(unmanaged, PRIVATE);
      const { result } = await run(action, id);
      expect(result).toMatchObject({ ok: false, code: 'missing_permissions' });
      expect(result!.reason).toContain('dans un fil privé, « Gérer les fils »');
      expect(state(id)).toEqual(UNTOUCHED);
    },
  );
});

/** Somebody who holds these permissions in the server, and no more. */
async function person(permissions: bigint): Promise<string> {
  const { id: roleId } = await scene.client.people('create-role', {
    guildId,
    role: { name: `rôle ${permissions}`, permissions: String(permissions) },
  });
  const { userId } = await scene.client.people('join-guild', { guildId });
  await scene.client.people('set-member-roles', { guildId, userId, roles: [roleId] });
  // The role is known once what comes after it is.
  await scene.createChannel('rôle-connu');
  return userId;
}
const people: Record<string, string> = {
  'Manage Messages': await person(P.ManageMessages),
  'Manage Channels': await person(P.ManageMessages | P.ManageChannels),
  'Manage Threads': await person(P.ManageMessages | P.ManageThreads),
};

describe('a requester', () => {
  test.each([
    ['purge', PUBLIC, 'Manage Messages', true],
    ['purge', PRIVATE, 'Manage Messages', false],
    ['purge', PRIVATE, 'Manage Threads', true],
    ['slowmode', PUBLIC, 'Manage Channels', false],
    ['slowmode', PUBLIC, 'Manage Threads', true],
    ['lock', PRIVATE, 'Manage Channels', false],
    ['lock', PRIVATE, 'Manage Threads', true],
  ])('%s in a thread of type %d, by a holder of %s: %j', async (action, type, held, allowed) => {
    const id = createThread(managed, type);
    const { result } = await run(action, id, people[held]!);
    if (allowed) {
      expect(result).toMatchObject({ ok: true });
      return;
    }
    expect(result).toMatchObject({ ok: false, code: 'requester_lacks_permission' });
    expect(result!.reason).toContain('« Gérer les fils »');
    expect(state(id)).toEqual(UNTOUCHED);
  });

  test('with a moderator role needs none of them', async () => {
    await scene.settings('moderators', { add: role('Membre') });
    const { userId } = await scene.client.people('join-guild', { guildId });
    await scene.client.people('set-member-roles', { guildId, userId, roles: [role('Membre')] });
    expect((await run('lock', createThread(managed, PRIVATE), userId)).result).toMatchObject({ ok: true });
  });
});

describe('a slash command', () => {
  const LACKS_MANAGE_THREADS = 'Il vous manque la permission « Gérer les fils » dans ce salon.';

  /** What it answers, as it ends. */
  async function command(name: string, channelId: string, userId: string, named?: string): Promise<string> {
    const given = { purge: { amount: 2 }, slowmode: { duration: 30 } }[name];
    const options = { ...given, ...(named !== undefined && { channel: named }) };
    const call = { name, channelId, userId, options, locale: 'fr', waitForFinal: true };
    return (await scene.client.people('command', call)).message!.content;
  }

  test.each([
    ['slowmode', PUBLIC, 'Manage Channels', false],
    ['slowmode', PUBLIC, 'Manage Threads', true],
    ['lock', PUBLIC, 'Manage Channels', false],
    ['lock', PRIVATE, 'Manage Threads', true],
    ['unlock', PRIVATE, 'Manage Channels', false],
  ])('/%s in a thread of type %d, by a holder of %s: %j', async (name, type, held, allowed) => {
    const userId = people[held]!;
    for (const named of [false, true]) {
      const id = createThread(managed, type);
      world.threads.addMember(id, userId);
      const said = await (named ? command(name, managed, userId, id) : command(name, id, userId));
      if (allowed) {
        expect(state(id)).not.toEqual(UNTOUCHED);
        continue;
      }
      expect(said).toBe(LACKS_MANAGE_THREADS);
      expect(state(id)).toEqual(UNTOUCHED);
    }
  });

  test.each([
    ['slowmode', 'Manage Channels', true],
    ['slowmode', 'Manage Threads', false],
    ['lock', 'Manage Threads', false],
  ])('/%s in a channel, by a holder of %s: %j', async (name, held, allowed) => {
    const said = await command(name, managed, people[held]!);
    if (allowed) expect(said).toContain('Mode lent dans');
    else expect(said).toBe('Il vous manque la permission « Gérer les salons » dans #fils-gérés.');
  });

  test('/purge in a private thread takes no more than in a channel: whoever writes there sees it', async () => {
    const userId = people['Manage Messages']!;
    const id = createThread(managed, PRIVATE);
    world.threads.addMember(id, userId);
    await command('purge', id, userId);
    await expect.poll(() => state(id).messages).toBe(1);
  });

  test('the button that takes a lock back asks for the same, wherever it is pressed', async () => {
    const id = createThread(managed, PUBLIC);
    const userId = people['Manage Threads']!;
    const { message } = await scene.client.people('command', {
      name: 'lock',
      channelId: managed,
      userId,
      options: { channel: id },
      locale: 'fr',
      waitForFinal: true,
    });
    expect(state(id).locked).toBe(true);
    const [row] = message!.components as { components: { custom_id: string }[] }[];
    const press = { channelId: managed, messageId: message!.id, customId: row!.components[0]!.custom_id };
    const roles = guild.members.get(userId)!.roles;
    await scene.client.people('set-member-roles', { guildId, userId, roles: [] });
    const refused = await scene.client.people('click', {
      ...press,
      userId,
      locale: 'fr',
      waitForFinal: true,
    });
    expect(refused.message!.content).toBe(LACKS_MANAGE_THREADS);
    expect(state(id).locked).toBe(true);
    await scene.client.people('set-member-roles', { guildId, userId, roles });
    await scene.client.people('click', { ...press, userId, locale: 'fr', waitForFinal: true });
    await expect.poll(() => state(id).locked).toBe(false);
  });
});
