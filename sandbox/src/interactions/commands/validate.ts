/** The rules of Discord Docs/Application Commands, "Application Command Structure" and its limits. */
import { ApplicationCommandOptionType as O, ApplicationCommandType, Locale } from 'discord-api-types/v10';
import * as spec from 'discord-api-spec/zod';
import * as z from 'zod/mini';
import { addFieldError, type ErrorTree, invalidForm } from '../../rest/errors.ts';
import { checkForm } from '../../rest/schema.ts';
import type { CommandOption } from './types.ts';

type Json = Record<string, unknown>;
type Path = readonly (string | number)[];

const NAME = /^[-_'\p{L}\p{N}\p{Script=Devanagari}\p{Script=Thai}]{1,32}$/u;
const LOCALES = new Set<string>(Object.values(Locale));
const MAX_TOTAL = 8000;
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

// The schema does not name `nsfw`, the documentation does; the length of a description depends on the type.
const documented = {
  nsfw: z.optional(z.nullable(z.boolean())),
  description: z.optional(z.nullable(z.string())),
};
const extended = (schema: z.ZodMiniType) => z.extend(schema as z.ZodMiniObject, documented);
const CREATE = extended(spec.ApplicationCommandCreateRequestSchema);
const PATCH = extended(spec.ApplicationCommandPatchRequestPartialSchema);
const OVERWRITE = z.array(extended(spec.ApplicationCommandUpdateRequestSchema));

/** The body of a create, by the official schema and the documented rules. @throws 50035 */
export function readCommand(body: unknown): Json {
  const draft = checkForm<Json>(CREATE, body);
  checkRules([{ body: body as Json, path: [] }]);
  return draft;
}

/** The body of a change of `before`; the result is the command as it would then be. @throws 50035 */
export function readChanges(body: unknown, before: Json): Json {
  const { type: _, ...changes } = checkForm<Json>(PATCH, body);
  checkRules([{ body: { ...before, ...(body as Json), type: before.type }, path: [] }]);
  return { ...before, ...changes };
}

/** The body of a bulk overwrite; mistakes stand below their command's index. @throws 50035 */
export function readCommands(bodies: unknown): Json[] {
  const drafts = checkForm<Json[]>(OVERWRITE, bodies);
  checkRules((bodies as Json[]).map((body, index) => ({ body, path: [index] })));
  return drafts;
}

function checkRules(commands: { body: Json; path: Path }[]): void {
  const check = new Check();
  for (const { body, path } of commands) commandInto(check, body, path);
  if (check.failed) throw invalidForm(check.tree);
}

function commandInto(check: Check, body: Json, path: Path): void {
  const type = body.type ?? ApplicationCommandType.ChatInput;
  const chatInput = type === ApplicationCommandType.ChatInput;
  const at = (key: string) => [...path, key];
  check.name(at('name'), body.name, chatInput);
  check.localizations(at('name_localizations'), body.name_localizations, (p, text) =>
    check.name(p, text, chatInput),
  );

  if (chatInput) {
    if (body.description === undefined || body.description === null) check.required(at('description'));
    else check.length(at('description'), body.description, 1, 100);
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
  } else optionsInto(check, body.options, at('options'));

  if (!check.failed && sizeOf(body) > MAX_TOTAL) {
    check.add(path, 'APPLICATION_COMMAND_TOO_LARGE', `Command exceeds maximum size (${MAX_TOTAL})`);
  }
}

/** What the schema says of options holds already: here is what it does not say. */
function optionsInto(check: Check, options: unknown, path: Path): void {
  if (options === undefined || options === null) return;
  const list = options as Json[];
  const names = new Set<unknown>();
  let optionalSeen = false;
  let groups = 0;
  list.forEach((option, index) => {
    const at = [...path, index];
    optionInto(check, option, at);
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
  if (groups > 0 && groups < list.length) {
    check.add(
      path,
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'Sub-command and sub-command group option types are mutually exclusive to all other types',
    );
  }
}

function optionInto(check: Check, option: Json, path: Path): void {
  const at = (key: string) => [...path, key];
  const { type } = option;
  check.name(at('name'), option.name, true);
  check.localizations(at('name_localizations'), option.name_localizations, (p, text) =>
    check.name(p, text, true),
  );
  check.length(at('description'), option.description, 1, 100);
  check.localizations(at('description_localizations'), option.description_localizations, (p, text) =>
    check.length(p, text, 1, 100),
  );
  if (type === O.SubcommandGroup || type === O.Subcommand) {
    optionsInto(check, option.options, at('options'));
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

const COMPLETIONS = new Map<number, z.ZodMiniType>([
  [O.String, spec.InteractionApplicationCommandAutocompleteCallbackStringDataSchema],
  [O.Integer, spec.InteractionApplicationCommandAutocompleteCallbackIntegerDataSchema],
  [O.Number, spec.InteractionApplicationCommandAutocompleteCallbackNumberDataSchema],
]);

/** What answers the autocompletion of an option of this type: the body's `data`. @throws 50035 */
export function readChoices(data: unknown, type: number): unknown[] {
  const schema = COMPLETIONS.get(type) as z.ZodMiniType;
  const { choices } = checkForm<{ choices?: unknown[] | null }>(schema, data);
  const check = new Check();
  if (choices == null) check.required(['choices']);
  else choices.forEach((choice, index) => checkChoiceInto(check, choice, ['choices', index], type));
  if (check.failed) throw invalidForm(check.tree);
  return choices as unknown[];
}

/** The schema drops a range of another type; Discord's clients would have it, so it is refused. */
function rangeInto(check: Check, option: Json, at: (key: string) => Path): void {
  const numeric = option.type === O.Integer || option.type === O.Number;
  for (const [kind, fits] of [
    ['value', numeric],
    ['length', option.type === O.String],
  ] as const) {
    const min = option[`min_${kind}`];
    const max = option[`max_${kind}`];
    for (const [key, value] of [
      [`min_${kind}`, min],
      [`max_${kind}`, max],
    ] as const) {
      if (value == null) continue;
      if (!fits || (option.type !== O.Number && !Number.isInteger(value))) {
        check.add(at(key), 'NUMBER_TYPE_COERCE', `Value "${String(value)}" is not allowed here.`);
      }
    }
    if (typeof min === 'number' && typeof max === 'number' && min > max) {
      check.add(
        at(`max_${kind}`),
        'APPLICATION_COMMAND_OPTIONS_RANGE_INVALID',
        `max_${kind} must not be less than min_${kind}`,
      );
    }
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
