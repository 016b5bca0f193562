import type { WeatherVerbs } from './api.ts';

export type RestFault = WeatherVerbs['rest'][0];

export interface SessionLimits {
  shards: number;
  maxConcurrency: number;
  /** Identifies left today; `total` is Discord's 1,000. */
  remaining: number;
  total: number;
  /** When `remaining` returns to `total`, in milliseconds since the epoch. */
  resetAt: number;
  heartbeatIntervalMs: number;
}

const ALL_INTENTS = 0xffff_ffff;
const IDENTIFIES_PER_DAY = 1000;
const DAY_MS = 86_400_000;
const HEARTBEAT_INTERVAL_MS = 41_250;
const MAX_FAULTS = 1000;

interface ChosenEvents {
  t: RegExp;
  guildId: string | undefined;
  left: number;
}

interface PendingFault {
  fault: RestFault;
  route: RegExp | null;
  left: number;
}

/** The faults that are being played. REST and gateway ask; the control API sets. */
export class Weather {
  /** A constant answer time of every REST call, in milliseconds. */
  latencyMs = 0;
  /** How much later whatever the gateway sends arrives, in milliseconds. */
  lagMs = 0;
  loseAcks = false;
  /** Intents the application may use, as bits. */
  allowedIntents = ALL_INTENTS;
  sessionLimits: SessionLimits;
  #faults: PendingFault[] = [];
  #lost: ChosenEvents[] = [];
  #repeated: ChosenEvents[] = [];
  #held = new Set<() => void>();
  #stalled = new Set<number>();
  #allStalled = false;
  #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.sessionLimits = {
      shards: 1,
      maxConcurrency: 1,
      remaining: IDENTIFIES_PER_DAY,
      total: IDENTIFIES_PER_DAY,
      resetAt: now() + DAY_MS,
      heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
    };
  }

  /** @throws RangeError when the route is no regular expression or too many faults wait. */
  addRestFault(fault: RestFault): void {
    if (this.#faults.length >= MAX_FAULTS) throw new RangeError(`more than ${MAX_FAULTS} faults are waiting`);
    const route = fault.route === undefined ? null : expression('route', fault.route);
    this.#faults.push({ fault, route, left: fault.count });
  }

  /** @throws RangeError when `t` is no regular expression or too many losses wait */
  loseEvents(t: string, guildId: string | undefined, count: number): void {
    choose(this.#lost, t, guildId, count);
  }

  /** @throws RangeError like {@link loseEvents} */
  repeatEvents(t: string, guildId: string | undefined, count: number): void {
    choose(this.#repeated, t, guildId, count);
  }

  /** Whether this dispatch is lost; counts it. */
  losesEvent(t: string, guildId: string | undefined): boolean {
    return takes(this.#lost, t, guildId);
  }

  /** Whether this dispatch comes twice; counts it. */
  repeatsEvent(t: string, guildId: string | undefined): boolean {
    return takes(this.#repeated, t, guildId);
  }

  /** The fault that this call meets, if any; it is used up once. `path` comes without the API prefix. */
  takeRestFault(method: string, path: string): RestFault | undefined {
    const index = this.#faults.findIndex(
      ({ fault, route }) =>
        (fault.method === undefined || fault.method.toUpperCase() === method.toUpperCase()) &&
        (route === null || route.test(path)),
    );
    const pending = this.#faults[index];
    if (pending === undefined) return undefined;
    if (--pending.left <= 0) this.#faults.splice(index, 1);
    return pending.fault;
  }

  /** Calls `goOn` once `ms` have passed or whatever is held is released. */
  hold(ms: number, goOn: () => void): void {
    const release = () => {
      clearTimeout(timer);
      this.#held.delete(release);
      goOn();
    };
    const timer = setTimeout(release, ms);
    this.#held.add(release);
  }

  /** Lets whatever is held go on at once; how much that was. */
  release(): number {
    const held = [...this.#held];
    for (const release of held) release();
    return held.length;
  }

  stall(shard: number | undefined, on: boolean): void {
    if (shard === undefined) {
      this.#allStalled = on;
      if (!on) this.#stalled.clear();
    } else if (on) this.#stalled.add(shard);
    else this.#stalled.delete(shard);
  }

  /** Whether connections of this shard are silent; before identify a shard is not known. */
  stalled(shard: number | undefined): boolean {
    return this.#allStalled || (shard !== undefined && this.#stalled.has(shard));
  }

  /** The daily count, renewed when its day is over. */
  identifiesLeft(): number {
    const limits = this.sessionLimits;
    if (this.#now() >= limits.resetAt) {
      limits.remaining = limits.total;
      limits.resetAt = this.#now() + DAY_MS;
    }
    return limits.remaining;
  }

  /** Counts one identify; false when the day's are used up. */
  takeIdentify(): boolean {
    if (this.identifiesLeft() <= 0) return false;
    this.sessionLimits.remaining--;
    return true;
  }

  /** Ends every fault, loss, repetition, latency, lag and stall; limits that were set stay. */
  clear(): void {
    this.#faults = [];
    this.#lost = [];
    this.#repeated = [];
    this.#stalled.clear();
    this.#allStalled = false;
    this.latencyMs = 0;
    this.lagMs = 0;
    this.loseAcks = false;
  }
}

function choose(among: ChosenEvents[], t: string, guildId: string | undefined, count: number): void {
  if (among.length >= MAX_FAULTS) throw new RangeError(`more than ${MAX_FAULTS} of that kind are waiting`);
  among.push({ t: expression('t', t), guildId, left: count });
}

function takes(among: ChosenEvents[], t: string, guildId: string | undefined): boolean {
  const index = among.findIndex(
    (chosen) => chosen.t.test(t) && (chosen.guildId === undefined || chosen.guildId === guildId),
  );
  const chosen = among[index];
  if (chosen === undefined) return false;
  if (--chosen.left <= 0) among.splice(index, 1);
  return true;
}

function expression(name: string, text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new RangeError(`${name} is no regular expression`);
  }
}
