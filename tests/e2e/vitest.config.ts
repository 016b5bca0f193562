import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Files that take half a minute and more; begun last they would be waited for alone. */
const LONG =
  /chaos|voice_(storm|sweep|re|privacy|conference|commands)|moderation_(purge|crash|lock)|weather|catalogue\.|gateway/;

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
    // For machines that do other things beside; on an idle one few tests need a third of it.
    testTimeout: 90_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // Each file has its own sandbox, database and bot, and in some each test has; these mostly wait for one another's
    // limits and pauses.
    maxWorkers: 5,
    maxConcurrency: 6,
    // Nothing here keeps state in modules, and loading the sandbox anew for each file takes seconds.
    isolate: false,
    sequence: { sequencer: LongOnesFirst },
  },
});
