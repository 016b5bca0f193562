import type { APIMessage, APIReaction, APIUser } from 'discord-api-types/v10';
import { maxReactions, unknownMessage } from '../rest/errors.ts';
import type { Snowflake } from './types.ts';
import type { World } from './world.ts';

const MAX_PER_MESSAGE = 20;

export interface Emoji {
  id: Snowflake | null;
  name: string;
}

const keyOf = (emoji: Emoji): string => emoji.id ?? emoji.name;

/** Who reacted with what; the message itself only carries counts. */
export class Reactions {
  #world: World;
  #byMessage = new Map<Snowflake, Map<string, { emoji: Emoji; users: Set<Snowflake> }>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws 10008, 30010 */
  add(channelId: Snowflake, messageId: Snowflake, emoji: Emoji, userId: Snowflake): void {
    const message = this.#message(channelId, messageId);
    let all = this.#byMessage.get(messageId);
    if (all === undefined) this.#byMessage.set(messageId, (all = new Map()));
    let one = all.get(keyOf(emoji));
    if (one === undefined) {
      if (all.size >= MAX_PER_MESSAGE) throw maxReactions();
      all.set(keyOf(emoji), (one = { emoji, users: new Set() }));
    }
    if (one.users.has(userId)) return;
    one.users.add(userId);
    this.#recount(message);
    const guild = this.#world.guildOfChannel(channelId);
    this.#emit('MESSAGE_REACTION_ADD', channelId, {
      user_id: userId,
      message_id: messageId,
      message_author_id: message.author.id,
      emoji,
      type: 0,
      burst: false,
      ...(guild && { member: guild.members.get(userId) }),
    });
  }

  remove(channelId: Snowflake, messageId: Snowflake, emoji: Emoji, userId: Snowflake): void {
    const message = this.#message(channelId, messageId);
    const all = this.#byMessage.get(messageId);
    const one = all?.get(keyOf(emoji));
    if (!one?.users.delete(userId)) return;
    if (one.users.size === 0) all?.delete(keyOf(emoji));
    this.#recount(message);
    this.#emit('MESSAGE_REACTION_REMOVE', channelId, {
      user_id: userId,
      message_id: messageId,
      emoji,
      type: 0,
      burst: false,
    });
  }

  /** All of them, or all of one emoji. */
  clear(channelId: Snowflake, messageId: Snowflake, emoji?: Emoji): void {
    const message = this.#message(channelId, messageId);
    if (emoji === undefined) this.#byMessage.delete(messageId);
    else if (!this.#byMessage.get(messageId)?.delete(keyOf(emoji))) return;
    this.#recount(message);
    this.#emit(emoji ? 'MESSAGE_REACTION_REMOVE_EMOJI' : 'MESSAGE_REACTION_REMOVE_ALL', channelId, {
      message_id: messageId,
      ...(emoji && { emoji }),
    });
  }

  users(messageId: Snowflake, emoji: Emoji): APIUser[] {
    const ids = this.#byMessage.get(messageId)?.get(keyOf(emoji))?.users ?? [];
    return [...ids].flatMap((id) => this.#world.users.get(id) ?? []);
  }

  forget(messageId: Snowflake): void {
    this.#byMessage.delete(messageId);
  }

  #message(channelId: Snowflake, messageId: Snowflake): APIMessage {
    const message = this.#world.messages.get(channelId, messageId);
    if (message === undefined) throw unknownMessage();
    return message;
  }

  #recount(message: APIMessage): void {
    const reactions = [...(this.#byMessage.get(message.id)?.values() ?? [])].map(
      ({ emoji, users }): APIReaction => ({
        emoji,
        count: users.size,
        count_details: { burst: 0, normal: users.size },
        burst_colors: [],
        me_burst: false,
        me: users.has(this.#world.bot.id),
      }),
    );
    const { reactions: _, ...rest } = message;
    this.#world.messages.replaceSilently({ ...rest, ...(reactions.length > 0 && { reactions }) });
  }

  #emit(t: string, channelId: Snowflake, data: Record<string, unknown>): void {
    const guildId = this.#world.channelGuild.get(channelId);
    this.#world.emit({
      t,
      channelId,
      ...(guildId !== undefined && { guildId }),
      data: { channel_id: channelId, ...data, ...(guildId !== undefined && { guild_id: guildId }) },
    });
  }
}
