import { afterEach, beforeEach } from 'vitest';
import type { SandboxOptions } from '../../src/server.ts';
import type { Frame, RawClient } from '../gateway/raw_client.ts';
import { type Fixture, startFixture } from '../gateway/support.ts';

/** Payloads and answers of many shapes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Any = any;

export interface Bot {
  it: Fixture;
  client: RawClient;
  /** Registers guild commands. */
  register(...commands: object[]): Promise<Any[]>;
  /** The next INTERACTION_CREATE that was not handed out before. */
  next(): Promise<Any>;
  callback(interaction: Any, body: unknown, query?: string): Promise<{ status: number; body: Any }>;
  /** A call below the interaction's webhook. */
  webhook(
    method: string,
    interaction: Any,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Any }>;
  /** Runs a command, hands over its interaction, and the promise of its outcome. */
  run(name: string, more?: object): Promise<{ interaction: Any; outcome: Promise<Any> }>;
}

/** A sandbox with a connected bot for each test. */
export function useBot(options: SandboxOptions = {}): Bot {
  const bot = {} as Bot;
  let handed = 0;
  beforeEach(async () => {
    bot.it = await startFixture(options);
    handed = 0;
    bot.client = (await bot.it.identified({ intents: 1 | (1 << 9) | (1 << 12) })).client;
  });
  afterEach(() => bot.it.close());

  bot.register = async (...commands) => {
    const app = bot.it.world.application.id;
    const { status, body } = await bot.it.call(
      'PUT',
      `/applications/${app}/guilds/${bot.it.guild.id}/commands`,
      commands,
    );
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  };
  const created = () => bot.client.frames.filter((frame: Frame) => frame.t === 'INTERACTION_CREATE');
  const another = () => bot.client.frame(() => created().length > handed);
  bot.next = async () => {
    await another();
    return created()[handed++]?.d;
  };
  bot.callback = (interaction, body, query = '') =>
    anonymous('POST', `/interactions/${interaction.id}/${interaction.token}/callback${query}`, body);
  bot.webhook = (method, interaction, path, body) =>
    anonymous(method, `/webhooks/${interaction.application_id}/${interaction.token}${path}`, body);
  bot.run = async (name, more = {}) => {
    const outcome = bot.it.control.people('command', {
      channelId: bot.it.text.id,
      userId: bot.it.member,
      name,
      ...more,
    });
    // Of the two the one that never comes must not count as unhandled.
    const arrived = another();
    arrived.catch(() => undefined);
    await Promise.race([arrived, outcome]);
    return { interaction: created()[handed++]?.d, outcome };
  };

  /** These routes ask for no Authorization. */
  async function anonymous(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Any }> {
    const response = await fetch(bot.it.api + path, {
      method,
      headers: {
        'user-agent': 'DiscordBot (test, 1)',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }
  return bot;
}

export const PING = { name: 'ping', description: 'Répond' };
