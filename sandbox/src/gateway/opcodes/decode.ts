import { GatewayCloseCodes } from 'discord-api-types/v10';
import type { z } from 'zod';
import { GatewayClose } from '../close_codes.ts';

/** The payload in its expected shape; anything else ends the connection with 4002. */
export function decode<T>(schema: z.ZodType<T>, d: unknown): T {
  const result = schema.safeParse(d);
  if (!result.success) throw new GatewayClose(GatewayCloseCodes.DecodeError);
  return result.data;
}
