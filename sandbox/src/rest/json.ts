import { invalidJson } from './errors.ts';

/** No body that Discord knows is nested deeper; what is could exhaust the stack of whoever walks it. */
const MAX_DEPTH = 100;

/** @throws 50109 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidJson();
  }
  if (deeperThan(value, MAX_DEPTH)) throw invalidJson();
  return value;
}

function deeperThan(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth === 0 || Object.values(value).some((child) => deeperThan(child, depth - 1));
}
