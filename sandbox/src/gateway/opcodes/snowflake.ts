import { z } from 'zod';

/** An id as clients send it: a string, or (old clients) a number. */
export const snowflakeSchema = z
  .union([z.string(), z.int().min(0)])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,20}$/));
