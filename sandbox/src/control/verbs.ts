import type { z } from 'zod';
import type { ControlContext } from '../context.ts';
import { malformed } from './errors.ts';

/** One verb of the control API: what its body must look like, and what it does. */
export interface Verb {
  run(ctx: ControlContext, body: unknown): unknown;
}

/** The verbs of a group, all those that `api.ts` names and no other. */
export type VerbTable<T> = Record<keyof T & string, Verb>;

/** Makes a verb from the schema of its body. @throws ControlError 400 with the first mistake's path */
export function define<B, R>(
  schema: z.ZodType<B>,
  run: (ctx: ControlContext, body: B) => R | Promise<R>,
): Verb {
  return {
    run(ctx, body) {
      const result = schema.safeParse(body);
      if (!result.success) {
        const [issue] = result.error.issues;
        const path = issue?.path.join('.') ?? '';
        throw malformed(`${path === '' ? 'body' : path}: ${issue?.message ?? 'malformed'}`);
      }
      return run(ctx, result.data);
    },
  };
}
