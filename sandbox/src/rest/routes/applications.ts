import type { FastifyInstance } from 'fastify';
import type { SandboxContext } from '../../context.ts';
import type { World } from '../../world/world.ts';
import { defineRoute } from '../route.ts';

/** Application, OAuth2 and gateway addresses. */
export function applicationRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  const limit = { limit: 5, perMs: 5_000 };
  defineRoute(app, ctx, { method: 'GET', path: '/applications/@me', limit }, ({ world }) =>
    application(world),
  );
  defineRoute(app, ctx, { method: 'GET', path: '/oauth2/applications/@me', limit }, ({ world }) =>
    application(world),
  );

  defineRoute(
    app,
    ctx,
    { method: 'GET', path: '/gateway', auth: 'none', limit: { limit: 2, perMs: 5_000 } },
    (call) => ({
      url: gatewayUrl(ctx, call.request.headers.host, call.request.protocol),
    }),
  );
  defineRoute(
    app,
    ctx,
    { method: 'GET', path: '/gateway/bot', limit: { limit: 2, perMs: 5_000 } },
    (call) => {
      const { shards, total, maxConcurrency, resetAt } = ctx.weather.sessionLimits;
      return {
        url: gatewayUrl(ctx, call.request.headers.host, call.request.protocol),
        shards,
        session_start_limit: {
          total,
          remaining: ctx.weather.identifiesLeft(),
          reset_after: Math.max(0, resetAt - ctx.world.now()),
          max_concurrency: maxConcurrency,
        },
      };
    },
  );
}

function gatewayUrl(ctx: SandboxContext, host: string | undefined, protocol: string): string {
  if (ctx.options.publicGateway !== undefined) return ctx.options.publicGateway;
  return `${protocol === 'https' ? 'wss' : 'ws'}://${host ?? 'localhost'}/gateway`;
}

function application(world: World): Record<string, unknown> {
  const { id, name, description, flags, ownerId, verifyKey } = world.application;
  const owner = world.users.get(ownerId);
  return {
    id,
    name,
    icon: null,
    description,
    type: null,
    bot: world.bot,
    summary: '',
    is_monetized: false,
    is_verified: false,
    is_discoverable: false,
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: verifyKey,
    flags,
    flags_new: String(flags),
    hook: true,
    guild_id: null,
    redirect_uris: [],
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    event_webhooks_url: null,
    event_webhooks_status: 1,
    event_webhooks_types: [],
    owner,
    team: null,
    tags: [],
    integration_types_config: {
      0: { oauth2_install_params: { scopes: ['bot', 'applications.commands'], permissions: '0' } },
    },
    approximate_guild_count: [...world.guilds.values()].filter((guild) => guild.members.has(world.bot.id))
      .length,
    approximate_user_install_count: 0,
    approximate_user_authorization_count: 0,
  };
}
