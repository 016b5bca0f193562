/**
 * `max_concurrency` identifies per window: one for each bucket `shard_id % max_concurrency`
 * (Discord Docs/Gateway, "Rate Limiting").
 */
export class IdentifyGate {
  #last = new Map<number, number>();
  #windowMs: number;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Whether this shard may identify at `now` (milliseconds); a yes uses the bucket up. */
  pass(shardId: number, maxConcurrency: number, now: number): boolean {
    const bucket = shardId % maxConcurrency;
    const last = this.#last.get(bucket);
    if (last !== undefined && now - last < this.#windowMs) return false;
    this.#last.set(bucket, now);
    return true;
  }
}
