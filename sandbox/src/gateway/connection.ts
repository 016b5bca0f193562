import { GatewayOpcodes } from 'discord-api-types/v10';
import type { WebSocket } from 'ws';
import { type Encoder, payloadEncoder } from './compression.ts';
import type { GatewayLimits } from './limits.ts';
import { SendWindow } from './send_window.ts';
import type { Session } from './session.ts';

type Outgoing = { text: string; at: number } | { close: number; reason: string };

interface ConnectionHooks {
  /** Whether this connection is to keep silent now. */
  stalled(connection: Connection): boolean;
  /** How much later this connection's messages arrive now, in milliseconds. */
  lagMs(): number;
  /** No heartbeat came in time. */
  heartbeatTimeout(connection: Connection): void;
}

/** A heartbeat may be late by half an interval before the connection counts as dead. */
const HEARTBEAT_TOLERANCE = 1.5;

/** One WebSocket: its compression, its ordered outgoing queue, its send limit and its heartbeat watch. */
export class Connection {
  /** The session, once identified or resumed. */
  session: Session | null = null;
  readonly sendWindow: SendWindow;
  /** How a client reaches this gateway again. */
  readonly resumeUrl: string;
  #socket: WebSocket;
  #encoder: Encoder;
  #hooks: ConnectionHooks;
  #maxQueuedBytes: number;
  #queue: Outgoing[] = [];
  #queuedBytes = 0;
  #pumping = false;
  /** The code of the close that this side began. */
  #closing: number | null = null;
  #heartbeatIntervalMs = 0;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  /** Until the oldest of what lags may go. */
  #lag: NodeJS.Timeout | undefined;
  #timers = new Set<NodeJS.Timeout>();

  constructor(
    socket: WebSocket,
    encoder: Encoder,
    resumeUrl: string,
    limits: GatewayLimits,
    hooks: ConnectionHooks,
  ) {
    this.#socket = socket;
    this.#encoder = encoder;
    this.#hooks = hooks;
    this.resumeUrl = resumeUrl;
    this.#maxQueuedBytes = limits.maxQueuedBytes;
    this.sendWindow = new SendWindow(limits.sendsPerWindow, limits.sendWindowMs);
  }

  get compression(): string {
    return this.#encoder.name;
  }

  /** The close that this side began, if any. */
  get closedByServer(): number | null {
    return this.#closing;
  }

  get open(): boolean {
    return this.#closing === null && this.#socket.readyState === this.#socket.OPEN;
  }

  /** Sends hello and starts to watch for heartbeats. */
  hello(heartbeatIntervalMs: number): void {
    this.#heartbeatIntervalMs = heartbeatIntervalMs;
    this.send(GatewayOpcodes.Hello, { heartbeat_interval: heartbeatIntervalMs, _trace: ['["sandbox"]'] });
    this.heartbeatSeen();
  }

  heartbeatSeen(): void {
    clearTimeout(this.#heartbeatTimer);
    this.#heartbeatTimer = setTimeout(
      () => this.#hooks.heartbeatTimeout(this),
      this.#heartbeatIntervalMs * HEARTBEAT_TOLERANCE,
    );
    this.#heartbeatTimer.unref();
  }

  /** Runs `action` after `ms` unless the connection has ended by then. */
  later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }

  /** Large messages from now on by themselves compressed; ignored under transport compression. */
  usePayloadCompression(): void {
    if (this.#encoder.name === 'none') this.#encoder = payloadEncoder;
  }

  send(op: GatewayOpcodes, d: unknown): void {
    this.sendText(JSON.stringify({ t: null, s: null, op, d }));
  }

  /** Queues one message; a client that reads too slowly is cut and may resume. */
  sendText(text: string): void {
    if (this.#closing !== null) return;
    this.#queuedBytes += text.length;
    if (this.#queuedBytes + this.#socket.bufferedAmount > this.#maxQueuedBytes) {
      this.cut();
      return;
    }
    this.#queue.push({ text, at: performance.now() });
    void this.#pump();
  }

  /** Closes after what is queued; nothing is sent afterwards. */
  close(code: number, reason: string): void {
    if (this.#closing !== null) return;
    this.#closing = code;
    // A stalled connection says nothing more, but its closing must not wait for the stall's end.
    if (this.#hooks.stalled(this)) this.#queue = [];
    this.#queue.push({ close: code, reason });
    void this.#pump();
  }

  /** Ends TCP without a close frame. */
  cut(): void {
    this.#closing ??= 1006;
    this.#queue = [];
    this.#socket.terminate();
  }

  /** Sends what a stall held back. */
  flush(): void {
    void this.#pump();
  }

  /** Frees what the connection holds; called once, when the socket has closed. */
  dispose(): void {
    clearTimeout(this.#heartbeatTimer);
    clearTimeout(this.#lag);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#queue = [];
    this.#encoder.close();
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (;;) {
        const next = this.#queue[0];
        if (next === undefined || this.#socket.readyState !== this.#socket.OPEN) return;
        if ('close' in next) {
          this.#queue.shift();
          this.#socket.close(next.close, next.reason);
          return;
        }
        if (this.#hooks.stalled(this)) return;
        const early = next.at + this.#hooks.lagMs() - performance.now();
        if (early > 0) {
          clearTimeout(this.#lag);
          this.#lag = setTimeout(() => void this.#pump(), early);
          return;
        }
        this.#queue.shift();
        this.#queuedBytes -= next.text.length;
        const encoded = this.#encoder.encode(next.text);
        const frame = typeof encoded === 'string' ? encoded : await encoded;
        if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame);
      }
    } catch {
      // The compressor was destroyed under a pending message: the socket is gone.
      this.#socket.terminate();
    } finally {
      this.#pumping = false;
    }
  }
}
