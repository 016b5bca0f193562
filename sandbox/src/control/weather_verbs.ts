import { z } from 'zod';
import type { WeatherVerbs } from './api.ts';
import { malformed, notFound } from './errors.ts';
import { define, type VerbTable } from './verbs.ts';
import type { RestFault } from './weather.ts';

const shard = z.int().min(0).optional();
const count = z.int().min(1).max(1_000_000);
const MAX_DELAY_MS = 600_000;

const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    body: z.unknown().optional(),
  }),
  z.strictObject({
    kind: z.literal('rate-limit'),
    retryAfter: z.number().min(0),
    scope: z.enum(['user', 'global', 'shared']),
  }),
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0).max(MAX_DELAY_MS) }),
  z.strictObject({ kind: z.literal('delay-after'), ms: z.int().min(0).max(MAX_DELAY_MS) }),
  z.strictObject({ kind: z.literal('cut-after') }),
  z.strictObject({ kind: z.literal('cut-before') }),
  z.strictObject({ kind: z.literal('garbage'), body: z.string() }),
]);
const target = { route: z.string().max(500).optional(), method: z.string().max(10).optional(), count };

function orMalformed(set: () => void): void {
  try {
    set();
  } catch (error) {
    if (error instanceof RangeError) throw malformed(error.message);
    throw error;
  }
}

/** A close code that a server may send (RFC 6455, 7.4). */
const closeCode = z.union([
  z.int().min(1000).max(1003),
  z.int().min(1007).max(1014),
  z.int().min(3000).max(4999),
]);

export const weatherVerbs: VerbTable<WeatherVerbs> = {
  'drop-gateway': define(z.strictObject({ shard, closeCode: closeCode.optional() }), ({ gateway }, body) => ({
    dropped: gateway.drop(body.shard, body.closeCode),
  })),
  'ask-reconnect': define(z.strictObject({ shard }), ({ gateway }, body) => ({
    asked: gateway.askReconnect(body.shard),
  })),
  'ask-heartbeat': define(z.strictObject({ shard }), ({ gateway }, body) => ({
    asked: gateway.askHeartbeat(body.shard),
  })),
  'invalid-session': define(z.strictObject({ shard, resumable: z.boolean() }), ({ gateway }, body) => ({
    sent: gateway.invalidSession(body.shard, body.resumable),
  })),
  'stall-gateway': define(z.strictObject({ shard, on: z.boolean() }), ({ gateway, weather }, body) => {
    weather.stall(body.shard, body.on);
    if (!body.on) gateway.flush();
    return {};
  }),
  'lose-heartbeat-acks': define(z.strictObject({ on: z.boolean() }), ({ weather }, body) => {
    weather.loseAcks = body.on;
    return {};
  }),
  rest: define(z.looseObject(target), ({ weather }, body) => {
    const { route, method, count: times, ...kind } = body;
    const checked = fault.safeParse(kind);
    if (!checked.success) {
      const [issue] = checked.error.issues;
      throw malformed(`${issue?.path.join('.') || 'kind'}: ${issue?.message ?? 'malformed'}`);
    }
    const asked = { ...checked.data, count: times, ...(route && { route }), ...(method && { method }) };
    orMalformed(() => weather.addRestFault(asked as RestFault));
    return {};
  }),
  release: define(z.strictObject({}), ({ weather }) => ({ released: weather.release() })),
  'lose-events': define(
    z.strictObject({ t: z.string().min(1).max(200), count, guildId: z.string().optional() }),
    ({ weather }, body) => {
      orMalformed(() => weather.loseEvents(body.t, body.guildId, body.count));
      return {};
    },
  ),
  'repeat-events': define(
    z.strictObject({ t: z.string().min(1).max(200), count, guildId: z.string().optional() }),
    ({ weather }, body) => {
      orMalformed(() => weather.repeatEvents(body.t, body.guildId, body.count));
      return {};
    },
  ),
  'gateway-lag': define(
    z.strictObject({ ms: z.int().min(0).max(MAX_DELAY_MS) }),
    ({ weather, gateway }, body) => {
      weather.lagMs = body.ms;
      gateway.flush();
      return {};
    },
  ),
  latency: define(z.strictObject({ ms: z.int().min(0).max(MAX_DELAY_MS) }), ({ weather }, body) => {
    weather.latencyMs = body.ms;
    return {};
  }),
  outage: define(z.strictObject({ guildId: z.string(), on: z.boolean() }), ({ world }, body) => {
    const guild = world.guilds.get(body.guildId);
    if (guild === undefined) throw notFound('guild');
    world.guilds.setOutage(guild, body.on);
    return {};
  }),
  'raw-frame': define(z.strictObject({ shard, text: z.string().max(1_000_000) }), ({ gateway }, body) => ({
    sent: gateway.rawFrame(body.shard, body.text),
  })),
  'session-limits': define(
    z.strictObject({
      shards: z.int().min(1).max(1024).optional(),
      maxConcurrency: z.int().min(1).max(1024).optional(),
      remaining: z.int().min(0).max(1_000_000).optional(),
      heartbeatIntervalMs: z.int().min(10).max(600_000).optional(),
    }),
    ({ weather }, body) => {
      Object.assign(weather.sessionLimits, body);
      return {};
    },
  ),
  intents: define(z.strictObject({ allowed: z.int().min(0) }), ({ weather }, body) => {
    weather.allowedIntents = body.allowed;
    return {};
  }),
  clear: define(z.object({}), ({ gateway, weather }) => {
    weather.clear();
    gateway.flush();
    return {};
  }),
};
