/** Whatever has stopped to answer: told to end, the bot ends in time. */
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { BotProcess } from '../support/bot.ts';
import { Scene } from '../support/scene.ts';
import { SilentPostgres, SLOW_NAME, slowNames, Way } from '../support/silence.ts';
import type { Stage } from '../support/silence.ts';

const token = 'MTIzNDU2Nzg5.Gabcde.c2VjcmV0LXRva2Vu';
const LAST_RESORT = 'stopping takes too long: exiting at once';
const WITH_DEADLINE = { timeout: 40_000 };

/** Ends it; how long that took, in ms. */
async function stopped(bot: BotProcess) {
  const began = performance.now();
  expect(await bot.stop()).toMatchObject({ code: 0, signal: null });
  return performance.now() - began;
}

describe('a database that says nothing', () => {
  test.each<Stage>(['connected', 'authenticated', 'ready'])(
    'while the bot starts, once it is %s: the bot ends at once',
    WITH_DEADLINE,
    async (last) => {
      const postgres = await SilentPostgres.start(last);
      onTestFinished(() => postgres.close());
      const bot = new BotProcess({ BOT_TOKEN: token, DATABASE_URL: postgres.url });
      await postgres.waitedFor;
      expect(await stopped(bot)).toBeLessThan(6_000);
    },
  );

  test('while the bot runs: the bot ends within ten seconds', WITH_DEADLINE, async () => {
    const scene = await Scene.open();
    onTestFinished(() => scene.strike());
    const { way, address } = await Way.to(scene.database.url);
    onTestFinished(() => way.close());
    const bot = await scene.start({ DATABASE_URL: address });
    await bot.logged(({ event }) => event === 'commands are notified');
    way.stop();
    expect(await stopped(bot)).toBeLessThan(11_000);
    const events = bot.lines.map(({ event }) => event);
    expect(events).toContain('gateway sessions not saved');
    expect(events).not.toContain(LAST_RESORT);
  });
});

// A sanitizer's runtime wants to be loaded before everything else.
describe.skipIf(process.env.ASAN_OPTIONS ?? process.env.TSAN_OPTIONS)(
  'a name server that does not answer',
  async () => {
    const names = await slowNames();
    afterAll(() => names.remove());
    const launch = (environment: Record<string, string>) => {
      const bot = new BotProcess({ BOT_TOKEN: token, LD_PRELOAD: names.library, ...environment });
      onTestFinished(() => bot.kill('SIGKILL'));
      return bot;
    };
    const asked = (bot: BotProcess) => expect.poll(() => bot.output).toContain('asking for a name');

    test('for Discord: the bot ends at once', WITH_DEADLINE, async () => {
      const scene = await Scene.open();
      onTestFinished(() => scene.strike());
      const bot = launch({
        DATABASE_URL: scene.database.url,
        DISCORD_API_URL: `http://${SLOW_NAME}/api/v10`,
      });
      await asked(bot);
      expect(await stopped(bot)).toBeLessThan(6_000);
    });

    test('for the database: the bot ends within ten seconds', WITH_DEADLINE, async () => {
      const bot = launch({ DATABASE_URL: `postgresql://nobody@${SLOW_NAME}/nothing` });
      await asked(bot);
      expect(await stopped(bot)).toBeLessThan(11_500);
      expect(
        bot.lines.map(({ event }) => event),
        bot.output,
      ).toContain(LAST_RESORT);
    });
  },
);
