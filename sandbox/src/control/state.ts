import type { APIChannel, GatewayVoiceState } from 'discord-api-types/v10';
import type { ControlContext } from '../context.ts';
import type { Guild, Snowflake } from '../world/types.ts';
import { wireChannel } from '../world/wire.ts';
import type { SandboxGuild, SandboxState, SeenMessage } from './api.ts';
import { notFound } from './errors.ts';

/** Everything that stands now. */
export function state({ world, stream, gateway, interactions }: ControlContext): SandboxState {
  return {
    seq: stream.seq,
    application: { id: world.application.id, botId: world.bot.id, name: world.application.name },
    users: [...world.users.values()],
    guilds: [...world.guilds.values()].map(guildState),
    commands: interactions.commands.all(),
    sessions: [...gateway.sessions.all()].map((session) => ({
      sessionId: session.id,
      shard: session.shard,
      seq: session.seq,
      connected: session.connection !== null,
    })),
  };
}

function guildState(guild: Guild): SandboxGuild {
  return {
    id: guild.id,
    name: guild.name,
    ownerId: guild.ownerId,
    unavailable: guild.unavailable,
    roles: [...guild.roles.values()],
    channels: [...guild.channels.values(), ...guild.threads.values()].map(
      wireChannel,
    ) as unknown as APIChannel[],
    members: [...guild.members.values()],
    voiceStates: [...guild.voiceStates.values()] as GatewayVoiceState[],
    voiceStatuses: Object.fromEntries(guild.voiceStatuses),
  };
}

/** The newest messages of a channel, oldest first, as this person sees them (nobody: all but ephemeral ones). */
export function messages(
  { world, interactions }: ControlContext,
  channelId: Snowflake,
  as: Snowflake | undefined,
  limit: number,
): SeenMessage[] {
  const channel = world.channel(channelId);
  if (channel === undefined) throw notFound('channel');
  const guild = world.guildOfChannel(channelId);
  if (as !== undefined && !world.users.has(as)) throw notFound('user');
  if (as !== undefined && guild !== undefined && 'guild_id' in channel) {
    if (!world.permissions.canRead(guild, channel, as)) return [];
  }
  const newest: SeenMessage[] = world.messages.history(channelId, { limit });
  const own = as === undefined ? [] : interactions.ephemerals.of(channelId, as);
  return [...newest, ...own].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1)).slice(-limit);
}
