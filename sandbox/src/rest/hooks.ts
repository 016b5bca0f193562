/** What happens to every call before and after its route: the edge, authorization, faults, limits, the stream. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SandboxContext } from '../context.ts';
import type { RestFault } from '../control/weather.ts';
import { DiscordError, cloudflareBlocked, unauthorized } from './errors.ts';
import { bucketHash, InvalidRequests, RateLimiter } from './limiter.ts';
import type { BucketLimit, BucketState } from './limiter.ts';
import type { MultipartForm } from './multipart.ts';
import { Pace } from './pace.ts';
import { API_PREFIX } from './route.ts';
import type { RouteConfig } from './route.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** A multipart body, once read. */
    form: MultipartForm | null;
    /** Discord's code in the answer, for the stream. */
    discordCode: number | null;
    arrivedAt: number;
    fault: RestFault | null;
  }
}

/** Discord's own figures; tests choose theirs. */
export interface RestLimits {
  globalPerSecond: number;
  /** 401, 403 and 429 answers in `invalidWindowMs` until the address is banned for `banMs`. */
  invalidRequests: number;
  invalidWindowMs: number;
  banMs: number;
  maxBodyBytes: number;
  /** How many times Discord's own number of calls fits into a route's bucket; 1 is Discord. */
  bucketFactor: number;
}

export const DISCORD_REST_LIMITS: RestLimits = {
  globalPerSecond: 50,
  invalidRequests: 10_000,
  invalidWindowMs: 600_000,
  banMs: 3_600_000,
  maxBodyBytes: 25 * 1024 * 1024,
  bucketFactor: 1,
};

const DEFAULT_LIMIT = { limit: 5, perMs: 5_000 };
const MAX_DELAY_MS = 600_000;
const MAX_LATENCY_MS = 600_000;
/** Every library names itself so; Cloudflare refuses the rest. */
const USER_AGENT = /^DiscordBot \(.*\)|^Mozilla\//;
const MAJOR_PARAMETERS = ['channel_id', 'guild_id', 'webhook_id', 'application_id', 'token'];

/** A refusal for too many calls. */
class RateLimited extends DiscordError {
  readonly retryAfter: number;
  readonly scope: 'user' | 'global' | 'shared';

  constructor(retryAfter: number, scope: 'user' | 'global' | 'shared', of: HiddenLimit['refusal'] = {}) {
    const subject = scope === 'shared' ? 'The resource is' : 'You are';
    super(429, of.code ?? 0, of.message ?? `${subject} being rate limited.`);
    this.retryAfter = retryAfter;
    this.scope = scope;
  }

  override body(): ReturnType<DiscordError['body']> {
    const body = {
      message: this.message,
      retry_after: this.retryAfter,
      global: this.scope === 'global',
      ...(this.code !== 0 && { code: this.code }),
    };
    return body as unknown as ReturnType<DiscordError['body']>;
  }
}

const seconds = (ms: number): number => Math.ceil(ms) / 1000;

/** What a route counts beside its bucket, and the headers do not show. */
export interface HiddenLimit extends BucketLimit {
  /** Where the refusal has words and a code of its own. */
  refusal?: { code?: number; message?: string };
}

/** Counts one call of what `key` names. @throws 429 */
export function hiddenLimit(limiter: RateLimiter, key: string, { refusal, ...limit }: HiddenLimit): void {
  const verdict = limiter.take(`hidden ${key}`, limit);
  if (!verdict.allowed) throw new RateLimited(seconds(verdict.retryAfterMs), 'user', refusal);
}

