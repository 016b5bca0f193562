/** Ids: 42 bits of milliseconds since 2015, 10 of worker and process, 12 of increment. */
import type { Snowflake } from './types.ts';

export const DISCORD_EPOCH = 1_420_070_400_000;
const INCREMENTS_PER_MS = 4096;
const MAX_SNOWFLAKE = (1n << 63n) - 1n;

export const isSnowflake = (text: string): boolean =>
  /^[0-9]{1,19}$/.test(text) && BigInt(text) <= MAX_SNOWFLAKE;

/** The n-th id of that millisecond. */
export const snowflakeAt = (epochMs: number, n = 0): Snowflake =>
  ((BigInt(Math.floor(epochMs) - DISCORD_EPOCH) << 22n) | BigInt(n)).toString();

/** When the id was made, in milliseconds since the epoch. */
export const snowflakeTime = (id: Snowflake): number => Number(BigInt(id) >> 22n) + DISCORD_EPOCH;

/** Orders ids by age without making numbers of them. */
export const compareIds = (a: Snowflake, b: Snowflake): number =>
  a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** Makes ids that only grow, also when the clock stands still or goes back. */
export class SnowflakeSource {
  #now: () => number;
  #lastMs = 0;
  #increment = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  next(): Snowflake {
    const ms = this.#now();
    if (ms > this.#lastMs) {
      this.#lastMs = ms;
      this.#increment = 0;
    } else if (++this.#increment === INCREMENTS_PER_MS) {
      this.#lastMs++;
      this.#increment = 0;
    }
    return snowflakeAt(this.#lastMs, this.#increment);
  }
}
