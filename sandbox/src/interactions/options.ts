/** What a person types into a command's options, checked as Discord's own client would before it sends it. */
import { ApplicationCommandOptionType as O } from 'discord-api-types/v10';
import { malformed } from '../control/errors.ts';
import type { Command, CommandOption } from './commands/types.ts';
import type { Resolver } from './resolve.ts';

export type OptionInput = string | number | boolean;

export interface SentOption {
  name: string;
  type: number;
  value?: OptionInput;
  options?: SentOption[];
  focused?: true;
}

export interface Invocation {
  /** `data.options` of the interaction. */
  options: SentOption[];
  /** The command's name with its sub-command. */
  fullName: string;
  focusedType?: number;
}

/** Builds `data.options`. @throws ControlError 400 for what the client would not let through */
export function invocation(
  command: Command,
  subcommand: string | undefined,
  given: Record<string, OptionInput>,
  resolver: Resolver,
  focused?: string,
): Invocation {
  const path = subcommand === undefined ? [] : subcommand.trim().split(/\s+/);
  let declared = command.options ?? [];
  const parents: CommandOption[] = [];
  for (const name of path) {
    const next = declared.find((option) => option.name === name && option.type <= O.SubcommandGroup);
    if (next === undefined) throw malformed(`subcommand: /${command.name} has no ${name}`);
    parents.push(next);
    declared = next.options ?? [];
  }
  if (declared.some((option) => option.type <= O.SubcommandGroup)) {
    throw malformed(`subcommand: /${command.name} needs one`);
  }
  let focusedType: number | undefined;
  const values: SentOption[] = [];
  for (const name of Object.keys(given)) {
    if (!declared.some((option) => option.name === name)) throw malformed(`options: no option ${name}`);
  }
  for (const option of declared) {
    const value = given[option.name];
    if (option.name === focused) {
      if (option.autocomplete !== true) throw malformed(`focused: ${focused} has no completion`);
      focusedType = option.type;
      // What is being typed is sent as text, whatever it is going to be.
      values.push({ name: option.name, type: option.type, value: String(value ?? ''), focused: true });
    } else if (value !== undefined) {
      values.push({ name: option.name, type: option.type, value: checked(option, value, resolver) });
    } else if (option.required === true && focused === undefined) {
      throw malformed(`options: ${option.name} is required`);
    }
  }
  if (focused !== undefined && focusedType === undefined) throw malformed(`focused: no option ${focused}`);
  const options = parents.reduceRight<SentOption[]>(
    (inner, { name, type }) => [{ name, type, options: inner }],
    values,
  );
  return {
    options,
    fullName: [command.name, ...path].join(' '),
    ...(focusedType !== undefined && { focusedType }),
  };
}

function checked(option: CommandOption, value: OptionInput, resolver: Resolver): OptionInput {
  const bad = (why: string) => malformed(`options: ${option.name} ${why}`);
  switch (option.type) {
    case O.String: {
      const text = String(value);
      if (text.length < (option.min_length ?? 0)) throw bad('is too short');
      if (text.length > (option.max_length ?? 6000)) throw bad('is too long');
      return chosen(option, text);
    }
    case O.Integer:
    case O.Number: {
      const number = Number(value);
      if (value === '' || !Number.isFinite(number)) throw bad('is no number');
      if (option.type === O.Integer && !Number.isSafeInteger(number)) throw bad('is no whole number');
      if (number < (option.min_value ?? -Infinity)) throw bad('is too small');
      if (number > (option.max_value ?? Infinity)) throw bad('is too large');
      return chosen(option, number);
    }
    case O.Boolean:
      if (typeof value !== 'boolean') throw bad('is neither true nor false');
      return value;
    case O.User:
      return resolver.user(String(value)) ? String(value) : fail(bad('is no user'));
    case O.Role:
      return resolver.role(String(value)) ? String(value) : fail(bad('is no role'));
    case O.Mentionable:
      return resolver.user(String(value)) || resolver.role(String(value))
        ? String(value)
        : fail(bad('is nobody'));
    case O.Channel:
      return resolver.channel(String(value), option.channel_types)
        ? String(value)
        : fail(bad('is no channel that may be chosen'));
    default:
      throw bad('cannot be given here');
  }
}

function chosen<T extends OptionInput>(option: CommandOption, value: T): T {
  const { choices } = option;
  if (choices !== undefined && choices.length > 0 && !choices.some((choice) => choice.value === value)) {
    throw malformed(`options: ${option.name} is none of the choices`);
  }
  return value;
}

function fail(error: Error): never {
  throw error;
}
