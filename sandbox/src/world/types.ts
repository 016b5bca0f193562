/** The entities of the world: plain objects in the shape that Discord puts on the wire wherever that is possible. */
import type {
  APIAuditLogEntry,
  APIBan,
  APIGuildForumTag,
  APIGuildMember,
  APIMessage,
  APIOverwrite,
  APIRole,
  APIThreadMember,
  APIUser,
  ChannelType,
} from 'discord-api-types/v10';

export type Snowflake = string;

/**
 * A change of the world, by the name of the dispatch that it causes. `data` is the whole payload as a
 * client with every intent and full visibility gets it; the gateway narrows it for each session.
 * `userId` names the only addressee, for what is told to one user alone (VOICE_SERVER_UPDATE, DMs).
 */
export interface WorldEvent {
  t: string;
  guildId?: Snowflake;
  channelId?: Snowflake;
  userId?: Snowflake;
  data: unknown;
}

/** Who does something, and why: ends up in the audit log. */
export interface Actor {
  userId: Snowflake;
  reason?: string | undefined;
}

export type Member = APIGuildMember;

export interface VoiceState {
  guild_id: Snowflake;
  channel_id: Snowflake;
  user_id: Snowflake;
  session_id: string;
  deaf: boolean;
  mute: boolean;
  self_deaf: boolean;
  self_mute: boolean;
  self_video: boolean;
  suppress: boolean;
  request_to_speak_timestamp: string | null;
}

/** What a guild's channel and a thread have in common. */
interface ChannelBase {
  id: Snowflake;
  type: ChannelType;
  guild_id: Snowflake;
  name: string;
  parent_id: Snowflake | null;
  flags: number;
  last_message_id?: Snowflake | null;
  last_pin_timestamp?: string | null;
  rate_limit_per_user?: number;
}

export interface GuildChannel extends ChannelBase {
  position: number;
  permission_overwrites: APIOverwrite[];
  nsfw?: boolean;
  topic?: string | null;
  bitrate?: number;
  user_limit?: number;
  rtc_region?: string | null;
  video_quality_mode?: number;
  default_auto_archive_duration?: number;
  default_thread_rate_limit_per_user?: number;
  available_tags?: APIGuildForumTag[];
  default_reaction_emoji?: { emoji_id: Snowflake | null; emoji_name: string | null } | null;
  default_sort_order?: number | null;
  default_forum_layout?: number;
}

export interface Thread extends ChannelBase {
  parent_id: Snowflake;
  owner_id: Snowflake;
  thread_metadata: {
    archived: boolean;
    auto_archive_duration: number;
    archive_timestamp: string;
    locked: boolean;
    create_timestamp: string;
    invitable?: boolean;
  };
  message_count: number;
  total_message_sent: number;
  member_count: number;
  applied_tags?: Snowflake[];
  /** Who has joined; not on the wire. */
  threadMembers: Map<Snowflake, APIThreadMember>;
}

export interface DmChannel {
  id: Snowflake;
  type: ChannelType.DM;
  last_message_id: Snowflake | null;
  recipients: APIUser[];
  flags: number;
}

export type AnyChannel = GuildChannel | Thread | DmChannel;

export interface Guild {
  id: Snowflake;
  name: string;
  ownerId: Snowflake;
  icon: string | null;
  description: string | null;
  features: string[];
  locale: string;
  afkChannelId: Snowflake | null;
  systemChannelId: Snowflake | null;
  rulesChannelId: Snowflake | null;
  publicUpdatesChannelId: Snowflake | null;
  premiumTier: number;
  roles: Map<Snowflake, APIRole>;
  channels: Map<Snowflake, GuildChannel>;
  threads: Map<Snowflake, Thread>;
  members: Map<Snowflake, Member>;
  voiceStates: Map<Snowflake, VoiceState>;
  bans: Map<Snowflake, APIBan>;
  /** Oldest first, at most {@link AUDIT_LOG_CAPACITY}. */
  auditLog: APIAuditLogEntry[];
  /** Voice channel statuses, which are no part of the channel object (gateway op 43 asks for them). */
  voiceStatuses: Map<Snowflake, string>;
  /** When the first person now in a voice channel joined it, in epoch seconds (op 43). */
  voiceStartTimes: Map<Snowflake, number>;
  /** True while an outage is being played. */
  unavailable: boolean;
}

export const AUDIT_LOG_CAPACITY = 2000;

/** The application of the one bot. */
export interface Application {
  id: Snowflake;
  name: string;
  description: string;
  flags: number;
  ownerId: Snowflake;
  verifyKey: string;
}

/** A file sent with a message. */
export interface UploadedFile {
  /** n of `files[n]`. */
  index: number;
  filename: string;
  contentType: string;
  data: Uint8Array;
}

/** The parts of a message that its author gives (a checked request body). */
export interface MessageDraft {
  content?: string | null | undefined;
  embeds?: unknown[] | null | undefined;
  components?: unknown[] | null | undefined;
  flags?: number | null | undefined;
  tts?: boolean | null | undefined;
  nonce?: string | number | null | undefined;
  enforceNonce?: boolean | null | undefined;
  allowedMentions?: AllowedMentions | null | undefined;
  reference?: { messageId: Snowflake; channelId?: Snowflake; type?: number } | null | undefined;
  stickerIds?: Snowflake[] | null | undefined;
  /** Descriptions of new files (by their index) and, on an edit, the ids of attachments to keep. */
  attachments?: { id: Snowflake; filename?: string; description?: string }[] | null | undefined;
  files?: UploadedFile[] | undefined;
}

export interface AllowedMentions {
  parse?: string[] | null | undefined;
  users?: Snowflake[] | null | undefined;
  roles?: Snowflake[] | null | undefined;
  replied_user?: boolean | null | undefined;
}

/** Fields of a message that only the sandbox sets, for answers to interactions and webhooks. */
export type MessageExtras = Pick<
  Partial<APIMessage>,
  'id' | 'application_id' | 'webhook_id' | 'interaction' | 'interaction_metadata' | 'type'
>;
