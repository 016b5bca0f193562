/** Entities as Discord sends them, where that differs from how they are kept. */
import { ChannelType } from 'discord-api-types/v10';
import type { AnyChannel, Guild, Member, Snowflake } from './types.ts';
import type { World } from './world.ts';

/** The channel as Discord sends it. */
export function wireChannel(channel: AnyChannel): Record<string, unknown> {
  if (!('threadMembers' in channel)) return { ...channel };
  const { threadMembers: _, ...wire } = channel;
  return wire;
}

/** What interactions carry of a channel (Discord Docs/Receiving and Responding, "Resolved Data Structure"). */
const PARTIAL_FIELDS = [
  'id',
  'name',
  'type',
  'last_message_id',
  'last_pin_timestamp',
  'nsfw',
  'parent_id',
  'guild_id',
  'flags',
  'rate_limit_per_user',
  'topic',
  'position',
  'thread_metadata',
];

/** The channel without what interactions leave out: overwrites, and all that is of voice. */
export function partialChannel(channel: AnyChannel): Record<string, unknown> {
  const wire = wireChannel(channel);
  return Object.fromEntries(PARTIAL_FIELDS.flatMap((key) => (key in wire ? [[key, wire[key]]] : [])));
}

/** Above this many members GUILD_CREATE says `large`; also Identify's default `large_threshold`. */
const LARGE_THRESHOLD = 50;

/** The guild object of REST and GUILD_UPDATE. */
export function wireGuild(guild: Guild): Record<string, unknown> {
  return {
    id: guild.id,
    name: guild.name,
    icon: guild.icon,
    description: guild.description,
    home_header: null,
    splash: null,
    discovery_splash: null,
    features: guild.features,
    banner: null,
    owner_id: guild.ownerId,
    application_id: null,
    region: 'deprecated',
    afk_channel_id: guild.afkChannelId,
    afk_timeout: 300,
    system_channel_id: guild.systemChannelId,
    system_channel_flags: 0,
    widget_enabled: false,
    widget_channel_id: null,
    verification_level: 1,
    roles: [...guild.roles.values()],
    default_message_notifications: 1,
    mfa_level: 0,
    explicit_content_filter: 2,
    max_presences: null,
    max_members: 500_000,
    max_stage_video_channel_users: 50,
    max_video_channel_users: 25,
    vanity_url_code: null,
    premium_tier: guild.premiumTier,
    premium_subscription_count: 0,
    preferred_locale: guild.locale,
    rules_channel_id: guild.rulesChannelId,
    safety_alerts_channel_id: null,
    public_updates_channel_id: guild.publicUpdatesChannelId,
    hub_type: null,
    premium_progress_bar_enabled: false,
    latest_onboarding_question_id: null,
    nsfw: false,
    nsfw_level: 0,
    owner_configured_content_level: 0,
    emojis: [],
    stickers: [],
    incidents_data: null,
    inventory_settings: null,
  };
}

/** GUILD_CREATE with everything; the gateway narrows members and channels for the session. */
export function guildCreatePayload(world: World, guild: Guild): Record<string, unknown> {
  const self = guild.members.get(world.bot.id);
  return {
    ...wireGuild(guild),
    joined_at: self?.joined_at ?? world.timestamp(),
    large: guild.members.size > LARGE_THRESHOLD,
    unavailable: false,
    geo_restricted: false,
    member_count: guild.members.size,
    // Inside GUILD_CREATE neither voice states nor channels repeat the guild's id.
    voice_states: [...guild.voiceStates.values()].map(({ guild_id: _, ...state }) => state),
    members: [...guild.members.values()],
    channels: [...guild.channels.values()].map(({ guild_id: _, ...channel }) => channel),
    threads: [...guild.threads.values()]
      .filter((thread) => !thread.thread_metadata.archived && thread.type !== ChannelType.PrivateThread)
      .map(wireChannel),
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
    activity_instances: [],
    embedded_activities: [],
    version: world.now(),
  };
}

/** A member inside a message or an event that already names the user. */
export function memberWithoutUser(guild: Guild, userId: Snowflake): Omit<Member, 'user'> | undefined {
  const member = guild.members.get(userId);
  if (member === undefined) return undefined;
  const { user: _, ...rest } = member;
  return rest;
}
