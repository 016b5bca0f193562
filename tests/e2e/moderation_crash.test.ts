/** kill -9 in the middle of a lock, an unlock or a purge: what the next process makes of it. */
import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { describe } from 'vitest';
import { assertResult } from '../support/contracts.ts';
import { pastMessages, remaining } from '../support/messages.ts';
import type { BotProcess } from '../support/bot.ts';
import { sceneTest as test } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const LONG = { timeout: 90_000 };
const LOCKABLE = P.SendMessages | P.SendMessagesInThreads | P.CreatePublicThreads | P.CreatePrivateThreads;

/** The row once it has come to its end. */
async function finished({ database }: Scene, id: string, action: string) {
  const row = await database.finished(id, 60_000);
  assertResult(action, row.status, row.result);
  return row;
}

/** The bot dies over a row, whose lease then ends, and another one starts. */
async function dieOver(scene: Scene, bot: BotProcess, id: string): Promise<void> {
  bot.kill('SIGKILL');
  await bot.exited;
  await scene.client.weather('clear', {});
  await scene.database.query("UPDATE commands SET lease_expires_at = now() - interval '1 s' WHERE id = $1", [
    id,
  ]);
  await scene.start();
}

describe('a lock and an unlock are finished', () => {
  test.concurrent.for([
    ['lock', 'nothing but the memory is there', 'own', 'cut-before'],
    ['lock', 'the bot has its own access', 'own', 'cut-after'],
    ['lock', 'everyone still has theirs', 'everyone', 'cut-before'],
    ['lock', 'all is done and not told', 'everyone', 'cut-after'],
    ['unlock', 'nothing is done', 'everyone', 'cut-before'],
    ['unlock', 'everyone has theirs back', 'everyone', 'cut-after'],
    ['unlock', 'the bot still has its own', 'own', 'cut-before'],
    ['unlock', 'all is done and the memory still there', 'own', 'cut-after'],
  ] as const)('%s: %s', LONG, async ([action, , whose, kind], { scene, bot, expect }) => {
    const { client, database, guildId } = scene;
    const { world } = scene.sandbox;
    const guild = world.guilds.get(guildId)!;
    const before = [{ id: guildId, type: 0, allow: String(P.SendMessages), deny: String(P.AddReactions) }];
    const { id: channelId } = await client.people('create-channel', {
      guildId,
      channel: { name: 'verrou', type: 0, permission_overwrites: before },
    });
    const channel = () => guild.channels.get(channelId)!;
    const run = async (name: string) =>
      finished(scene, await database.insert(guildId, name, { channelId }), name);
    if (action === 'unlock') await run('lock');
    const since = scene.sandbox.stream.seq;
    const route = `/permissions/${whose === 'own' ? world.bot.id : guildId}$`;
    await client.weather('rest', { route, kind, count: 1000 });
    const id = await database.insert(guildId, action, { channelId });
    await scene.event((event) => event.type === 'weather', { since });
    await dieOver(scene, bot, id);
    expect(await finished(scene, id, action)).toMatchObject({ status: 'done', result: { ok: true } });
    if (action === 'lock') {
      const member = [...guild.members.values()].find(
        ({ roles, user }) => roles.length === 0 && user.id !== guild.ownerId,
      )!;
      expect(world.permissions.inChannel(guild, channel(), member.user.id) & LOCKABLE).toBe(0n);
      await run('unlock');
    }
    expect(channel().permission_overwrites).toEqual(before);
    expect(await database.query('SELECT FROM channel_locks')).toEqual([]);
  });
});

test.concurrent(
  'a purge is not run again: the row says how much is known to be gone',
  LONG,
  async ({ scene, bot, expect }) => {
    const { database, guildId } = scene;
    const channelId = await scene.createChannel('purge');
    const minutely = Array.from({ length: 300 }, (_, n) => ({ ageMs: (n + 1) * 60_000 }));
    pastMessages(scene, channelId, minutely);
    const since = scene.sandbox.stream.seq;
    const id = await database.insert(guildId, 'purge', { channelId, amount: 300, mode: 'count' });
    // The second chunk waits a second for its limit; by then the first one is in the row.
    let chunks = 0;
    await scene.event(
      (event) => event.type === 'rest' && event.path.endsWith('/bulk-delete') && ++chunks === 2,
      { since, timeoutMs: 30_000 },
    );
    await dieOver(scene, bot, id);
    const row = await finished(scene, id, 'purge');
    expect(row).toMatchObject({ status: 'error', result: { ok: false, code: 'interrupted' } });
    expect(row.result!.deleted).toBeGreaterThanOrEqual(100);
    expect(300 - remaining(scene, channelId).size).toBeGreaterThanOrEqual(Number(row.result!.deleted));
  },
);
