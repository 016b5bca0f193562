import { Events, type Client } from 'discord.js';
import { afterEach, describe, expect, test } from 'vitest';
import { eventOf, useSandbox } from './support.ts';

describe('the connection', () => {
  const it = useSandbox();
  afterEach(async () => {
    await it.logout();
    await it.control.weather('clear', {});
    await it.control.weather('session-limits', { heartbeatIntervalMs: 41_250 });
  });

  const gatewayEvent = async (what: string, since: number) =>
    it.control.waitFor((event) => event.type === 'gateway' && event.what === what, { since });
  const now = () => it.control.seq();

  /** Writes while the client is away, lets it return, and gives what it then saw, in order. */
  async function writtenWhileAway(
    client: Client<true>,
    interrupt: () => Promise<unknown>,
  ): Promise<string[]> {
    const channelId = await it.channelId('général');
    const userId = await it.someMember();
    const seen: string[] = [];
    client.on(Events.MessageCreate, (message) => seen.push(message.content));
    const before = await now();
    await interrupt();
    for (const content of ['un', 'deux', 'trois'])
      await it.control.people('write', { channelId, userId, content });
    const last = eventOf(client, Events.MessageCreate, (message) => message.content === 'quatre');
    await gatewayEvent('resumed', before);
    await it.control.people('write', { channelId, userId, content: 'quatre' });
    await last;
    client.removeAllListeners(Events.MessageCreate);
    return seen;
  }

  test.each([
    ['a cut of TCP', {}],
    ['close code 4000', { closeCode: 4000 }],
    ['close code 4001', { closeCode: 4001 }],
  ])('resumes after %s and misses nothing', async (_, how) => {
    const client = await it.login();
    const resumed = eventOf(client, Events.ShardResume);
    const seen = await writtenWhileAway(client, () => it.control.weather('drop-gateway', how));
    await resumed;
    expect(seen).toEqual(['un', 'deux', 'trois', 'quatre']);
  });

  test('reconnects and resumes when asked to (op 7)', async () => {
    const client = await it.login();
    const seen = await writtenWhileAway(client, () => it.control.weather('ask-reconnect', {}));
    expect(seen).toEqual(['un', 'deux', 'trois', 'quatre']);
  });

  test('identifies anew after an invalid session', async () => {
    const client = await it.login();
    const before = await now();
    const again = eventOf(client, Events.ShardReady);
    await it.control.weather('invalid-session', { resumable: false });
    await gatewayEvent('identified', before);
    await again;
    const channelId = await it.channelId('général');
    const arrived = eventOf(client, Events.MessageCreate, (message) => message.content === 'toujours là');
    await it.control.people('write', { channelId, userId: await it.someMember(), content: 'toujours là' });
    await arrived;
  });

  test('resumes after an invalid session that may be', async () => {
    const client = await it.login();
    const before = await now();
    const resumed = eventOf(client, Events.ShardResume);
    await it.control.weather('invalid-session', { resumable: true });
    await gatewayEvent('resumed', before);
    await resumed;
  });

  test.each([4003, 4007, 4009])('identifies anew after %i: the session is gone', async (closeCode) => {
    const client = await it.login();
    const before = await now();
    const again = eventOf(client, Events.ShardReady);
    await it.control.weather('drop-gateway', { closeCode });
    await gatewayEvent('identified', before);
    await again;
    expect((await it.control.state()).sessions).toHaveLength(1);
  });

  test('a connection whose heartbeats go unanswered is given up and resumed', async () => {
    await it.control.weather('session-limits', { heartbeatIntervalMs: 300 });
    await it.login();
    const before = await now();
    await it.control.weather('lose-heartbeat-acks', { on: true });
    const closed = await gatewayEvent('closed', before);
    expect(closed).toMatchObject({ closedBy: 'client' });
    await it.control.weather('lose-heartbeat-acks', { on: false });
    await gatewayEvent('resumed', before);
  });

  test('heartbeats are answered', async () => {
    await it.control.weather('session-limits', { heartbeatIntervalMs: 200 });
    const client = await it.login();
    const before = await now();
    await gatewayEvent('heartbeat', before);
    await gatewayEvent('heartbeat', await now());
    expect(client.ws.ping).toBeGreaterThanOrEqual(0);
  });

  test('one session may change its presence', async () => {
    const client = await it.login();
    const before = await now();
    client.user.setPresence({ status: 'idle', activities: [{ name: 'les salons', type: 3 }] });
    const received = await it.control.waitFor(
      (event) => event.type === 'gateway' && event.what === 'received' && event.op === 3,
      { since: before },
    );
    expect(received).toBeDefined();
  });

  test('discord.js knows what people play: from the start, and as it changes', async () => {
    const userId = await it.someMember();
    await it.control.people('set-presence', { userId, activities: [{ name: 'Échecs' }] });
    const client = await it.login();
    const guild = client.guilds.cache.find(({ presences }) => presences.cache.has(userId))!;
    expect(guild.presences.cache.get(userId)!.activities).toMatchObject([{ name: 'Échecs', type: 0 }]);
    const changed = eventOf(client, Events.PresenceUpdate, (_, after) => after.userId === userId);
    await it.control.people('set-presence', { userId, activities: [{ name: 'Go' }] });
    const [, after] = await changed;
    expect(after.activities.map(({ name }) => name)).toEqual(['Go']);
    const asked = await guild.members.fetch({ user: [userId], withPresences: true });
    expect(asked.get(userId)!.presence!.activities[0]!.name).toBe('Go');
  });

  test('a clean goodbye ends the session', async () => {
    const client = await it.login();
    const before = await now();
    await client.destroy();
    expect(await gatewayEvent('closed', before)).toMatchObject({ closedBy: 'client', closeCode: 1000 });
    expect((await it.control.state()).sessions).toEqual([]);
  });
});
