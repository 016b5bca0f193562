/** Discord's rate limits, pure: a clock in, a verdict out. */
import { createHash } from 'node:crypto';

export interface BucketLimit {
  /** Calls allowed... */
  limit: number;
  /** ...in this many milliseconds, counted from the first of them. */
  perMs: number;
}

export interface BucketState extends BucketLimit {
  remaining: number;
  /** When the bucket is full again, in milliseconds since the epoch. */
  resetAt: number;
  now: number;
}

export type Verdict =
  { allowed: true; bucket: BucketState } | { allowed: false; bucket: BucketState; retryAfterMs: number };

/** Addresses whose invalid requests are counted, at most. */
const MAX_ADDRESSES = 10_000;
/** Windows kept at most; those that are over go first. */
const MAX_WINDOWS = 50_000;

export class RateLimiter {
  #now: () => number;
  #windows = new Map<string, { used: number; resetAt: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts one call against the bucket, unless it is empty. */
  take(key: string, limit: BucketLimit): Verdict {
    const now = this.#now();
    let window = this.#windows.get(key);
    if (window === undefined || now >= window.resetAt) {
      this.#makeRoom(now);
      this.#windows.delete(key);
      this.#windows.set(key, (window = { used: 0, resetAt: now + limit.perMs }));
    }
    const allowed = window.used < limit.limit;
    if (allowed) window.used++;
    const bucket = { ...limit, remaining: limit.limit - window.used, resetAt: window.resetAt, now };
    return allowed ? { allowed, bucket } : { allowed, bucket, retryAfterMs: window.resetAt - now };
  }

  #makeRoom(now: number): void {
    if (this.#windows.size < MAX_WINDOWS) return;
    for (const [key, { resetAt }] of this.#windows) if (now >= resetAt) this.#windows.delete(key);
    for (const key of this.#windows.keys()) {
      if (this.#windows.size < MAX_WINDOWS) break;
      this.#windows.delete(key);
    }
  }
}

/** The opaque name of a bucket: routes that share one limit share it, whatever their ids. */
export function bucketHash(name: string): string {
  let hash = hashes.get(name);
  if (hash === undefined) {
    hash = createHash('sha256').update(`bucket ${name}`).digest('hex').slice(0, 32);
    hashes.set(name, hash);
  }
  return hash;
}

/** As many as there are routes. */
const hashes = new Map<string, string>();

/** Counts 401, 403 and 429 (not shared) per address, and bans who collects too many. */
export class InvalidRequests {
  #now: () => number;
  #limit: number;
  #windowMs: number;
  #banMs: number;
  #byAddress = new Map<string, { count: number; resetAt: number; bannedUntil: number }>();

  constructor(
    now: () => number,
    { limit, windowMs, banMs }: { limit: number; windowMs: number; banMs: number },
  ) {
    this.#now = now;
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#banMs = banMs;
  }

  /** Milliseconds that the address is still banned for, 0 when it is not. */
  bannedFor(address: string): number {
    return Math.max(0, (this.#byAddress.get(address)?.bannedUntil ?? 0) - this.#now());
  }

  count(address: string): void {
    const now = this.#now();
    let entry = this.#byAddress.get(address);
    if (entry === undefined || now >= entry.resetAt) {
      entry = { count: 0, resetAt: now + this.#windowMs, bannedUntil: entry?.bannedUntil ?? 0 };
      this.#byAddress.delete(address);
      this.#byAddress.set(address, entry);
      if (this.#byAddress.size > MAX_ADDRESSES) {
        this.#byAddress.delete(this.#byAddress.keys().next().value as string);
      }
    }
    if (++entry.count < this.#limit) return;
    entry.bannedUntil = now + this.#banMs;
    entry.count = 0;
    entry.resetAt = now + this.#windowMs;
  }
}
