import type { APIGuildMember } from 'discord-api-types/v10';
import type { SandboxGuild } from '../../src/control/api.ts';
import { guildChannel, isThread, isVoice, type GuildChannel } from './discord.ts';

export const Permission = {
  Administrator: 1n << 3n,
  ViewChannel: 1n << 10n,
  SendMessages: 1n << 11n,
  ManageMessages: 1n << 13n,
  ReadMessageHistory: 1n << 16n,
  Connect: 1n << 20n,
  SendMessagesInThreads: 1n << 38n,
} as const;

const ALL = (1n << 53n) - 1n;

/** What the member may do in the channel (Discord: Topics/Permissions). Only to show it: the sandbox decides. */
export function permissionsIn(guild: SandboxGuild, channel: GuildChannel, member: APIGuildMember): bigint {
  if (member.user.id === guild.ownerId) return ALL;
  const parent = isThread(channel) ? guild.channels.find(({ id }) => id === channel.parentId) : undefined;
  const place = parent ? guildChannel(parent) : channel;
  const held = new Set([guild.id, ...member.roles]);
  let bits = 0n;
  for (const role of guild.roles) if (held.has(role.id)) bits |= BigInt(role.permissions);
  if (bits & Permission.Administrator) return ALL;

  let [roleAllow, roleDeny, memberAllow, memberDeny] = [0n, 0n, 0n, 0n];
  for (const overwrite of place.overwrites) {
    const [allow, deny] = [BigInt(overwrite.allow), BigInt(overwrite.deny)];
    if (overwrite.id === guild.id) bits = (bits & ~deny) | allow;
    else if (overwrite.id === member.user.id) [memberAllow, memberDeny] = [allow, deny];
    else if (held.has(overwrite.id)) [roleAllow, roleDeny] = [roleAllow | allow, roleDeny | deny];
  }
  bits = (bits & ~roleDeny) | roleAllow;
  bits = (bits & ~memberDeny) | memberAllow;

  const until = member.communication_disabled_until;
  if (until && Date.parse(until) > Date.now()) bits &= Permission.ViewChannel | Permission.ReadMessageHistory;
  if (!(bits & Permission.ViewChannel)) return 0n;
  if (isVoice(place) && !(bits & Permission.Connect)) return bits & Permission.ViewChannel;
  return bits;
}
