import type { Guild, Snowflake } from '../world/types.ts';
import type { World } from '../world/world.ts';
import { partialChannel } from '../world/wire.ts';

type Json = Record<string, unknown>;
type Kind = 'users' | 'members' | 'roles' | 'channels' | 'messages';

/** Looks ids up as one person sees them, and gathers what goes into `data.resolved`. */
export class Resolver {
  #world: World;
  #guild: Guild | undefined;
  #userId: Snowflake;
  #resolved: Partial<Record<Kind, Record<Snowflake, unknown>>> = {};

  constructor(world: World, guild: Guild | undefined, userId: Snowflake) {
    this.#world = world;
    this.#guild = guild;
    this.#userId = userId;
  }

  /** `data.resolved`, absent when nothing was looked up. */
  result(): { resolved?: Json } {
    return Object.keys(this.#resolved).length === 0 ? {} : { resolved: this.#resolved as Json };
  }

  user(id: Snowflake): boolean {
    const user = this.#world.users.get(id);
    if (user === undefined) return false;
    this.#put('users', id, user);
    const member = this.#guild?.members.get(id);
    if (this.#guild !== undefined && member !== undefined) {
      // Discord leaves these out of resolved members (Discord Docs/Interactions, "Resolved Data").
      const { user: _, deaf: __, mute: ___, ...partial } = member;
      const permissions = this.#world.permissions.inGuild(this.#guild, id).toString();
      this.#put('members', id, { ...partial, permissions });
    }
    return true;
  }

  role(id: Snowflake): boolean {
    const role = this.#guild?.roles.get(id);
    if (role === undefined) return false;
    this.#put('roles', id, role);
    return true;
  }

  /** Only a channel that the person sees, and of the wanted types (none: all). */
  channel(id: Snowflake, types?: readonly number[]): boolean {
    const guild = this.#guild;
    const channel = guild?.channels.get(id) ?? guild?.threads.get(id);
    if (guild === undefined || channel === undefined) return false;
    if (!this.#world.permissions.canView(guild, channel, this.#userId)) return false;
    if (types !== undefined && types.length > 0 && !types.includes(channel.type)) return false;
    const permissionsOf = (userId: Snowflake) =>
      this.#world.permissions.inChannel(guild, channel, userId).toString();
    this.#put('channels', id, {
      ...partialChannel(channel),
      permissions: permissionsOf(this.#userId),
      ...(guild.members.has(this.#world.bot.id) && { app_permissions: permissionsOf(this.#world.bot.id) }),
    });
    return true;
  }

  message(channelId: Snowflake, id: Snowflake): boolean {
    const message = this.#world.messages.get(channelId, id);
    if (message === undefined) return false;
    this.#put('messages', id, message);
    return true;
  }

  #put(kind: Kind, id: Snowflake, value: unknown): void {
    (this.#resolved[kind] ??= {})[id] = value;
  }
}
