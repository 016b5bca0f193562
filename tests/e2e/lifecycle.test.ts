/** Stopping, crashing and starting again: nothing is lost, nothing happens twice. */
import { describe } from 'vitest';
import type { SandboxEvent } from '../../sandbox/src/control/api.ts';
import { sceneTest as test } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const LONG = { timeout: 60_000 };
const route = '/channels/\\d+/messages';

const happened = (what: string) => (event: SandboxEvent) => event.type === 'gateway' && event.what === what;

/** Announces something over which the weather delays Discord's answer; until that call has arrived, as a command that
 * is only claimed could still be given back. */
async function announceSlowly(scene: Scene, ms: number) {
  const { client, database, guildId } = scene;
  const channelId = await scene.createChannel('lentement');
  await client.weather('rest', { route, method: 'POST', kind: 'delay', ms, count: 5 });
  const since = scene.sandbox.stream.seq;
  const id = await database.insert(guildId, 'announce', { channelId, message: 'Une fois' });
  await scene.event((event) => event.type === 'weather' && event.kind === 'delay', { since });
  return { channelId, id };
}

describe('SIGTERM', () => {
  test.concurrent(
    'ends with 0 and leaves a session that the next process resumes, missing nothing',
    LONG,
    async ({ scene, bot, expect }) => {
      const { client, guildId } = scene;
      expect(await bot.stop()).toMatchObject({ code: 0 });

      const since = scene.sandbox.stream.seq;
      const channel = { name: 'pendant-l-absence', type: 0 };
      const { id: channelId } = await client.people('create-channel', { guildId, channel });
      const inserted = await scene.database.insert(guildId, 'announce', { channelId, message: 'De retour' });
      const starting = scene.start();
      // Nobody waits for an answer for longer than three seconds: asked just before the session is resumed.
      await scene.event(happened('connected'), { since, timeoutMs: 20_000 });
      const outcome = client.people('command', {
        channelId: scene.channel('général'),
        userId: scene.sandbox.world.guilds.get(guildId)!.ownerId,
        name: 'ping',
        locale: 'fr',
        waitForFinal: true,
      });
      const second = await starting;

      expect(await scene.database.finished(inserted)).toMatchObject({ status: 'done', result: { ok: true } });
      expect((await outcome).message?.embeds[0]?.title).toContain('Pong');
      const list = await scene.database.command(guildId, 'listTextChannels');
      expect(JSON.stringify(list.result)).toContain('pendant-l-absence');
      const gateway = scene.sandbox.stream.since(since);
      expect(gateway.filter(happened('resumed'))).toHaveLength(1);
      expect(gateway.filter(happened('identified'))).toEqual([]);
      expect(await second.stop()).toMatchObject({ code: 0 });
    },
  );

  test.concurrent(
    'a session that was kept for too long is not tried: a new one is begun',
    LONG,
    async ({ scene, bot, expect }) => {
      expect(await bot.stop()).toMatchObject({ code: 0 });
      await scene.database.query("UPDATE gateway_sessions SET saved_at = now() - interval '1 hour'");
      const since = scene.sandbox.stream.seq;
      const next = await scene.start();
      const gateway = scene.sandbox.stream.since(since);
      expect(gateway.filter(happened('identified'))).toHaveLength(1);
      expect((await scene.database.command(scene.guildId, 'listTextChannels')).status).toBe('done');
      expect(await next.stop('SIGINT')).toMatchObject({ code: 0 });
    },
  );

  test.concurrent('finishes what is under way', LONG, async ({ scene, bot, expect }) => {
    const { channelId, id } = await announceSlowly(scene, 1_000);
    expect(await bot.stop()).toMatchObject({ code: 0 });
    expect(await scene.database.row(id)).toMatchObject({ status: 'done', result: { ok: true } });
    expect(await scene.written(channelId)).toHaveLength(1);
  });

  test.concurrent(
    'gives back within ten seconds what takes for ever, and the next process does it once',
    LONG,
    async ({ scene, bot, expect }) => {
      const { channelId, id } = await announceSlowly(scene, 60_000);
      const begin = Date.now();
      expect(await bot.stop()).toMatchObject({ code: 0 });
      expect(Date.now() - begin).toBeLessThan(11_000);
      await scene.client.weather('clear', {});
      const next = await scene.start();
      expect(await scene.database.finished(id)).toMatchObject({ status: 'done', result: { ok: true } });
      expect(await scene.written(channelId)).toHaveLength(1);
      await next.stop();
    },
  );

  test.concurrent('a second one ends it at once', LONG, async ({ scene, bot, expect }) => {
    await announceSlowly(scene, 60_000);
    bot.kill('SIGTERM');
    await bot.logged(({ event }) => event === 'stopping');
    bot.kill('SIGTERM');
    expect(await bot.end(5_000)).toMatchObject({ code: 1 });
  });

  test.concurrent('while it waits for a database that is not there', async ({ scene, expect }) => {
    const bot = scene.launch({ DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/nothing' });
    await bot.logged(({ event, level }) => level === 'warning' && event.includes('database'));
    expect(await bot.stop()).toMatchObject({ code: 0 });
  });
});

test.concurrent(
  'a crash while an announcement is under way: the next process finds the message that was sent',
  LONG,
  async ({ scene, bot, expect }) => {
    const { client, database, guildId } = scene;
    const channelId = await scene.createChannel('plantage');
    await client.weather('rest', { route, method: 'POST', kind: 'cut-after', count: 50 });
    const sent = scene.event((event) => event.type === 'world' && event.t === 'MESSAGE_CREATE', {
      since: scene.sandbox.stream.seq,
    });
    const id = await database.insert(guildId, 'announce', { channelId, message: 'Une seule fois' });
    await sent;
    bot.kill('SIGKILL');
    await bot.end();
    expect((await database.row(id)).status).toBe('processing');
    await client.weather('clear', {});
    // The lease's thirty seconds, gone by; and it had waited for some minutes before it was begun, which Discord, who
    // keeps a nonce for a few, knows nothing of.
    await database.query(
      `UPDATE commands SET lease_expires_at = now() - interval '1 second', created_at = now() - interval '5 minutes'
       WHERE id = $1`,
      [id],
    );
    const next = await scene.start();
    const row = await database.finished(id, 20_000);
    expect(row).toMatchObject({ status: 'done', result: { ok: true } });
    const written = await scene.written(channelId);
    expect(written.map((message) => message.id)).toEqual([row.result!.messageId]);
    await next.stop();
  },
);
