import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Files that take the better part of a minute; begun last they would be waited for alone. */
const LONG = /chaos|storm|voice_re/;

class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = (file: TestSpecification) => LONG.test(file.moduleId);
    return [...sorted.filter(long), ...sorted.filter((file) => !long(file))];
  }
}

export default defineConfig({
  test: {
    include: ['*.test.ts'],
    // Voice hubs do not converge in every run yet: VAGROLANT_STORM=1 runs these too.
    exclude: process.env.VAGROLANT_STORM ? [] : ['voice_{storm,reconcile,restart}.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 40_000,
    expect: { poll: { timeout: 10_000 } },
    // Each file has its own sandbox, database and bot, which mostly wait for one another's limits and pauses.
    maxWorkers: 4,
    sequence: { sequencer: LongOnesFirst },
  },
});
