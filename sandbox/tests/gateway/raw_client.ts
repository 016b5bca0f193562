import { GatewayOpcodes } from 'discord-api-types/v10';
import zlib from 'node:zlib';
import { WebSocket } from 'ws';

export interface Frame {
  op: number;
  s: number | null;
  t: string | null;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- payloads of many shapes
  d: any;
}

const DEADLINE_MS = 5000;

export interface ConnectOptions {
  compress?: 'zlib-stream' | 'zstd-stream';
  /** Overrides of the query. */
  query?: Record<string, string>;
}

/** A gateway client that does nothing by itself: it keeps what came and waits for what is asked for. */
export class RawClient {
  readonly frames: Frame[] = [];
  readonly closed: Promise<number>;
  /** Bytes of each WebSocket message received, to compare with the decoded ones. */
  readonly sizes: number[] = [];
  #socket: WebSocket;
  #waiting = new Set<() => void>();
  #decoding = Promise.resolve();
  #decode: (data: Buffer, binary: boolean) => string | Promise<string>;

  constructor(url: string, { compress, query = {} }: ConnectOptions = {}) {
    const address = new URL(url);
    const parameters = { v: '10', encoding: 'json', ...(compress && { compress }), ...query };
    for (const [key, value] of Object.entries(parameters)) address.searchParams.set(key, value);
    this.#decode = decoder(compress);
    this.#socket = new WebSocket(address);
    this.#socket.on('message', (data: Buffer, binary) => {
      this.sizes.push(data.length);
      this.#decoding = this.#decoding.then(async () => {
        this.frames.push(JSON.parse(await this.#decode(data, binary)) as Frame);
        for (const wake of [...this.#waiting]) wake();
      });
    });
    this.#socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.#socket.on('close', (code) => resolve(code)));
  }

  /** Sends raw text. */
  write(text: string): void {
    this.#socket.send(text);
  }

  send(op: GatewayOpcodes, d: unknown): void {
    this.write(JSON.stringify({ op, d }));
  }

  identify(token: string, more: Record<string, unknown> = {}): void {
    this.send(GatewayOpcodes.Identify, {
      token,
      properties: { os: 'linux', browser: 'test', device: 'test' },
      intents: 1,
      ...more,
    });
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** The first frame (of those after `from`) that satisfies the predicate. */
  async frame(predicate: (frame: Frame) => boolean, from = 0): Promise<Frame> {
    const { promise, resolve, reject } = Promise.withResolvers<Frame>();
    const look = () => {
      const found = this.frames.slice(from).find(predicate);
      if (found !== undefined) resolve(found);
    };
    const timer = setTimeout(
      () => reject(new Error(`no such frame; got ${this.frames.map(({ op, t }) => t ?? op).join(', ')}`)),
      DEADLINE_MS,
    );
    this.#waiting.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  op(op: GatewayOpcodes, from = 0): Promise<Frame> {
    return this.frame((frame) => frame.op === op, from);
  }

  dispatch(t: string, from = 0): Promise<Frame> {
    return this.frame((frame) => frame.t === t, from);
  }

  /** Everything that was sent before now has arrived once the answer to this heartbeat has. */
  async settle(): Promise<void> {
    const from = this.frames.length;
    this.send(GatewayOpcodes.Heartbeat, null);
    await this.op(GatewayOpcodes.HeartbeatAck, from);
  }

  named(t: string): Frame[] {
    return this.frames.filter((frame) => frame.t === t);
  }

  get lastSeq(): number {
    return this.frames.reduce((last, { s }) => Math.max(last, s ?? 0), 0);
  }
}

/** One context for the connection; each message must decode by itself as soon as it is there. */
function decoder(compress: string | undefined): (data: Buffer, binary: boolean) => string | Promise<string> {
  if (compress === undefined) {
    return (data, binary) => (binary ? zlib.inflateSync(data).toString() : data.toString());
  }
  const zlibStream = compress === 'zlib-stream';
  const stream = zlibStream ? zlib.createInflate() : zlib.createZstdDecompress();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => undefined); // the write's callback has it too
  return async (data, binary) => {
    if (!binary) throw new Error('compressed messages are binary');
    if (zlibStream && data.subarray(-4).toString('hex') !== '0000ffff')
      throw new Error('no Z_SYNC_FLUSH at the end');
    await new Promise<void>((resolve, reject) => {
      stream.write(data, (error) => (error ? reject(error) : resolve()));
    });
    return Buffer.concat(chunks.splice(0)).toString();
  };
}
