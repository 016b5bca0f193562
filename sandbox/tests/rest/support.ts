/** A sandbox whose clock the test moves, and calls to it that need no socket. */
import { afterEach } from 'vitest';
import { createSandbox } from '../../src/server.ts';
import type { Sandbox, SandboxOptions } from '../../src/server.ts';
import type { Guild, GuildChannel, Snowflake } from '../../src/world/types.ts';

export const AGENT = 'DiscordBot (https://example.org, 1.0)';
const START = Date.UTC(2026, 10, 21, 12, 0, 0);

export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every shape
  body: any;
}

export interface Rest {
  sandbox: Sandbox;
  guild: Guild;
  botId: Snowflake;
  /** Moves the clock. */
  pass(ms: number): void;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The same after a second, so that no limit is in the way. */
  calm(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  channel(name: string): GuildChannel;
  member(username: string): Snowflake;
  role(name: string): Snowflake;
}

const open: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

export async function startRest(options: SandboxOptions = {}): Promise<Rest> {
  let now = START;
  const sandbox = await createSandbox({ ...options, now: () => now });
  open.push(sandbox);
  const guild = sandbox.world.guilds.get(sandbox.ready.guildId) as Guild;
  const call: Rest['call'] = async (method, path, body, headers = {}) => {
    const response = await sandbox.app.inject({
      method: method as 'GET',
      url: path.startsWith('/api') ? path : `/api/v10${path}`,
      headers: {
        authorization: `Bot ${sandbox.ready.botToken}`,
        'user-agent': AGENT,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const json = response.headers['content-type'] === 'application/json' && response.body !== '';
    return {
      status: response.statusCode,
      headers: response.headers as Answer['headers'],
      body: json ? response.json() : response.body,
    };
  };
  const named = <T>(all: Iterable<T>, matches: (one: T) => boolean): T => {
    const found = [...all].find(matches);
    if (found === undefined) throw new Error('the seed lacks what the test asks for');
    return found;
  };
  return {
    sandbox,
    guild,
    botId: sandbox.world.bot.id,
    pass(ms) {
      now += ms;
    },
    call,
    calm(...args) {
      now += 20_000;
      return call(...args);
    },
    channel: (name) => named(guild.channels.values(), (channel) => channel.name === name),
    member: (username) => named(guild.members.values(), ({ user }) => user.username === username).user.id,
    role: (name) => named(guild.roles.values(), (role) => role.name === name).id,
  };
}
