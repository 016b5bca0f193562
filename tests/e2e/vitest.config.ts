import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 40_000,
    // Each file has its own sandbox, database and bot, which mostly wait for one another's limits and pauses.
    maxWorkers: 4,
  },
});
