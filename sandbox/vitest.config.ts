import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/page/build.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Each file has its own sandbox and client; more of them at once than there are cores only slows all.
    maxWorkers: 2,
    // Nothing here keeps state in modules; evaluating discord.js anew for each file took a third of the time.
    isolate: false,
  },
});
