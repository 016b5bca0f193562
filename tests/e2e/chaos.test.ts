/**
 * A hundred random kill -9 over a stream of mixed commands: nothing lost, nothing doubled, nothing stuck, in order.
 * VAGROLANT_CHAOS_SEED repeats a run's choices, VAGROLANT_CHAOS_KILLS changes how many (`make soak`: a thousand).
 */
import { expect, test } from 'vitest';
import { wreakHavoc } from '../support/chaos.ts';
import { Random, seedOf } from '../support/random.ts';
import { Scene } from '../support/scene.ts';
import { Workload } from '../support/workload.ts';

const KILLS_A_ROUND = 100;
const ROWS_A_KILL = 4;
const kills = Number(process.env.VAGROLANT_CHAOS_KILLS ?? KILLS_A_ROUND);
const seed = seedOf('VAGROLANT_CHAOS_SEED');
const rounds = Array.from({ length: Math.ceil(kills / KILLS_A_ROUND) }, (_, round) => ({
  seed: seed + round,
  kills: Math.min(KILLS_A_ROUND, kills - round * KILLS_A_ROUND),
}));

const ACTIONS = ['announce', 'purge', 'slowmode', 'lock', 'unlock', 'listTextChannels'] as const;

test.each(rounds)('$kills kills, VAGROLANT_CHAOS_SEED=$seed', { timeout: 240_000 }, async (round) => {
  const random = new Random(round.seed);
  const scene = await Scene.open({ seed: 'large:5:3', gatewayLimits: { identifyWindowMs: 0 } });
  try {
    // The tables are there when the first row comes.
    await (await scene.start()).stop();
    const workload = new Workload(scene, random, round.kills * ROWS_A_KILL, ACTIONS);
    await wreakHavoc(scene, random, workload, { kills: round.kills });
    const tally = await workload.verify();
    console.log(`seed ${round.seed}: ${JSON.stringify(tally)}`);
    expect(tally.rows).toBe(round.kills * ROWS_A_KILL);
    // The kills have hit work, and nearly all of it was done nevertheless.
    expect(tally.repeated).toBeGreaterThan(0);
    expect(tally.done).toBeGreaterThan(0.8 * tally.rows);
  } finally {
    await scene.strike();
  }
});
