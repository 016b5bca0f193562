import type { FastifyInstance } from 'fastify';
import type { SandboxContext } from '../../context.ts';
import { isSnowflake } from '../../world/snowflake.ts';
import type { Emoji } from '../../world/reactions.ts';
import { messageOf, P, placeWith, requireAll } from '../access.ts';
import { isEmoji } from '../../world/emoji.ts';
import { unknownEmoji } from '../errors.ts';
import { defineRoute, queryInt } from '../route.ts';
import type { Call } from '../route.ts';

export function reactionRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  const all = '/channels/:channel_id/messages/:message_id/reactions';
  const one = `${all}/:emoji`;
  const limit = { limit: 1, perMs: 250, bucket: 'reactions' };

  defineRoute(app, ctx, { method: 'PUT', path: `${one}/@me`, limit }, (call) => {
    const { channel, granted } = placeWith(call, P.ReadMessageHistory);
    const message = messageOf(call, channel.id);
    const emoji = emojiOf(call);
    const present = message.reactions?.some(
      (reaction) => (emoji.id ?? emoji.name) === (reaction.emoji.id ?? reaction.emoji.name),
    );
    if (!present) requireAll(granted, P.AddReactions);
    call.world.messages.reactions.add(channel.id, message.id, emoji, call.bot.id);
  });
  defineRoute(app, ctx, { method: 'DELETE', path: `${one}/@me`, limit }, (call) => {
    const { channel } = placeWith(call, P.ReadMessageHistory);
    call.world.messages.reactions.remove(
      channel.id,
      messageOf(call, channel.id).id,
      emojiOf(call),
      call.bot.id,
    );
  });
  defineRoute(app, ctx, { method: 'DELETE', path: `${one}/:user_id`, limit }, (call) => {
    const { channel } = placeWith(call, P.ManageMessages);
    const userId = call.params['user_id'] as string;
    call.world.messages.reactions.remove(channel.id, messageOf(call, channel.id).id, emojiOf(call), userId);
  });
  defineRoute(app, ctx, { method: 'GET', path: one, limit: { limit: 5, perMs: 5_000 } }, (call) => {
    const { channel } = placeWith(call, P.ReadMessageHistory);
    const most = queryInt(call, 'limit', { min: 1, max: 100, fallback: 25 });
    return call.world.messages.reactions.users(messageOf(call, channel.id).id, emojiOf(call)).slice(0, most);
  });
  defineRoute(app, ctx, { method: 'DELETE', path: all, limit }, (call) => {
    const { channel } = placeWith(call, P.ManageMessages);
    call.world.messages.reactions.clear(channel.id, messageOf(call, channel.id).id);
  });
  defineRoute(app, ctx, { method: 'DELETE', path: one, limit }, (call) => {
    const { channel } = placeWith(call, P.ManageMessages);
    call.world.messages.reactions.clear(channel.id, messageOf(call, channel.id).id, emojiOf(call));
  });
}

/** `name:id` of a custom emoji, or a Unicode one. @throws 10014 */
function emojiOf(call: Call): Emoji {
  const text = call.params['emoji'] ?? '';
  const custom = /^(?:a:)?(\w{2,32}):(\d+)$/.exec(text);
  if (custom && isSnowflake(custom[2] as string))
    return { id: custom[2] as string, name: custom[1] as string };
  if (!isEmoji(text)) throw unknownEmoji();
  return { id: null, name: text };
}
