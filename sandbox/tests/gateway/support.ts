/** A small world of its own for the tests of gateway, interactions and control. */
import Fastify from 'fastify';
import { ChannelType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { AddressInfo } from 'node:net';
import { SandboxClient } from '../../src/client.ts';
import type { ContextOptions } from '../../src/context.ts';
import { registerControl } from '../../src/control/index.ts';
import { EventStream } from '../../src/control/stream.ts';
import { Weather } from '../../src/control/weather.ts';
import { type Gateway, registerGateway } from '../../src/gateway/index.ts';
import { type Interactions, registerInteractions } from '../../src/interactions/index.ts';
import { registerRest } from '../../src/rest/index.ts';
import type { Guild, GuildChannel } from '../../src/world/types.ts';
import { World } from '../../src/world/world.ts';
import { type ConnectOptions, type Frame, RawClient } from './raw_client.ts';

const TOKEN = 'MTAwMDAwMDAwMDAwMDAwMDAx.Gtest.thisIsNoRealTokenAtAllNoNo';
const BOT_PERMISSIONS =
  P.ViewChannel | P.SendMessages | P.ManageChannels | P.ManageRoles | P.Connect | P.Speak | P.ReadMessageHistory;

export interface Fixture {
  world: World;
  weather: Weather;
  stream: EventStream;
  gateway: Gateway;
  interactions: Interactions;
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
  identified(more?: Record<string, unknown>, options?: ConnectOptions): Promise<{ client: RawClient; ready: Frame }>;
  /** An authorized call of the REST API. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>; // eslint-disable-line @typescript-eslint/no-explicit-any
  close(): Promise<void>;
}

/** Starts a sandbox on a port of its own; its identify window is shut unless `options` opens it. */
export async function startFixture(options: ContextOptions & { now?: () => number } = {}): Promise<Fixture> {
  const now = options.now ?? Date.now;
  const world = new World({
    application: {
      id: '100000000000000001',
      name: 'Testeur',
      description: '',
      flags: 0,
      ownerId: '100000000000000009',
      verifyKey: '0'.repeat(64),
    },
    bot: {
      id: '100000000000000001',
      username: 'Testeur',
      discriminator: '0001',
      global_name: null,
      avatar: null,
      bot: true,
    },
    botToken: TOKEN,
    now,
  });
  const guild = world.guilds.create({ name: 'Essais', ownerId: world.createUser({ username: 'patronne' }).id });
  const owner = { userId: guild.ownerId };
  const text = world.channels.create(guild, { name: 'général', type: ChannelType.GuildText }, owner);
  const voice = world.channels.create(guild, { name: 'Salon', type: ChannelType.GuildVoice }, owner);
  const member = world.createUser({ username: 'camille' }).id;
  world.members.add(guild.id, member);
  world.guilds.inviteBot(guild, BOT_PERMISSIONS);

  const stream = new EventStream(now);
  const weather = new Weather(now);
  world.on((event) => {
    stream.push({ type: 'world', t: event.t, data: event.data, ...(event.guildId && { guildId: event.guildId }) });
  });
  const ctx = {
    world,
    stream,
    weather,
    options: { ...options, gatewayLimits: { identifyWindowMs: 0, ...options.gatewayLimits } },
  };
  const app = Fastify({ routerOptions: { maxParamLength: 500 }, forceCloseConnections: true });
  const gateway = registerGateway(app.server, ctx);
  registerRest(app, ctx);
  const interactions = registerInteractions(app, { ...ctx, gateway });
  registerControl(app, { ...ctx, gateway, interactions });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}`;
  const control = new SandboxClient(`${base}/sandbox`);
  const clients: RawClient[] = [];

  const fixture: Fixture = {
    world,
    weather,
    stream,
    gateway,
    interactions,
    control,
    api: `${base}/api/v10`,
    controlUrl: `${base}/sandbox`,
    token: TOKEN,
    guild,
    text,
    voice,
    member,
    connect(connectOptions) {
      const client = new RawClient(`ws://127.0.0.1:${port}/gateway`, connectOptions);
      clients.push(client);
      return client;
    },
    async identified(more, connectOptions) {
      const client = fixture.connect(connectOptions);
      await client.op(10);
      client.identify(TOKEN, more);
      return { client, ready: await client.dispatch('READY') };
    },
    async call(method, path, body) {
      const response = await fetch(fixture.api + path, {
        method,
        headers: {
          authorization: `Bot ${TOKEN}`,
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
      gateway.close();
      await app.close();
    },
  };
  return fixture;
}
