/** Counts what a connection sends: at most `count` events in any `windowMs` (Discord Docs/Gateway, "Rate Limiting"). */
export class SendWindow {
  #times: number[] = [];
  #count: number;
  #windowMs: number;

  constructor(count: number, windowMs: number) {
    this.#count = count;
    this.#windowMs = windowMs;
  }

  /** Records one event at `now` (milliseconds); false when it is one too many. */
  take(now: number): boolean {
    while (this.#times.length > 0 && (this.#times[0] as number) <= now - this.#windowMs) this.#times.shift();
    if (this.#times.length >= this.#count) return false;
    this.#times.push(now);
    return true;
  }
}
