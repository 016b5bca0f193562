/** Permissions as https://discord.com/developers/docs/topics/permissions computes them. */
import { ChannelType, OverwriteType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { APIOverwrite } from 'discord-api-types/v10';
import type { Guild, GuildChannel, Member, Snowflake, Thread } from './types.ts';

export const ALL_PERMISSIONS = Object.values(P).reduce((all, bit) => all | bit, 0n);

/** What a timed-out member keeps. */
const TIMED_OUT = P.ViewChannel | P.ReadMessageHistory;
/** Without SEND_MESSAGES (in a thread SEND_MESSAGES_IN_THREADS) these mean nothing. */
const NEEDS_SEND = P.MentionEveryone | P.SendTTSMessages | P.AttachFiles | P.EmbedLinks;

export const isThread = (channel: { type: ChannelType }): channel is Thread =>
  channel.type === ChannelType.PublicThread ||
  channel.type === ChannelType.PrivateThread ||
  channel.type === ChannelType.AnnouncementThread;

export const isVoice = (channel: { type: ChannelType }): boolean =>
  channel.type === ChannelType.GuildVoice || channel.type === ChannelType.GuildStageVoice;

export class Permissions {
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What the member may do in the guild, overwrites aside; 0 for a stranger. */
  inGuild(guild: Guild, userId: Snowflake): bigint {
    const member = guild.members.get(userId);
    if (member === undefined) return 0n;
    const base = this.#base(guild, member);
    return base === ALL_PERMISSIONS || !this.#timedOut(member) ? base : base & TIMED_OUT;
  }

  /** What the member may do in the channel (for a thread: in its parent); 0 for a stranger. */
  inChannel(guild: Guild, channel: GuildChannel | Thread, userId: Snowflake): bigint {
    const member = guild.members.get(userId);
    if (member === undefined) return 0n;
    const place = isThread(channel) ? guild.channels.get(channel.parent_id) : channel;
    if (place === undefined) return 0n;
    const base = this.#base(guild, member);
    if (base === ALL_PERMISSIONS) return base;

    let granted = applyOverwrites(base, place.permission_overwrites, guild.id, member);
    if (this.#timedOut(member)) granted &= TIMED_OUT;
    if ((granted & P.ViewChannel) === 0n) return 0n;
    if (isVoice(place) && (granted & P.Connect) === 0n) return granted & P.ViewChannel;
    const send = isThread(channel) ? P.SendMessagesInThreads : P.SendMessages;
    if ((granted & send) === 0n) granted &= ~NEEDS_SEND;
    return granted;
  }

  /** Whether the member sees the channel; a private thread also asks for membership or MANAGE_THREADS. */
  canView(guild: Guild, channel: GuildChannel | Thread, userId: Snowflake): boolean {
    const granted = this.inChannel(guild, channel, userId);
    if ((granted & P.ViewChannel) === 0n) return false;
    return (
      channel.type !== ChannelType.PrivateThread ||
      (granted & P.ManageThreads) !== 0n ||
      (channel as Thread).threadMembers.has(userId)
    );
  }

  /** Whether the member can open the channel's messages: the chat of a voice channel asks for CONNECT, or to sit there. */
  canRead(guild: Guild, channel: GuildChannel | Thread, userId: Snowflake): boolean {
    if (!this.canView(guild, channel, userId)) return false;
    if (!isVoice(channel) || guild.voiceStates.get(userId)?.channel_id === channel.id) return true;
    return (this.inChannel(guild, channel, userId) & P.Connect) !== 0n;
  }

  /** The position of the member's highest role; the owner stands above all. */
  highestPosition(guild: Guild, userId: Snowflake): number {
    if (userId === guild.ownerId) return Number.POSITIVE_INFINITY;
    const member = guild.members.get(userId);
    if (member === undefined) return -1;
    return member.roles.reduce((top, id) => Math.max(top, guild.roles.get(id)?.position ?? 0), 0);
  }

  #base(guild: Guild, member: Member): bigint {
    if (member.user.id === guild.ownerId) return ALL_PERMISSIONS;
    let base = BigInt(guild.roles.get(guild.id)?.permissions ?? '0');
    for (const id of member.roles) base |= BigInt(guild.roles.get(id)?.permissions ?? '0');
    return (base & P.Administrator) !== 0n ? ALL_PERMISSIONS : base;
  }

  #timedOut(member: Member): boolean {
    const until = member.communication_disabled_until;
    return until != null && Date.parse(until) > this.#now();
  }
}

function applyOverwrites(
  base: bigint,
  overwrites: APIOverwrite[],
  guildId: Snowflake,
  member: Member,
): bigint {
  let everyone: APIOverwrite | undefined;
  let own: APIOverwrite | undefined;
  let roleAllow = 0n;
  let roleDeny = 0n;
  for (const overwrite of overwrites) {
    if (overwrite.type === OverwriteType.Member) {
      if (overwrite.id === member.user.id) own = overwrite;
    } else if (overwrite.id === guildId) everyone = overwrite;
    else if (member.roles.includes(overwrite.id)) {
      roleAllow |= BigInt(overwrite.allow);
      roleDeny |= BigInt(overwrite.deny);
    }
  }
  let granted = base;
  if (everyone !== undefined) granted = (granted & ~BigInt(everyone.deny)) | BigInt(everyone.allow);
  granted = (granted & ~roleDeny) | roleAllow;
  if (own !== undefined) granted = (granted & ~BigInt(own.deny)) | BigInt(own.allow);
  return granted;
}
