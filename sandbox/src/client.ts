/** A typed client of the sandbox's control API, for tests and tools. */
import type {
  PeopleVerbs,
  SandboxEvent,
  SandboxState,
  SeenMessage,
  Snowflake,
  WeatherVerbs,
} from './control/api.ts';

export type { PeopleVerbs, SandboxEvent, SandboxState, SeenMessage, WeatherVerbs } from './control/api.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
/** Above the 15 s that `waitForFinal` may take. */
const REQUEST_TIMEOUT_MS = 30_000;

export interface WaitOptions {
  /** Only events after this sequence number; default 0, every retained one. */
  since?: number;
  /** Default 10 s. */
  timeoutMs?: number;
}

/** The control API refused: `status` and its reason. */
export class ControlRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ControlRefusal';
    this.status = status;
  }
}

export class SandboxClient {
  #control: string;
  #closed = new AbortController();

  /** @param control the ready line's `control` address */
  constructor(control: string) {
    this.#control = control.replace(/\/$/, '');
  }

  /** A person does something. @throws ControlRefusal */
  people<V extends keyof PeopleVerbs>(verb: V, body: PeopleVerbs[V][0]): Promise<PeopleVerbs[V][1]> {
    return this.#call('POST', `/people/${verb}`, body) as Promise<PeopleVerbs[V][1]>;
  }

  /** The weather changes. @throws ControlRefusal */
  weather<V extends keyof WeatherVerbs>(verb: V, body: WeatherVerbs[V][0]): Promise<WeatherVerbs[V][1]> {
    return this.#call('POST', `/weather/${verb}`, body) as Promise<WeatherVerbs[V][1]>;
  }

  state(): Promise<SandboxState> {
    return this.#call('GET', '/state') as Promise<SandboxState>;
  }

  /** The newest messages of a channel, oldest first; `as` adds what only that person sees. */
  messages(channelId: Snowflake, options: { as?: Snowflake; limit?: number } = {}): Promise<SeenMessage[]> {
    const query = new URLSearchParams();
    if (options.as !== undefined) query.set('as', options.as);
    if (options.limit !== undefined) query.set('limit', String(options.limit));
    return this.#call('GET', `/channels/${channelId}/messages?${query}`) as Promise<SeenMessage[]>;
  }

  /** The newest event's sequence number, to wait for what comes `since`. */
  async seq(): Promise<number> {
    const { seq } = (await this.#call('GET', '/seq')) as { seq: number };
    return seq;
  }

  /** The first event that satisfies the predicate, retained ones first. @throws Error after `timeoutMs` */
  waitFor<T extends SandboxEvent>(
    predicate: (event: SandboxEvent) => event is T,
    options?: WaitOptions,
  ): Promise<T>;
  waitFor(predicate: (event: SandboxEvent) => boolean, options?: WaitOptions): Promise<SandboxEvent>;
  async waitFor(
    predicate: (event: SandboxEvent) => boolean,
    options: WaitOptions = {},
  ): Promise<SandboxEvent> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      for await (const event of this.events(options.since ?? 0, timeout)) if (predicate(event)) return event;
    } catch (error) {
      if (!timeout.aborted) throw error;
    }
    throw new Error(
      timeout.aborted ? `nothing of that kind happened in ${timeoutMs} ms` : 'the stream ended',
    );
  }

  /** Every retained event after `since`, then the live ones, until the signal or `close`. */
  async *events(since = 0, signal?: AbortSignal): AsyncGenerator<SandboxEvent> {
    const signals = signal === undefined ? [this.#closed.signal] : [this.#closed.signal, signal];
    const response = await fetch(`${this.#control}/stream?since=${since}`, {
      signal: AbortSignal.any(signals),
    });
    if (!response.ok || response.body === null) throw await refusal(response);
    let pending = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (pending + chunk).split('\n\n');
      pending = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = block.split('\n').find((line) => line.startsWith('data: '));
        if (data !== undefined) yield JSON.parse(data.slice('data: '.length)) as SandboxEvent;
      }
    }
  }

  /** Ends every wait. */
  async close(): Promise<void> {
    this.#closed.abort();
  }

  async #call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.#control + path, {
      method,
      signal: AbortSignal.any([this.#closed.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    if (!response.ok) throw await refusal(response);
    return response.json();
  }
}

async function refusal(response: Response): Promise<ControlRefusal> {
  const text = await response.text();
  let reason = text;
  try {
    reason = (JSON.parse(text) as { error?: string }).error ?? text;
  } catch {
    // Not the control API's own answer: the text says more than nothing.
  }
  return new ControlRefusal(response.status, `${response.status}: ${reason}`);
}
