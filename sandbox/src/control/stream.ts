import type { SandboxEvent } from './api.ts';

type WithoutStamp<T> = T extends unknown ? Omit<T, 'seq' | 'at'> : never;

/** An event as its author hands it over: the stream adds `seq` and `at`. */
export type NewSandboxEvent = WithoutStamp<SandboxEvent>;

const CAPACITY = 20_000;

/** Everything that happened, newest {@link CAPACITY} events kept, so that who asks late misses nothing. */
export class EventStream {
  #ring: SandboxEvent[] = [];
  #seq = 0;
  #listeners = new Set<(event: SandboxEvent) => void>();
  #now: () => number;
  #capacity: number;

  constructor(now: () => number = Date.now, capacity: number = CAPACITY) {
    this.#now = now;
    this.#capacity = capacity;
  }

  /** Sequence number of the newest event, 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  push(event: NewSandboxEvent): SandboxEvent {
    const stamped = { ...event, seq: ++this.#seq, at: this.#now() } as SandboxEvent;
    const slot = (this.#seq - 1) % this.#capacity;
    this.#ring[slot] = stamped;
    for (const listener of this.#listeners) listener(stamped);
    return stamped;
  }

  /** The retained events after `seq`, oldest first. */
  since(seq: number): SandboxEvent[] {
    const first = Math.max(seq, this.#seq - this.#capacity, 0);
    const events: SandboxEvent[] = [];
    for (let n = first; n < this.#seq; n++) events.push(this.#ring[n % this.#capacity] as SandboxEvent);
    return events;
  }

  /** Calls `listener` for every event from now on; the result ends it. */
  on(listener: (event: SandboxEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
