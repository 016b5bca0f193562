/** Finds what a route names and asks whether the bot may, in Discord's order: unknown, not visible, not allowed. */
import { ChannelType } from 'discord-api-types/v10';
import type { APIMessage, APIRole } from 'discord-api-types/v10';
import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { isThread } from '../world/permissions.ts';
import type {
  AnyChannel,
  DmChannel,
  Guild,
  GuildChannel,
  Member,
  Snowflake,
  Thread,
} from '../world/types.ts';
import type { World } from '../world/world.ts';
import {
  cannotExecuteOnDm,
  missingAccess,
  missingPermissions,
  overloaded,
  unknownChannel,
  unknownGuild,
  unknownMember,
  unknownMessage,
  unknownRole,
  unknownUser,
} from './errors.ts';
import type { Call } from './route.ts';

export { P };

/** The guild of the path, which the bot must be in. @throws 10004, 130000 during an outage */
export function guildOf(call: Call): Guild {
  const guild = call.world.guilds.get(call.params['guild_id'] ?? '');
  if (guild === undefined || !guild.members.has(call.bot.id)) throw unknownGuild();
  if (guild.unavailable) throw overloaded();
  return guild;
}

/** The guild, in which the bot must hold all of these. @throws 50013 */
export function guildWith(call: Call, needed: bigint): Guild {
  const guild = guildOf(call);
  requireAll(call.world.permissions.inGuild(guild, call.bot.id), needed);
  return guild;
}

export type Place =
  | { channel: GuildChannel | Thread; guild: Guild; granted: bigint }
  | { channel: DmChannel; guild: undefined; granted: bigint };

/** What the bot holds in a DM: whatever needs no moderator. */
const DM_PERMISSIONS =
  P.ViewChannel |
  P.SendMessages |
  P.EmbedLinks |
  P.AttachFiles |
  P.ReadMessageHistory |
  P.AddReactions |
  P.PinMessages;

/** The channel of the path, which the bot must see. @throws 10003, 50001, 130000 during its guild's outage */
export function placeOf(call: Call, id: Snowflake = call.params['channel_id'] ?? ''): Place {
  const channel = call.world.channel(id);
  if (channel === undefined) throw unknownChannel();
  if (isDm(channel)) return { channel, guild: undefined, granted: DM_PERMISSIONS };
  const guild = call.world.guildOfChannel(id) as Guild;
  if (guild.unavailable) throw overloaded();
  // A channel of a guild that the bot is not in is as inaccessible as a hidden one.
  if (!call.world.permissions.canView(guild, channel, call.bot.id)) throw missingAccess();
  return { channel, guild, granted: call.world.permissions.inChannel(guild, channel, call.bot.id) };
}

export const isDm = (channel: AnyChannel): channel is DmChannel => channel.type === ChannelType.DM;

/** The same, with all of these permissions there. @throws 50013 */
export function placeWith(call: Call, needed: bigint): Place {
  const place = placeOf(call);
  requireAll(place.granted, needed);
  return place;
}

export interface GuildPlace {
  channel: GuildChannel;
  guild: Guild;
  granted: bigint;
}

/** A guild's channel (no thread, no DM) with all of these permissions. @throws 50003, 50024 */
export function guildChannelWith(call: Call, needed: bigint): GuildPlace {
  const { channel, guild, granted } = placeOf(call);
  if (guild === undefined) throw cannotExecuteOnDm();
  if (isThread(channel)) throw unknownChannel();
  requireAll(granted, needed);
  return { channel, guild, granted };
}

export function requireAll(granted: bigint, needed: bigint): void {
  if ((granted & needed) !== needed) throw missingPermissions();
}

/** @throws 10008 */
export function messageOf(call: Call, channelId: Snowflake): APIMessage {
  const message = call.world.messages.get(channelId, call.params['message_id'] ?? '');
  if (message === undefined) throw unknownMessage();
  return message;
}

/** @throws 10013 for nobody at all, 10007 for somebody else */
export function memberOf(call: Call, guild: Guild): Member {
  const userId = call.params['user_id'] ?? '';
  if (!call.world.users.has(userId)) throw unknownUser();
  const member = guild.members.get(userId);
  if (member === undefined) throw unknownMember();
  return member;
}

/** @throws 10011 */
export function roleOf(guild: Guild, roleId: Snowflake | undefined): APIRole {
  const role = guild.roles.get(roleId ?? '');
  if (role === undefined) throw unknownRole();
  return role;
}

/** Whether the bot stands above this role: needed to give, take, change or delete it. */
export const above = (world: World, guild: Guild, botId: Snowflake, role: APIRole): boolean =>
  world.permissions.highestPosition(guild, botId) > role.position;

/** Whether the bot stands above this member: needed to rename, time out, kick or ban them. */
export const outranks = (world: World, guild: Guild, botId: Snowflake, userId: Snowflake): boolean =>
  world.permissions.highestPosition(guild, botId) > world.permissions.highestPosition(guild, userId);
