import { AuditLogEvent, ChannelType } from 'discord-api-types/v10';
import { beforeEach, describe, expect, test } from 'vitest';
import { seedWorld } from '../../src/world/seed.ts';
import { compareIds, snowflakeTime } from '../../src/world/snowflake.ts';
import type { Guild, WorldEvent } from '../../src/world/types.ts';
import type { World } from '../../src/world/world.ts';

let now: number;
let world: World;
let guild: Guild;
let events: WorldEvent[];
const names = () => events.filter(({ t }) => t !== 'GUILD_AUDIT_LOG_ENTRY_CREATE').map(({ t }) => t);
const channel = (name: string) => {
  const found = [...guild.channels.values()].find((one) => one.name === name);
  if (!found) throw new Error(`no channel ${name}`);
  return found;
};

beforeEach(() => {
  now = Date.UTC(2026, 10, 21);
  const seeded = seedWorld('default', () => now);
  world = seeded.world;
  guild = world.guilds.get(seeded.guildId) as Guild;
  events = [];
  world.on((event) => events.push(event));
});

describe('the seed', () => {
  test('has the same ids at every start', () => {
    const again = seedWorld('default', () => now + 86_400_000).world.guilds.get(guild.id) as Guild;
    expect([...again.channels.keys()]).toEqual([...guild.channels.keys()]);
    expect([...again.roles.keys()]).toEqual([...guild.roles.keys()]);
    expect([...again.members.keys()]).toEqual([...guild.members.keys()]);
  });

  test('has messages older and younger than 14 days, in order', () => {
    const history = world.messages.history(channel('général').id, { limit: 100 });
    const ages = history.map(({ id }) => now - snowflakeTime(id));
    expect(Math.max(...ages)).toBeGreaterThan(14 * 86_400_000);
    expect(Math.min(...ages)).toBeLessThan(14 * 86_400_000);
    expect(history.map(({ id }) => id)).toEqual(
      history
        .map(({ id }) => id)
        .sort(compareIds)
        .reverse(),
    );
  });

  test('large:N makes N guilds of so many members', () => {
    const { world: crowd } = seedWorld('large:3:20');
    expect(crowd.guilds.size).toBe(3);
    for (const one of crowd.guilds.values()) expect(one.members.size).toBe(20);
    expect(() => seedWorld('large:5000:1000')).toThrow(RangeError);
    expect(() => seedWorld('gigantic')).toThrow(RangeError);
  });
});

describe('channels', () => {
  test('a deleted category sets its channels free, each told of', () => {
    const category = channel('Salons vocaux');
    const children = [...guild.channels.values()].filter(({ parent_id }) => parent_id === category.id);
    world.channels.delete(category.id, { userId: guild.ownerId });
    expect(names()).toEqual(['CHANNEL_DELETE', ...children.map(() => 'CHANNEL_UPDATE')]);
    for (const { id } of children) expect(guild.channels.get(id)?.parent_id).toBeNull();
  });

  test("a new one takes its category's overwrites unless it brings its own", () => {
    const parent = channel('Accueil');
    world.channels.setOverwrite(
      parent.id,
      { id: guild.id, type: 0, allow: '0', deny: '2048' },
      { userId: guild.ownerId },
    );
    const actor = { userId: guild.ownerId };
    const synced = world.channels.create(guild, { name: 'a', parent_id: parent.id }, actor);
    const own = world.channels.create(
      guild,
      { name: 'b', parent_id: parent.id, permission_overwrites: [] },
      actor,
    );
    expect(synced.permission_overwrites).toEqual([{ id: guild.id, type: 0, allow: '0', deny: '2048' }]);
    expect(own.permission_overwrites).toEqual([]);
  });

  test('at most 50 in a category and 500 in a guild', () => {
    const actor = { userId: guild.ownerId };
    const parent = world.channels.create(guild, { name: 'pleine', type: ChannelType.GuildCategory }, actor);
    for (let n = 0; n < 50; n++) world.channels.create(guild, { name: `c${n}`, parent_id: parent.id }, actor);
    expect(() => world.channels.create(guild, { name: 'trop', parent_id: parent.id }, actor)).toThrow(
      expect.objectContaining({
        code: 50035,
        errors: {
          parent_id: { _errors: [expect.objectContaining({ code: 'CHANNEL_PARENT_MAX_CHANNELS' })] },
        },
      }),
    );
    while (guild.channels.size < 500) world.channels.create(guild, { name: 'x' }, actor);
    expect(() => world.channels.create(guild, { name: 'trop' }, actor)).toThrow(
      expect.objectContaining({ code: 30013 }),
    );
  });

  test('an event keeps what it said when the channel changes again', () => {
    const { id } = channel('général');
    world.channels.edit(id, { topic: 'un' }, { userId: guild.ownerId });
    world.channels.edit(id, { topic: 'deux' }, { userId: guild.ownerId });
    const topics = events
      .filter(({ t }) => t === 'CHANNEL_UPDATE')
      .map(({ data }) => (data as { topic: string }).topic);
    expect(topics).toEqual(['un', 'deux']);
  });
});

