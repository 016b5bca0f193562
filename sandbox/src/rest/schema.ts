/** Checks a body against the official schema and says what is wrong with it in Discord's words. */
import * as z from 'zod/mini';
import { cloneJson } from '../world/json.ts';
import { addFieldError, invalidForm } from './errors.ts';
import type { ErrorTree, FieldError } from './errors.ts';

export type Schema = z.ZodMiniType;
type Issue = z.core.$ZodIssue;
type Path = PropertyKey[];

/**
 * The body as the schema has it, without unknown fields. Numbers in strings, ids as numbers and ISO 8601
 * with an offset are understood, as Discord understands them.
 * @throws 50035 with the tree of what is wrong
 */
export function checkForm<T>(schema: Schema, raw: unknown): T {
  const first = z.safeParse(schema, raw);
  if (first.success) return first.data as T;

  const coerced = cloneJson(raw);
  const issues = flatten(first.error.issues, raw, []);
  let changed = false;
  for (const { issue, path } of issues) changed = coerce(coerced, path, issue) || changed;
  let left = issues;
  if (changed) {
    const second = z.safeParse(schema, coerced);
    if (second.success) return second.data as T;
    left = flatten(second.error.issues, coerced, []);
  }
  const tree: ErrorTree = {};
  for (const { issue, path, choices } of left) {
    const bounds = lengthsOf(schemaAt(schema, path, coerced));
    addFieldError(tree, path, choices ?? describe(issue, valueAt(coerced, path), bounds));
  }
  throw invalidForm(tree);
}

interface Found {
  issue: Issue;
  path: Path;
  /** For a union of which no branch fits by its `type`. */
  choices?: FieldError;
}

/** Looks into unions: only the branch that the value's `type` (or kind) chose says what is wrong. */
function flatten(issues: readonly Issue[], root: unknown, prefix: Path): Found[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code !== 'invalid_union') return [{ issue, path }];
    const discriminated = issue.errors.some((branch) => branch.some(({ path: at }) => at[0] === 'type'));
    const fitting = issue.errors.filter(
      (branch) =>
        !branch.some(
          ({ path: at, code }) =>
            (at.length === 0 && code === 'invalid_type') || (at.length === 1 && at[0] === 'type'),
        ),
    );
    const best = fitting.toSorted((a, b) => a.length - b.length)[0];
    if (best !== undefined) return flatten(best, root, path);
    const value = valueAt(root, path);
    if (!discriminated || value === undefined) return flatten(issue.errors[0] ?? [], root, path);
    if (valueAt(value, ['type']) === undefined && value !== null && typeof value === 'object') {
      return [{ issue, path: [...path, 'type'], choices: describeType('int', undefined) }];
    }
    const types = issue.errors.flatMap((branch) =>
      branch.flatMap((one) => (one.code === 'invalid_value' && one.path[0] === 'type' ? one.values : [])),
    );
    const sorted = types.toSorted((a, b) => Number(a) - Number(b));
    const message = `Value of field "type" must be one of (${sorted.join(', ')}).`;
    return [{ issue, path, choices: { code: 'UNION_TYPE_CHOICES', message } }];
  });
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Puts right what Discord would have read anyway; false when there is nothing to put right. */
function coerce(root: unknown, path: Path, issue: Issue): boolean {
  const holder = valueAt(root, path.slice(0, -1)) as Record<PropertyKey, unknown> | null | undefined;
  const key = path.at(-1);
  if (key === undefined || holder == null || typeof holder !== 'object') return false;
  const value = holder[key];
  if (issue.code === 'invalid_type') {
    if ((issue.expected === 'number' || issue.expected === 'int') && typeof value === 'string') {
      if (!/^\s*-?\d{1,25}\s*$/.test(value)) return false;
      holder[key] = Number(value);
      return true;
    }
    if (issue.expected === 'string' && typeof value === 'number') {
      holder[key] = String(value);
      return true;
    }
  }
  if (issue.code === 'invalid_value' && typeof value === 'string' && /^-?\d{1,9}$/.test(value)) {
    if (!issue.values.includes(Number(value))) return false;
    holder[key] = Number(value);
    return true;
  }
  if (issue.code === 'invalid_format' && issue.format === 'datetime' && typeof value === 'string') {
    const ms = Date.parse(value);
    if (!/^\d{4}-\d\d-\d\d/.test(value) || Number.isNaN(ms)) return false;
    holder[key] = new Date(ms).toISOString();
    return true;
  }
  return false;
}

/** The schema that judges the value at `path`. */
function schemaAt(schema: z.core.$ZodType, path: Path, value: unknown): z.core.$ZodType | undefined {
  let node: z.core.$ZodType = schema;
  for (;;) {
    const def = node._zod.def as {
      type: string;
      innerType?: z.core.$ZodType;
      getter?: () => z.core.$ZodType;
      options?: z.core.$ZodType[];
      shape?: Record<string, z.core.$ZodType>;
      element?: z.core.$ZodType;
      valueType?: z.core.$ZodType;
    };
    if (def.innerType) node = def.innerType;
    else if (def.getter) node = def.getter();
    else if (def.options) {
      const next = def.options.find((option) => fits(option, value));
      if (next === undefined) return undefined;
      node = next;
    } else if (path.length === 0) return node;
    else {
      const [key, ...rest] = path;
      const next = def.shape?.[String(key)] ?? def.element ?? def.valueType;
      if (next === undefined) return undefined;
      value = valueAt(value, [key as PropertyKey]);
      node = next;
      path = rest;
    }
  }
}

