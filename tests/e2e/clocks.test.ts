/** A host's clock may be wrong: how old something is in the database, the database says. */
import { describe, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';

const stages = await Promise.all(
  [3_600, -3_600].map(async (seconds) => {
    const scene = await Scene.set({ databaseClockOff: `${seconds} seconds` });
    return { seconds, scene, bot: await scene.start(), channelId: scene.channel('général') };
  }),
);

describe.each(stages)('a database whose clock is $seconds s off', ({ seconds, scene, bot, channelId }) => {
  const { database, guildId } = scene;

  /** An announcement that was asked for, and begun by a process that is no more, so long ago. */
  async function interrupted(asked: string, begun: string) {
    const [row] = await database.query<{ id: string }>(
      `INSERT INTO commands (guild_id, action, payload, created_at, attempts, started_at)
       VALUES ($1, 'announce', $2, now() - $3::interval, 1, now() - $4::interval) RETURNING id`,
      [guildId, JSON.stringify({ channelId, message: 'Bonsoir' }), asked, begun],
    );
    return database.finished(row!.id);
  }

  async function waited(age: string) {
    const [row] = await database.query<{ id: string }>(
      `INSERT INTO commands (guild_id, action, payload, created_at)
       VALUES ($1, 'announce', $2, now() - $3::interval) RETURNING id`,
      [guildId, JSON.stringify({ channelId, message: 'Bonsoir' }), age],
    );
    return database.finished(row!.id);
  }

  test('it is', async () => {
    const rows = await database.query('SELECT extract(epoch FROM now() - pg_catalog.now())::integer AS off');
    expect(rows).toEqual([{ off: seconds }]);
  });

  test('what has just been asked for is carried out, what has waited for too long is not', async () => {
    expect(await database.command(guildId, 'announce', { channelId, message: 'Bonsoir' })).toMatchObject({
      status: 'done',
    });
    expect(await waited('9 minutes')).toMatchObject({ status: 'done' });
    expect(await waited('11 minutes')).toMatchObject({ result: { code: 'expired' } });
  });

  test('what was interrupted is repeated for as long as Discord tells a repetition', async () => {
    expect(await interrupted('5 minutes', '1 minute')).toMatchObject({ status: 'done', attempts: 2 });
    expect(await interrupted('5 minutes', '3 minutes')).toMatchObject({ result: { code: 'interrupted' } });
  });

  test('the audit has one time', async () => {
    await database.command(guildId, 'listTextChannels');
    await scene.client.people('command', {
      channelId,
      userId: scene.sandbox.world.guilds.get(guildId)!.ownerId,
      name: 'slowmode',
      options: { duration: 5 },
      waitForFinal: true,
    });
    const written = () =>
      database.query<{ action: string; off: number }>(
        `SELECT action, abs(extract(epoch FROM created_at - started_at))::integer AS off FROM command_audit
         WHERE action IN ('listTextChannels', 'slowmode')`,
      );
    await expect.poll(written).toHaveLength(2);
    for (const { action, off } of await written()) expect(off, action).toBeLessThan(60);
  });

  test('the next process resumes the session that was just left', async () => {
    expect(await bot.stop()).toMatchObject({ code: 0 });
    const since = scene.sandbox.stream.seq;
    await scene.start();
    const what = scene.sandbox.stream.since(since).flatMap((event) => ('what' in event ? [event.what] : []));
    expect(what).toContain('resumed');
  });
});
