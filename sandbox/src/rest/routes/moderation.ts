import type { FastifyInstance } from 'fastify';
import { BanUserFromGuildRequestSchema } from 'discord-api-spec/zod';
import type { SandboxContext } from '../../context.ts';
import { compareIds } from '../../world/snowflake.ts';
import { guildWith, outranks, P } from '../access.ts';
import { missingPermissions, unknownBan, unknownUser } from '../errors.ts';
import { defineRoute, form, queryInt, querySnowflake } from '../route.ts';

/** Bans. */
export function moderationRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  const list = '/guilds/:guild_id/bans';
  const one = `${list}/:user_id`;
  const limit = { limit: 5, perMs: 5_000 };

  defineRoute(app, ctx, { method: 'GET', path: list, limit }, (call) => {
    const guild = guildWith(call, P.BanMembers);
    const most = queryInt(call, 'limit', { min: 1, max: 1000, fallback: 1000 });
    const before = querySnowflake(call, 'before');
    const after = querySnowflake(call, 'after');
    const bans = [...guild.bans.values()]
      .filter(
        ({ user }) =>
          (!before || compareIds(user.id, before) < 0) && (!after || compareIds(user.id, after) > 0),
      )
      .sort((a, b) => compareIds(a.user.id, b.user.id));
    return before ? bans.slice(-most) : bans.slice(0, most);
  });

  defineRoute(app, ctx, { method: 'GET', path: one, limit }, (call) => {
    const ban = guildWith(call, P.BanMembers).bans.get(call.params['user_id'] as string);
    if (ban === undefined) throw unknownBan();
    return ban;
  });

  defineRoute(app, ctx, { method: 'PUT', path: one, limit }, (call) => {
    const guild = guildWith(call, P.BanMembers);
    const userId = call.params['user_id'] as string;
    if (!call.world.users.has(userId)) throw unknownUser();
    if (guild.members.has(userId) && !outranks(call.world, guild, call.bot.id, userId))
      throw missingPermissions();
    type Form = { delete_message_seconds?: number | null; delete_message_days?: number | null };
    const body = call.raw == null ? {} : form<Form>(call, BanUserFromGuildRequestSchema);
    const seconds = body.delete_message_seconds ?? (body.delete_message_days ?? 0) * 86_400;
    call.world.members.ban(guild, userId, call.actor, seconds);
  });

  defineRoute(app, ctx, { method: 'DELETE', path: one, limit }, (call) => {
    const guild = guildWith(call, P.BanMembers);
    call.world.members.unban(guild, call.params['user_id'] as string, call.actor);
  });
}
