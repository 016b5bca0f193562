import type {
  PeopleVerbs,
  SandboxEvent,
  SandboxState,
  SeenMessage,
  Snowflake,
} from '../../src/control/api.ts';

const CONTROL = '/sandbox';
const TIMEOUT_MS = 20_000;

/** What the sandbox refused, in its own words. */
export class ControlError extends Error {}

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (body !== undefined) {
    init.method = 'POST';
    init.headers = { 'content-type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  const response = await fetch(`${CONTROL}${path}`, init);
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const reason = (answer as { error?: unknown } | null)?.error;
    throw new ControlError(typeof reason === 'string' ? reason : `HTTP ${response.status}`);
  }
  return answer as T;
}

export function getState(): Promise<SandboxState> {
  return ask('/state');
}

/** The newest `limit` messages of a channel as `userId` sees them, newest last. */
export function getMessages(channelId: Snowflake, userId: Snowflake, limit: number): Promise<SeenMessage[]> {
  return ask(`/channels/${channelId}/messages?as=${userId}&limit=${limit}`);
}

export function people<V extends keyof PeopleVerbs>(
  verb: V,
  body: PeopleVerbs[V][0],
): Promise<PeopleVerbs[V][1]> {
  return ask(`/people/${verb}`, body);
}

/** Opens the stream after `since`; `onLost` is called once, when it breaks for whatever reason. */
export function openStream(
  since: number,
  onEvent: (event: SandboxEvent) => void,
  onLost: () => void,
): { close(): void } {
  const source = new EventSource(`${CONTROL}/stream?since=${since}`);
  source.onmessage = (message: MessageEvent<string>) => onEvent(JSON.parse(message.data) as SandboxEvent);
  source.onerror = () => {
    // The browser would retry with the same `since`; the world may be another one by then.
    source.close();
    onLost();
  };
  return source;
}
