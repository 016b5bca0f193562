/** A small world of its own for the tests of gateway, interactions and control. */
import { ChannelType } from 'discord-api-types/v10';
import { SandboxClient } from '../../src/client.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/server.ts';
import type { Guild, GuildChannel } from '../../src/world/types.ts';
import { type ConnectOptions, type Frame, RawClient } from './raw_client.ts';

export interface Fixture extends Pick<Sandbox, 'world' | 'weather' | 'stream' | 'gateway'> {
  control: SandboxClient;
  api: string;
  controlUrl: string;
  token: string;
  /** The guild with the bot, two members and the channels below. */
  guild: Guild;
  text: GuildChannel;
  voice: GuildChannel;
  /** Ids of an ordinary member and of the owner. */
  member: string;
  connect(options?: ConnectOptions): RawClient;
  /** A connection that is through READY. */
  identified(
    more?: Record<string, unknown>,
    options?: ConnectOptions,
  ): Promise<{ client: RawClient; ready: Frame }>;
  /** An authorized call of the REST API. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>; // eslint-disable-line @typescript-eslint/no-explicit-any
  close(): Promise<void>;
}

/** Starts a sandbox on a port of its own; identifies are not spread out unless `options` says so. */
export async function startFixture(options: SandboxOptions = {}): Promise<Fixture> {
  const sandbox = await createSandbox({
    seed: 'empty',
    ...options,
    gatewayLimits: { identifyWindowMs: 0, ...options.gatewayLimits },
  });
  const { world, weather, stream, gateway, ready } = sandbox;
  const control = new SandboxClient(ready.control);
  const guild = world.guilds.get(ready.guildId) as Guild;
  const owner = { userId: guild.ownerId };
  const text = world.channels.create(guild, { name: 'essais', type: ChannelType.GuildText }, owner);
  const voice = world.channels.create(guild, { name: 'Salon', type: ChannelType.GuildVoice }, owner);
  const member = world.createUser({ username: 'camille' }).id;
  world.members.add(guild.id, member);
  const clients: RawClient[] = [];

  const fixture: Fixture = {
    world,
    weather,
    stream,
    gateway,
    control,
    api: ready.api,
    controlUrl: ready.control,
    token: ready.botToken,
    guild,
    text,
    voice,
    member,
    connect(connectOptions) {
      const client = new RawClient(ready.gateway, connectOptions);
      clients.push(client);
      return client;
    },
    async identified(more, connectOptions) {
      const client = fixture.connect(connectOptions);
      await client.op(10);
      client.identify(ready.botToken, more);
      return { client, ready: await client.dispatch('READY') };
    },
    async call(method, path, body) {
      const response = await fetch(fixture.api + path, {
        method,
        headers: {
          authorization: `Bot ${ready.botToken}`,
          'user-agent': 'DiscordBot (test, 1)',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const answer = await response.text();
      return { status: response.status, body: answer === '' ? undefined : JSON.parse(answer) };
    },
    async close() {
      for (const client of clients) client.terminate();
      await control.close();
      await sandbox.close();
    },
  };
  return fixture;
}
