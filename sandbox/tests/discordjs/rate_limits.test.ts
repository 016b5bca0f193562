import { RequestMethod, RESTEvents, Routes, type Client, type TextChannel } from 'discord.js';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { useSandbox } from './support.ts';

describe('429', () => {
  const it = useSandbox();
  let client: Client<true>;
  let channel: TextChannel;
  beforeAll(async () => {
    client = await it.login();
  });
  beforeEach(async () => {
    channel = await it.room(client);
  });

  /** What discord.js says of the limits it met while `deed` went on. */
  async function limitsDuring(deed: () => Promise<unknown>) {
    const met: { scope: string; global: boolean; retryAfter: number }[] = [];
    const listener = (info: (typeof met)[number]) => met.push(info);
    client.rest.on(RESTEvents.RateLimited, listener);
    try {
      await deed();
    } finally {
      client.rest.off(RESTEvents.RateLimited, listener);
    }
    return met;
  }

  /** Status and moment of the answers to the messages sent since. */
  async function answersSince(since: number, count: number): Promise<{ status: number; at: number }[]> {
    const answers: { status: number; at: number }[] = [];
    await it.control.waitFor(
      (event) => {
        if (event.type === 'rest' && event.method === 'POST')
          answers.push({ status: event.status, at: event.at });
        return answers.length === count;
      },
      { since },
    );
    return answers;
  }

  test.each(['user', 'global', 'shared'] as const)('of scope %s is waited out', async (scope) => {
    const seq = await it.control.seq();
    await it.control.weather('rest', {
      route: 'messages',
      method: 'POST',
      count: 1,
      kind: 'rate-limit',
      retryAfter: 0.6,
      scope,
    });
    const met = await limitsDuring(() => channel.send(`malgré ${scope}`));
    const [refused, accepted] = await answersSince(seq, 2);
    expect([refused?.status, accepted?.status]).toEqual([429, 200]);
    expect(accepted!.at - refused!.at).toBeGreaterThanOrEqual(600);
    // discord.js tells of the whole application's limit alone; others it waits out in the route's own queue.
    if (scope === 'global') expect(met[0]).toMatchObject({ global: true });
  });

  test('of a real bucket is foreseen from the headers, so that none is met', async () => {
    const seq = await it.control.seq();
    await limitsDuring(() => Promise.all(Array.from({ length: 6 }, (_, n) => channel.send(`n° ${n}`))));
    const sent = await it.control.messages(channel.id, { limit: 6 });
    expect(sent.map((message) => message.content)).toEqual(Array.from({ length: 6 }, (_, n) => `n° ${n}`));
    const answers = await answersSince(seq, 6);
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(answers[5]!.at - answers[0]!.at).toBeGreaterThan(1000);
  });

  test('headers name a bucket that two channels share and count apart', async () => {
    const other = client.channels.cache.get(await it.channelId('général'))!;
    const room = await client.guilds.cache.get(it.ready.guildId)!.channels.create({ name: 'à part' });
    const headers = async (channelId: string) => {
      const answer = await client.rest.queueRequest({
        method: RequestMethod.Post,
        fullRoute: Routes.channelMessages(channelId),
        body: { content: 'x' },
      });
      return {
        bucket: answer.headers.get('x-ratelimit-bucket'),
        remaining: Number(answer.headers.get('x-ratelimit-remaining')),
      };
    };
    const first = await headers(room.id);
    const second = await headers(room.id);
    const elsewhere = await headers(other.id);
    expect(second.bucket).toBe(first.bucket);
    expect(elsewhere.bucket).toBe(first.bucket);
    expect(second.remaining).toBe(first.remaining - 1);
  });

  test('renaming a channel a third time within ten minutes meets a long one', async () => {
    const room = await client.guilds.cache.get(it.ready.guildId)!.channels.create({ name: 'un' });
    await room.setName('deux');
    await room.setName('trois');
    const answer = await fetch(`${it.ready.api}/channels/${room.id}`, {
      method: 'PATCH',
      headers: {
        'user-agent': 'DiscordBot (https://example.org, 1)',
        authorization: `Bot ${it.ready.botToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ name: 'quatre' }),
    });
    expect(answer.status).toBe(429);
    expect(((await answer.json()) as { retry_after: number }).retry_after).toBeGreaterThan(60);
  });

  test('a failing server is asked again', async () => {
    await it.control.weather('rest', {
      route: 'messages',
      method: 'POST',
      count: 2,
      kind: 'status',
      status: 502,
    });
    expect((await channel.send('au troisième essai')).content).toBe('au troisième essai');
  });
});
