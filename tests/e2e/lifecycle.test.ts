/** Stopping, crashing and starting again: nothing is lost, nothing happens twice. */
import { afterEach, describe, expect, test } from 'vitest';
import type { SandboxEvent } from '../../sandbox/src/control/api.ts';
import { Scene } from '../support/scene.ts';

const scene = await Scene.set();
const { client, guildId } = scene;
const guild = scene.sandbox.world.guilds.get(guildId)!;
const route = '/channels/\\d+/messages';

const happened = (what: string) => (event: SandboxEvent) => event.type === 'gateway' && event.what === what;

/** Until a call that the weather delays has arrived: a command that is only claimed could still be given back. */
const held = (since: number) =>
  scene.event((event) => event.type === 'weather' && event.kind === 'delay', { since });

afterEach(() => client.weather('clear', {}));

describe('SIGTERM', () => {
  test('ends with 0 and leaves a session that the next process resumes, missing nothing', async () => {
    const first = await scene.start();
    expect(await first.stop()).toMatchObject({ code: 0 });

    const since = scene.sandbox.stream.seq;
    const channelId = (
      await client.people('create-channel', { guildId, channel: { name: 'pendant-l-absence', type: 0 } })
    ).id;
    const inserted = await scene.database.insert(guildId, 'announce', { channelId, message: 'De retour' });
    const outcome = client.people('command', {
      channelId: scene.channel('général'),
      userId: guild.ownerId,
      name: 'ping',
      locale: 'fr',
      waitForFinal: true,
    });
    const second = await scene.start();

    expect(await scene.database.finished(inserted)).toMatchObject({ status: 'done', result: { ok: true } });
    expect((await outcome).message?.embeds[0]?.title).toContain('Pong');
    const list = await scene.database.command(guildId, 'listTextChannels');
    expect(JSON.stringify(list.result)).toContain('pendant-l-absence');
    const gateway = scene.sandbox.stream.since(since);
    expect(gateway.filter(happened('resumed'))).toHaveLength(1);
    expect(gateway.filter(happened('identified'))).toEqual([]);
    await second.stop();
  });

  test('a session that was kept for too long is not tried: a new one is begun', async () => {
    await scene.database.query("UPDATE gateway_sessions SET saved_at = now() - interval '1 hour'");
    const since = scene.sandbox.stream.seq;
    const bot = await scene.start();
    const gateway = scene.sandbox.stream.since(since);
    expect(gateway.filter(happened('identified'))).toHaveLength(1);
    expect((await scene.database.command(guildId, 'listTextChannels')).status).toBe('done');
    await bot.stop('SIGINT');
  });

  test('finishes what is under way', async () => {
    const bot = await scene.start();
    const channelId = await scene.createChannel('en-cours');
    await client.weather('rest', { route, method: 'POST', kind: 'delay', ms: 1_000, count: 1 });
    const since = scene.sandbox.stream.seq;
    const id = await scene.database.insert(guildId, 'announce', { channelId, message: 'En cours' });
    await held(since);
    expect(await bot.stop()).toMatchObject({ code: 0 });
    expect(await scene.database.row(id)).toMatchObject({ status: 'done', result: { ok: true } });
    expect(await scene.written(channelId)).toHaveLength(1);
  });

  test('gives back within ten seconds what takes for ever, and the next process does it once', async () => {
    const bot = await scene.start();
    const channelId = await scene.createChannel('trop-long');
    await client.weather('rest', { route, method: 'POST', kind: 'delay', ms: 60_000, count: 5 });
    const since = scene.sandbox.stream.seq;
    const id = await scene.database.insert(guildId, 'announce', { channelId, message: 'Trop long' });
    await held(since);
    const begin = Date.now();
    expect(await bot.stop()).toMatchObject({ code: 0 });
    expect(Date.now() - begin).toBeLessThan(11_000);
    await client.weather('clear', {});
    const next = await scene.start();
    expect(await scene.database.finished(id)).toMatchObject({ status: 'done', result: { ok: true } });
    expect(await scene.written(channelId)).toHaveLength(1);
    await next.stop();
  });

  test('a second one ends it at once', async () => {
    const bot = await scene.start();
    const channelId = await scene.createChannel('impatient');
    await client.weather('rest', { route, method: 'POST', kind: 'delay', ms: 60_000, count: 5 });
    const since = scene.sandbox.stream.seq;
    const id = await scene.database.insert(guildId, 'announce', { channelId, message: 'Impatient' });
    await held(since);
    bot.kill('SIGTERM');
    await bot.logged(({ event }) => event === 'stopping');
    bot.kill('SIGTERM');
    expect(await bot.end(1_000)).toMatchObject({ code: 1 });
    await scene.database.query("UPDATE commands SET status = 'error' WHERE id = $1", [id]);
  });

  test('while it waits for a database that is not there', async () => {
    const bot = scene.launch({ DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/nothing' });
    await bot.logged(({ event, level }) => level === 'warning' && event.includes('database'));
    expect(await bot.stop()).toMatchObject({ code: 0 });
  });
});

test('a crash while an announcement is under way: the next process finds the message that was sent', async () => {
  const bot = await scene.start();
  const channelId = await scene.createChannel('plantage');
  await client.weather('rest', { route, method: 'POST', kind: 'cut-after', count: 50 });
  const sent = scene.event((event) => event.type === 'world' && event.t === 'MESSAGE_CREATE', {
    since: scene.sandbox.stream.seq,
  });
  const id = await scene.database.insert(guildId, 'announce', { channelId, message: 'Une seule fois' });
  await sent;
  bot.kill('SIGKILL');
  await bot.end();
  expect((await scene.database.row(id)).status).toBe('processing');
  await client.weather('clear', {});
  // The lease's thirty seconds, gone by.
  await scene.database.query(
    "UPDATE commands SET lease_expires_at = now() - interval '1 second' WHERE id = $1",
    [id],
  );
  const next = await scene.start();
  const row = await scene.database.finished(id, 20_000);
  expect(row).toMatchObject({ status: 'done', result: { ok: true } });
  const written = await scene.written(channelId);
  expect(written.map((message) => message.id)).toEqual([row.result!.messageId]);
  await next.stop();
});
