import type { FastifyInstance } from 'fastify';
import { CreatePrivateChannelRequestSchema } from 'discord-api-spec/zod';
import type { SandboxContext } from '../../context.ts';
import { compareIds } from '../../world/snowflake.ts';
import { invalidField, invalidGuild, unknownUser } from '../errors.ts';
import { guildOf } from '../access.ts';
import { defineRoute, form, queryFlag, queryInt, querySnowflake } from '../route.ts';

export function userRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  defineRoute(
    app,
    ctx,
    { method: 'GET', path: '/users/@me', limit: { limit: 30, perMs: 30_000 } },
    ({ bot }) => ({
      ...bot,
      mfa_enabled: true,
      locale: 'fr',
      premium_type: 0,
      email: null,
      verified: true,
      flags: bot.public_flags ?? 0,
      bio: '',
    }),
  );

  defineRoute(
    app,
    ctx,
    { method: 'GET', path: '/users/:user_id', limit: { limit: 30, perMs: 30_000 } },
    (call) => {
      const user = call.world.users.get(call.params['user_id'] ?? '');
      if (user === undefined) throw unknownUser();
      return user;
    },
  );

  defineRoute(
    app,
    ctx,
    { method: 'GET', path: '/users/@me/guilds', limit: { limit: 1, perMs: 1_000 } },
    (call) => {
      const limit = queryInt(call, 'limit', { min: 1, max: 200, fallback: 200 });
      const before = querySnowflake(call, 'before');
      const after = querySnowflake(call, 'after');
      const counts = queryFlag(call, 'with_counts');
      const guilds = [...call.world.guilds.values()]
        .filter((guild) => guild.members.has(call.bot.id))
        .sort((a, b) => compareIds(a.id, b.id))
        .filter(({ id }) => (!before || compareIds(id, before) < 0) && (!after || compareIds(id, after) > 0));
      const page = before && !after ? guilds.slice(-limit) : guilds.slice(0, limit);
      return page.map((guild) => ({
        id: guild.id,
        name: guild.name,
        icon: guild.icon,
        banner: null,
        owner: guild.ownerId === call.bot.id,
        permissions: call.world.permissions.inGuild(guild, call.bot.id).toString(),
        features: guild.features,
        ...(counts && {
          approximate_member_count: guild.members.size,
          approximate_presence_count: guild.members.size,
        }),
      }));
    },
  );

  defineRoute(app, ctx, { method: 'DELETE', path: '/users/@me/guilds/:guild_id' }, (call) => {
    const guild = guildOf(call);
    if (guild.ownerId === call.bot.id) throw invalidGuild();
    call.world.guilds.removeBot(guild);
  });

  defineRoute(
    app,
    ctx,
    { method: 'POST', path: '/users/@me/channels', limit: { limit: 10, perMs: 10_000 } },
    (call) => {
      const { recipient_id } = form<{ recipient_id?: string | null }>(
        call,
        CreatePrivateChannelRequestSchema,
      );
      if (recipient_id == null) {
        throw invalidField(['recipient_id'], 'BASE_TYPE_REQUIRED', 'This field is required');
      }
      if (!call.world.users.has(recipient_id)) throw unknownUser();
      if (recipient_id === call.bot.id) {
        throw invalidField(['recipient_id'], 'CANNOT_DM_SELF', 'Cannot send a message to yourself');
      }
      return call.world.openDm(recipient_id);
    },
  );
}