export function installHooks(app: FastifyInstance, ctx: SandboxContext, limits: RestLimits): RateLimiter {
  const now = ctx.world.now;
  const limiter = new RateLimiter(now);
  const invalid = new InvalidRequests(now, {
    limit: limits.invalidRequests,
    windowMs: limits.invalidWindowMs,
    banMs: limits.banMs,
  });
  const pace = new Pace();
  app.decorateRequest('form', null);
  app.decorateRequest('discordCode', null);
  app.decorateRequest('fault', null);
  app.decorateRequest('arrivedAt', 0);

  app.addHook('onRequest', async (request, reply) => {
    if (!isApi(request)) return;
    request.arrivedAt = performance.now();
    reply.header('via', '1.1 google');
    const bannedMs = invalid.bannedFor(request.ip);
    if (bannedMs > 0) return refuseBanned(reply, bannedMs);
    if (!USER_AGENT.test(request.headers['user-agent'] ?? '')) throw cloudflareBlocked();

    const config = request.routeOptions.config as Partial<RouteConfig>;
    if (config.spec === undefined) return;
    const { spec } = config;
    if (spec.auth !== 'none') authorize(ctx, request);
    if (ctx.weather.latencyMs > 0)
      await pace.until(request.arrivedAt + Math.min(ctx.weather.latencyMs, MAX_LATENCY_MS));
    request.fault = ctx.weather.takeRestFault(request.method, apiPath(request)) ?? null;
    if (request.fault !== null) {
      const { kind } = request.fault;
      ctx.stream.push({ type: 'weather', kind, method: request.method, path: apiPath(request) });
      if (await meetFault(request.fault, bucketOf(config as RouteConfig, request, limits), reply, now))
        return reply;
    }
    if (spec.global !== false)
      takeGlobal(limiter, limits, spec.auth === 'none' ? request.ip : ctx.world.bot.id);
    takeBucket(limiter, bucketOf(config as RouteConfig, request, limits), reply);
  });

  // The call is read by now: it is carried out although whoever made it may have hung up.
  app.addHook('preHandler', ({ fault }, _reply, done) => {
    if (fault?.kind === 'delay') ctx.weather.hold(Math.min(fault.ms, MAX_DELAY_MS), done);
    else done();
  });

  app.addHook('onSend', (request, reply, payload, done) => {
    if (!isApi(request)) return done(null, payload);
    const { statusCode } = reply;
    // Discord names no charset, and some clients compare the whole value.
    if (String(reply.getHeader('content-type')).startsWith('application/json')) {
      reply.header('content-type', 'application/json');
    }
    const shared = reply.getHeader('x-ratelimit-scope') === 'shared';
    if ((statusCode === 401 || statusCode === 403 || statusCode === 429) && !shared)
      invalid.count(request.ip);
    const reason = request.headers['x-audit-log-reason'];
    const body = request.form?.payload ?? request.body;
    ctx.stream.push({
      type: 'rest',
      method: request.method,
      path: apiPath(request),
      status: statusCode,
      ...(request.discordCode !== null && { code: request.discordCode }),
      ...(body !== undefined && body !== null && { requestBody: body }),
      ...(typeof reason === 'string' && { auditLogReason: safeDecode(reason) }),
      durationMs: performance.now() - request.arrivedAt,
    });
    switch (request.fault?.kind) {
      case 'delay-after':
        ctx.weather.hold(Math.min(request.fault.ms, MAX_DELAY_MS), () => done(null, payload));
        return;
      case 'cut-after':
        request.raw.socket.destroy();
        break;
      case 'garbage':
        reply.code(200);
        return done(null, request.fault.body);
    }
    done(null, payload);
  });
  return limiter;
}

export const isApi = (request: FastifyRequest): boolean => /^\/api(\/|$)/.test(request.url);

