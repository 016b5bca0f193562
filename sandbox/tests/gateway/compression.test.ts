import { GatewayIntentBits as I } from 'discord-api-types/v10';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fixture, startFixture } from './support.ts';

let it: Fixture;
beforeAll(async () => {
  it = await startFixture();
});
afterAll(() => it.close());

const intents = I.Guilds | I.GuildMessages | I.MessageContent;

test.each(['zlib-stream', 'zstd-stream'] as const)('%s: each message decodes by itself', async (compress) => {
  const { client } = await it.identified({ intents }, { compress });
  await client.dispatch('GUILD_CREATE');
  const contents = ['bonjour', 'é'.repeat(1999), 'bonjour'];
  for (const content of contents) {
    const from = client.frames.length;
    await it.control.people('write', { channelId: it.text.id, userId: it.member, content });
    expect((await client.dispatch('MESSAGE_CREATE', from)).d.content).toBe(content);
  }
  await client.settle();
  expect(client.sizes).toHaveLength(client.frames.length);
  const seqs = client.frames.flatMap(({ s }) => (s === null ? [] : [s]));
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
});

test.each(['zlib-stream', 'zstd-stream'] as const)('%s: one context for the connection', async (compress) => {
  const { client } = await it.identified({ intents }, { compress });
  // Random text: what makes the second one short can only be the memory of the first.
  const content = randomBytes(900).toString('base64');
  const sizes: number[] = [];
  for (let n = 0; n < 2; n++) {
    const from = client.frames.length;
    await it.control.people('write', { channelId: it.text.id, userId: it.member, content });
    await client.dispatch('MESSAGE_CREATE', from);
    sizes.push(client.sizes[client.frames.findLastIndex(({ t }) => t === 'MESSAGE_CREATE')] as number);
  }
  expect(sizes[1]).toBeLessThan((sizes[0] as number) / 3);
});

test('a burst keeps its order through the compressor', async () => {
  const { client } = await it.identified({ intents }, { compress: 'zstd-stream' });
  const ids: string[] = [];
  for (let n = 0; n < 300; n++) {
    ids.push(it.world.messages.create(it.text.id, it.member, { content: `message ${n} `.repeat(20) }).id);
  }
  await client.frame(({ d }) => d?.id === ids.at(-1));
  expect(client.named('MESSAGE_CREATE').map(({ d }) => d.id)).toEqual(ids);
});

test('payload compression: large messages are zlib by themselves, small ones are text', async () => {
  const { client } = await it.identified({ intents, compress: true });
  const guild = await client.dispatch('GUILD_CREATE');
  expect(guild.d.id).toBe(it.guild.id);
  await client.settle();
});

test('an unknown compression or encoding is refused', async () => {
  expect(await it.connect({ query: { compress: 'brotli' } }).closed).toBe(4002);
  expect(await it.connect({ query: { encoding: 'etf' } }).closed).toBe(4002);
});
