import type { FastifyInstance } from 'fastify';
import type { SandboxContext } from '../../context.ts';
import { compareIds } from '../../world/snowflake.ts';
import { wireGuild } from '../../world/wire.ts';
import { guildOf, guildWith, P } from '../access.ts';
import { defineRoute, queryFlag, queryInt, querySnowflake } from '../route.ts';

export function guildRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  defineRoute(
    app,
    ctx,
    { method: 'GET', path: '/guilds/:guild_id', limit: { limit: 5, perMs: 5_000 } },
    (call) => {
      const guild = guildOf(call);
      const count = guild.members.size;
      return {
        ...wireGuild(guild),
        ...(queryFlag(call, 'with_counts') && {
          approximate_member_count: count,
          approximate_presence_count: count,
        }),
      };
    },
  );

  defineRoute(app, ctx, { method: 'GET', path: '/guilds/:guild_id/audit-logs' }, (call) => {
    const guild = guildWith(call, P.ViewAuditLog);
    const limit = queryInt(call, 'limit', { min: 1, max: 100, fallback: 50 });
    const action =
      call.query['action_type'] && queryInt(call, 'action_type', { min: 1, max: 1000, fallback: 1 });
    const userId = querySnowflake(call, 'user_id');
    const targetId = querySnowflake(call, 'target_id');
    const before = querySnowflake(call, 'before');
    const after = querySnowflake(call, 'after');
    const found = guild.auditLog.filter(
      (entry) =>
        (!action || Number(entry.action_type) === action) &&
        (!userId || entry.user_id === userId) &&
        (!targetId || entry.target_id === targetId) &&
        (!before || compareIds(entry.id, before) < 0) &&
        (!after || compareIds(entry.id, after) > 0),
    );
    // With `after` the oldest come first, else the newest.
    const entries = after && !before ? found.slice(0, limit) : found.slice(-limit).reverse();
    const users = new Set(entries.flatMap(({ user_id, target_id }) => [user_id, target_id]));
    return {
      audit_log_entries: entries,
      users: [...users].flatMap((id) => (id && call.world.users.get(id)) || []),
      application_commands: [],
      auto_moderation_rules: [],
      guild_scheduled_events: [],
      integrations: [],
      threads: [],
      webhooks: [],
    };
  });
}