/** The path without prefix and query, as faults and the stream name it. */
export function apiPath(request: FastifyRequest): string {
  const path = request.url.split('?', 1)[0] as string;
  return path.startsWith(`${API_PREFIX}/`) ? path.slice(API_PREFIX.length) : path;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function authorize(ctx: SandboxContext, request: FastifyRequest): void {
  const token = /^Bot (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined || ctx.world.botByToken(token) === undefined) throw unauthorized();
}

/** Cloudflare's own answer: no JSON, no `via`, error 1015. */
function refuseBanned(reply: FastifyReply, forMs: number): FastifyReply {
  reply.removeHeader('via');
  return reply
    .code(429)
    .header('server', 'cloudflare')
    .header('retry-after', Math.ceil(forMs / 1000))
    .type('text/html; charset=UTF-8')
    .send(
      '<!DOCTYPE html><html><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head>' +
        '<body><h1>Error 1015</h1><h2>You are being rate limited</h2></body></html>',
    );
}

function takeGlobal(limiter: RateLimiter, limits: RestLimits, who: string): void {
  const verdict = limiter.take(`global ${who}`, { limit: limits.globalPerSecond, perMs: 1000 });
  if (!verdict.allowed) throw new RateLimited(seconds(verdict.retryAfterMs), 'global');
}

function takeBucket(limiter: RateLimiter, { name, key, limit }: Bucket, reply: FastifyReply): void {
  const verdict = limiter.take(key, limit);
  bucketHeaders(reply, verdict.bucket, bucketHash(name));
  if (!verdict.allowed) throw new RateLimited(seconds(verdict.retryAfterMs), 'user');
}

type Bucket = ReturnType<typeof bucketOf>;

function bucketOf({ spec, bucketName }: RouteConfig, request: FastifyRequest, { bucketFactor }: RestLimits) {
  const params = request.params as Record<string, string>;
  const major = MAJOR_PARAMETERS.map((name) => params[name] ?? '').join(':');
  const special = spec.limitOf?.(params);
  const name = special?.bucket ?? bucketName;
  const { limit, perMs } = special ?? spec.limit ?? DEFAULT_LIMIT;
  return { name, key: `${name} ${major}`, limit: { limit: limit * bucketFactor, perMs } };
}

function bucketHeaders(reply: FastifyReply, bucket: BucketState, hash: string): void {
  const inMs = Math.max(0, bucket.resetAt - bucket.now);
  reply.headers({
    'x-ratelimit-limit': bucket.limit,
    'x-ratelimit-remaining': bucket.remaining,
    'x-ratelimit-reset': (bucket.resetAt / 1000).toFixed(3),
    'x-ratelimit-reset-after': (inMs / 1000).toFixed(3),
    'x-ratelimit-bucket': hash,
  });
}

/** Headers of a 429, on top of the bucket's. */
export function rateLimitHeaders(error: DiscordError, reply: FastifyReply): void {
  if (!(error instanceof RateLimited)) return;
  reply.header('retry-after', Math.ceil(error.retryAfter));
  reply.header('x-ratelimit-scope', error.scope);
  if (error.scope === 'global') reply.header('x-ratelimit-global', 'true');
}

/** Plays a fault that comes before the route; true when that was the answer. */
async function meetFault(
  fault: RestFault,
  bucket: Bucket,
  reply: FastifyReply,
  now: () => number,
): Promise<boolean> {
  switch (fault.kind) {
    case 'cut-before':
      reply.hijack();
      reply.request.raw.socket.destroy();
      return true;
    case 'rate-limit':
      if (fault.scope !== 'global') fullBucket(fault, bucket, reply, now());
      throw new RateLimited(fault.retryAfter, fault.scope);
    case 'status':
      reply.code(fault.status);
      if (fault.body === undefined)
        await reply.send({ message: `${fault.status}: Internal Server Error`, code: 0 });
      else await reply.type('application/json').send(JSON.stringify(fault.body));
      return true;
    case 'garbage':
    case 'delay':
    case 'delay-after':
    case 'cut-after':
      return false;
  }
}

/** The headers of a bucket that a storm emptied; a shared limit is none of the bot's and leaves it as it was. */
function fullBucket(
  { scope, retryAfter }: Extract<RestFault, { kind: 'rate-limit' }>,
  { name, limit }: Bucket,
  reply: FastifyReply,
  now: number,
): void {
  const resetAt = now + (scope === 'user' ? retryAfter * 1000 : limit.perMs);
  const remaining = scope === 'user' ? 0 : limit.limit - 1;
  bucketHeaders(reply, { ...limit, remaining, resetAt, now }, bucketHash(name));
}
