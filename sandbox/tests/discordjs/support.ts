/** What every test with discord.js needs: a sandbox of its own, a client in it, and waits with a deadline. */
import {
  Client,
  Events,
  GatewayIntentBits,
  Partials,
  type ClientEvents,
  type ClientOptions,
  type TextChannel,
} from 'discord.js';
import { afterAll, beforeAll } from 'vitest';
import { SandboxClient } from '../../src/client.ts';
import type { ReadyLine } from '../../src/control/api.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/server.ts';

export const DEADLINE_MS = 15_000;

export const ALL_INTENTS = Object.values(GatewayIntentBits).filter((bit) => typeof bit === 'number');

/** Identifies at once: the sandbox under test has its own window shortened. */
const noThrottle = { waitForIdentify: async (): Promise<void> => {} };

export interface Fixture {
  sandbox: Sandbox;
  ready: ReadyLine;
  /** People, weather, stream. */
  control: SandboxClient;
  /** Logs a new client in; it is destroyed with the fixture. */
  login(options?: Partial<ClientOptions>): Promise<Client<true>>;
  /** Destroys every client. */
  logout(): Promise<void>;
  /** A client that has not logged in yet; the sandbox's clock skips what it would have to wait. */
  client(options?: Partial<ClientOptions>): Client;
  /** A member of the seed's first guild who is neither bot nor owner. */
  someMember(): Promise<string>;
  channelId(name: string): Promise<string>;
  /** A new text channel, and so rate limits of its own, in the client's cache. */
  room(client: Client<true>): Promise<TextChannel>;
}

/** `rest.api` has no version in it. */
export const apiOf = (ready: ReadyLine): string => ready.api.replace(/\/v\d+$/, '');

/** Past the sandbox's limits on `GET /gateway/bot` (2 per 5 s) and on identifying (1 per 5 s). */
const LOGIN_SPACING_MS = 5000;

/** A sandbox for the tests of one file, on a port of its own. */
export function useSandbox(options: Partial<SandboxOptions> = {}): Fixture {
  const clients: Client[] = [];
  let skippedMs = 0;
  const fixture = {
    client(clientOptions = {}) {
      skippedMs += LOGIN_SPACING_MS;
      const client = new Client({
        intents: ALL_INTENTS,
        partials: [Partials.Channel, Partials.Message],
        ...clientOptions,
        rest: { api: apiOf(fixture.ready), version: '10', ...clientOptions.rest },
        ws: { buildIdentifyThrottler: () => Promise.resolve(noThrottle), ...clientOptions.ws },
      });
      client.on(Events.Error, () => {});
      clients.push(client);
      return client;
    },
    async login(clientOptions) {
      const client = fixture.client(clientOptions);
      const isReady = eventOf(client, Events.ClientReady);
      await client.login(fixture.ready.botToken);
      await isReady;
      return client as Client<true>;
    },
    async logout() {
      await Promise.all(clients.splice(0).map((client) => client.destroy()));
    },
    async someMember() {
      const { guilds } = await fixture.control.state();
      const guild = guilds.find((candidate) => candidate.id === fixture.ready.guildId);
      const member = guild?.members.find(({ user }) => !user.bot && user.id !== guild.ownerId);
      if (!member) throw new Error('the seed has no ordinary member');
      return member.user.id;
    },
    async channelId(name) {
      const { guilds } = await fixture.control.state();
      const channel = guilds.flatMap((guild) => guild.channels).find((candidate) => candidate.name === name);
      if (!channel) throw new Error(`the seed has no channel ${name}`);
      return channel.id;
    },
    async room(client) {
      const created = eventOf(client, Events.ChannelCreate);
      await fixture.control.people('create-channel', {
        guildId: fixture.ready.guildId,
        channel: { name: 'essais' },
      });
      return (await created)[0] as TextChannel;
    },
  } as Fixture;

  beforeAll(async () => {
    fixture.sandbox = await createSandbox({
      port: 0,
      seed: 'default',
      gatewayLimits: { identifyWindowMs: 0 },
      now: () => Date.now() + skippedMs,
      ...options,
    });
    fixture.ready = fixture.sandbox.ready;
    fixture.control = new SandboxClient(fixture.ready.control);
  });
  afterAll(async () => {
    await fixture.logout();
    await fixture.control?.close();
    await fixture.sandbox?.close();
  });
  return fixture;
}

/** Resolves with the event's arguments once one satisfies `wanted`; listen first, then act. */
export function eventOf<E extends keyof ClientEvents>(
  client: Client,
  event: E,
  wanted: (...args: ClientEvents[E]) => boolean = () => true,
  deadlineMs = DEADLINE_MS,
): Promise<ClientEvents[E]> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientEvents[E]>();
  const listener = (...args: ClientEvents[E]): void => {
    if (wanted(...args)) settle(() => resolve(args));
  };
  const timer = setTimeout(
    () => settle(() => reject(new Error(`no ${String(event)} in ${deadlineMs} ms`))),
    deadlineMs,
  );
  const settle = (end: () => void): void => {
    clearTimeout(timer);
    client.off(event, listener as never);
    end();
  };
  client.on(event, listener as never);
  promise.catch(() => {}); // whoever waits gets it; a test that failed before needs no second error
  return promise;
}

/** The error that `promise` ends with; fails when it ends well. */
export async function rejection(
  promise: Promise<unknown>,
): Promise<{ code?: unknown; status?: unknown; message: string }> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (outcome === null) throw new Error('expected a refusal');
  return outcome as { code?: unknown; status?: unknown; message: string };
}
