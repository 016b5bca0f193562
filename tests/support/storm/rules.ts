/** Who may be in a voice room and be heard there, said once more and apart from the bot. */
import type { Guild } from '../../../sandbox/src/world/types.ts';

export const MODES = ['open', 'closed', 'private', 'conference'] as const;
export type Mode = (typeof MODES)[number];

export interface Lists {
  mode: Mode;
  owner_id: string | null;
  allowed_members: string[];
  allowed_roles: string[];
  blocked_members: string[];
  blocked_roles: string[];
}

/** Whether the rules let this member be in the room: owner and administrators always, then the lists, then the mode. */
export function admitted(room: Lists, guild: Guild, userId: string): boolean {
  if (userId === room.owner_id || userId === guild.ownerId) return true;
  const roles = guild.members.get(userId)?.roles ?? [];
  const among = (list: string[]) => roles.some((id) => list.includes(id));
  if (room.blocked_members.includes(userId)) return false;
  if (room.allowed_members.includes(userId)) return true;
  if (among(room.blocked_roles)) return false;
  if (among(room.allowed_roles)) return true;
  return room.mode === 'open' || room.mode === 'conference';
}

/** Whether the rules let this member, who is in the room, be heard. */
export function mayBeHeard(room: Lists, guild: Guild, userId: string): boolean {
  if (room.mode !== 'conference' || userId === room.owner_id || userId === guild.ownerId) return true;
  const roles = guild.members.get(userId)?.roles ?? [];
  if (room.allowed_members.includes(userId)) return true;
  if (room.blocked_members.includes(userId)) return false;
  return (
    !roles.some((id) => room.blocked_roles.includes(id)) &&
    roles.some((id) => room.allowed_roles.includes(id))
  );
}
