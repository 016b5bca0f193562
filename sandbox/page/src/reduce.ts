import type { APIChannel, APIGuildMember, APIRole, APIUser, GatewayVoiceState } from 'discord-api-types/v10';
import type {
  SandboxEvent,
  SandboxGuild,
  SandboxState,
  SeenMessage,
  Snowflake,
} from '../../src/control/api.ts';

export type WorldEvent = Extract<SandboxEvent, { type: 'world' }>;
type GatewayEvent = Extract<SandboxEvent, { type: 'gateway' }>;

function upsert<T>(list: T[], item: T, same: (other: T) => boolean): void {
  const index = list.findIndex(same);
  if (index < 0) list.push(item);
  else list[index] = item;
}

function drop<T>(list: T[], gone: (item: T) => boolean): void {
  const index = list.findIndex(gone);
  if (index >= 0) list.splice(index, 1);
}

function applyToGuild(guild: SandboxGuild, t: string, data: Record<string, unknown>): boolean {
  const userId = (data['user'] as APIUser | undefined)?.id;
  // A new list, so that what was derived from the old one is not taken for current.
  if (t.startsWith('GUILD_MEMBER_')) guild.members = [...guild.members];
  switch (t) {
    case 'CHANNEL_CREATE':
    case 'CHANNEL_UPDATE':
    case 'THREAD_CREATE':
    case 'THREAD_UPDATE':
      upsert(guild.channels, data as unknown as APIChannel, (channel) => channel.id === data['id']);
      return true;
    case 'CHANNEL_DELETE':
    case 'THREAD_DELETE':
      drop(guild.channels, (channel) => channel.id === data['id']);
      return true;
    case 'GUILD_ROLE_CREATE':
    case 'GUILD_ROLE_UPDATE': {
      const role = data['role'] as APIRole;
      upsert(guild.roles, role, (other) => other.id === role.id);
      return true;
    }
    case 'GUILD_ROLE_DELETE':
      drop(guild.roles, (role) => role.id === data['role_id']);
      return true;
    case 'GUILD_MEMBER_ADD':
      upsert(guild.members, data as unknown as APIGuildMember, (member) => member.user.id === userId);
      return true;
    case 'GUILD_MEMBER_UPDATE': {
      const before = guild.members.find((member) => member.user.id === userId);
      const after = { ...before, ...data } as unknown as APIGuildMember;
      upsert(guild.members, after, (member) => member.user.id === userId);
      return true;
    }
    case 'GUILD_MEMBER_REMOVE':
      drop(guild.members, (member) => member.user.id === userId);
      return true;
    case 'GUILD_UPDATE':
      if (typeof data['name'] === 'string') guild.name = data['name'];
      if (typeof data['owner_id'] === 'string') guild.ownerId = data['owner_id'];
      return true;
    case 'VOICE_STATE_UPDATE': {
      const state = data as unknown as GatewayVoiceState;
      drop(guild.voiceStates, (other) => other.user_id === state.user_id);
      if (state.channel_id) guild.voiceStates.push(state);
      return true;
    }
    case 'VOICE_CHANNEL_STATUS_UPDATE': {
      const { [data['id'] as Snowflake]: _, ...others } = guild.voiceStatuses;
      const status = data['status'] as string | null;
      guild.voiceStatuses = status ? { ...others, [data['id'] as Snowflake]: status } : others;
      return true;
    }
    default:
      return false;
  }
}

/**
 * Brings the state up to date with one change of the world. `reload` means that the event says too little
 * (a guild came or went) and the state must be asked for anew.
 */
export function applyWorldEvent(
  state: SandboxState,
  event: WorldEvent,
): 'changed' | 'unconcerned' | 'reload' {
  if (event.t === 'GUILD_CREATE' || event.t === 'GUILD_DELETE') return 'reload';
  const data = event.data as Record<string, unknown>;
  const guildId = event.guildId ?? data['guild_id'];
  const guild = state.guilds.find((candidate) => candidate.id === guildId);
  if (!guild) return 'unconcerned';
  return applyToGuild(guild, event.t, data) ? 'changed' : 'unconcerned';
}

/** Keeps `state.sessions` true to the gateway's events; a closing that names no session asks for a `reload`. */
export function applyGatewayEvent(
  state: SandboxState,
  event: GatewayEvent,
): 'changed' | 'unconcerned' | 'reload' {
  const { sessionId, shard } = event;
  if (!sessionId) return event.what === 'closed' ? 'reload' : 'unconcerned';
  if (event.what === 'identified' || event.what === 'resumed') {
    const session = { sessionId, shard: shard ?? ([0, 1] as [number, number]), seq: 0, connected: true };
    upsert(state.sessions, session, (other) => other.sessionId === sessionId);
    return 'changed';
  }
  if (event.what === 'closed') {
    drop(state.sessions, (session) => session.sessionId === sessionId);
    return 'changed';
  }
  return 'unconcerned';
}

/** Applies MESSAGE_* of `channelId` to the messages on show; true when they changed. */
export function applyMessageEvent(messages: SeenMessage[], channelId: Snowflake, event: WorldEvent): boolean {
  const data = event.data as { id?: Snowflake; channel_id?: Snowflake; ids?: Snowflake[] };
  if (data.channel_id !== channelId) return false;
  const index = messages.findIndex((message) => message.id === data.id);
  switch (event.t) {
    case 'MESSAGE_CREATE':
      if (index < 0) messages.push(data as SeenMessage);
      else messages[index] = data as SeenMessage;
      return true;
    case 'MESSAGE_UPDATE':
      if (index < 0) return false;
      messages[index] = { ...messages[index], ...data } as SeenMessage;
      return true;
    case 'MESSAGE_DELETE':
      if (index < 0) return false;
      messages.splice(index, 1);
      return true;
    case 'MESSAGE_DELETE_BULK': {
      const gone = new Set(data.ids);
      for (let i = messages.length - 1; i >= 0; i--)
        if (gone.has(messages[i]?.id ?? '')) messages.splice(i, 1);
      return true;
    }
    default:
      return false;
  }
}
