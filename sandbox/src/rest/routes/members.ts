import type { FastifyInstance } from 'fastify';
import * as z from 'zod/mini';
import type { SandboxContext } from '../../context.ts';
import { compareIds } from '../../world/snowflake.ts';
import type { Guild, Member } from '../../world/types.ts';
import { above, guildOf, guildWith, memberOf, outranks, P, requireAll, roleOf } from '../access.ts';
import {
  invalidField,
  invalidRole,
  missingAccess,
  missingPermissions,
  notConnectedToVoice,
  unknownChannel,
} from '../errors.ts';
import { defineRoute, form, queryInt, querySnowflake } from '../route.ts';
import type { Call } from '../route.ts';
import { isVoice } from '../../world/permissions.ts';

const snowflake = z.string().check(z.regex(/^(0|[1-9][0-9]*)$/));
const nullish = <T extends z.ZodMiniType>(schema: T) => z.optional(z.nullable(schema));
const EDIT = z.object({
  nick: nullish(z.string().check(z.maxLength(32))),
  roles: nullish(z.array(snowflake).check(z.maxLength(250))),
  mute: nullish(z.boolean()),
  deaf: nullish(z.boolean()),
  channel_id: nullish(snowflake),
  communication_disabled_until: nullish(z.string().check(z.iso.datetime())),
  flags: nullish(z.number()),
});
const EDIT_SELF = z.object({
  nick: nullish(z.string().check(z.maxLength(32))),
  bio: nullish(z.string().check(z.maxLength(190))),
});
interface EditForm {
  nick?: string | null;
  roles?: string[] | null;
  mute?: boolean | null;
  deaf?: boolean | null;
  channel_id?: string | null;
  communication_disabled_until?: string | null;
  flags?: number | null;
}

const MAX_TIMEOUT_MS = 28 * 86_400_000;
const GUILD_MEMBERS_INTENT = 1 << 1;

export function memberRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  const list = '/guilds/:guild_id/members';
  const one = `${list}/:user_id`;

  defineRoute(app, ctx, { method: 'GET', path: list, limit: { limit: 10, perMs: 10_000 } }, (call) => {
    const guild = guildOf(call);
    if ((ctx.weather.allowedIntents & GUILD_MEMBERS_INTENT) === 0) throw missingAccess();
    const limit = queryInt(call, 'limit', { min: 1, max: 1000, fallback: 1 });
    const after = querySnowflake(call, 'after') ?? '0';
    return [...guild.members.values()]
      .filter(({ user }) => compareIds(user.id, after) > 0)
      .sort((a, b) => compareIds(a.user.id, b.user.id))
      .slice(0, limit);
  });

  defineRoute(
    app,
    ctx,
    { method: 'GET', path: `${list}/search`, limit: { limit: 10, perMs: 10_000 } },
    (call) => {
      const guild = guildOf(call);
      const query = call.query['query']?.toLowerCase();
      if (!query) throw invalidField(['query'], 'BASE_TYPE_REQUIRED', 'This field is required');
      const limit = queryInt(call, 'limit', { min: 1, max: 1000, fallback: 1 });
      const starts = (name: string | null | undefined) => name?.toLowerCase().startsWith(query);
      const found: Member[] = [];
      for (const member of guild.members.values()) {
        if (found.length === limit) break;
        if (starts(member.user.username) || starts(member.user.global_name) || starts(member.nick))
          found.push(member);
      }
      return found;
    },
  );

  defineRoute(app, ctx, { method: 'GET', path: one, limit: { limit: 5, perMs: 1_000 } }, (call) =>
    memberOf(call, guildOf(call)),
  );

  defineRoute(
    app,
    ctx,
    { method: 'PATCH', path: `${list}/@me`, limit: { limit: 5, perMs: 5_000 } },
    (call) => {
      const guild = guildOf(call);
      const { nick } = form<{ nick?: string | null }>(call, EDIT_SELF);
      if (nick !== undefined)
        requireAll(call.world.permissions.inGuild(guild, call.bot.id), P.ChangeNickname);
      return call.world.members.edit(
        guild,
        call.bot.id,
        nick === undefined ? {} : { nick: nick || null },
        call.actor,
      );
    },
  );

  defineRoute(app, ctx, { method: 'PATCH', path: one, limit: { limit: 10, perMs: 10_000 } }, (call) => {
    const guild = guildOf(call);
    const member = memberOf(call, guild);
    const body = form<EditForm>(call, EDIT);
    requireEdit(call, guild, member, body);
    const { user } = member;
    const { channel_id, ...rest } = body;
    const changes = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    if (changes['nick'] !== undefined) changes['nick'] = body.nick || null;
    if (changes['roles'] === null) changes['roles'] = [];
    const until = body.communication_disabled_until;
    if (until) changes['communication_disabled_until'] = call.world.timestamp(Date.parse(until));
    const edited = call.world.members.edit(guild, user.id, changes, call.actor);
    if (channel_id !== undefined) {
      const target = channel_id === null ? null : (guild.channels.get(channel_id) ?? null);
      call.world.voice.move(guild, user.id, target, call.actor);
    }
    return edited;
  });

  defineRoute(app, ctx, { method: 'DELETE', path: one, limit: { limit: 5, perMs: 1_000 } }, (call) => {
    const guild = guildWith(call, P.KickMembers);
    const { user } = memberOf(call, guild);
    if (!outranks(call.world, guild, call.bot.id, user.id)) throw missingPermissions();
    call.world.members.remove(guild, user.id, call.actor);
  });

  const role = `${one}/roles/:role_id`;
  const roleLimit = { limit: 10, perMs: 10_000, bucket: 'member roles' };
  const changeRole = (call: Call, change: (roles: string[], roleId: string) => string[]) => {
    const guild = guildWith(call, P.ManageRoles);
    const { user, roles } = memberOf(call, guild);
    const { id } = requireAssignable(call, guild, call.params['role_id'] as string);
    call.world.members.edit(guild, user.id, { roles: change(roles, id) }, call.actor);
  };
  defineRoute(app, ctx, { method: 'PUT', path: role, limit: roleLimit }, (call) =>
    changeRole(call, (roles, id) => (roles.includes(id) ? roles : [...roles, id])),
  );
  defineRoute(app, ctx, { method: 'DELETE', path: role, limit: roleLimit }, (call) =>
    changeRole(call, (roles, id) => roles.filter((other) => other !== id)),
  );
}

