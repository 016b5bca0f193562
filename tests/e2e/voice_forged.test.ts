/** Custom ids and values that no message of the bot's offers there: of another server's room, of nothing, of nonsense. */
import { beforeEach, expect, test } from 'vitest';
import type { SeenMessage } from '../../sandbox/src/client.ts';
import { Hands, textOf } from '../support/panel.ts';
import { VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set();
const { scene } = voice;
const { sandbox } = scene;
await scene.start();
const hub = await voice.hub();

let owner: Hands;
let room = '';
beforeEach(async () => {
  for (const { user_id } of [...voice.guild.voiceStates.values()]) voice.leave(user_id);
  await voice.assertNothingLeft(hub);
  owner = new Hands(scene, await voice.person());
  room = await voice.enter(owner.userId, hub);
  await voice.panel(room);
});

/** A message in the bot's name that it would not have written. */
async function forged(channelId: string, component: object): Promise<SeenMessage> {
  const response = await fetch(`${sandbox.ready.api}/channels/${channelId}/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bot ${sandbox.ready.botToken}`,
      'content-type': 'application/json',
      'user-agent': 'DiscordBot (https://example.org, 1)',
    },
    body: JSON.stringify({ content: '.', components: [{ type: 1, components: [component] }] }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as SeenMessage;
}

const button = (custom_id: string) => ({ type: 2, style: 1, label: '.', custom_id });
const select = (custom_id: string, values: string[]) => ({
  type: 3,
  custom_id,
  options: values.map((value) => ({ label: '.', value })),
});
/** What the bot asked of Discord since then, but for the forged messages. */
const calls = (since: number) => voice.calls(since).filter((call) => call !== 'POST /channels/{id}/messages');

test('whoever rules another server has no say in a room of this one', async () => {
  const elsewhere = await scene.createGuild('Ailleurs');
  const { ownerId, channels } = voice.world.guilds.get(elsewhere)!;
  const stranger = new Hands(scene, ownerId);
  const there = [...channels.values()].find(({ type }) => type === 0)!.id;
  const since = voice.seq;
  for (const [verb, ...rest] of [
    ...[['mode', 'private'], ['list', 'allowed'], ['page', 'allowed', '0'], ['purge'], ['purge-now']],
    ...[['transfer'], ['heirs', '0'], ['name'], ['status'], ['settings'], ['delete'], ['delete-now']],
    ...[['claim'], ['knock'], ['forget'], ['answer', ownerId, 'yes']],
  ]) {
    const customId = ['room', verb, room, ...rest].join('/');
    const { message } = await stranger.click(await forged(there, button(customId)), customId);
    expect(textOf(message), customId).toBe("Ce salon n'existe plus.");
  }
  for (const customId of [`hub/config/${hub}`, `hub/group/${hub}/life`, `hub/door/${hub}`]) {
    const { message } = await stranger.click(await forged(there, button(customId)), customId);
    expect(textOf(message), customId).toBe("Ce hub n'existe plus.");
  }
  const knock = await forged(there, select('hub/knock', [room]));
  const { message } = await stranger.choose(knock, 'hub/knock', [room]);
  expect(textOf(message)).toBe("Ce salon n'existe plus.");
  expect(calls(since)).toEqual([]);
  await expect.poll(() => voice.row(room)).toMatchObject({ mode: 'open', owner_id: owner.userId });
});

test('what leads nowhere is refused in a sentence', async () => {
  const outdated = /vient d'une ancienne version/;
  const endless = '9223372036854775807';
  for (const [customId, sentence] of [
    [`room/mode/${room}/secret`, outdated],
    [`room/list/${room}/grey`, outdated],
    [`room/mode/abc/open`, outdated],
    [`room/mode/99999999999999999999999/open`, outdated],
    [`room/page/${room}/allowed/99999999999999999999999`, outdated],
    [`room`, outdated],
    [`room/mode/${hub}/open`, "Ce salon n'existe plus."],
    [`room/heirs/${room}/${endless}`, "Il n'y a personne d'autre"],
    [`hub/doors/${hub}/${endless}`, 'Plus aucun salon fermé'],
    [`hub/doors/${room}/0`, "Ce hub n'existe plus."],
    [`hub/group/${hub}/rooms`, '« Gérer le serveur »'],
    [`hub/reset/${hub}`, '« Gérer le serveur »'],
  ] as const) {
    const { message } = await owner.click(await forged(room, button(customId)), customId);
    expect(textOf(message), customId).toMatch(sentence);
  }
  const since = voice.seq;
  const outcome = await owner.click(
    await forged(room, button(`hub/delete-now/${hub}/channel`)),
    `hub/delete-now/${hub}/channel`,
  );
  expect(textOf(await owner.followUp(outcome))).toMatch('« Gérer le serveur »');
  expect(calls(since)).toEqual([]);
  expect(voice.channel(hub)).toBeDefined();
});

test('a room is given to nobody who is not in it, whatever was chosen', async () => {
  const absent = await voice.person();
  for (const [value, sentence] of [
    ['abc', /vient d'une ancienne version/],
    ['1', "<@1> n'est plus dans le salon."],
    [absent, `<@${absent}> n'est plus dans le salon.`],
    [voice.world.bot.id, `<@${voice.world.bot.id}> n'est plus dans le salon.`],
  ] as const) {
    const message = await forged(room, select(`room/owner/${room}`, [value]));
    const answer = await owner.choose(message, 'room/owner', [value]);
    expect(textOf(answer.message), value).toMatch(sentence);
  }
  await expect.poll(() => voice.row(room)).toMatchObject({ owner_id: owner.userId });
});

test('whoever has not knocked is not pulled out of where he is', async () => {
  const stranger = await voice.person();
  const lounge = await voice.createChannel({ name: 'Calme' });
  voice.join(stranger, lounge);
  await scene.heard();
  const since = voice.seq;
  const customId = `room/answer/${room}/${stranger}/yes`;
  const { message } = await owner.click(await forged(room, button(customId)), customId);
  expect(textOf(message)).toContain('entre sur la liste blanche');
  expect(calls(since)).toEqual(['PATCH /channels/{id}']);
  expect(voice.where(stranger)).toBe(lounge);
});
