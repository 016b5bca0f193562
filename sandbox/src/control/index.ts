import type { FastifyInstance } from 'fastify';
import type { ControlContext } from '../context.ts';
import { DiscordError } from '../rest/errors.ts';
import { ControlError, malformed } from './errors.ts';
import { peopleVerbs } from './people.ts';
import { SseReaders } from './sse.ts';
import { messages, state } from './state.ts';
import type { Verb } from './verbs.ts';
import { weatherVerbs } from './weather_verbs.ts';

export const CONTROL_PREFIX = '/sandbox';
const MAX_MESSAGES = 1000;
const DEFAULT_MESSAGES = 50;

/** Serves the control API (see `api.ts`) below {@link CONTROL_PREFIX}. */
export function registerControl(app: FastifyInstance, ctx: ControlContext): void {
  const readers = new SseReaders(ctx.stream);
  const groups: Record<string, Record<string, Verb>> = { people: peopleVerbs, weather: weatherVerbs };

  const routes = async (scope: FastifyInstance): Promise<void> => {
    acceptJsonOnly(scope);
    scope.setErrorHandler((error, _request, reply) => {
      const { status, message } = asRefusal(error);
      void reply.code(status).send({ error: message });
    });
    scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'unknown path' }));

    scope.get('/state', async () => state(ctx));
    scope.get('/seq', async () => ({ seq: ctx.stream.seq }));
    scope.get<{ Params: { id: string }; Querystring: Record<string, string | undefined> }>(
      '/channels/:id/messages',
      async ({ params, query }) => {
        const limit = wholeNumber(query.limit, DEFAULT_MESSAGES, 'limit');
        return messages(ctx, params.id, query.as, Math.min(Math.max(limit, 1), MAX_MESSAGES));
      },
    );
    scope.get<{ Querystring: { since?: string } }>('/stream', (request, reply) => {
      const since = wholeNumber(request.query.since, ctx.stream.seq, 'since');
      reply.hijack();
      readers.serve(since, reply.raw);
    });
    scope.post<{ Params: { group: string; verb: string } }>('/:group/:verb', async ({ params, body }) => {
      const group = Object.hasOwn(groups, params.group) ? groups[params.group] : undefined;
      const verb = group !== undefined && Object.hasOwn(group, params.verb) ? group[params.verb] : undefined;
      if (verb === undefined) throw new ControlError(404, `unknown verb ${params.group}/${params.verb}`);
      return (await verb.run(ctx, body)) ?? {};
    });
  };
  void app.register(routes, { prefix: CONTROL_PREFIX });
  app.addHook('preClose', async () => readers.close());
}

/** Bodies are JSON whatever the content type says; none is an empty object. */
function acceptJsonOnly(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    const text = body.toString();
    try {
      done(null, text.trim() === '' ? {} : JSON.parse(text));
    } catch {
      done(malformed('body: no JSON'));
    }
  });
  scope.addHook('preHandler', async (request) => {
    if (request.method === 'POST') request.body ??= {};
  });
}

function wholeNumber(text: string | undefined, fallback: number, name: string): number {
  if (text === undefined || text === '') return fallback;
  if (!/^\d{1,15}$/.test(text)) throw malformed(`${name}: expected a whole number`);
  return Number(text);
}

function asRefusal(error: unknown): { status: number; message: string } {
  if (error instanceof ControlError) return { status: error.status, message: error.message };
  if (error instanceof DiscordError) {
    const status = error.status >= 400 && error.status < 500 ? error.status : 400;
    const detail = error.errors === undefined ? '' : ` ${JSON.stringify(error.errors)}`;
    return { status, message: `${error.message}${detail}` };
  }
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode < 500)
    return { status: statusCode, message: message ?? 'malformed' };
  return { status: 500, message: message ?? 'failed' };
}
