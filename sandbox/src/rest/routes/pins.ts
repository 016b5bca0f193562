import type { FastifyInstance } from 'fastify';
import type { SandboxContext } from '../../context.ts';
import { messageOf, P, placeWith } from '../access.ts';
import { readable } from '../content.ts';
import { defineRoute, queryInt } from '../route.ts';
import type { Call } from '../route.ts';

/** Pins, under their new address and the old one. */
export function pinRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  const base = '/channels/:channel_id';
  const limit = { limit: 5, perMs: 5_000, bucket: 'pins' };

  defineRoute(app, ctx, { method: 'GET', path: `${base}/messages/pins`, limit }, (call) => {
    const { channel, granted } = placeWith(call, P.ViewChannel);
    const most = queryInt(call, 'limit', { min: 1, max: 50, fallback: 50 });
    const before = call.query['before'];
    const mayRead = (granted & P.ReadMessageHistory) !== 0n;
    const pins = (mayRead ? call.world.messages.pins(channel.id) : []).filter(
      ({ pinnedAt }) => before === undefined || Date.parse(pinnedAt) < Date.parse(before),
    );
    return {
      items: pins
        .slice(0, most)
        .map(({ message, pinnedAt }) => ({ pinned_at: pinnedAt, message: readable(ctx)(message) })),
      has_more: pins.length > most,
    };
  });
  defineRoute(app, ctx, { method: 'GET', path: `${base}/pins`, limit }, (call) => {
    const { channel, granted } = placeWith(call, P.ViewChannel);
    if ((granted & P.ReadMessageHistory) === 0n) return [];
    return call.world.messages
      .pins(channel.id)
      .slice(0, 50)
      .map(({ message }) => readable(ctx)(message));
  });

  const pin = (call: Call) => {
    const { channel } = placeWith(call, P.PinMessages);
    call.world.messages.pin(channel.id, messageOf(call, channel.id).id, call.actor);
  };
  const unpin = (call: Call) => {
    const { channel } = placeWith(call, P.PinMessages);
    call.world.messages.unpin(channel.id, messageOf(call, channel.id).id, call.actor);
  };
  for (const path of [`${base}/messages/pins/:message_id`, `${base}/pins/:message_id`]) {
    defineRoute(app, ctx, { method: 'PUT', path, limit }, pin);
    defineRoute(app, ctx, { method: 'DELETE', path, limit }, unpin);
  }
}
