/** The bot ends in the middle of each step of a room's life, politely or not, and the next one sets things right. */
import { afterEach, describe, expect, test } from 'vitest';
import type { BotProcess } from '../support/bot.ts';
import { VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set({ gatewayLimits: { identifyWindowMs: 0 } });
const { scene } = voice;
const { client } = scene;
let bot: BotProcess = await scene.start();
const hub = await voice.hub({ nameTemplate: 'Salon {n}' });

afterEach(async () => {
  await client.weather('clear', {});
  for (const { user_id } of [...voice.guild.voiceStates.values()]) voice.leave(user_id);
  await voice.assertNothingLeft(hub, PATIENCE_MS);
}, 60_000);

/** The step at which it ends: which call is stalled, before or after Discord has carried it out. */
const STEPS = {
  create: { method: 'POST', route: '/guilds/\\d+/channels$' },
  move: { method: 'PATCH', route: '/guilds/\\d+/members/' },
  panel: { method: 'POST', route: '/channels/\\d+/messages$' },
  delete: { method: 'DELETE', route: '/channels/\\d+$' },
};
type Step = keyof typeof STEPS;
/** Carried out only after the process has ended, or before but its answer never comes. */
const HELD_MS = { delay: 3_000, 'delay-after': 60_000 };
/** A room that was being made and never turns up is given up after half a minute. */
const PATIENCE_MS = 45_000;
const steps = Object.keys(STEPS) as Step[];
const cases = [
  ...steps.flatMap((step) => [
    [step, 'delay', 'SIGKILL'] as const,
    [step, 'delay-after', 'SIGKILL'] as const,
    // A polite end waits for calls under way, for as long as it may.
    [step, 'delay-after', 'SIGTERM'] as const,
  ]),
  ['create', 'delay', 'SIGTERM'] as const,
];

describe.each(cases)('%s, %s, %s', (step, kind, signal) => {
  test.each(signal === 'SIGTERM' ? ['stays'] : ['stays', 'leaves meanwhile'])(
    'its owner %s',
    async (what) => {
      const owner = await voice.person();
      const { method, route } = STEPS[step];
      const asked = (since: number) =>
        scene.event((event) => event.type === 'weather' && event.kind === kind, { since });
      const since = voice.seq;
      if (step === 'delete') {
        await voice.panel(await voice.enter(owner, hub));
        await client.weather('rest', { method, route, count: 1, kind, ms: HELD_MS[kind] });
        voice.leave(owner);
      } else {
        await client.weather('rest', { method, route, count: 1, kind, ms: HELD_MS[kind] });
        voice.join(owner, hub);
      }
      await asked(since);
      // Carried out, but the answer is held: the world has changed by now.
      if (kind === 'delay-after') await voice.call(method, new RegExp(route), since);
      bot.kill(signal);
      await bot.end();
      if (what !== 'stays') voice.leave(owner);
      await client.weather('clear', {});
      bot = await scene.start();
      if (what === 'stays' && step !== 'delete') {
        const room = await voice.moved(owner, hub, PATIENCE_MS);
        await expect.poll(() => voice.row(room)).toMatchObject({ owner_id: owner });
        await expect.poll(() => voice.rows(hub)).toHaveLength(1);
        const others = () =>
          [...voice.guild.channels.values()].filter(
            ({ id, parent_id }) => parent_id === voice.channel(hub)!.parent_id && id !== hub && id !== room,
          );
        await expect.poll(others).toEqual([]);
      }
      // What is left of it, if anything, is looked for when everybody has gone.
    },
    60_000,
  );
});

test('people in rooms notice nothing of a restart, and every button still works', async () => {
  const [owner, guest] = [await voice.person(), await voice.person()];
  const room = await voice.enter(owner, hub);
  voice.join(guest, room);
  const panel = await voice.panel(room);
  const since = voice.seq;
  await bot.stop();
  bot = await scene.start();
  const outcome = await client.people('click', {
    channelId: room,
    messageId: panel.id,
    userId: owner,
    customId: `room/mode/${room}/closed`,
    waitForFinal: true,
  });
  expect(outcome.callbackType).not.toBeNull();
  await expect.poll(async () => (await voice.row(room))!.mode).toBe('closed');
  expect(voice.calls(since).filter((call) => /^(POST|DELETE)/.test(call))).toEqual([]);
  expect([owner, guest].map((userId) => voice.where(userId))).toEqual([room, room]);
});

test('who joined a hub while the bot was away is served, who left a room leaves none behind', async () => {
  const [early, late] = [await voice.person(), await voice.person()];
  const room = await voice.enter(early, hub);
  bot.kill('SIGKILL');
  await bot.end();
  voice.join(late, hub);
  voice.leave(early);
  bot = await scene.start();
  await voice.gone(room);
  await voice.moved(late, hub);
});

test('grace goes on where it was', async () => {
  const patient = await voice.hub({ emptyGrace: 3 });
  const owner = await voice.person();
  const room = await voice.enter(owner, patient);
  voice.leave(owner);
  const left = Date.now();
  await expect
    .poll(async () => (await voice.rows(patient))[0])
    .toMatchObject({ empty_since: expect.any(Date) as Date });
  await bot.stop();
  bot = await scene.start();
  expect(voice.channel(room)).toBeDefined();
  await voice.gone(room);
  expect(Date.now() - left).toBeGreaterThanOrEqual(2_900);
  await voice.assertNothingLeft(patient);
});
