/** Of the voice hubs' codes in docs/results.md those that a dashboard's command can be answered with: each is reached. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { assertResult } from '../support/contracts.ts';
import type { CommandRow } from '../support/database.ts';
import { VoiceScene } from '../support/voice.ts';

const NOWHERE = '123456789012345678';

const voice = await VoiceScene.set();
await voice.scene.start();
const { database, guildId } = voice.scene;
let [hub, room, owner, stranger] = ['', '', '', ''];
beforeAll(async () => {
  hub = await voice.hub();
  [owner, stranger] = [await voice.person(), await voice.person()];
  room = await voice.enter(owner, hub);
});

async function ask(action: string, payload: object, requestedBy: string | null = null): Promise<CommandRow> {
  const [row] = await database.query<{ id: string }>(
    'INSERT INTO commands (guild_id, action, payload, requested_by) VALUES ($1, $2, $3, $4) RETURNING id',
    [guildId, action, JSON.stringify(payload), requestedBy],
  );
  const finished = await database.finished(row!.id, 20_000);
  assertResult(action, finished.status, finished.result);
  return finished;
}

const change = (fields: object, requestedBy?: string) =>
  ask('room.update', { roomId: room, ...fields }, requestedBy);
const settle = (fields: object) => ask('hub.update', { hubId: hub, ...fields });
const ids = (count: number, first: bigint) =>
  Array.from({ length: count }, (_, n) => String(first + BigInt(n)));

test.each<[string, () => Promise<CommandRow>]>([
  ['unknown_hub', () => ask('hub.update', { hubId: NOWHERE })],
  ['unknown_room', () => ask('room.delete', { roomId: NOWHERE })],
  ['unknown_category', () => settle({ overflowCategoryIds: [hub] })],
  ['already_a_hub', () => ask('hub.create', { channelId: hub })],
  ['is_a_room', () => ask('hub.create', { channelId: room })],
  ['bad_name_template', () => settle({ nameTemplate: '{' })],
  ['bad_name', () => change({ name: '\u200b' })],
  ['bad_bitrate', () => change({ bitrate: 384_000 })],
  ['bad_region', () => change({ region: 'atlantis' })],
  [
    'list_full',
    () => change({ allowedUserIds: ids(80, 2n ** 60n), blockedUserIds: ids(80, 2n ** 60n + 100n) }),
  ],
  ['not_present', () => change({ ownerId: stranger })],
  ['not_owner', () => change({ userLimit: 3 }, stranger)],
])('%s', async (code, reach) => {
  const document = readFileSync(new URL('../../docs/results.md', import.meta.url), 'utf8');
  expect(document).toContain(`| \`${code}\` |`);
  expect(await reach()).toMatchObject({ status: 'error', result: { ok: false, code } });
});
