/** PostgreSQL goes away for a while: the bot stays on Discord, says so once, catches up, loses and doubles nothing. */
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../support/database.ts';
import { Scene } from '../support/scene.ts';

const postgres = await startPostgres();
afterAll(() => postgres.remove());

test.each([
  ['shorter than a lease', '30'],
  ['longer than a lease', '1'],
])('%s: rows of before, meanwhile and afterwards are done once, on one gateway session', async (_, lease) => {
  const scene = await Scene.open({ databaseServer: postgres.url });
  onTestFinished(() => scene.strike());
  const { client, guildId } = scene;
  const bot = await scene.start({ COMMAND_LEASE_SECONDS: lease });
  const announce = (message: string, channelId: string) =>
    scene.database.insert(guildId, 'announce', { channelId, message });
  await bot.logged(({ event }) => event === 'commands are notified');
  const channelId = scene.channel('général');
  const other = scene.channel('annonces');
  const since = scene.sandbox.stream.seq;

  // One is under way at Discord when the database goes, one waits behind it.
  await client.weather('rest', { route: '/messages$', method: 'POST', kind: 'delay', ms: 2_500, count: 1 });
  const underWay = await announce('en cours', channelId);
  const behind = await announce('derrière', other);
  await scene.event((event) => event.type === 'weather' && event.kind === 'delay', { since });
  await postgres.stop();
  await bot.logged(({ event }) => event === 'database unreachable');
  if (lease === '30') {
    // What was under way is finished at Discord; its outcome has nowhere to go yet.
    await scene.event((event) => event.type === 'world' && event.t === 'MESSAGE_CREATE', { since });
  } else {
    // It may be another process's by now, which the bot cannot know: it lets go.
    await bot.logged(({ event }) => event === 'command lost while it ran');
  }

  // The bot is on Discord all the while: people are answered.
  const ping = await client.people('command', {
    channelId,
    userId: scene.sandbox.world.guilds.get(guildId)!.ownerId,
    name: 'ping',
    locale: 'fr',
    waitForFinal: true,
  });
  expect(ping.message?.embeds[0]?.title).toContain('Pong');

  await postgres.start();
  await scene.database.listen();
  const afterwards = await announce('après', other);
  for (const id of [underWay, behind, afterwards]) {
    expect(await scene.database.finished(id, 20_000)).toMatchObject({ status: 'done', result: { ok: true } });
  }
  const contents = [...(await scene.written(channelId)), ...(await scene.written(other))].map(
    ({ content }) => content,
  );
  for (const text of ['en cours', 'derrière', 'après']) {
    expect(contents.filter((content) => content === text)).toHaveLength(1);
  }

  // One line each way, whoever noticed; then it is notified as before.
  await bot.logged(({ event }) => event === 'database is back');
  const told = bot.lines.filter(
    ({ level, event }) => level !== 'debug' && /database|notif|reachable/.test(event),
  );
  expect(told.map(({ level, event }) => `${level}: ${event}`)).toEqual([
    'info: database ready',
    'info: commands are notified',
    'warning: database unreachable',
    'info: database is back',
  ]);
  const gateway = scene.sandbox.stream
    .since(since)
    .flatMap((event) => (event.type === 'gateway' && event.what !== 'heartbeat' ? [event.what] : []));
  expect(gateway.filter((what) => ['closed', 'connected', 'identified', 'resumed'].includes(what))).toEqual(
    [],
  );
});
