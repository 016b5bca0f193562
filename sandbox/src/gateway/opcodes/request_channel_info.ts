import { z } from 'zod';
import type { Connection } from '../connection.ts';
import type { Gateway } from '../gateway.ts';
import { isVoice } from '../../world/permissions.ts';
import { decode } from './decode.ts';
import { snowflakeSchema } from './snowflake.ts';

const requestSchema = z.object({
  guild_id: snowflakeSchema,
  fields: z.array(z.enum(['status', 'voice_start_time'])),
});

/** Op 43: CHANNEL_INFO, what is known of voice channels beside the channel object. */
export function requestChannelInfo(gateway: Gateway, connection: Connection, d: unknown): void {
  const body = decode(requestSchema, d);
  const session = connection.session;
  const guild = gateway.guildOfBot(body.guild_id);
  if (session === null || guild === undefined || guild.unavailable || !session.owns(guild.id)) return;
  const channels = [...guild.channels.values()]
    .filter((channel) => isVoice(channel) && gateway.visibility.sees(guild.id, channel.id))
    .map(({ id }) => ({
      id,
      ...(body.fields.includes('status') && { status: guild.voiceStatuses.get(id) ?? null }),
      ...(body.fields.includes('voice_start_time') && {
        voice_start_time: guild.voiceStartTimes.get(id) ?? null,
      }),
    }))
    .filter((info) => info.status != null || info.voice_start_time != null);
  gateway.dispatchTo(session, 'CHANNEL_INFO', { guild_id: guild.id, channels });
}
