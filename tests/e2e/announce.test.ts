/** Whom an announcement notifies, and that it is sent once whatever the network does. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';

const scene = await Scene.set();
await scene.start();
// A channel takes five messages in five seconds: each test writes in its own.
let channelId = '';
beforeEach(async () => {
  channelId = await scene.createChannel('annonces-du-test');
});
const guild = scene.sandbox.world.guilds.get(scene.guildId)!;
const userId = [...guild.members.keys()].find((id) => id !== scene.sandbox.world.bot.id)!;
const roleId = [...guild.roles.values()].find(({ name }) => name === 'Joueurs')!.id;
const message = `Coucou <@${userId}>, <@&${roleId}> et @everyone`;

afterEach(() => scene.client.weather('clear', {}));

async function announce(payload: object) {
  const row = await scene.database.command(scene.guildId, 'announce', { channelId, ...payload });
  expect(row).toMatchObject({ status: 'done', result: { ok: true } });
  const written = await scene.written(channelId);
  return written.find(({ id }) => id === row.result!.messageId)!;
}

describe('mentions', () => {
  const everybody = { mention_everyone: true, roles: [roleId], users: [userId] };
  const users = { mention_everyone: false, roles: [], users: [userId] };
  const nobody = { mention_everyone: false, roles: [], users: [] };

  async function notified(payload: object) {
    const { mention_everyone, mention_roles, mentions } = await announce({ message, ...payload });
    return { mention_everyone, roles: mention_roles, users: mentions.map(({ id }) => id) };
  }

  test.each([
    ['by default', {}, everybody],
    ['mentions: all', { mentions: 'all' }, everybody],
    ['mentions: users', { mentions: 'users' }, users],
    ['mentions: none', { mentions: 'none' }, nobody],
  ])('%s', async (_, payload, expected) => {
    expect(await notified(payload)).toEqual(expected);
  });

  test.each([
    ['users', {}, users],
    ['none', {}, nobody],
    ['users', { mentions: 'none' }, nobody],
    ['none', { mentions: 'users' }, nobody],
    ['all', {}, everybody],
  ])('the guild allows %s, the payload says %j', async (setting, payload, expected) => {
    await scene.settings('mentions', { who: setting });
    expect(await notified(payload)).toEqual(expected);
    await scene.settings('reset', { setting: 'mentions' });
  });
});

describe('sent once', () => {
  const route = '/channels/\\d+/messages';

  async function count(text: string): Promise<number> {
    return (await scene.written(channelId)).filter(({ content }) => content === text).length;
  }

  test.each([
    ['Discord fails twice first', { kind: 'status', status: 503, count: 2 } as const],
    ['the answer is lost after the message was sent', { kind: 'cut-after', count: 1 } as const],
    ['the answer is lost twice', { kind: 'cut-after', count: 2 } as const],
    ['the connection breaks before', { kind: 'cut-before', count: 2 } as const],
    ['a rate limit', { kind: 'rate-limit', retryAfter: 0.3, scope: 'user', count: 1 } as const],
    ['a shared rate limit', { kind: 'rate-limit', retryAfter: 0.3, scope: 'shared', count: 2 } as const],
  ])('%s', async (name, fault) => {
    const since = scene.sandbox.stream.seq;
    await scene.client.weather('rest', { route, method: 'POST', ...fault });
    const text = `Une seule fois : ${name}`;
    const sent = await announce({ message: text });
    expect(sent.content).toBe(text);
    expect(await count(text)).toBe(1);
    const nonces = scene.sandbox.stream.since(since).flatMap((event) => {
      if (event.type !== 'rest' || event.method !== 'POST' || !event.requestBody) return [];
      const { nonce, enforce_nonce } = event.requestBody as { nonce?: string; enforce_nonce?: boolean };
      return nonce ? [{ nonce, enforce_nonce }] : [];
    });
    expect(new Set(nonces.map(({ nonce }) => nonce)).size).toBe(1);
    expect(nonces[0]).toMatchObject({ enforce_nonce: true, nonce: expect.stringMatching(/^.{1,25}$/) });
  });

  test('when Discord does not recover, the row says so', async () => {
    await scene.client.weather('rest', { route, method: 'POST', kind: 'status', status: 502, count: 50 });
    const row = await scene.database.command(scene.guildId, 'announce', { channelId, message: 'Jamais' });
    expect(row).toMatchObject({ status: 'error', result: { ok: false, code: 'discord_unavailable' } });
    expect(row.result!.reason).toContain('Discord a un problème');
    expect(await count('Jamais')).toBe(0);
  });

  test('a permission that was lost meanwhile is told as Discord tells it', async () => {
    await scene.client.weather('rest', {
      route,
      method: 'POST',
      kind: 'status',
      status: 403,
      body: { code: 50013, message: 'Missing Permissions' },
      count: 1,
    });
    const row = await scene.database.command(scene.guildId, 'announce', { channelId, message: 'Refusé' });
    expect(row).toMatchObject({ status: 'error', result: { ok: false, code: 'missing_permissions' } });
    expect(row.result!.reason).toContain('Permissions insuffisantes');
  });
});
