/** The sandbox as a whole: one world, one HTTP(S) server. */
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { ContextOptions, ControlContext, SandboxContext } from './context.ts';
import type { ReadyLine } from './control/api.ts';
import { CONTROL_PREFIX, registerControl } from './control/index.ts';
import { EventStream } from './control/stream.ts';
import { Weather } from './control/weather.ts';
import { registerGateway } from './gateway/index.ts';
import type { Gateway } from './gateway/gateway.ts';
import { registerInteractions } from './interactions/index.ts';
import { registerFiles } from './files.ts';
import type { RestLimits } from './rest/hooks.ts';
import { registerRest } from './rest/index.ts';
import { API_PREFIX } from './rest/route.ts';
import { makeTls } from './tls.ts';
import { seedWorld } from './world/seed.ts';
import type { World } from './world/world.ts';

export interface SandboxOptions extends ContextOptions {
  /** 0, the default: any. */
  port?: number | undefined;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** `default`, `empty` or `large:N[:members]`. */
  seed?: string | undefined;
  tls?: boolean | undefined;
  /** Names of the certificate instead of the right ones, to see a client refuse it. */
  tlsNames?: string[] | undefined;
  /** Where the CA is kept; default a directory of its own that goes with the process. */
  tlsDirectory?: string | undefined;
  /** Origin to hand out for the API and for files, when clients come another way. */
  publicUrl?: string | undefined;
  restLimits?: Partial<RestLimits> | undefined;
  /** The clock, in milliseconds since the epoch. */
  now?: (() => number) | undefined;
}

export interface Sandbox {
  ready: ReadyLine;
  world: World;
  stream: EventStream;
  weather: Weather;
  gateway: Gateway;
  app: FastifyInstance;
  /** Ends every connection. */
  close(): Promise<void>;
}

const PAGE = fileURLToPath(new URL('../page/dist', import.meta.url));
/** Interaction tokens stand in paths. */
const MAX_PARAM_LENGTH = 1024;

/** Starts a sandbox. @throws when the seed is unknown or the port taken */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { world, guildId } = seedWorld(options.seed ?? 'default', options.now);
  const stream = new EventStream(world.now);
  const weather = new Weather(world.now);
  world.on(({ t, guildId: guild, data }) => {
    stream.push({ type: 'world', t, ...(guild !== undefined && { guildId: guild }), data });
  });
  const ctx: SandboxContext = { world, stream, weather, options };

  const tls = options.tls
    ? await makeTls({ names: options.tlsNames, directory: options.tlsDirectory })
    : undefined;
  const app = Fastify({
    ...(tls && { https: { key: tls.key, cert: tls.cert } }),
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    keepAliveTimeout: 75_000,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  }) as unknown as FastifyInstance;
  const gateway = registerGateway(app.server as Server, ctx);
  registerRest(app, ctx, options.restLimits);
  const interactions = registerInteractions(app, { ...ctx, gateway });
  const control: ControlContext = { ...ctx, gateway, interactions };
  registerControl(app, control);
  registerFiles(app, world, existsSync(PAGE) ? PAGE : undefined);

  await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const authority = `${tls ? 'localhost' : (options.host ?? '127.0.0.1')}:${port}`;
  const local = `${tls ? 'https' : 'http'}://${authority}`;
  const origin = (options.publicUrl ?? local).replace(/\/$/, '');
  world.messages.attachments.base = origin;
  return {
    ready: {
      api: origin + API_PREFIX,
      gateway: options.publicGateway ?? `${tls ? 'wss' : 'ws'}://${authority}/gateway`,
      control: local + CONTROL_PREFIX,
      page: `${local}/`,
      botToken: world.botToken,
      applicationId: world.application.id,
      guildId,
      ...(tls && { ca: tls.caPath }),
    },
    world,
    stream,
    weather,
    gateway,
    app,
    async close() {
      gateway.close();
      // Nobody is left to do it, and the server waits for whatever it has not answered.
      weather.release();
      await app.close();
      await tls?.remove();
    },
  };
}
