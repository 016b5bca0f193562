/** The rules of Discord Docs/Application Commands, "Application Command Structure" and its limits. */
import { ApplicationCommandOptionType as O, ApplicationCommandType, Locale } from 'discord-api-types/v10';
import { addFieldError, type ErrorTree, invalidForm } from '../../rest/errors.ts';
import type { CommandOption } from './types.ts';

type Json = Record<string, unknown>;
type Path = readonly (string | number)[];

const NAME = /^[-_'\p{L}\p{N}\p{Script=Devanagari}\p{Script=Thai}]{1,32}$/u;
const LOCALES = new Set<string>(Object.values(Locale));
const MAX_OPTIONS = 25;
const MAX_CHOICES = 25;
const MAX_TOTAL = 8000;
const MAX_PERMISSIONS = 1n << 54n;
const WITH_CHOICES = new Set<number>([O.String, O.Integer, O.Number]);

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Gathers every mistake of one command. */
class Check {
  readonly tree: ErrorTree = {};
  failed = false;

  add(path: Path, code: string, message: string): void {
    this.failed = true;
    addFieldError(this.tree, path, { code, message });
  }

  required(path: Path): void {
    this.add(path, 'BASE_TYPE_REQUIRED', 'This field is required');
  }

  length(path: Path, value: unknown, min: number, max: number): value is string {
    if (typeof value !== 'string') {
      this.add(path, 'STRING_TYPE_CONVERT', `Could not interpret "${String(value)}" as string.`);
      return false;
    }
    const { length } = value.trim();
    if (length < min || length > max) {
      this.add(path, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`);
      return false;
    }
    return true;
  }

  name(path: Path, value: unknown, chatInput: boolean): void {
    if (value === undefined || value === null) this.required(path);
    else if (this.length(path, value, 1, 32) && chatInput) {
      if (!NAME.test(value)) {
        this.add(path, 'STRING_TYPE_REGEX', 'String value did not match validation regex.');
      } else if (value !== value.toLowerCase()) {
        this.add(path, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
      }
    }
  }

  localizations(path: Path, value: unknown, each: (path: Path, text: unknown) => void): void {
    if (value === undefined || value === null) return;
    if (!isObject(value)) {
      this.add(path, 'DICT_TYPE_CONVERT', 'Only dictionaries may be used in a DictType');
      return;
    }
    for (const [locale, text] of Object.entries(value)) {
      if (!LOCALES.has(locale)) {
        this.add([...path, locale], 'ENUM_TYPE_COERCE', `Value "${locale}" is not a valid enum value.`);
      } else each([...path, locale], text);
    }
  }
}

/** Checks the body of a create; `partial` (an edit) asks for no field. @throws 50035 */
export function checkCommand(body: unknown, path: Path = [], partial = false): void {
  const check = new Check();
  if (!isObject(body)) {
    check.add(path, 'MODEL_TYPE_CONVERT', 'Only dictionaries may be used in a ModelType');
  } else commandInto(check, body, path, partial);
  if (check.failed) throw invalidForm(check.tree);
}

function commandInto(check: Check, body: Json, path: Path, partial: boolean): void {
  const type = body.type ?? ApplicationCommandType.ChatInput;
  const chatInput = type === ApplicationCommandType.ChatInput;
  if (![1, 2, 3, 4].includes(type as number)) {
    check.add([...path, 'type'], 'BASE_TYPE_CHOICES', 'Value must be one of {1, 2, 3, 4}.');
    return;
  }
  const at = (key: string) => [...path, key];
  if (!partial || body.name !== undefined) check.name(at('name'), body.name, chatInput);
  check.localizations(at('name_localizations'), body.name_localizations, (p, text) =>
    check.name(p, text, chatInput),
  );

  if (chatInput) {
    if (body.description === undefined || body.description === null) {
      if (!partial) check.required(at('description'));
    } else check.length(at('description'), body.description, 1, 100);
  } else if (body.description) {
    check.add(
      at('description'),
      'APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED',
      'Context menu commands cannot have description',
    );
  }
  check.localizations(at('description_localizations'), body.description_localizations, (p, text) =>
    check.length(p, text, 1, 100),
  );
  if (!chatInput && Array.isArray(body.options) && body.options.length > 0) {
    check.add(
      at('options'),
      'APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS',
      'Context menu commands cannot have options',
    );
  } else optionsInto(check, body.options, at('options'), 0);

  permissionsInto(check, body.default_member_permissions, at('default_member_permissions'));
  setInto(check, body.contexts, at('contexts'), [0, 1, 2]);
  setInto(check, body.integration_types, at('integration_types'), [0, 1]);
  if (!check.failed && sizeOf(body) > MAX_TOTAL) {
    check.add(path, 'APPLICATION_COMMAND_TOO_LARGE', `Command exceeds maximum size (${MAX_TOTAL})`);
  }
}

function optionsInto(check: Check, options: unknown, path: Path, depth: number): void {
  if (options === undefined || options === null) return;
  if (!Array.isArray(options)) {
    check.add(path, 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
    return;
  }
  if (options.length > MAX_OPTIONS) {
    check.add(path, 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_OPTIONS} or fewer in length.`);
    return;
  }
  const names = new Set<unknown>();
  let optionalSeen = false;
  let groups = 0;
  options.forEach((option: unknown, index) => {
    const at = [...path, index];
    if (!isObject(option)) {
      check.add(at, 'MODEL_TYPE_CONVERT', 'Only dictionaries may be used in a ModelType');
      return;
    }
    optionInto(check, option, at, depth);
    if (names.has(option.name)) {
      check.add(
        [...at, 'name'],
        'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS',
        'Option name already exists in these options',
      );
    }
    names.add(option.name);
    if (option.type === O.Subcommand || option.type === O.SubcommandGroup) groups++;
    else if (option.required !== true) optionalSeen = true;
    else if (optionalSeen) {
      check.add(
        at,
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      );
    }
  });
  if (groups > 0 && groups < options.length) {
    check.add(
      path,
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'Sub-command and sub-command group option types are mutually exclusive to all other types',
    );
  }
}

function optionInto(check: Check, option: Json, path: Path, depth: number): void {
  const at = (key: string) => [...path, key];
  const { type } = option;
  if (type === undefined) check.required(at('type'));
  else if (typeof type !== 'number' || type < 1 || type > 11 || !Number.isInteger(type)) {
    check.add(at('type'), 'BASE_TYPE_CHOICES', 'Value must be one of {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}.');
    return;
  }
  check.name(at('name'), option.name, true);
  check.localizations(at('name_localizations'), option.name_localizations, (p, text) =>
    check.name(p, text, true),
  );
  if (option.description === undefined || option.description === null) check.required(at('description'));
  else check.length(at('description'), option.description, 1, 100);
  check.localizations(at('description_localizations'), option.description_localizations, (p, text) =>
    check.length(p, text, 1, 100),
  );
  // A group holds sub-commands, a sub-command holds values, and nothing lies deeper.
  const nested = type === O.SubcommandGroup ? depth === 0 : type === O.Subcommand ? depth <= 1 : true;
  if (!nested) {
    check.add(at('type'), 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'Invalid nesting of sub-commands');
    return;
  }
  if (type === O.SubcommandGroup || type === O.Subcommand) {
    optionsInto(check, option.options, at('options'), type === O.SubcommandGroup ? 1 : 2);
    return;
  }
  choicesInto(check, option, at);
  rangeInto(check, option, at);
}

function choicesInto(check: Check, option: Json, at: (key: string) => Path): void {
  const { choices, type } = option;
  if (option.autocomplete === true && !WITH_CHOICES.has(type as number)) {
    check.add(
      at('autocomplete'),
      'APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID',
      'This option type cannot be autocompleted',
    );
  }
  if (choices === undefined || choices === null) return;
  if (!Array.isArray(choices)) {
    check.add(at('choices'), 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
    return;
  }
  if (choices.length > MAX_CHOICES) {
    check.add(at('choices'), 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_CHOICES} or fewer in length.`);
    return;
  }
  if (choices.length > 0 && (option.autocomplete === true || !WITH_CHOICES.has(type as number))) {
    check.add(at('choices'), 'APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID', 'Choices are not allowed here');
  }
  const names = new Set<unknown>();
  choices.forEach((choice: unknown, index) => {
    const path = [...at('choices'), index];
    checkChoiceInto(check, choice, path, type as number);
    const name = isObject(choice) ? choice.name : undefined;
    if (names.has(name)) {
      check.add(
        [...path, 'name'],
        'APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS',
        'Choice name already exists',
      );
    }
    names.add(name);
  });
}

function checkChoiceInto(check: Check, choice: unknown, path: Path, type: number): void {
  if (!isObject(choice)) {
    check.add(path, 'MODEL_TYPE_CONVERT', 'Only dictionaries may be used in a ModelType');
    return;
  }
  if (choice.name === undefined) check.required([...path, 'name']);
  else check.length([...path, 'name'], choice.name, 1, 100);
  check.localizations([...path, 'name_localizations'], choice.name_localizations, (p, text) =>
    check.length(p, text, 1, 100),
  );
  const at = [...path, 'value'];
  if (choice.value === undefined || choice.value === null) check.required(at);
  else if (type === O.String) check.length(at, choice.value, 1, 100);
  else if (typeof choice.value !== 'number' || (type === O.Integer && !Number.isSafeInteger(choice.value))) {
    check.add(at, 'NUMBER_TYPE_COERCE', `Value "${String(choice.value)}" is not a number.`);
  }
}

/** Checks what answers an autocompletion. @throws 50035 */
export function checkChoices(choices: unknown, type: number): void {
  const check = new Check();
  const path: Path = ['data', 'choices'];
  if (!Array.isArray(choices)) check.required(path);
  else if (choices.length > MAX_CHOICES) {
    check.add(path, 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_CHOICES} or fewer in length.`);
  } else choices.forEach((choice, index) => checkChoiceInto(check, choice, [...path, index], type));
  if (check.failed) throw invalidForm(check.tree);
}

function rangeInto(check: Check, option: Json, at: (key: string) => Path): void {
  const numeric = option.type === O.Integer || option.type === O.Number;
  for (const key of ['min_value', 'max_value']) {
    const value = option[key];
    if (value === undefined || value === null) continue;
    if (!numeric || typeof value !== 'number' || (option.type === O.Integer && !Number.isInteger(value))) {
      check.add(at(key), 'NUMBER_TYPE_COERCE', `Value "${String(value)}" is not allowed here.`);
    }
  }
  for (const [key, min] of [
    ['min_length', 0],
    ['max_length', 1],
  ] as const) {
    const value = option[key];
    if (value === undefined || value === null) continue;
    const fits =
      option.type === O.String &&
      Number.isInteger(value) &&
      (value as number) >= min &&
      (value as number) <= 6000;
    if (!fits) check.add(at(key), 'NUMBER_TYPE_RANGE', `Value must be between ${min} and 6000.`);
  }
}

function permissionsInto(check: Check, value: unknown, path: Path): void {
  if (value === undefined || value === null) return;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text) || BigInt(text) > MAX_PERMISSIONS) {
    check.add(path, 'NUMBER_TYPE_COERCE', `Value "${String(value)}" is not int.`);
  }
}

function setInto(check: Check, value: unknown, path: Path, allowed: number[]): void {
  if (value === undefined || value === null) return;
  if (!Array.isArray(value) || value.length === 0 || value.some((one) => !allowed.includes(one as number))) {
    check.add(path, 'BASE_TYPE_CHOICES', `Value must be one of {${allowed.join(', ')}}.`);
  }
}

/** Characters of names, descriptions and values; of a localised text its longest form counts. */
function sizeOf(part: Json | CommandOption): number {
  const json = part as Json;
  const longest = (key: string) =>
    Math.max(
      String(json[key] ?? '').length,
      ...Object.values((json[`${key}_localizations`] as Json | null) ?? {}).map(
        (text) => String(text).length,
      ),
    );
  const own = longest('name') + longest('description') + ('value' in json ? String(json.value).length : 0);
  const parts = [...((json.options as Json[] | null) ?? []), ...((json.choices as Json[] | null) ?? [])];
  return parts.reduce((sum, child) => sum + sizeOf(child), own);
}
