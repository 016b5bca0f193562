/** What most tests stand on: a sandbox, a database and the bot between them. */
import { afterAll, test } from 'vitest';
import { SandboxClient } from '../../sandbox/src/client.ts';
import { createSandbox } from '../../sandbox/src/server.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/src/server.ts';
import type { SandboxEvent } from '../../sandbox/src/control/api.ts';
import { BOT_PERMISSIONS } from '../../sandbox/src/world/seed_guilds.ts';
import { BotProcess } from './bot.ts';
import { TestDatabase } from './database.ts';
import { within } from './wait.ts';

/** In which the bot is to know of what was made: on a busy machine its events may come long after commands do. */
const LEARNT_MS = 20_000;

const MOST_TOLD = 20;

function brief(event: SandboxEvent): string {
  switch (event.type) {
    case 'world':
      return event.t;
    case 'rest':
      return `${event.method} ${event.path} ${event.status}`;
    case 'weather':
      return `${event.method} ${event.path} meets ${event.kind}`;
    case 'gateway':
    case 'interaction':
      return `${event.type} ${event.what}`;
  }
}

export interface SceneOptions extends SandboxOptions {
  /** Where its database is made; default the server of VAGROLANT_TEST_DATABASE_URL. */
  databaseServer?: string;
  /** By what its clock differs from the bot's and the sandbox's, as an SQL interval. */
  databaseClockOff?: string;
}

export class Scene {
  readonly sandbox: Sandbox;
  readonly database: TestDatabase;
  readonly client: SandboxClient;
  #bots: BotProcess[] = [];

  private constructor(sandbox: Sandbox, database: TestDatabase) {
    this.sandbox = sandbox;
    this.database = database;
    this.client = new SandboxClient(sandbox.ready.control);
  }

  /** Sets a scene that the caller strikes. */
  static async open(options: SceneOptions = {}): Promise<Scene> {
    const database = await TestDatabase.create(options.databaseServer, options.databaseClockOff);
    return new Scene(await createSandbox(options), database);
  }

  /** Sets the scene; it is struck after the file's last test. */
  static async set(options: SceneOptions = {}): Promise<Scene> {
    const scene = await Scene.open(options);
    afterAll(() => scene.strike());
    return scene;
  }

  get guildId(): string {
    return this.sandbox.ready.guildId;
  }

  get environment(): Record<string, string> {
    return {
      BOT_TOKEN: this.sandbox.ready.botToken,
      DATABASE_URL: this.database.url,
      DISCORD_API_URL: this.sandbox.ready.api,
    };
  }

  /** A bot process, not awaited. */
  launch(extra: Record<string, string> = {}): BotProcess {
    const bot = new BotProcess({ ...this.environment, ...extra });
    this.#bots.push(bot);
    return bot;
  }

  start(extra: Record<string, string> = {}): Promise<BotProcess> {
    return this.launch(extra).ready();
  }

  /** The first event after `since` (default: of all) that the predicate holds for. */
  async event(
    predicate: (event: SandboxEvent) => boolean,
    { since = 0, timeoutMs = 20_000 }: { since?: number; timeoutMs?: number } = {},
  ): Promise<SandboxEvent> {
    const { promise, resolve } = Promise.withResolvers<SandboxEvent>();
    const stop = this.sandbox.stream.on((event) => predicate(event) && resolve(event));
    try {
      const past = this.sandbox.stream.since(since).find(predicate);
      return past ?? (await within(timeoutMs, 'event in the sandbox', promise));
    } catch (error) {
      throw new Error(`${(error as Error).message}; ${this.lately(since)}`, { cause: error });
    } finally {
      stop();
    }
  }

  /** What there was instead of what a test has waited for: events of the sandbox after `since`, then the bot's log. */
  lately(since = 0): string {
    const events = this.sandbox.stream.since(since).slice(-MOST_TOLD).map(brief);
    const log = this.#bots.at(-1)?.output.trimEnd().split('\n').slice(-MOST_TOLD) ?? ['no bot'];
    return [`instead: ${events.join(', ') || 'nothing'}; the bot:`, ...log].join('\n');
  }

  /** The running bot has read every event so far: each shard answers a heartbeat that it is asked for after them. */
  async heard(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    let left = this.sandbox.gateway.askHeartbeat(undefined);
    const stop = this.sandbox.stream.on((event) => {
      if (event.type === 'gateway' && event.what === 'heartbeat' && --left === 0) resolve(undefined);
    });
    try {
      await within(20_000, 'heartbeat of the bot', promise);
    } catch (error) {
      throw new Error(`${(error as Error).message}; ${this.lately()}`, { cause: error });
    } finally {
      stop();
    }
  }

  /** Id of the guild's channel of that name. */
  channel(name: string, guildId = this.guildId): string {
    const guild = this.sandbox.world.guilds.get(guildId)!;
    const found = [...guild.channels.values()].find((channel) => channel.name === name);
    if (!found) throw new Error(`the guild has no channel ${name}`);
    return found.id;
  }

  /** Makes one more guild, with a plain member and the bot in it; resolves with its id. */
  async createGuild(name: string): Promise<string> {
    const { guildId } = await this.client.people('create-guild', { name, withBot: false });
    await this.client.people('join-guild', { guildId });
    await this.client.people('invite-bot', { guildId, permissions: String(BOT_PERMISSIONS) });
    return guildId;
  }

  /** Makes a text channel and awaits that the running bot knows it; resolves with its id. */
  async createChannel(
    name: string,
    fields: Record<string, unknown> = {},
    guildId = this.guildId,
  ): Promise<string> {
    const channel = { type: 0, ...fields, name };
    const { id } = await this.client.people('create-channel', { guildId, channel });
    for (const deadline = Date.now() + LEARNT_MS; Date.now() < deadline;) {
      const { result } = await this.database.command(guildId, 'listTextChannels');
      if ((result!.channels as { id: string }[]).some((listed) => listed.id === id)) return id;
    }
    throw new Error(`the bot does not learn of #${name}; ${this.lately()}`);
  }

  /** The owner types /settings; resolves with the answer. What is set so holds from then on, at once. */
  async settings(
    subcommand: string,
    options: Record<string, string | boolean>,
    locale = 'fr',
  ): Promise<string> {
    const { message } = await this.client.people('command', {
      channelId: this.channel('général'),
      userId: this.sandbox.world.guilds.get(this.guildId)!.ownerId,
      name: 'settings',
      subcommand,
      options,
      locale,
      waitForFinal: true,
    });
    return message!.content;
  }

  /** Contents of a channel's messages that the bot wrote, oldest first. */
  async written(channelId: string) {
    const messages = await this.client.messages(channelId, { limit: 100 });
    return messages.filter((message) => message.author.id === this.sandbox.world.bot.id);
  }

  async strike(): Promise<void> {
    for (const bot of this.#bots) {
      bot.kill('SIGKILL');
      await bot.exited;
      bot.assertDiscreet();
    }
    await this.client.close();
    await this.sandbox.close();
    await this.database.drop();
  }
}

/**
 * A test with a scene of its own, struck afterwards, and a bot that is ready in it. Such tests can run side by side
 * (`sceneTest.concurrent`): most of their time they wait for limits and pauses of Discord's and of the bot's.
 */
export const sceneTest = test.extend<{ scene: Scene; bot: BotProcess }>({
  // eslint-disable-next-line no-empty-pattern -- vitest reads from the pattern what is needed first
  scene: async ({}, use) => {
    const scene = await Scene.open();
    try {
      await use(scene);
    } finally {
      await scene.strike();
    }
  },
  bot: async ({ scene }, use) => use(await scene.start()),
});
