/** Messages as if people had written them, at any time. */
import type { APIMessage } from 'discord-api-types/v10';
import { snowflakeAt } from '../../sandbox/src/world/snowflake.ts';
import type { Scene } from './scene.ts';

export const DAY_MS = 86_400_000;

export interface PastMessage {
  /** Before now. */
  ageMs: number;
  /** Default: the guild's owner. */
  authorId?: string;
  pinned?: boolean;
  type?: number;
  webhookId?: string;
}

/** Puts the messages into a channel, silently; resolves with their ids, in the order given. */
export function pastMessages(scene: Scene, channelId: string, messages: PastMessage[]): string[] {
  const { world } = scene.sandbox;
  const now = world.now();
  const owner = world.guildOfChannel(channelId)!.ownerId;
  return messages.map(({ ageMs, authorId, pinned, type, webhookId }, n) => {
    const at = now - ageMs;
    const id = snowflakeAt(at, n % 4096);
    const built = world.messages.build(channelId, authorId ?? owner, { content: `Message ${n}` });
    world.messages.insert({
      ...built,
      id,
      timestamp: world.timestamp(at),
      pinned: pinned ?? false,
      type: type ?? 0,
      ...(webhookId !== undefined && { webhook_id: webhookId }),
    } as APIMessage);
    return id;
  });
}

/** Ids of the messages that a channel still has. */
export function remaining(scene: Scene, channelId: string): Set<string> {
  const all = scene.sandbox.world.messages.history(channelId, { limit: 10_000 });
  return new Set(all.map(({ id }) => id));
}

/** A bot among the guild's members, not ours. */
export function otherBot(scene: Scene): string {
  const { world } = scene.sandbox;
  const members = [...world.guilds.get(scene.guildId)!.members.values()];
  return members.find(({ user }) => user.bot && user.id !== world.bot.id)!.user.id;
}
