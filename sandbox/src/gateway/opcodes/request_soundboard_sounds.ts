import { z } from 'zod';
import type { Connection } from '../connection.ts';
import type { Gateway } from '../gateway.ts';
import { decode } from './decode.ts';
import { snowflakeSchema } from './snowflake.ts';

const requestSchema = z.object({ guild_ids: z.array(snowflakeSchema) });

/** Op 31: SOUNDBOARD_SOUNDS for each guild; the world's guilds have no sounds of their own. */
export function requestSoundboardSounds(gateway: Gateway, connection: Connection, d: unknown): void {
  const body = decode(requestSchema, d);
  for (const guildId of body.guild_ids) {
    const guild = gateway.guildOfBot(guildId);
    if (connection.session === null || guild === undefined || !connection.session.owns(guildId)) continue;
    gateway.dispatchTo(connection.session, 'SOUNDBOARD_SOUNDS', { guild_id: guildId, soundboard_sounds: [] });
  }
}
