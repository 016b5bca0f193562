import { z } from 'zod';
import type { Connection } from '../connection.ts';
import type { Gateway } from '../gateway.ts';
import { decode } from './decode.ts';
import { snowflakeSchema } from './snowflake.ts';

const voiceStateSchema = z.object({
  guild_id: snowflakeSchema,
  channel_id: snowflakeSchema.nullish(),
  self_mute: z.boolean().optional(),
  self_deaf: z.boolean().optional(),
});

/** Op 4: the bot joins, moves or leaves. Where it may not, Discord says nothing at all. */
export function voiceStateUpdate(gateway: Gateway, connection: Connection, d: unknown): void {
  const body = decode(voiceStateSchema, d);
  const session = connection.session;
  if (session === null || !session.owns(body.guild_id)) return;
  const guild = gateway.guildOfBot(body.guild_id);
  if (guild === undefined || guild.unavailable) return;
  gateway.moveBot(session, guild, body.channel_id ?? null, {
    selfMute: body.self_mute ?? false,
    selfDeaf: body.self_deaf ?? false,
  });
}
