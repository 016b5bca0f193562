/** Two processes on one table, without shards of their own: a rolling restart under a stream of commands. */
import { expect, onTestFinished, test } from 'vitest';
import { Random, seedOf } from '../support/random.ts';
import { Scene } from '../support/scene.ts';
import { ACTIONS, Workload } from '../support/workload.ts';

const ROUNDS = 6;
const ROWS_A_ROUND = 25;
const seed = seedOf('VAGROLANT_CHAOS_SEED');

test(
  `every command is done once and in order, VAGROLANT_CHAOS_SEED=${seed}`,
  { timeout: 120_000 },
  async () => {
    const scene = await Scene.open({ seed: 'large:5:3', gatewayLimits: { identifyWindowMs: 0 } });
    onTestFinished(() => scene.strike());
    const workload = new Workload(scene, new Random(seed), ROUNDS * ROWS_A_ROUND, ACTIONS);
    let old = await scene.start();
    for (let round = 0; round < ROUNDS; round++) {
      const next = scene.launch();
      for (let n = 0; n < ROWS_A_ROUND; n++) await workload.insertNext();
      await next.ready();
      expect(await old.stop()).toMatchObject({ code: 0 });
      old = next;
    }
    await workload.finished(30_000);
    expect(await old.stop()).toMatchObject({ code: 0 });
    // Who is asked to stop finishes what it has begun and gives the rest back: nothing waits for a lease to end.
    expect(await workload.verify()).toMatchObject({ rows: ROUNDS * ROWS_A_ROUND, errors: {}, repeated: 0 });
  },
);
