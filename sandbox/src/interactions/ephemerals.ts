import type { SeenMessage } from '../control/api.ts';
import type { Snowflake } from '../world/types.ts';

/** Messages that only one person sees; they are in no channel's history. */
export class Ephemerals {
  #messages = new Map<Snowflake, SeenMessage>();
  #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(id: Snowflake): SeenMessage | undefined {
    return this.#messages.get(id);
  }

  /** Adds or replaces; the oldest are forgotten beyond the capacity. */
  put(message: SeenMessage): void {
    this.#messages.set(message.id, message);
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= this.#capacity) break;
      this.#messages.delete(oldest);
    }
  }

  delete(id: Snowflake): boolean {
    return this.#messages.delete(id);
  }

  /** What this person has of them in a channel, oldest first. */
  of(channelId: Snowflake, userId: Snowflake): SeenMessage[] {
    return [...this.#messages.values()].filter(
      (message) => message.channel_id === channelId && message.ephemeralFor === userId,
    );
  }
}
