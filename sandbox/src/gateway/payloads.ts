import { GatewayIntentBits } from 'discord-api-types/v10';
import { isThread } from '../world/permissions.ts';
import type { Guild, Member, Snowflake } from '../world/types.ts';
import { guildCreatePayload, wireChannel } from '../world/wire.ts';
import type { World } from '../world/world.ts';
import type { Presences } from './presences.ts';
import type { Session } from './session.ts';
import { canView, obfuscate } from './visibility.ts';

const NO_PRESENCES_ABOVE = 75_000;

/** READY: every guild of the shard as an unavailable stub. */
export function ready(
  world: World,
  session: Session,
  guilds: Guild[],
  resumeUrl: string,
  withShard: boolean,
): object {
  return {
    v: 10,
    user_settings: {},
    user: { ...world.bot, bot: true, verified: true, mfa_enabled: true, email: null, flags: 0 },
    session_type: 'normal',
    session_id: session.id,
    resume_gateway_url: resumeUrl,
    relationships: [],
    private_channels: [],
    presences: [],
    guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
    guild_join_requests: [],
    geo_ordered_rtc_regions: ['rotterdam', 'milan', 'madrid', 'bucharest', 'stockholm'],
    ...(withShard && { shard: session.shard }),
    application: { id: world.application.id, flags: world.application.flags },
    _trace: ['["sandbox"]'],
  };
}

/** GUILD_CREATE as this session gets it: hidden channels obfuscated, members as few as its intents say. */
export function guildCreate(world: World, guild: Guild, session: Session, presences: Presences): object {
  const full = guildCreatePayload(world, guild);
  const { members, seen } = membersFor(world, guild, session, presences);
  return {
    ...full,
    large: guild.members.size > session.largeThreshold,
    voice_states: session.has(GatewayIntentBits.GuildVoiceStates) ? full.voice_states : [],
    members,
    presences: seen,
    channels: [...guild.channels.values()].map((channel) => {
      const { guild_id: _, ...wire } = canView(world, guild, channel)
        ? wireChannel(channel)
        : obfuscate(channel);
      return wire;
    }),
    threads: [...guild.threads.values()]
      .filter((thread) => !thread.thread_metadata.archived && isThread(thread))
      .filter((thread) => world.permissions.canView(guild, thread, world.bot.id))
      .map(wireChannel),
  };
}

/** Discord Docs/Gateway Events, "Guild Create": without presences only the bot and who is in voice. */
function membersFor(
  world: World,
  guild: Guild,
  session: Session,
  presences: Presences,
): { members: Member[]; seen: object[] } {
  const all = [...guild.members.values()];
  const near = (id: Snowflake) => id === world.bot.id || guild.voiceStates.has(id);
  const withPresences = session.has(GatewayIntentBits.GuildPresences) && all.length <= NO_PRESENCES_ABOVE;
  if (!withPresences) return { members: all.filter(({ user }) => near(user.id)), seen: [] };
  const seen = presences.of(guild, all) as { user: { id: Snowflake } }[];
  const online = new Set(seen.map(({ user }) => user.id));
  const members =
    all.length <= session.largeThreshold
      ? all
      : all.filter(({ user }) => near(user.id) || online.has(user.id));
  return { members, seen };
}
