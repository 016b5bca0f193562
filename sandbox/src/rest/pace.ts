/** A clock for many who wait at once, to a fraction of a millisecond: one timer, or one turn of the loop, for all. */

interface Waiter {
  until: number;
  wake: () => void;
}

/** Node's timers are a millisecond wide, and late by up to another. */
const TIMER_SLACK_MS = 2;

export class Pace {
  /** By time; who comes later mostly waits for longer. */
  #waiters: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  /** Resolves at that moment of `performance.now`. */
  until(moment: number): Promise<void> {
    return new Promise((wake) => {
      const place = this.#waiters.findLastIndex(({ until }) => until <= moment) + 1;
      this.#waiters.splice(place, 0, { until: moment, wake });
      if (place === 0) this.#arm();
    });
  }

  #arm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    const first = this.#waiters[0];
    if (first === undefined) return;
    const left = first.until - performance.now();
    if (left > TIMER_SLACK_MS) this.#timer = setTimeout(this.#tick, left - TIMER_SLACK_MS);
    else this.#turn = setImmediate(this.#tick);
  }

  #tick = (): void => {
    const now = performance.now();
    let due = this.#waiters.findIndex(({ until }) => until > now);
    if (due === -1) due = this.#waiters.length;
    for (const { wake } of this.#waiters.splice(0, due)) wake();
    this.#arm();
  };
}
