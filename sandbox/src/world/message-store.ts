import type { APIMessage } from 'discord-api-types/v10';
import { compareIds } from './snowflake.ts';
import type { Snowflake } from './types.ts';

/** Messages kept per channel; beyond it the oldest are forgotten. */
const MAX_PER_CHANNEL = 50_000;

export interface HistoryQuery {
  before?: Snowflake | undefined;
  after?: Snowflake | undefined;
  around?: Snowflake | undefined;
  limit: number;
}

/** One channel's messages, oldest first. */
export class MessageStore {
  #messages: APIMessage[] = [];

  get size(): number {
    return this.#messages.length;
  }

  all(): readonly APIMessage[] {
    return this.#messages;
  }

  get(id: Snowflake): APIMessage | undefined {
    const message = this.#messages[this.#lowerBound(id)];
    return message?.id === id ? message : undefined;
  }

  /** Adds a message, or replaces the one with its id. */
  put(message: APIMessage): void {
    const at = this.#lowerBound(message.id);
    this.#messages.splice(at, this.#messages[at]?.id === message.id ? 1 : 0, message);
    if (this.#messages.length > MAX_PER_CHANNEL) this.#messages.shift();
  }

  delete(id: Snowflake): APIMessage | undefined {
    const at = this.#lowerBound(id);
    if (this.#messages[at]?.id !== id) return undefined;
    return this.#messages.splice(at, 1)[0];
  }

  /** Newest first. `after` gives the oldest messages after the id, `around` some on either side. */
  history({ before, after, around, limit }: HistoryQuery): APIMessage[] {
    let from: number;
    let to: number;
    if (around !== undefined) {
      const at = this.#lowerBound(around);
      from = Math.max(0, at - Math.floor(limit / 2));
      to = from + limit;
    } else if (after !== undefined) {
      from = this.#lowerBound(after);
      if (this.#messages[from]?.id === after) from++;
      to = from + limit;
    } else {
      to = before === undefined ? this.#messages.length : this.#lowerBound(before);
      from = Math.max(0, to - limit);
    }
    return this.#messages.slice(from, to).reverse();
  }

  /** Index of the first message that is not older than the id. */
  #lowerBound(id: Snowflake): number {
    let low = 0;
    let high = this.#messages.length;
    const last = this.#messages[high - 1];
    if (last === undefined || compareIds(last.id, id) < 0) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareIds((this.#messages[middle] as APIMessage).id, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
