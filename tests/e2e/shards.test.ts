/** Two bot processes share the guilds: each carries out the commands of its own shards, and of no others. */
import { expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';

const COMMANDS_PER_GUILD = 5;
const SHARDS = 2n;

const scene = await Scene.set({ seed: 'large:4' });
// Both may identify at once, as a bot's shards of different buckets do.
await scene.client.weather('session-limits', { shards: 2, maxConcurrency: 2 });
const shardOf = (guildId: string) => Number((BigInt(guildId) >> 22n) % SHARDS);
const guilds = [...scene.sandbox.world.guilds.keys()];
const start = (shard: number) => scene.start({ SHARD_COUNT: '2', SHARDS: String(shard) });
const bots = await Promise.all([start(0), start(1)]);

/** Ids of the commands that the process has logged as done. */
const doneBy = (bot: (typeof bots)[number]) =>
  bot.lines.filter(({ event }) => event === 'command done').map(({ command }) => command as string);

test('the guilds are of both shards', () => {
  expect(new Set(guilds.map(shardOf))).toEqual(new Set([0, 1]));
});

test('each process connects its shard alone', async () => {
  const state = await scene.client.state();
  expect(state.sessions.map(({ shard }) => shard).sort()).toEqual([
    [0, 2],
    [1, 2],
  ]);
});

test('each process carries out the commands of its own guilds', async () => {
  const inserted = await Promise.all(
    guilds.flatMap((guildId) =>
      Array.from({ length: COMMANDS_PER_GUILD }, async () => ({
        shard: shardOf(guildId),
        id: await scene.database.insert(guildId, 'listTextChannels'),
      })),
    ),
  );
  for (const { id } of inserted) expect(await scene.database.finished(id)).toMatchObject({ status: 'done' });
  for (const [shard, bot] of bots.entries()) {
    const own = inserted.filter((one) => one.shard === shard).map(({ id }) => id);
    for (const id of own)
      await bot.logged(({ event, command }) => event === 'command done' && command === id);
    expect(doneBy(bot).toSorted()).toEqual(own.toSorted());
  }
});

test('a process that is not there leaves its commands to wait, and takes them up when it is back', async () => {
  const absent = bots[1]!;
  absent.kill('SIGTERM');
  expect(await absent.exited).toMatchObject({ code: 0 });
  const [left, other] = [1, 0].map((shard) => guilds.find((guildId) => shardOf(guildId) === shard)!);
  const waiting = await scene.database.insert(left!, 'listTextChannels');
  expect(await scene.database.command(other!, 'listTextChannels')).toMatchObject({ status: 'done' });
  expect(await scene.database.row(waiting)).toMatchObject({ status: 'pending', attempts: 0 });

  const back = await start(1);
  expect(await scene.database.finished(waiting)).toMatchObject({ status: 'done' });
  // Its session was kept for it alone.
  expect(back.lines.find(({ event }) => event === 'gateway ready')).toMatchObject({ resumed: true });
});
