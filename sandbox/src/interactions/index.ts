import type { FastifyInstance } from 'fastify';
import type { SandboxContext } from '../context.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { callbackRoutes } from './callbacks.ts';
import { commandRoutes } from './command_routes.ts';
import { followUpRoutes } from './followups.ts';
import { Interactions } from './interactions.ts';

export { Interactions } from './interactions.ts';

/** Serves commands, callbacks and follow-ups; the result is what people invoke through. */
export function registerInteractions(
  app: FastifyInstance,
  ctx: SandboxContext & { gateway: Gateway },
): Interactions {
  const interactions = new Interactions(ctx, ctx.gateway);
  commandRoutes(app, ctx, interactions);
  callbackRoutes(app, ctx, interactions);
  followUpRoutes(app, ctx, interactions);
  return interactions;
}
