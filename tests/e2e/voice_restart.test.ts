/** The bot ends in the middle of each step of a room's life, politely or not, and the next one sets things right. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BotProcess } from '../support/bot.ts';
import { VoiceScene } from '../support/voice.ts';

/** The step at which it ends: which call is stalled, before or after Discord has carried it out. */
const STEPS = ['create', 'move', 'panel', 'delete'] as const;
interface Case {
  step: (typeof STEPS)[number];
  kind: 'delay' | 'delay-after';
  signal: 'SIGKILL' | 'SIGTERM';
  owner: 'stays' | 'leaves meanwhile';
}
const KILLED: Case[] = STEPS.flatMap((step) =>
  // Those whose call is carried out later come last: it is to be still under way when the process ends.
  (['delay-after', 'delay'] as const).flatMap((kind) =>
    (['stays', 'leaves meanwhile'] as const).map((owner) => ({
      step,
      kind,
      signal: 'SIGKILL' as const,
      owner,
    })),
  ),
).toSorted((a, b) => b.kind.length - a.kind.length);
// A polite end waits for calls under way, for as long as it may.
const ENDED: Case[] = [
  ...STEPS.map((step) => ({ step, kind: 'delay-after', signal: 'SIGTERM', owner: 'stays' }) as const),
  { step: 'create', kind: 'delay', signal: 'SIGTERM', owner: 'stays' },
];

/** Carried out before, but the answer never comes. */
const HELD_MS = 60_000;
/** From the beginning of the scene: carried out only after the process has ended. */
const LATE_MS = 5_000;
/** A room that was being made and does not turn up is given up after some seconds. */
const PATIENCE_MS = 20_000;

// A server for each case, so that one end and one beginning of the bot serve all.
const voice = await VoiceScene.set({
  seed: `large:${KILLED.length + ENDED.length + 1}:2`,
  gatewayLimits: { identifyWindowMs: 0 },
  restLimits: { globalPerSecond: 5_000 },
});
const { scene } = voice;
const { client } = scene;
const environment = { DISCORD_REQUESTS_PER_SECOND: '1000' };
let bot: BotProcess = await scene.start(environment);
const [, ...places] = voice.everywhere();

class Interrupted {
  readonly what: Case;
  readonly place: VoiceScene;
  hub = '';
  #owner = '';
  #room = '';

  constructor(what: Case, place: VoiceScene) {
    this.what = what;
    this.place = place;
  }

  async prepare(): Promise<void> {
    this.hub = await this.place.hub({ nameTemplate: 'Salon {n}' });
    this.#owner = await this.place.person();
    if (this.what.step !== 'delete') return;
    this.#room = await this.place.enter(this.#owner, this.hub);
    await this.place.panel(this.#room);
  }

  get #call(): { method: string; route: string } {
    const { id } = this.place.guild;
    switch (this.what.step) {
      case 'create':
        return { method: 'POST', route: `/guilds/${id}/channels$` };
      case 'move':
        return { method: 'PATCH', route: `/guilds/${id}/members/` };
      case 'panel':
        return { method: 'POST', route: '/channels/\\d+/messages$' };
      case 'delete':
        return { method: 'DELETE', route: `/channels/${this.#room}$` };
    }
  }

  /** Brings it about that the bot is in the middle of the step. */
  async begin(since: number, lateAt: number): Promise<void> {
    const { kind, step } = this.what;
    const { method, route } = this.#call;
    const ms = kind === 'delay-after' ? HELD_MS : Math.max(lateAt - Date.now(), 500);
    await client.weather('rest', { method, route, count: 1, kind, ms });
    if (step === 'delete') this.place.leave(this.#owner);
    else this.place.join(this.#owner, this.hub);
    const concerns = (path: string) => new RegExp(route).test(path);
    await scene.event((event) => event.type === 'weather' && event.kind === kind && concerns(event.path), {
      since,
    });
    // Carried out, but the answer is held: the world has changed by now.
    if (kind === 'delay-after') await this.place.call(method, new RegExp(route), since);
  }

  leaveMeanwhile(): void {
    if (this.what.owner !== 'stays') this.place.leave(this.#owner);
  }

  async assertSetRight(): Promise<void> {
    const { place, hub } = this;
    if (this.what.owner === 'stays' && this.what.step !== 'delete') {
      const room = await place.moved(this.#owner, hub, PATIENCE_MS);
      await expect.poll(() => place.row(room)).toMatchObject({ owner_id: this.#owner });
      await expect.poll(() => place.rows(hub)).toHaveLength(1);
      const others = () =>
        [...place.guild.channels.values()].filter(
          ({ id, parent_id }) => parent_id === place.channel(hub)!.parent_id && id !== hub && id !== room,
        );
      await expect.poll(others).toEqual([]);
    }
    // What is left of it, if anything, is looked for when everybody has gone.
    place.leave(this.#owner);
    await place.assertNothingLeft(hub, PATIENCE_MS);
  }
}

describe.each([
  ['SIGKILL', KILLED],
  ['SIGTERM', ENDED],
] as const)('%s in the middle of', (signal, cases) => {
  const interrupted = cases.map((what) => new Interrupted(what, places.shift()!));

  test('every step of a room’s life, at once', async () => {
    await Promise.all(interrupted.map((one) => one.prepare()));
    const lateAt = Date.now() + LATE_MS;
    for (const one of interrupted) await one.begin(voice.seq, lateAt);
    bot.kill(signal);
    await bot.end();
    for (const one of interrupted) one.leaveMeanwhile();
    await client.weather('clear', {});
    bot = await scene.start(environment);
  }, 60_000);

  test.each(interrupted.map((one) => [one.what.step, one.what.kind, one.what.owner, one] as const))(
    '%s (%s), its owner %s',
    (_step, _kind, _owner, one) => one.assertSetRight(),
    60_000,
  );
});

describe('the next process', () => {
  let hub: string;
  beforeAll(async () => {
    hub = await voice.hub({ nameTemplate: 'Salon {n}' });
  });
  afterEach(async () => {
    for (const { user_id } of [...voice.guild.voiceStates.values()]) voice.leave(user_id);
    await voice.assertNothingLeft(hub, PATIENCE_MS);
  });

  test('people in rooms notice nothing of a restart, and every button still works', async () => {
    const [owner, guest] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    voice.join(guest, room);
    const panel = await voice.panel(room);
    const since = voice.seq;
    await bot.stop();
    bot = await scene.start(environment);
    // Until then whoever presses is asked to try again.
    await bot.logged(({ event }) => event === 'voice hubs known');
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
    bot = await scene.start(environment);
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
    bot = await scene.start(environment);
    expect(voice.channel(room)).toBeDefined();
    await voice.gone(room);
    expect(Date.now() - left).toBeGreaterThanOrEqual(2_900);
    await voice.assertNothingLeft(patient);
  });
});
