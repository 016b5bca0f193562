/** Kills the bot at random moments, again and again, and lets its successors finish. */
import { describe, expect, test } from 'vitest';
import type { SandboxEvent, WeatherVerbs } from '../../sandbox/src/control/api.ts';
import type { BotProcess } from './bot.ts';
import { Random, seedOf } from './random.ts';
import { Scene } from './scene.ts';
import { ACTIONS, Workload } from './workload.ts';
import type { Tally } from './workload.ts';

/** Longer than any of the weather's delays, so that a dead process's call never arrives after its lease. */
const LEASE = { COMMAND_LEASE_SECONDS: '1' };
/** Side by side, each with a table and a Discord of its own: whoever starts that often mostly waits for Discord. */
const SCENES = 5;
const MOST_KILLS_A_SCENE = 100;
const ROWS_A_KILL = 4;
const KILL_TIMEOUT_MS = 12_000;
const DRAIN_TIMEOUT_MS = 90_000;
const IDENTIFIES = 1_000;

type Fault = WeatherVerbs['rest'][0];

/** What Discord may do to one call. */
function randomFault(random: Random): Fault {
  const route = '^/channels/';
  const method = random.pick(['POST', 'POST', 'PATCH', 'PUT', 'DELETE']);
  const kinds: Fault[] = [
    { kind: 'delay', ms: 50 + random.below(450), count: 1 },
    { kind: 'status', status: random.pick([500, 502, 503]), count: 1 },
    {
      kind: 'rate-limit',
      retryAfter: 0.1 + random.next() * 0.3,
      scope: random.pick(['user', 'shared']),
      count: 1,
    },
    { kind: 'cut-after', count: 1 },
    { kind: 'cut-before', count: 1 },
  ];
  return { ...random.pick(kinds), route, method };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Resolves at a random moment of the process's life: while it starts, while it idles, or right upon some call's effect. */
async function randomMoment(scene: Scene, random: Random, bot: BotProcess): Promise<void> {
  if (random.chance(0.15)) return pause(random.below(250));
  const calls = random.chance(0.6) ? 1 + random.below(6) : 0;
  const afterwards = calls > 0 ? 0 : random.below(300);
  await bot.ready();
  await Promise.race([
    calls > 0 ? nthEffect(scene, calls) : pause(afterwards),
    // Nothing to do: it dies idle.
    pause(400),
  ]);
}

/** The n-th change of the world from now on, in the very moment in which Discord makes it. */
function nthEffect(scene: Scene, calls: number): Promise<void> {
  return new Promise((resolve) => {
    let left = calls;
    const changes = ['MESSAGE_CREATE', 'MESSAGE_DELETE_BULK', 'MESSAGE_DELETE', 'CHANNEL_UPDATE'];
    const stop = scene.sandbox.stream.on((event: SandboxEvent) => {
      if (event.type !== 'world' || !changes.includes(event.t) || --left > 0) return;
      stop();
      resolve();
    });
  });
}

/** Inserts the whole workload while it kills, then awaits that every row has come to its end. */
async function wreakHavoc(
  scene: Scene,
  random: Random,
  workload: Workload,
  { kills, processes }: ChaosOptions,
): Promise<void> {
  const perKill = Math.ceil(workload.left / kills);
  const running: BotProcess[] = [];
  for (let kill = 0; kill < kills; kill++) {
    // Whoever dies without a word must identify anew, and Discord counts that.
    await scene.client.weather('session-limits', { remaining: IDENTIFIES });
    while (running.length < processes) running.push(scene.launch(LEASE));
    const victim = running.splice(random.below(running.length), 1)[0]!;
    const moment = randomMoment(scene, random, victim);
    for (let n = Math.min(perKill, workload.left); n > 0; n--) await workload.insertNext();
    if (random.chance(0.4)) await scene.client.weather('rest', randomFault(random));
    await moment;
    victim.kill('SIGKILL');
    await victim.exited;
  }
  await scene.client.weather('clear', {});
  await scene.client.weather('session-limits', { remaining: IDENTIFIES });
  while (running.length < processes) running.push(scene.launch(LEASE));
  await workload.finished(DRAIN_TIMEOUT_MS);
  // The last one started may have come too late for any work, and would not know yet what SIGTERM means.
  for (const bot of running) await bot.ready();
  for (const bot of running) {
    const exit = await bot.stop();
    if (exit.code !== 0)
      throw new Error(`a bot that was asked to stop ended with ${JSON.stringify(exit)}:\n${bot.output}`);
  }
}

interface ChaosOptions {
  kills: number;
  /** On the table at a time. */
  processes: number;
}

/**
 * Tests with that many kills, divided among several scenes. VAGROLANT_CHAOS_SEED repeats a run's choices,
 * VAGROLANT_CHAOS_KILLS changes how many kills there are.
 */
export function testChaos({ kills: usual, processes }: ChaosOptions): void {
  const kills = Number(process.env.VAGROLANT_CHAOS_KILLS ?? usual);
  const seed = seedOf('VAGROLANT_CHAOS_SEED');
  const share = Math.min(MOST_KILLS_A_SCENE, Math.ceil(kills / SCENES));
  const scenes = Array.from({ length: Math.ceil(kills / share) }, (_, n) => ({
    n,
    kills: Math.min(share, kills - n * share),
  }));
  const tallies: Tally[] = [];

  describe(`${kills} kills, VAGROLANT_CHAOS_SEED=${seed}`, () => {
    test.concurrent.for(scenes)(
      'scene $n: $kills kills',
      { timeout: share * KILL_TIMEOUT_MS + DRAIN_TIMEOUT_MS },
      async (part, { onTestFinished }) => {
        const random = new Random(seed + part.n);
        const scene = await Scene.open({ seed: 'large:5:3', gatewayLimits: { identifyWindowMs: 0 } });
        onTestFinished(() => scene.strike());
        const workload = new Workload(scene, random, part.kills * ROWS_A_KILL, ACTIONS);
        await wreakHavoc(scene, random, workload, { kills: part.kills, processes });
        const tally = await workload.verify();
        console.log(`scene ${part.n}: ${JSON.stringify(tally)}`);
        expect(tally.rows).toBe(part.kills * ROWS_A_KILL);
        tallies.push(tally);
      },
    );

    test('the kills have hit work, and most of it was done nevertheless', ({ skip }) => {
      skip(tallies.length < scenes.length, 'a scene has failed');
      const sum = (of: (tally: Tally) => number) => tallies.reduce((all, one) => all + of(one), 0);
      expect(sum(({ rows }) => rows)).toBe(kills * ROWS_A_KILL);
      expect(sum(({ repeated }) => repeated)).toBeGreaterThan(kills / 10);
      // Not what must not be repeated, nor what two of them hit.
      expect(sum(({ done }) => done)).toBeGreaterThan(0.5 * kills * ROWS_A_KILL);
    });
  });
}
