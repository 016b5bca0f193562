import { AuditLogEvent, ChannelType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import { createHash } from 'node:crypto';
import { notConnectedToVoice } from '../rest/errors.ts';
import { isVoice } from './permissions.ts';
import type { Actor, Guild, GuildChannel, Snowflake, VoiceState } from './types.ts';
import type { World } from './world.ts';

/**
 * Who sits in which voice channel. What a member may do there is computed when they join or move, and not
 * again when permissions change (Discord Docs/Voice; discord-api-docs#4032).
 */
export class Voice {
  /** What VOICE_SERVER_UPDATE names as the voice server (`host:port`). */
  endpoint = 'localhost:443';
  #world: World;
  #sessions = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Those connected to the channel. */
  in(guild: Guild, channelId: Snowflake): VoiceState[] {
    return [...guild.voiceStates.values()].filter((state) => state.channel_id === channelId);
  }

  /** Whether this member could connect there now: CONNECT, and a free place unless MOVE_MEMBERS. */
  canJoin(guild: Guild, channel: GuildChannel, userId: Snowflake): boolean {
    if (!isVoice(channel)) return false;
    const granted = this.#world.permissions.inChannel(guild, channel, userId);
    if ((granted & P.Connect) === 0n) return false;
    if (guild.voiceStates.get(userId)?.channel_id === channel.id) return true;
    const limit = channel.user_limit ?? 0;
    return limit === 0 || (granted & P.MoveMembers) !== 0n || this.in(guild, channel.id).length < limit;
  }

  /** Joins or moves, without asking for permission. For the bot VOICE_SERVER_UPDATE follows. */
  join(
    guild: Guild,
    channel: GuildChannel,
    userId: Snowflake,
    own: { selfMute?: boolean; selfDeaf?: boolean; sessionId?: string } = {},
  ): VoiceState {
    const before = guild.voiceStates.get(userId);
    const member = guild.members.get(userId);
    const moved = before?.channel_id !== channel.id;
    const state: VoiceState = {
      guild_id: guild.id,
      channel_id: channel.id,
      user_id: userId,
      session_id: own.sessionId ?? before?.session_id ?? this.#sessionId(),
      deaf: member?.deaf ?? false,
      mute: member?.mute ?? false,
      self_deaf: own.selfDeaf ?? before?.self_deaf ?? false,
      self_mute: own.selfMute ?? before?.self_mute ?? false,
      self_video: false,
      suppress: moved ? this.#suppressed(guild, channel, userId) : before.suppress,
      request_to_speak_timestamp: null,
    };
    guild.voiceStates.set(userId, state);
    this.#emit(guild, state);
    if (moved) {
      this.#started(guild, channel.id);
      if (before !== undefined) this.#emptied(guild, before.channel_id);
      if (userId === this.#world.bot.id) this.#emitServer(guild, userId);
    }
    return state;
  }

  /** Disconnects; nothing happens to someone who is not connected. */
  leave(guild: Guild, userId: Snowflake): void {
    const before = guild.voiceStates.get(userId);
    if (before === undefined) return;
    guild.voiceStates.delete(userId);
    this.#emit(guild, { ...before, channel_id: null });
    this.#emptied(guild, before.channel_id);
  }

  /** A moderator moves (or with null disconnects) a member. @throws 40032 */
  move(guild: Guild, userId: Snowflake, channel: GuildChannel | null, actor: Actor): void {
    if (!guild.voiceStates.has(userId)) throw notConnectedToVoice();
    if (channel === null) {
      this.leave(guild, userId);
      this.#world.audit.write(guild, actor, AuditLogEvent.MemberDisconnect, null, [], { count: '1' });
    } else {
      this.join(guild, channel, userId);
      this.#world.audit.write(guild, actor, AuditLogEvent.MemberMove, null, [], {
        channel_id: channel.id,
        count: '1',
      });
    }
  }

  /** Changes flags of a connected member. */
  update(guild: Guild, userId: Snowflake, changes: Partial<VoiceState>): void {
    const before = guild.voiceStates.get(userId);
    if (before === undefined) return;
    const state = { ...before, ...changes };
    guild.voiceStates.set(userId, state);
    this.#emit(guild, state);
  }

  /** Who is unmuted where they lack SPEAK is heard until they move; on a stage that is another call's business. */
  allowToSpeak(guild: Guild, userId: Snowflake): void {
    const state = guild.voiceStates.get(userId);
    const channel = state && guild.channels.get(state.channel_id);
    if (!state?.suppress || channel?.type !== ChannelType.GuildVoice) return;
    this.update(guild, userId, { suppress: false });
  }

  /** Sets or clears the channel's status line. */
  setStatus(guild: Guild, channelId: Snowflake, status: string | null, actor?: Actor): void {
    if (status) guild.voiceStatuses.set(channelId, status);
    else guild.voiceStatuses.delete(channelId);
    this.#world.emit({
      t: 'VOICE_CHANNEL_STATUS_UPDATE',
      guildId: guild.id,
      channelId,
      data: { id: channelId, guild_id: guild.id, status: status || null },
    });
    if (actor) {
      this.#world.audit.write(
        guild,
        actor,
        status ? AuditLogEvent.VoiceChannelStatusCreate : AuditLogEvent.VoiceChannelStatusDelete,
        channelId,
        [],
        {
          channel_id: channelId,
          ...(status && { status }),
        },
      );
    }
  }

  #started(guild: Guild, channelId: Snowflake): void {
    if (guild.voiceStartTimes.has(channelId)) return;
    this.#setStartTime(guild, channelId, Math.floor(this.#world.now() / 1000));
  }

  /** Audience of a stage, without SPEAK, or in the channel of the absent (Discord Docs/Voice, "Voice State"). */
  #suppressed(guild: Guild, channel: GuildChannel, userId: Snowflake): boolean {
    if (channel.type === ChannelType.GuildStageVoice || channel.id === guild.afkChannelId) return true;
    return (this.#world.permissions.inChannel(guild, channel, userId) & P.Speak) === 0n;
  }

  /** The last one out takes the status and the start time along; a deleted channel has neither. */
  #emptied(guild: Guild, channelId: Snowflake): void {
    if (this.in(guild, channelId).length > 0 || !guild.channels.has(channelId)) return;
    if (guild.voiceStartTimes.has(channelId)) this.#setStartTime(guild, channelId, null);
    if (guild.voiceStatuses.has(channelId)) this.setStatus(guild, channelId, null);
  }

  #setStartTime(guild: Guild, channelId: Snowflake, at: number | null): void {
    if (at === null) guild.voiceStartTimes.delete(channelId);
    else guild.voiceStartTimes.set(channelId, at);
    this.#world.emit({
      t: 'VOICE_CHANNEL_START_TIME_UPDATE',
      guildId: guild.id,
      channelId,
      data: { id: channelId, guild_id: guild.id, voice_start_time: at },
    });
  }

  #emit(guild: Guild, state: Omit<VoiceState, 'channel_id'> & { channel_id: Snowflake | null }): void {
    const member = guild.members.get(state.user_id);
    this.#world.emit({
      t: 'VOICE_STATE_UPDATE',
      guildId: guild.id,
      ...(state.channel_id !== null && { channelId: state.channel_id }),
      data: { ...state, ...(member && { member }) },
    });
  }

  #emitServer(guild: Guild, userId: Snowflake): void {
    this.#world.emit({
      t: 'VOICE_SERVER_UPDATE',
      guildId: guild.id,
      userId,
      data: { token: this.#sessionId().slice(0, 16), guild_id: guild.id, endpoint: this.endpoint },
    });
  }

  #sessionId(): string {
    return createHash('md5').update(`voice ${++this.#sessions} ${this.#world.snowflake()}`).digest('hex');
  }
}
