/** A pooler between bot and database: in transaction mode LISTEN is lost without a word, and everything works even so. */
import { afterAll, describe, expect, test } from 'vitest';
import type { BotProcess } from '../support/bot.ts';
import { PgBouncer } from '../support/pgbouncer.ts';
import type { PoolMode } from '../support/pgbouncer.ts';
import { Scene } from '../support/scene.ts';

/** What the bot says about notifications, in order. */
const heard = (bot: BotProcess) =>
  bot.lines.map(({ event }) => event).filter((event) => /^commands are (not )?notified$/.test(event));

async function setUp(mode: PoolMode) {
  const scene = await Scene.set();
  const bouncer = await PgBouncer.start(scene.database.url, mode);
  afterAll(() => bouncer.remove());
  const bot = await scene.start({ DATABASE_URL: bouncer.through(scene.database.url) });
  return { scene, bouncer, bot };
}

describe('transaction mode', async () => {
  const { scene, bouncer, bot } = await setUp('transaction');
  const { guildId } = scene;
  const channelId = scene.channel('général');

  test('the log says that commands are not notified', async () => {
    await bot.logged(({ event, level }) => event === 'commands are not notified' && level === 'warning');
  });

  test('commands are found by polling, in order', async () => {
    const ids: string[] = [];
    for (const message of ['un', 'deux', 'trois']) {
      ids.push(await scene.database.insert(guildId, 'announce', { channelId, message }));
    }
    for (const id of ids) {
      expect(await scene.database.finished(id)).toMatchObject({ status: 'done', result: { ok: true } });
    }
    const written = (await scene.written(channelId)).map(({ content }) => content);
    expect(written.slice(-3)).toEqual(['un', 'deux', 'trois']);
  });

  test('every statement can be on another connection', async () => {
    const ids = await Promise.all(
      Array.from({ length: 40 }, () => scene.database.insert(guildId, 'listTextChannels')),
    );
    for (const id of ids) expect((await scene.database.finished(id)).status).toBe('done');
  });

  test('the pooler is restarted: nothing is lost, and the log does not repeat itself', async () => {
    const during = await scene.database.insert(guildId, 'listTextChannels');
    const lines = bot.lines.length;
    await bouncer.restart();
    const after = await scene.database.insert(guildId, 'announce', { channelId, message: 'quatre' });
    for (const id of [during, after]) {
      expect((await scene.database.finished(id)).status).toBe('done');
    }
    await bot.logged(
      (line) => line.event === 'listening for notifications' && bot.lines.indexOf(line) >= lines,
    );
    expect((await scene.written(channelId)).filter(({ content }) => content === 'quatre')).toHaveLength(1);
    expect(heard(bot)).toEqual(['commands are not notified']);
  });

  test('the bot stops as it should, and the next one resumes its session', async () => {
    expect(await bot.stop()).toMatchObject({ code: 0 });
    const since = scene.sandbox.stream.seq;
    const next = await scene.start({ DATABASE_URL: bouncer.through(scene.database.url) });
    const what = scene.sandbox.stream
      .since(since)
      .flatMap((event) => (event.type === 'gateway' ? [event.what] : []));
    expect(what).toContain('resumed');
    expect((await scene.database.command(guildId, 'listTextChannels')).status).toBe('done');
    await next.stop();
  });
});

describe('session mode', async () => {
  const { scene, bouncer, bot } = await setUp('session');

  test('commands are notified, also after the pooler was restarted', async () => {
    await bot.logged(({ event }) => event === 'commands are notified');
    expect((await scene.database.command(scene.guildId, 'listTextChannels')).status).toBe('done');
    const lines = bot.lines.length;
    await bouncer.restart();
    await bot.logged(
      (line) => line.event === 'listening for notifications' && bot.lines.indexOf(line) >= lines,
    );
    expect((await scene.database.command(scene.guildId, 'listTextChannels')).status).toBe('done');
    expect(heard(bot)).not.toContain('commands are not notified');
    await bot.stop();
  });
});
