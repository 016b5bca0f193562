import { invalidJson } from './errors.ts';

/** No body that Discord knows is nested deeper; what is could exhaust the stack of whoever walks it. */
const MAX_DEPTH = 100;
/** An id written as a number, which a double cannot hold. */
const LONG_NUMBER = /[:[,]\s*\d{16,}/;

/** JSON in which numbers too long for a double stay exact, as text. @throws 50109 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits as Reviver) : JSON.parse(text);
  } catch {
    throw invalidJson();
  }
  if (deeperThan(value, MAX_DEPTH)) throw invalidJson();
  return value;
}

type Reviver = (key: string, value: unknown) => unknown;

/** The third argument is newer than the types: https://tc39.es/proposal-json-parse-with-source/ */
const keepDigits = (_key: string, value: unknown, { source }: { source?: string }): unknown =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value;

function deeperThan(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth === 0 || Object.values(value).some((child) => deeperThan(child, depth - 1));
}
