import { AuditLogEvent } from 'discord-api-types/v10';
import type { APIGuildMember, GuildMemberFlags } from 'discord-api-types/v10';
import { unknownBan, unknownMember, unknownUser } from '../rest/errors.ts';
import { auditChanges } from './audit.ts';
import type { Actor, Guild, Member, Snowflake } from './types.ts';
import type { World } from './world.ts';

export class Members {
  #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A user becomes a member; a member stays as they are. */
  add(guildId: Snowflake, userId: Snowflake, fields: Partial<APIGuildMember> = {}): Member {
    const guild = this.#world.guilds.get(guildId);
    const user = this.#world.users.get(userId);
    if (guild === undefined || user === undefined) throw unknownUser();
    const present = guild.members.get(userId);
    if (present !== undefined) return present;
    const member: Member = {
      user,
      nick: null,
      avatar: null,
      banner: null,
      roles: [],
      joined_at: this.#world.timestamp(),
      premium_since: null,
      deaf: false,
      mute: false,
      flags: 0 as GuildMemberFlags,
      pending: false,
      communication_disabled_until: null,
      ...fields,
    };
    guild.members.set(userId, member);
    this.#world.emit({ t: 'GUILD_MEMBER_ADD', guildId, data: { ...member, guild_id: guildId } });
    // An overwrite that was there before its member has been seen to do nothing for them.
    this.#world.channels.forgetOverwrites(guild, userId);
    return member;
  }

  /**
   * The member leaves, or with an actor is kicked; their overwrites go with them, and a rejoin does not bring
   * them back. Discord tells of the voice state after the member.
   */
  remove(guild: Guild, userId: Snowflake, kickedBy?: Actor): void {
    const member = this.#get(guild, userId);
    guild.members.delete(userId);
    this.#world.emit({
      t: 'GUILD_MEMBER_REMOVE',
      guildId: guild.id,
      data: { guild_id: guild.id, user: member.user },
    });
    this.#world.voice.leave(guild, userId);
    this.#world.channels.forgetOverwrites(guild, userId);
    if (kickedBy) this.#world.audit.write(guild, kickedBy, AuditLogEvent.MemberKick, userId);
  }

  /** Changes nick, roles, timeout, server mute and deafness. Voice channels are `world.voice`'s. */
  edit(
    guild: Guild,
    userId: Snowflake,
    changes: Partial<
      Pick<Member, 'nick' | 'roles' | 'communication_disabled_until' | 'mute' | 'deaf' | 'flags'>
    >,
    actor: Actor,
  ): Member {
    const before = this.#get(guild, userId);
    const member = { ...before, ...changes };
    const changed = auditChanges<Member>(before, member, [
      'nick',
      'communication_disabled_until',
      'mute',
      'deaf',
      'flags',
    ]);
    const given = member.roles.filter((id) => !before.roles.includes(id));
    const taken = before.roles.filter((id) => !member.roles.includes(id));
    if (changes.mute === false) this.#world.voice.allowToSpeak(guild, userId);
    if (changed.length === 0 && given.length === 0 && taken.length === 0) return before;
    this.update(guild, member);
    if (changed.length > 0) {
      this.#world.audit.write(guild, actor, AuditLogEvent.MemberUpdate, userId, changed);
    }
    if (given.length > 0 || taken.length > 0) {
      const named = (ids: Snowflake[]) => ids.map((id) => ({ id, name: guild.roles.get(id)?.name }));
      this.#world.audit.write(guild, actor, AuditLogEvent.MemberRoleUpdate, userId, [
        ...(given.length > 0 ? [{ key: '$add', new_value: named(given) }] : []),
        ...(taken.length > 0 ? [{ key: '$remove', new_value: named(taken) }] : []),
      ]);
    }
    if (changes.mute !== undefined || changes.deaf !== undefined) {
      this.#world.voice.update(guild, userId, { mute: member.mute, deaf: member.deaf });
    }
    // A timeout puts its member out of voice (discord-api-docs#4262).
    const until = changes.communication_disabled_until;
    if (until != null && Date.parse(until) > this.#world.now() && guild.voiceStates.has(userId))
      this.#world.voice.move(guild, userId, null, actor);
    return member;
  }

  /** Puts a changed member in place and tells of it. */
  update(guild: Guild, member: Member): void {
    guild.members.set(member.user.id, member);
    this.#world.emit({
      t: 'GUILD_MEMBER_UPDATE',
      guildId: guild.id,
      data: { ...member, guild_id: guild.id },
    });
  }

  /** Bans a user, member or not, and removes what they wrote in the last seconds given. */
  ban(guild: Guild, userId: Snowflake, actor: Actor, deleteMessageSeconds = 0): void {
    const user = this.#world.users.get(userId);
    if (user === undefined) throw unknownUser();
    if (guild.bans.has(userId)) return;
    guild.bans.set(userId, { user, reason: actor.reason ?? null });
    if (guild.members.has(userId)) this.remove(guild, userId);
    this.#world.emit({ t: 'GUILD_BAN_ADD', guildId: guild.id, data: { guild_id: guild.id, user } });
    this.#world.audit.write(guild, actor, AuditLogEvent.MemberBanAdd, userId);
    if (deleteMessageSeconds > 0) {
      this.#world.messages.deleteByAuthor(guild, userId, this.#world.now() - deleteMessageSeconds * 1000);
    }
  }

  unban(guild: Guild, userId: Snowflake, actor: Actor): void {
    const ban = guild.bans.get(userId);
    if (ban === undefined) throw unknownBan();
    guild.bans.delete(userId);
    this.#world.emit({
      t: 'GUILD_BAN_REMOVE',
      guildId: guild.id,
      data: { guild_id: guild.id, user: ban.user },
    });
    this.#world.audit.write(guild, actor, AuditLogEvent.MemberBanRemove, userId);
  }

  #get(guild: Guild, userId: Snowflake): Member {
    const member = guild.members.get(userId);
    if (member === undefined) throw unknownMember();
    return member;
  }
}
