import type { APIChannel, APIGuildMember, APIRole, APIUser, GatewayVoiceState } from 'discord-api-types/v10';
import type { SandboxGuild, Snowflake } from '../../src/control/api.ts';

/** Channel types (Discord: Resources/Channel). */
export const Channel = {
  Text: 0,
  Voice: 2,
  Category: 4,
  Announcement: 5,
  AnnouncementThread: 10,
  PublicThread: 11,
  PrivateThread: 12,
  Stage: 13,
  Forum: 15,
  Media: 16,
} as const;

/** What every guild channel has, without the forty variants of the official union. */
export interface GuildChannel {
  id: Snowflake;
  type: number;
  name: string;
  position: number;
  parentId: Snowflake | null;
  topic: string | null;
  userLimit: number;
  overwrites: { id: Snowflake; type: number; allow: string; deny: string }[];
}

export function guildChannel(raw: APIChannel): GuildChannel {
  const channel = raw as unknown as Record<string, unknown>;
  return {
    id: raw.id,
    type: raw.type,
    name: typeof channel['name'] === 'string' ? channel['name'] : raw.id,
    position: typeof channel['position'] === 'number' ? channel['position'] : 0,
    parentId: typeof channel['parent_id'] === 'string' ? channel['parent_id'] : null,
    topic: typeof channel['topic'] === 'string' ? channel['topic'] : null,
    userLimit: typeof channel['user_limit'] === 'number' ? channel['user_limit'] : 0,
    overwrites: (channel['permission_overwrites'] as GuildChannel['overwrites'] | undefined) ?? [],
  };
}

export const isVoice = (channel: { type: number }): boolean =>
  channel.type === Channel.Voice || channel.type === Channel.Stage;
export const isThread = (channel: { type: number }): boolean =>
  channel.type >= Channel.AnnouncementThread && channel.type <= Channel.PrivateThread;
export const isForum = (channel: { type: number }): boolean =>
  channel.type === Channel.Forum || channel.type === Channel.Media;

export interface ChannelGroup {
  category: GuildChannel | null;
  channels: GuildChannel[];
}

const byPosition = (a: GuildChannel, b: GuildChannel): number =>
  a.position - b.position || (BigInt(a.id) < BigInt(b.id) ? -1 : 1);

/** Discord's order: channels without a category first, in each group text before voice, then by position. */
export function channelGroups(channels: GuildChannel[]): ChannelGroup[] {
  const categories = channels.filter((channel) => channel.type === Channel.Category).sort(byPosition);
  const inside = (parentId: Snowflake | null): GuildChannel[] => {
    const members = channels.filter(
      (channel) => channel.type !== Channel.Category && !isThread(channel) && channel.parentId === parentId,
    );
    const ordered = [
      ...members.filter((channel) => !isVoice(channel)).sort(byPosition),
      ...members.filter(isVoice).sort(byPosition),
    ];
    return ordered.flatMap((channel) => [
      channel,
      ...channels.filter((thread) => isThread(thread) && thread.parentId === channel.id),
    ]);
  };
  const loose = inside(null);
  return [
    ...(loose.length > 0 ? [{ category: null, channels: loose }] : []),
    ...categories.map((category) => ({ category, channels: inside(category.id) })),
  ];
}

export function displayName(user: APIUser, member?: Pick<APIGuildMember, 'nick'>): string {
  return member?.nick ?? user.global_name ?? user.username;
}

export const cssColor = (color: number): string => `#${color.toString(16).padStart(6, '0')}`;

/** The colour of the highest coloured role, as in the member list. */
export function memberColor(guild: SandboxGuild, member: APIGuildMember | undefined): string | undefined {
  if (!member) return undefined;
  let best: APIRole | undefined;
  for (const role of guild.roles) {
    if (role.color === 0 || !member.roles.includes(role.id)) continue;
    if (!best || role.position > best.position) best = role;
  }
  return best && cssColor(best.color);
}

const indexes = new WeakMap<APIGuildMember[], Map<Snowflake, APIGuildMember>>();

/** By id, without a walk through thousands: the list of members is a new one whenever it changes. */
export function memberOf(guild: SandboxGuild, userId: Snowflake): APIGuildMember | undefined {
  let index = indexes.get(guild.members);
  if (!index) {
    index = new Map(guild.members.map((member) => [member.user.id, member]));
    indexes.set(guild.members, index);
  }
  return index.get(userId);
}

export function voiceStateOf(guild: SandboxGuild, userId: Snowflake): GatewayVoiceState | undefined {
  return guild.voiceStates.find((state) => state.user_id === userId && state.channel_id);
}

const DISCORD_EPOCH_MS = 1_420_070_400_000;

export function snowflakeDate(id: Snowflake): Date {
  return new Date(Number(BigInt(id) >> 22n) + DISCORD_EPOCH_MS);
}
