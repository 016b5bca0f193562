import { once } from 'node:events';
import zlib from 'node:zlib';

export type CompressionName = 'none' | 'zlib-stream' | 'zstd-stream';

/** Turns gateway messages into WebSocket frames; the calls of one encoder must not overlap. */
export interface Encoder {
  readonly name: CompressionName;
  encode(text: string): string | Promise<Buffer>;
  close(): void;
}

/**
 * One context for the whole connection, flushed after each message so that each WebSocket message is
 * exactly one gateway message (Discord Docs/Gateway, "Transport Compression").
 */
class StreamEncoder implements Encoder {
  readonly name: CompressionName;
  #stream: zlib.Deflate | zlib.ZstdCompress;
  #flush: number;
  #chunks: Buffer[] = [];

  constructor(name: CompressionName, stream: zlib.Deflate | zlib.ZstdCompress, flush: number) {
    this.name = name;
    this.#stream = stream;
    this.#flush = flush;
    stream.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  async encode(text: string): Promise<Buffer> {
    if (!this.#stream.write(text)) await once(this.#stream, 'drain');
    await new Promise<void>((resolve) => this.#stream.flush(this.#flush, resolve));
    const frame = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return frame;
  }

  close(): void {
    this.#stream.destroy();
  }
}

const PLAIN: Encoder = { name: 'none', encode: (text) => text, close: () => undefined };

/** The encoder for the query's `compress`, or undefined for a name Discord does not know. */
export function makeEncoder(compress: string | null): Encoder | undefined {
  switch (compress) {
    case null:
      return PLAIN;
    case 'zlib-stream':
      return new StreamEncoder('zlib-stream', zlib.createDeflate(), zlib.constants.Z_SYNC_FLUSH);
    case 'zstd-stream':
      return new StreamEncoder('zstd-stream', zlib.createZstdCompress(), zlib.constants.ZSTD_e_flush);
    default:
      return undefined;
  }
}

const PAYLOAD_COMPRESSION_FROM_BYTES = 1024;

/** Identify's own `compress`: larger messages are zlib by themselves, without a shared context. */
export const payloadEncoder: Encoder = {
  name: 'none',
  encode: (text) =>
    text.length < PAYLOAD_COMPRESSION_FROM_BYTES ? text : Promise.resolve(zlib.deflateSync(text)),
  close: () => undefined,
};