/** A role that the bot may give and take: below its own, not managed, not @everyone. */
function requireAssignable(call: Call, guild: Guild, roleId: string) {
  const role = roleOf(guild, roleId);
  if (role.id === guild.id) throw invalidRole();
  if (role.managed || !above(call.world, guild, call.bot.id, role)) throw missingPermissions();
  return role;
}

/** Each field has its own permission. */
function requireEdit(call: Call, guild: Guild, member: Member, body: EditForm): void {
  const { world, bot } = call;
  const granted = world.permissions.inGuild(guild, bot.id);
  const userId = member.user.id;
  if (body.nick !== undefined) {
    requireAll(granted, userId === bot.id ? P.ChangeNickname : P.ManageNicknames);
    if (userId !== bot.id && !outranks(world, guild, bot.id, userId)) throw missingPermissions();
  }
  if (body.roles !== undefined) {
    requireAll(granted, P.ManageRoles);
    const wanted = new Set(body.roles ?? []);
    for (const id of wanted) if (!member.roles.includes(id)) requireAssignable(call, guild, id);
    for (const id of member.roles) if (!wanted.has(id)) requireAssignable(call, guild, id);
  }
  const until = body.communication_disabled_until;
  if (until !== undefined) {
    requireAll(granted, P.ModerateMembers);
    const immune = (world.permissions.inGuild(guild, userId) & P.Administrator) !== 0n;
    if (immune || !outranks(world, guild, bot.id, userId)) throw missingPermissions();
    if (until !== null && Date.parse(until) - world.now() > MAX_TIMEOUT_MS) {
      throw invalidField(
        ['communication_disabled_until'],
        'COMMUNICATION_DISABLED_TIMESTAMP_TOO_FAR',
        'Timeout must end within 28 days',
      );
    }
  }
  const needed = (body.mute != null ? P.MuteMembers : 0n) | (body.deaf != null ? P.DeafenMembers : 0n);
  if (needed !== 0n) requireVoice(call, guild, userId, granted, needed);
  if (body.flags != null && (granted & (P.ManageGuild | P.ManageRoles | P.ModerateMembers)) === 0n) {
    throw missingPermissions();
  }
  if (body.channel_id !== undefined) requireMove(call, guild, userId, body.channel_id);
}

/** In the guild, and in the channel where the member sits. @throws 50013, 40032 */
function requireVoice(call: Call, guild: Guild, userId: string, granted: bigint, needed: bigint): void {
  requireAll(granted, needed);
  const state = guild.voiceStates.get(userId);
  if (state === undefined) throw notConnectedToVoice();
  const channel = guild.channels.get(state.channel_id);
  if (channel) requireAll(call.world.permissions.inChannel(guild, channel, call.bot.id), needed);
}

/** MOVE_MEMBERS where the member is and where they go, and CONNECT there; the member needs none of it. */
function requireMove(call: Call, guild: Guild, userId: string, channelId: string | null): void {
  const { world, bot } = call;
  const target = channelId === null ? undefined : guild.channels.get(channelId);
  if (channelId !== null && target === undefined) throw unknownChannel();
  if (target && !isVoice(target)) {
    throw invalidField(['channel_id'], 'CHANNEL_TYPE_INVALID', 'Channel is not a voice channel.');
  }
  if (target) {
    const there = world.permissions.inChannel(guild, target, bot.id);
    if ((there & P.ViewChannel) === 0n) throw missingAccess();
    requireAll(there, P.Connect | P.MoveMembers);
  }
  requireVoice(call, guild, userId, world.permissions.inGuild(guild, bot.id), P.MoveMembers);
}
