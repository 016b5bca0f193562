// Writes the first inputs of each target: what the contracts show, in the shapes that the targets take.
//
//   node fuzz/seeds.ts <directory>      makes <directory>/<target>/*
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { constants, deflateSync, zstdCompressSync } from 'node:zlib';

const contracts = path.join(import.meta.dirname, '../contracts');
const target = process.argv[2] ?? '';
const counts = new Map<string, number>();

function seed(name: string, content: string | Buffer): void {
  const number = (counts.get(name) ?? 0) + 1;
  counts.set(name, number);
  mkdirSync(path.join(target, name), { recursive: true });
  writeFileSync(path.join(target, name, `seed-${number}`), content);
}

interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  format?: string;
  pattern?: string;
}

/** Something that fits `schema`, roughly: a seed need not be valid, only near to it. */
function example(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.$ref) return '1100000000000000201';
  const choice = schema.oneOf ?? schema.anyOf;
  if (choice) return example(choice[0] ?? {});
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'object' || schema.properties)
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([key, value]) => [key, example(value)]),
    );
  if (type === 'array') return [example(schema.items ?? {})];
  if (type === 'integer' || type === 'number') return Math.max(schema.minimum ?? 0, 2);
  if (type === 'boolean') return true;
  if (schema.pattern?.startsWith('^#')) return '#E11D48';
  return schema.format === 'uri' ? 'https://example.com/é.png' : 'Bonjour « à tous »';
}

const suffix = '.payload.schema.json';
const actions = path.join(contracts, 'actions');
for (const file of readdirSync(actions).filter((name) => name.endsWith(suffix))) {
  const schema = JSON.parse(readFileSync(path.join(actions, file), 'utf8')) as Schema;
  const payload = JSON.stringify(example(schema));
  seed('commands', `${file.slice(0, -suffix.length)}\n${payload}`);
  seed('json', payload);
}

const discord = path.join(contracts, 'discord');
for (const file of readdirSync(discord).filter((name) => name.endsWith('.json'))) {
  const text = JSON.stringify(JSON.parse(readFileSync(path.join(discord, file), 'utf8')));
  const name = file.slice(0, -'.json'.length);
  seed('json', text);
  if (name.startsWith('interaction')) seed('interactions', text);
  const event = name.startsWith('interaction') ? 'INTERACTION_CREATE' : name.toUpperCase();
  const message = Buffer.from(`{"op":0,"s":1,"t":"${event}","d":${text}}`);
  seed('gateway', `A${event} ${text}`);
  // Unmasked text frames of the server's, and streams that end each message with a flush.
  const frame = Buffer.alloc(4);
  frame.writeUInt16BE(0x817e);
  frame.writeUInt16BE(Math.min(message.length, 0xffff), 2);
  seed('gateway', Buffer.concat([Buffer.from([12]), frame, message]));
  seed(
    'gateway',
    Buffer.concat([Buffer.from([0x8c]), deflateSync(message, { finishFlush: constants.Z_SYNC_FLUSH })]),
  );
  const flushed = { params: {}, finishFlush: constants.ZSTD_e_flush };
  seed('gateway', Buffer.concat([Buffer.from([0xcc]), zstdCompressSync(message, flushed)]));
}
