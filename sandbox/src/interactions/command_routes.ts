import type { FastifyInstance } from 'fastify';
import type { SandboxContext } from '../context.ts';
import { DiscordError, missingAccess, unknownApplication, unknownCommand } from '../rest/errors.ts';
import { type Call, defineRoute, queryFlag, type RouteSpec } from '../rest/route.ts';
import { forList } from './commands/registry.ts';
import type { Scope } from './commands/types.ts';
import type { Interactions } from './interactions.ts';

const GLOBAL = '/applications/:application_id/commands';
const GUILD = '/applications/:application_id/guilds/:guild_id/commands';

/** Registration of commands, global and per guild. */
export function commandRoutes(app: FastifyInstance, ctx: SandboxContext, { commands }: Interactions): void {
  const route = (method: RouteSpec['method'], path: string, handler: (call: Call, scope: Scope) => unknown) =>
    defineRoute(app, ctx, { method, path }, (call) => handler(call, scopeOf(call)));

  for (const base of [GLOBAL, GUILD]) {
    route('GET', base, (call, scope) =>
      commands
        .list(scope)
        .map((command) => forList(command, queryFlag(call, 'with_localizations'), localeOf(call))),
    );
    route('POST', base, (call, scope) => {
      const { command, created } = commands.upsert(scope, call.raw);
      call.status = created ? 201 : 200;
      return command;
    });
    route('PUT', base, (call, scope) => commands.overwrite(scope, call.raw));
    route('GET', `${base}/:command_id`, (call, scope) => commands.get(scope, idOf(call)));
    route('PATCH', `${base}/:command_id`, (call, scope) => commands.edit(scope, idOf(call), call.raw));
    route('DELETE', `${base}/:command_id`, (call, scope) => {
      commands.delete(scope, idOf(call));
    });
  }
  // Nobody has set permissions of their own: that takes a person's bearer token (Discord Docs, "Permissions").
  route('GET', `${GUILD}/permissions`, () => []);
  route('GET', `${GUILD}/:command_id/permissions`, (call, scope) => {
    if (
      !commands
        .list(scope)
        .concat(commands.list('global'))
        .some(({ id }) => id === idOf(call))
    ) {
      throw unknownCommand();
    }
    throw new DiscordError(404, 10066, 'Unknown application command permissions');
  });
  const bearerOnly = () => {
    throw new DiscordError(403, 20001, 'Bots cannot use this endpoint');
  };
  route('PUT', `${GUILD}/permissions`, bearerOnly);
  route('PUT', `${GUILD}/:command_id/permissions`, bearerOnly);
}

const idOf = (call: Call): string => call.params['command_id'] ?? '';

function localeOf(call: Call): string | undefined {
  const header = call.request.headers['x-discord-locale'];
  return typeof header === 'string' ? header : undefined;
}

function scopeOf(call: Call): Scope {
  if (call.params['application_id'] !== call.world.application.id) throw unknownApplication();
  const guildId = call.params['guild_id'];
  if (guildId === undefined) return 'global';
  if (!call.world.guilds.get(guildId)?.members.has(call.bot.id)) throw missingAccess();
  return guildId;
}