interface Lengths {
  minimum?: number;
  maximum?: number;
}

/** The shortest and the longest that a string or list may be. */
function lengthsOf(schema: z.core.$ZodType | undefined): Lengths {
  const checks = (schema?._zod.def as { checks?: z.core.$ZodCheck[] } | undefined)?.checks ?? [];
  return Object.assign({}, ...checks.map(({ _zod }) => _zod.def)) as Lengths;
}

/** Whether this branch of a union is meant by the value. */
function fits(option: z.core.$ZodType, value: unknown): boolean {
  const def = option._zod.def as {
    type: string;
    getter?: () => z.core.$ZodType;
    shape?: Record<string, z.core.$ZodType>;
  };
  if (def.getter) return fits(def.getter(), value);
  const type = def.shape?.['type'];
  if (type !== undefined) return z.safeParse(type, valueAt(value, ['type'])).success;
  return def.type === (Array.isArray(value) ? 'array' : typeof value);
}

const error = (code: string, message: string): FieldError => ({ code, message });
const quote = (value: unknown) => JSON.stringify(value) ?? 'undefined';

/** One issue in Discord's code and words. */
function describe(issue: Issue, value: unknown, bounds: Lengths): FieldError {
  switch (issue.code) {
    case 'invalid_type':
      return describeType(issue.expected, value);
    case 'too_big':
    case 'too_small':
      return describeSize(issue, bounds);
    case 'invalid_value':
      return value === undefined
        ? error('BASE_TYPE_REQUIRED', 'This field is required')
        : error('BASE_TYPE_CHOICES', `Value must be one of {${issue.values.map(String).join(', ')}}.`);
    case 'invalid_format':
      return describeFormat(issue, value);
    default:
      return error('BASE_TYPE_REQUIRED', 'This field is required');
  }
}

function describeType(expected: string, value: unknown): FieldError {
  if (value === undefined || value === null) return error('BASE_TYPE_REQUIRED', 'This field is required');
  switch (expected) {
    case 'string':
      return error('STRING_TYPE_CONVERT', `Could not interpret ${quote(value).slice(0, 200)} as string.`);
    case 'number':
    case 'int':
      return error('NUMBER_TYPE_COERCE', `Value ${quote(value).slice(0, 200)} is not int.`);
    case 'boolean':
      return error('BOOLEAN_TYPE_CONVERT', 'Must be either true or false.');
    case 'array':
      return error('LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
    case 'record':
      return error('DICT_TYPE_CONVERT', 'Only dictionaries may be used in a DictType');
    default:
      return error('MODEL_TYPE_CONVERT', 'Only dictionaries may be used in a ModelType');
  }
}

function describeSize(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall, bounds: Lengths): FieldError {
  const big = issue.code === 'too_big';
  if (issue.origin === 'number' || issue.origin === 'int' || issue.origin === 'bigint') {
    return big
      ? error('NUMBER_TYPE_MAX', `int value should be less than or equal to ${issue.maximum}.`)
      : error('NUMBER_TYPE_MIN', `int value should be greater than or equal to ${issue.minimum}.`);
  }
  const minimum = big ? bounds.minimum : issue.minimum;
  const maximum = big ? issue.maximum : bounds.maximum;
  if (minimum && maximum !== undefined) {
    return error('BASE_TYPE_BAD_LENGTH', `Must be between ${minimum} and ${maximum} in length.`);
  }
  return big
    ? error('BASE_TYPE_MAX_LENGTH', `Must be ${maximum} or fewer in length.`)
    : error('BASE_TYPE_MIN_LENGTH', `Must be ${minimum} or more in length.`);
}

function describeFormat(issue: z.core.$ZodIssueInvalidStringFormat, value: unknown): FieldError {
  switch (issue.format) {
    case 'url': {
      const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(String(value))?.[1];
      return scheme !== undefined && !['http', 'https'].includes(scheme.toLowerCase())
        ? error('URL_TYPE_INVALID_SCHEME', `Scheme "${scheme}" must be one of ('http', 'https').`)
        : error('URL_TYPE_INVALID_URL', 'Not a well formed URL.');
    }
    case 'datetime':
      return error(
        'DATE_TIME_TYPE_PARSE',
        `Could not parse ${String(value).slice(0, 100)}. Should be ISO8601.`,
      );
    default:
      return issue.pattern?.includes('0|[1-9]')
        ? error('NUMBER_TYPE_COERCE', `Value ${quote(value).slice(0, 100)} is not snowflake.`)
        : error('STRING_TYPE_REGEX', 'String value did not match validation regex.');
  }
}
