/** Moderation where something is in the way: what may be seen, what is missing, and others who do not wait. */
import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { describe, expect, test } from 'vitest';
import type { SandboxEvent } from '../../sandbox/src/control/api.ts';
import { assertResult } from '../support/contracts.ts';
import { pastMessages } from '../support/messages.ts';
import { VoiceScene } from '../support/voice.ts';

const PURGED = 1_000;

const voice = await VoiceScene.set({ restLimits: { bucketFactor: 1 } });
const { scene, world, guild } = voice;
const { database, guildId } = scene;
await scene.start();

async function ask(action: string, payload: object, requestedBy?: string) {
  const [inserted] = await database.query<{ id: string }>(
    'INSERT INTO commands (guild_id, action, payload, requested_by) VALUES ($1, $2, $3, $4) RETURNING id',
    [guildId, action, JSON.stringify(payload), requestedBy ?? null],
  );
  const row = await database.finished(inserted!.id, 20_000);
  assertResult(action, row.status, row.result);
  return row;
}

const everyone = (deny: bigint) => [{ id: guildId, type: 0, allow: '0', deny: String(deny) }];

describe('listTextChannels', () => {
  const listed = async (requestedBy?: string) => {
    const { result } = await ask('listTextChannels', {}, requestedBy);
    return (result!.channels as { id: string }[]).map(({ id }) => id);
  };

  test('shows somebody what Discord shows him', async () => {
    const seesEverything = { id: world.bot.id, type: 1, allow: String(P.ViewChannel), deny: '0' };
    const hidden = await scene.createChannel('réservé', {
      permission_overwrites: [...everyone(P.ViewChannel), seesEverything],
    });
    const member = await voice.person();
    const open = scene.channel('général');
    expect(await listed()).toEqual(expect.arrayContaining([hidden, open]));
    expect(await listed(guild.ownerId)).toContain(hidden);
    const his = await listed(member);
    expect(his).toContain(open);
    expect(his).not.toContain(hidden);
  });
});

describe('a voice channel that the bot cannot enter', () => {
  test.each([
    ['purge', { amount: 1, mode: 'count' }],
    ['slowmode', { duration: 5 }],
    ['lock', {}],
  ])('%s names that alone', async (action, payload) => {
    const channelId = await voice.createChannel({
      name: `sous clef ${action}`,
      permission_overwrites: everyone(P.Connect),
    });
    await scene.createChannel(`apres-${action}`);
    const { result } = await ask(action, { channelId, ...payload });
    expect(result).toMatchObject({
      code: 'missing_permissions',
      reason: expect.stringContaining(
        `il manque au bot « Se connecter » dans #sous clef ${action}.`,
      ) as string,
    });
  });
});

test('slow mode of an archived thread: says what to do first', async () => {
  const parent = guild.channels.get(scene.channel('ressources'))!;
  const thread = world.threads.create(
    guild,
    parent,
    { name: 'sondage', type: 11 },
    { userId: guild.ownerId },
  );
  world.threads.edit(thread.id, { thread_metadata: { archived: true } }, { userId: guild.ownerId });
  const { result } = await ask('slowmode', { channelId: thread.id, duration: 5 });
  expect(result).toMatchObject({
    code: 'thread_archived',
    reason: 'Le fil #sondage est archivé : rouvrez-le, puis recommencez.',
  });
});

test('a room is made, and its owner moved, between two chunks of a purge of the same server', async () => {
  const hub = await voice.hub();
  const channelId = await scene.createChannel('longue-purge');
  pastMessages(
    scene,
    channelId,
    Array.from({ length: PURGED }, (_, n) => ({ ageMs: (n + 1) * 1_000 })),
  );
  const isChunk = (event: SandboxEvent) =>
    event.type === 'world' &&
    event.t === 'MESSAGE_DELETE_BULK' &&
    (event.data as { channel_id: string }).channel_id === channelId;
  const chunks = () => scene.sandbox.stream.since(0).filter(isChunk).length;
  const purge = await database.insert(guildId, 'purge', { channelId, amount: PURGED, mode: 'count' });
  await scene.event(isChunk);
  const before = chunks();
  await voice.enter(await voice.person(), hub);
  expect(chunks()).toBeLessThanOrEqual(before + 1);
  expect(before).toBeLessThan(PURGED / 100);
  expect((await database.finished(purge, 60_000)).result).toEqual({ ok: true, deleted: PURGED });
});
