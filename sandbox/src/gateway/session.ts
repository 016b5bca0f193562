import type { Connection } from './connection.ts';

interface Replayable {
  seq: number;
  text: string;
}

export interface SessionOptions {
  id: string;
  token: string;
  /** [id, count] as sent in identify; [0, 1] when it was not. */
  shard: [number, number];
  intents: number;
  largeThreshold: number;
  replayEvents: number;
}

/** What survives a lost connection: the sequence, the intents and the dispatches to replay. */
export class Session {
  readonly id: string;
  readonly token: string;
  readonly shard: [number, number];
  readonly intents: number;
  readonly largeThreshold: number;
  connection: Connection | null = null;
  /** Ends the session when nobody resumed in time. */
  expiry: NodeJS.Timeout | undefined;
  #seq = 0;
  #replay: Replayable[] = [];
  #replayEvents: number;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.token = options.token;
    this.shard = options.shard;
    this.intents = options.intents;
    this.largeThreshold = options.largeThreshold;
    this.#replayEvents = options.replayEvents;
  }

  /** Sequence number of the newest dispatch. */
  get seq(): number {
    return this.#seq;
  }

  has(intent: number): boolean {
    return (this.intents & intent) !== 0;
  }

  /** Events without a guild reach shard 0 alone (Discord Docs/Gateway, "Sharding"). */
  owns(guildId: string | undefined): boolean {
    const [id, count] = this.shard;
    return guildId === undefined ? id === 0 : Number((BigInt(guildId) >> 22n) % BigInt(count)) === id;
  }

  /** Sends one dispatch now, or keeps it for the resume. `json` is the serialised `d`. */
  dispatch(t: string, json: string): void {
    const seq = ++this.#seq;
    const text = `{"t":"${t}","s":${seq},"op":0,"d":${json}}`;
    this.#replay.push({ seq, text });
    // Trimmed in slices so that a flood does not shift the array at every event.
    if (this.#replay.length > this.#replayEvents * 2)
      this.#replay.splice(0, this.#replay.length - this.#replayEvents);
    this.connection?.sendText(text);
  }

  /** The dispatches after `seq`, or undefined when some are no longer kept. */
  missedSince(seq: number): string[] | undefined {
    const kept = this.#replay.slice(-this.#replayEvents);
    const oldest = kept[0]?.seq ?? this.#seq + 1;
    if (seq < oldest - 1) return undefined;
    return kept.filter((event) => event.seq > seq).map((event) => event.text);
  }
}
