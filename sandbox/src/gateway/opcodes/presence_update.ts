import { z } from 'zod';
import type { Connection } from '../connection.ts';
import type { Gateway } from '../gateway.ts';
import { decode } from './decode.ts';

export const presenceSchema = z.object({
  since: z.number().nullish(),
  activities: z
    .array(
      z.looseObject({
        name: z.string().max(128),
        type: z.int().min(0).max(5),
        state: z.string().max(128).nullish(),
      }),
    )
    .nullish(),
  status: z.enum(['online', 'dnd', 'idle', 'invisible', 'offline']),
  afk: z.boolean().nullish(),
});

export type PresenceInput = z.infer<typeof presenceSchema>;

/** Op 3: what people see the bot do. */
export function presenceUpdate(gateway: Gateway, connection: Connection, d: unknown): void {
  if (connection.session !== null) gateway.setPresence(connection.session, decode(presenceSchema, d));
}
