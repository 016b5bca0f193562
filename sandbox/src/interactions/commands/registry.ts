import { ApplicationCommandType, type APIApplicationCommand } from 'discord-api-types/v10';
import {
  addFieldError,
  DiscordError,
  type ErrorTree,
  invalidForm,
  unknownCommand,
} from '../../rest/errors.ts';
import type { Snowflake } from '../../world/types.ts';
import type { World } from '../../world/world.ts';
import type { Command, CommandOption, Scope } from './types.ts';
import { readChanges, readCommand, readCommands } from './validate.ts';

type Json = Record<string, unknown>;

/** Discord Docs/Application Commands, "Limits". */
const MAX_PER_TYPE: Record<number, number> = { 1: 100, 2: 15, 3: 15, 4: 1 };
const CREATES_PER_DAY = 200;
const DAY_MS = 86_400_000;

/** The application's commands: global ones, and each guild's own. */
export class CommandRegistry {
  #world: World;
  #scopes = new Map<Scope, Map<Snowflake, Command>>();
  #creates = new Map<Scope, { count: number; since: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  all(): Record<string, APIApplicationCommand[]> {
    const scopes = new Map([['global', new Map<Snowflake, Command>()], ...this.#scopes]);
    return Object.fromEntries(
      [...scopes].map(([scope, commands]) => [scope, [...commands.values()] as APIApplicationCommand[]]),
    );
  }

  list(scope: Scope): Command[] {
    return [...this.#of(scope).values()];
  }

  /** @throws 10063 */
  get(scope: Scope, id: Snowflake): Command {
    const command = this.#of(scope).get(id);
    if (command === undefined) throw unknownCommand();
    return command;
  }

  /** The command that this name means in a guild: its own before the global one. */
  find(guildId: Snowflake | undefined, name: string, type: number): Command | undefined {
    const wanted = (command: Command) => command.name === name && command.type === type;
    const own = guildId === undefined ? undefined : this.list(guildId).find(wanted);
    return own ?? this.list('global').find(wanted);
  }

  /** Registers, or replaces the command of the same type and name. @throws 50035, 30032, 30034 */
  upsert(scope: Scope, body: unknown): { command: Command; created: boolean } {
    const draft = readCommand(body);
    const present = this.#named(scope, draft);
    if (present === undefined) this.#checkRoom(scope, typeOf(draft));
    return { command: this.#put(scope, draft, present), created: present === undefined };
  }

  /** Changes what the body names. @throws 10063, 50035 */
  edit(scope: Scope, id: Snowflake, body: unknown): Command {
    const before = this.get(scope, id);
    const merged = readChanges(body, before as unknown as Json);
    const twin = this.#named(scope, merged);
    if (twin !== undefined && twin.id !== id) throw duplicateName(['name']);
    return this.#put(scope, merged, before);
  }

  /** @throws 10063 */
  delete(scope: Scope, id: Snowflake): void {
    this.get(scope, id);
    this.#of(scope).delete(id);
  }

  /** Replaces the whole set; commands of a known type and name keep their id. @throws 50035, 30032, 30034 */
  overwrite(scope: Scope, bodies: unknown): Command[] {
    const drafts = readCommands(bodies);
    const seen = new Set<string>();
    const counts = new Map<number, number>();
    drafts.forEach((draft, index) => {
      const type = typeOf(draft);
      const key = `${type} ${String(draft.name)}`;
      if (seen.has(key)) throw duplicateName([index]);
      seen.add(key);
      counts.set(type, (counts.get(type) ?? 0) + 1);
    });
    for (const [type, count] of counts) if (count > (MAX_PER_TYPE[type] ?? 0)) throw tooMany(type);
    const pairs = drafts.map((draft) => ({ draft, present: this.#named(scope, draft) }));
    this.#countCreates(scope, pairs.filter(({ present }) => present === undefined).length);
    this.#scopes.set(scope, new Map());
    return pairs.map(({ draft, present }) => this.#put(scope, draft, present));
  }

  #of(scope: Scope): Map<Snowflake, Command> {
    return this.#scopes.get(scope) ?? new Map<Snowflake, Command>();
  }

  #named(scope: Scope, draft: Json): Command | undefined {
    return this.list(scope).find((one) => one.name === draft.name && one.type === typeOf(draft));
  }

  #checkRoom(scope: Scope, type: number): void {
    if (this.list(scope).filter((one) => one.type === type).length >= (MAX_PER_TYPE[type] ?? 0))
      throw tooMany(type);
    this.#countCreates(scope, 1);
  }

  #countCreates(scope: Scope, count: number): void {
    const now = this.#world.now();
    const day = this.#creates.get(scope);
    const current = day !== undefined && now - day.since < DAY_MS ? day : { count: 0, since: now };
    if (current.count + count > CREATES_PER_DAY) {
      throw new DiscordError(
        400,
        30034,
        'Max number of daily application command creates has been reached (200)',
      );
    }
    current.count += count;
    this.#creates.set(scope, current);
  }

  #put(scope: Scope, draft: Json, before: Command | undefined): Command {
    const type = typeOf(draft);
    const permissions = draft.default_member_permissions;
    const options = (draft.options as Json[] | null | undefined)?.map(storedOption);
    const command = {
      id: before?.id ?? this.#world.snowflake(),
      application_id: this.#world.application.id,
      version: this.#world.snowflake(),
      default_member_permissions:
        permissions == null ? null : BigInt(permissions as string | number).toString(),
      type,
      name: draft.name as string,
      name_localizations: draft.name_localizations ?? null,
      description: type === ApplicationCommandType.ChatInput ? (draft.description as string) : '',
      description_localizations: draft.description_localizations ?? null,
      dm_permission: draft.dm_permission ?? true,
      contexts: scope === 'global' ? (draft.contexts ?? null) : null,
      integration_types: scope === 'global' ? (draft.integration_types ?? [0]) : [0],
      nsfw: draft.nsfw ?? false,
      ...(options !== undefined && options.length > 0 && { options }),
      ...(scope !== 'global' && { guild_id: scope }),
    } as unknown as Command;
    const commands = this.#of(scope);
    commands.set(command.id, command);
    this.#scopes.set(scope, commands);
    return command;
  }
}

/** An option without the fields that were sent as null; the dictionaries keep theirs. */
function storedOption(option: Json): CommandOption {
  const kept = Object.entries(option).filter(
    ([key, value]) => value !== null || key.endsWith('_localizations'),
  );
  const { options, ...rest } = Object.fromEntries(kept) as Json;
  return { ...rest, ...(Array.isArray(options) && { options: options.map(storedOption) }) } as CommandOption;
}

const typeOf = (draft: Json): number =>
  (draft.type as number | null | undefined) ?? ApplicationCommandType.ChatInput;

const tooMany = (type: number) =>
  new DiscordError(400, 30032, `Maximum number of application commands reached (${MAX_PER_TYPE[type]})`);

function duplicateName(path: (string | number)[]): DiscordError {
  const errors: ErrorTree = {};
  addFieldError(errors, path, {
    code: 'APPLICATION_COMMANDS_DUPLICATE_NAME',
    message: 'Application command names must be unique',
  });
  return invalidForm(errors);
}

/** The command as a list answers it: without dictionaries unless asked for, with the reader's own words. */
export function forList(command: Command, withLocalizations: boolean, locale: string | undefined): Json {
  return localized(command as unknown as Json, withLocalizations, locale);
}

function localized(part: Json, withLocalizations: boolean, locale: string | undefined): Json {
  const { name_localizations: names, description_localizations: descriptions, ...rest } = part;
  const own = (texts: unknown) =>
    locale === undefined ? undefined : (texts as Json | null | undefined)?.[locale];
  const copy: Json = withLocalizations ? { ...part } : { ...rest };
  if (own(names) !== undefined) copy.name_localized = own(names);
  if (own(descriptions) !== undefined) copy.description_localized = own(descriptions);
  for (const key of ['options', 'choices']) {
    const children = part[key] as Json[] | undefined;
    if (children !== undefined)
      copy[key] = children.map((child) => localized(child, withLocalizations, locale));
  }
  return copy;
}