describe('roles and members', () => {
  test('a deleted role goes from members and overwrites', () => {
    const role = [...guild.roles.values()].find(({ name }) => name === 'Modération');
    world.roles.delete(guild, role?.id as string, { userId: guild.ownerId, reason: 'ménage' });
    expect([...guild.members.values()].some(({ roles }) => roles.includes(role?.id as string))).toBe(false);
    expect(channel('coulisses').permission_overwrites.map(({ id }) => id)).toEqual([guild.id]);
    expect(guild.auditLog.find(({ action_type }) => action_type === AuditLogEvent.RoleDelete)?.reason).toBe(
      'ménage',
    );
  });

  test('moving a role leaves no two at one place', () => {
    const [lowest] = [...guild.roles.values()].filter(({ position }) => position === 1);
    const sorted = world.roles.move(guild, [{ id: lowest?.id as string, position: 3 }], {
      userId: guild.ownerId,
    });
    expect(sorted.map(({ position }) => position)).toEqual(sorted.map((_, index) => index));
    expect(guild.roles.get(lowest?.id as string)?.position).toBe(3);
  });

  test('a ban removes the member and their recent messages', () => {
    const { id } = channel('général');
    const userId = [...guild.members.keys()].find(
      (key) => guild.members.get(key)?.user.username === 'ines_b',
    ) as string;
    const { id: messageId } = world.messages.create(id, userId, { content: 'pub' });
    world.members.ban(guild, userId, { userId: guild.ownerId }, 3600);
    expect(guild.members.has(userId)).toBe(false);
    expect(world.messages.get(id, messageId)).toBeUndefined();
    expect(names()).toEqual([
      'MESSAGE_CREATE',
      'GUILD_MEMBER_REMOVE',
      'GUILD_BAN_ADD',
      'MESSAGE_DELETE_BULK',
    ]);
  });
});

describe('voice', () => {
  test('full channels are closed to those who cannot move members', () => {
    const duo = channel('Duo');
    const [a, b, c] = [...guild.members.keys()].filter(
      (id) => id !== guild.ownerId && id !== world.bot.id && (guild.members.get(id)?.roles.length ?? 0) === 0,
    );
    world.voice.join(guild, duo, a as string);
    world.voice.join(guild, duo, b as string);
    expect(world.voice.canJoin(guild, duo, c as string)).toBe(false);
    expect(world.voice.canJoin(guild, duo, a as string)).toBe(true);
    expect(world.voice.canJoin(guild, duo, world.bot.id)).toBe(true);
  });

  test('the status goes with the last one out', () => {
    const lounge = channel('Le canapé');
    world.voice.setStatus(guild, lounge.id, 'jazz');
    for (const { user_id } of world.voice.in(guild, lounge.id)) world.voice.leave(guild, user_id);
    expect(
      events
        .filter(({ t }) => t === 'VOICE_CHANNEL_STATUS_UPDATE')
        .map(({ data }) => (data as { status: string | null }).status),
    ).toEqual(['jazz', null]);
  });
});

describe('messages', () => {
  test('ids grow although the clock stands still', () => {
    const ids = Array.from({ length: 5000 }, () => world.snowflake());
    expect(new Set(ids).size).toBe(5000);
    expect([...ids].sort(compareIds)).toEqual(ids);
  });

  test('history before, after and around', () => {
    const { id } = channel('ressources');
    world.messages.forgetChannel(id);
    const made = Array.from({ length: 9 }, (_, n) =>
      world.messages.create(id, guild.ownerId, { content: String(n) }),
    );
    const contents = (query: object) =>
      world.messages.history(id, { limit: 3, ...query }).map(({ content }) => content);
    expect(contents({})).toEqual(['8', '7', '6']);
    expect(contents({ before: made[3]?.id })).toEqual(['2', '1', '0']);
    expect(contents({ after: made[3]?.id })).toEqual(['6', '5', '4']);
    expect(contents({ around: made[4]?.id })).toEqual(['5', '4', '3']);
  });

  test('mentions ping whom allowed_mentions lets through', () => {
    const { id } = channel('général');
    const role = [...guild.roles.values()].find(({ name }) => name === 'Joueurs');
    const content = `@everyone <@${world.bot.id}> <@&${role?.id}>`;
    const send = (allowedMentions?: object) =>
      world.messages.create(id, guild.ownerId, { content, ...(allowedMentions && { allowedMentions }) });
    const open = send();
    expect([open.mention_everyone, open.mentions.length, open.mention_roles.length]).toEqual([true, 1, 1]);
    const shut = send({ parse: [] });
    expect([shut.mention_everyone, shut.mentions.length, shut.mention_roles.length]).toEqual([false, 0, 0]);
    const named = send({ users: [world.bot.id] });
    expect([named.mention_everyone, named.mentions.length, named.mention_roles.length]).toEqual([
      false,
      1,
      0,
    ]);
  });
});
