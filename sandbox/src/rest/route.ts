/** How a REST route is declared, and what its handler gets. */
import type { APIUser } from 'discord-api-types/v10';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SandboxContext } from '../context.ts';
import { isSnowflake } from '../world/snowflake.ts';
import type { Actor, Snowflake, UploadedFile } from '../world/types.ts';
import type { World } from '../world/world.ts';
import { invalidField } from './errors.ts';
import type { BucketLimit } from './limiter.ts';
import { checkForm } from './schema.ts';
import type { Schema } from './schema.ts';

export const API_PREFIX = '/api/v10';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RouteSpec {
  method: Method;
  /** Without the prefix, ids as `:channel_id`. */
  path: string;
  /** Default `bot`. */
  auth?: 'bot' | 'none';
  /** Default 5 in 5 s. `bucket` names a limit that several routes share. */
  limit?: (BucketLimit & { bucket?: string }) | undefined;
  /** The same, where it depends on what the path names. */
  limitOf?: ((params: Record<string, string>) => BucketLimit & { bucket: string }) | undefined;
  /** Whether calls count against the 50 per second; default true. */
  global?: boolean;
}

/** One call of a route. */
export interface Call {
  world: World;
  request: FastifyRequest;
  reply: FastifyReply;
  params: Record<string, string>;
  query: Record<string, string | undefined>;
  /** Who asks: the bot of the token (with `auth: 'none'` the only bot there is). */
  bot: APIUser;
  /** The bot and its X-Audit-Log-Reason. */
  actor: Actor;
  /** The parsed JSON (or `payload_json`); undefined when there was no body. */
  raw: unknown;
  files: UploadedFile[];
  /** Status of the answer when all goes well; default 200, and 204 without a result. */
  status: number | undefined;
}

export interface RouteConfig {
  spec: RouteSpec;
  bucketName: string;
}

/** Routes declared so far, to tell a wrong method (405) from an unknown path (404). */
export const declared = new WeakMap<FastifyInstance, { pattern: RegExp }[]>();

/**
 * Declares a route. The result is the JSON answer, `undefined` means 204. Rate limits, authorization,
 * faults and the event stream are the business of the hooks of `registerRest`.
 */
export function defineRoute(
  app: FastifyInstance,
  ctx: SandboxContext,
  spec: RouteSpec,
  handler: (call: Call) => unknown,
): void {
  const patterns = declared.get(app) ?? [];
  declared.set(app, patterns);
  patterns.push({ pattern: new RegExp(`^${spec.path.replace(/:[a-z_]+/g, '[^/]+')}$`) });
  const config: RouteConfig = { spec, bucketName: spec.limit?.bucket ?? `${spec.method} ${spec.path}` };
  app.route({
    method: spec.method,
    url: API_PREFIX + spec.path,
    config,
    handler: (request, reply) => {
      const call = makeCall(ctx, request, reply);
      const result = handler(call);
      return result instanceof Promise ? result.then((later) => answer(call, later)) : answer(call, result);
    },
  });
}

function answer(call: Call, result: unknown): FastifyReply {
  call.reply.code(call.status ?? (result === undefined ? 204 : 200));
  return call.reply.send(result);
}

function makeCall(ctx: SandboxContext, request: FastifyRequest, reply: FastifyReply): Call {
  const params = request.params as Record<string, string>;
  for (const [name, value] of Object.entries(params)) {
    if (name.endsWith('_id') && !isSnowflake(value)) {
      throw invalidField([name], 'NUMBER_TYPE_COERCE', `Value "${value.slice(0, 100)}" is not snowflake.`);
    }
  }
  const { bot } = ctx.world;
  return {
    world: ctx.world,
    request,
    reply,
    params,
    query: request.query as Record<string, string | undefined>,
    bot,
    actor: { userId: bot.id, reason: auditReason(request.headers['x-audit-log-reason']) },
    raw: request.form?.payload ?? request.body,
    files: request.form?.files ?? [],
    status: undefined,
  };
}

const MAX_REASON = 512;

/** X-Audit-Log-Reason is URL-encoded UTF-8 of at most 512 characters. */
function auditReason(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  let reason: string;
  try {
    reason = decodeURIComponent(header);
  } catch {
    reason = header;
  }
  if (reason.length > MAX_REASON) {
    throw invalidField(['reason'], 'BASE_TYPE_BAD_LENGTH', `Must be between 1 and ${MAX_REASON} in length.`);
  }
  return reason;
}

/** The body checked against the schema. @throws 50035 */
export function form<T>(call: Call, schema: Schema): T {
  return checkForm<T>(schema, call.raw);
}

/** A whole number in the query. @throws 50035 */
export function queryInt(
  call: Call,
  name: string,
  { min, max, fallback }: { min: number; max: number; fallback: number },
): number {
  const text = call.query[name];
  if (text === undefined) return fallback;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw invalidField([name], 'NUMBER_TYPE_COERCE', `Value "${text.slice(0, 100)}" is not int.`);
  }
  const value = Number(text);
  if (value < min)
    throw invalidField([name], 'NUMBER_TYPE_MIN', `int value should be greater than or equal to ${min}.`);
  if (value > max)
    throw invalidField([name], 'NUMBER_TYPE_MAX', `int value should be less than or equal to ${max}.`);
  return value;
}

/** An id in the query. @throws 50035 */
export function querySnowflake(call: Call, name: string): Snowflake | undefined {
  const text = call.query[name];
  if (text === undefined || isSnowflake(text)) return text;
  throw invalidField([name], 'NUMBER_TYPE_COERCE', `Value "${text.slice(0, 100)}" is not snowflake.`);
}

/** A truth in the query. */
export const queryFlag = (call: Call, name: string): boolean =>
  ['true', '1', 'True'].includes(call.query[name] ?? '');
