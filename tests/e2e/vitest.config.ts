import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 40_000,
    // Each file has its own sandbox, database and bot; more of them at once than there are cores only slows all.
    maxWorkers: 2,
  },
});
