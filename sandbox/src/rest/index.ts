/** REST v10 under /api/v10. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SandboxContext } from '../context.ts';
import {
  DiscordError,
  entityTooLarge,
  invalidApiVersion,
  invalidField,
  methodNotAllowed,
  notFoundRoute,
} from './errors.ts';
import { apiPath, DISCORD_REST_LIMITS, installHooks, isApi, rateLimitHeaders } from './hooks.ts';
import type { RestLimits } from './hooks.ts';
import { parseJson } from './json.ts';
import { readMultipart } from './multipart.ts';
import { API_PREFIX, declared } from './route.ts';
import { applicationRoutes } from './routes/applications.ts';
import { channelRoutes } from './routes/channels.ts';
import { guildChannelRoutes } from './routes/guild_channels.ts';
import { guildRoutes } from './routes/guilds.ts';
import { memberRoutes } from './routes/members.ts';
import { messageRoutes } from './routes/messages.ts';
import { moderationRoutes } from './routes/moderation.ts';
import { pinRoutes } from './routes/pins.ts';
import { reactionRoutes } from './routes/reactions.ts';
import { roleRoutes } from './routes/roles.ts';
import { threadRoutes } from './routes/threads.ts';
import { userRoutes } from './routes/users.ts';
import { voiceRoutes } from './routes/voice.ts';

/** Serves the API on this app; other parts may declare further routes with `defineRoute` afterwards. */
export function registerRest(
  app: FastifyInstance,
  ctx: SandboxContext,
  limits: Partial<RestLimits> = {},
): void {
  const chosen = { ...DISCORD_REST_LIMITS, ...limits };
  installBodies(app, chosen.maxBodyBytes);
  const limiter = installHooks(app, ctx, chosen);
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    if (isApi(request)) throw notFound(app, request);
    return reply.code(404).type('text/plain').send('Not found\n');
  });

  applicationRoutes(app, ctx);
  userRoutes(app, ctx);
  guildRoutes(app, ctx);
  guildChannelRoutes(app, ctx);
  channelRoutes(app, ctx, limiter);
  messageRoutes(app, ctx, limiter);
  pinRoutes(app, ctx);
  reactionRoutes(app, ctx);
  threadRoutes(app, ctx);
  memberRoutes(app, ctx);
  roleRoutes(app, ctx);
  moderationRoutes(app, ctx);
  voiceRoutes(app, ctx);
}

/** How bodies are read; a body of another kind than these is refused. */
function installBodies(app: FastifyInstance, maxBytes: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: maxBytes },
    (_request: FastifyRequest, text: string, done: (error: Error | null, body?: unknown) => void) => {
      try {
        done(null, text === '' ? undefined : parseJson(text));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: maxBytes },
    async (request: FastifyRequest, body: Buffer) => {
      request.form = await readMultipart(
        new Uint8Array(body),
        request.headers['content-type'] ?? 'multipart/form-data',
      );
      return null;
    },
  );
  // Some HTTP libraries name a type although they send nothing, which Discord does not mind.
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: maxBytes },
    async (_request: FastifyRequest, body: Buffer) => {
      if (body.byteLength > 0) throw wrongContentType();
    },
  );
}

const wrongContentType = (): DiscordError =>
  invalidField(
    [],
    'CONTENT_TYPE_INVALID',
    "Expected \"Content-Type\" header to be one of {'application/json', 'multipart/form-data'}.",
  );

function answerError(
  error: FastifyError | DiscordError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = asDiscordError(error);
  if (known === undefined) {
    process.stderr.write(`sandbox: ${request.method} ${apiPath(request)}: ${error.stack ?? error.message}\n`);
    return reply.code(500).send({ message: '500: Internal Server Error', code: 0 });
  }
  request.discordCode = known.code;
  rateLimitHeaders(known, reply);
  return reply.code(known.status).send(known.body());
}

function asDiscordError(error: FastifyError | DiscordError): DiscordError | undefined {
  if (error instanceof DiscordError) return error;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return entityTooLarge();
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return wrongContentType();
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_BAD_URL':
      return new DiscordError(400, 0, '400: Bad Request');
    default:
      return undefined;
  }
}

function notFound(app: FastifyInstance, request: FastifyRequest): DiscordError {
  const path = request.url.split('?', 1)[0] as string;
  if (!path.startsWith(`${API_PREFIX}/`)) {
    return /^\/api\/v\d+\//.test(path) ? invalidApiVersion() : notFoundRoute();
  }
  const inside = path.slice(API_PREFIX.length);
  return declared.get(app)?.some(({ pattern }) => pattern.test(inside))
    ? methodNotAllowed()
    : notFoundRoute();
}
