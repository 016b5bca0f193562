import type { ServerResponse } from 'node:http';
import type { SandboxEvent } from './api.ts';
import type { EventStream } from './stream.ts';

/** A reader that lets this much pile up is dropped; it can come back with `since`. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
const MAX_READERS = 64;
/** A comment now and then, so that clients with an idle timeout stay. */
const KEEP_ALIVE_MS = 30_000;

/** Serves the stream to its readers. */
export class SseReaders {
  #stream: EventStream;
  #open = new Set<ServerResponse>();

  constructor(stream: EventStream) {
    this.#stream = stream;
  }

  /** Sends every retained event after `since`, then the live ones, as server-sent events. */
  serve(since: number, response: ServerResponse): void {
    if (this.#open.size >= MAX_READERS) {
      response.writeHead(503, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: 'too many readers of the stream' }));
      return;
    }
    this.#open.add(response);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    const write = (event: SandboxEvent) => {
      response.write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
      if (response.writableLength > MAX_PENDING_BYTES) response.destroy();
    };
    for (const event of this.#stream.since(since)) write(event);
    const stop = this.#stream.on(write);
    const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS).unref();
    response.once('close', () => {
      clearInterval(keepAlive);
      this.#open.delete(response);
      stop();
    });
  }

  close(): void {
    for (const response of this.#open) response.destroy();
  }
}
