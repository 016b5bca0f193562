import type {
  APIApplicationCommand,
  APIApplicationCommandBasicOption,
  APIApplicationCommandOption,
} from 'discord-api-types/v10';
import type { SandboxState, Snowflake } from '../../src/control/api.ts';
import { discordLocale } from './i18n.ts';
import { Permission } from './permissions.ts';

/** One command that a person can run: a command without, or with, its subcommand. */
export interface Runnable {
  /** The default names, as the verb wants them. */
  name: string;
  subcommand?: string;
  /** The names and the description in the person's language. */
  shown: string;
  description: string;
  options: APIApplicationCommandBasicOption[];
}

interface Localized {
  name: string;
  description?: string;
  name_localizations?: Partial<Record<string, string | null>> | null;
  description_localizations?: Partial<Record<string, string | null>> | null;
}

export const localName = (it: Localized): string => it.name_localizations?.[discordLocale()] ?? it.name;
export const localDescription = (it: Localized): string =>
  it.description_localizations?.[discordLocale()] ?? it.description ?? '';

const SUBCOMMAND = 1;
const GROUP = 2;
const CHAT_INPUT = 1;

function runnables(command: APIApplicationCommand): Runnable[] {
  const found: Runnable[] = [];
  const add = (path: Localized[], options: readonly APIApplicationCommandOption[] | undefined): void => {
    const last = path.at(-1) as Localized;
    const rest = path.slice(1);
    found.push({
      name: command.name,
      ...(rest.length > 0 ? { subcommand: rest.map((it) => it.name).join(' ') } : {}),
      shown: path.map(localName).join(' '),
      description: localDescription(last),
      options: (options ?? []) as APIApplicationCommandBasicOption[],
    });
  };
  const nested = (command.options ?? []).filter(
    (option) => option.type === SUBCOMMAND || option.type === GROUP,
  );
  if (nested.length === 0) add([command], command.options);
  for (const option of nested) {
    if (option.type === SUBCOMMAND) add([command, option], option.options);
    else for (const sub of option.options ?? []) add([command, option, sub], sub.options);
  }
  return found;
}

/**
 * The slash commands of a guild that a person of these permissions is offered, by name; a guild's command hides the
 * global one of the same name.
 */
export function commandsOf(state: SandboxState, guildId: Snowflake, granted: bigint): Runnable[] {
  const byName = new Map<string, APIApplicationCommand>();
  for (const command of [...(state.commands['global'] ?? []), ...(state.commands[guildId] ?? [])]) {
    if (command.type === CHAT_INPUT) byName.set(command.name, command);
  }
  const offered = [...byName.values()].filter(({ default_member_permissions: needed }) => {
    if (needed == null || (granted & Permission.Administrator) !== 0n) return true;
    // "0" leaves the command to administrators.
    return BigInt(needed) !== 0n && (granted & BigInt(needed)) === BigInt(needed);
  });
  return offered.flatMap(runnables).sort((a, b) => a.shown.localeCompare(b.shown));
}

/** How a person knows the command that a message says it comes from: `/lock` is `/verrouiller` in French. */
export function shownName(state: SandboxState, guildId: Snowflake | undefined, fullName: string): string {
  const all = [...(state.commands['global'] ?? []), ...(state.commands[guildId ?? ''] ?? [])].flatMap(
    runnables,
  );
  const found = all.find((it) => [it.name, it.subcommand].filter(Boolean).join(' ') === fullName);
  return found?.shown ?? fullName;
}

/** Those that begin with, then those that contain, what was typed after the slash. */
export function matching(commands: Runnable[], typed: string): Runnable[] {
  const wanted = typed.trim().toLowerCase();
  const starts = (it: Runnable): boolean =>
    it.shown.startsWith(wanted) || [it.name, it.subcommand].filter(Boolean).join(' ').startsWith(wanted);
  return [
    ...commands.filter(starts),
    ...commands.filter((it) => !starts(it) && `${it.shown} ${it.name}`.includes(wanted)),
  ];
}
