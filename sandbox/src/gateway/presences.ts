import { PresenceUpdateStatus } from 'discord-api-types/v10';
import type { Guild, Member, Snowflake } from '../world/types.ts';
import type { World } from '../world/world.ts';

interface Presence {
  status: PresenceUpdateStatus;
  activities: object[];
}

/** Who is seen online: whoever said so, and everybody who sits in a voice channel. */
export class Presences {
  #world: World;
  #known = new Map<Snowflake, Presence>();

  constructor(world: World) {
    this.#world = world;
  }

  set(userId: Snowflake, status: PresenceUpdateStatus, activities: object[]): void {
    if (!this.#world.users.has(userId)) return;
    const seen = status === PresenceUpdateStatus.Invisible ? PresenceUpdateStatus.Offline : status;
    const offline = seen === PresenceUpdateStatus.Offline;
    const created_at = this.#world.now();
    this.#known.set(userId, {
      status: seen,
      activities: offline
        ? []
        : activities.map((one, index) => ({ id: `${userId}:${index}`, created_at, ...one })),
    });
  }

  /** Presence updates of those of these members who are not offline. */
  of(guild: Guild, members: Iterable<Member>): object[] {
    return [...members].flatMap((member) => {
      const update = this.update(guild, member.user.id);
      return update.status === PresenceUpdateStatus.Offline ? [] : [update];
    });
  }

  /** What PRESENCE_UPDATE says of a member. */
  update(guild: Guild, userId: Snowflake) {
    const inVoice = guild.voiceStates.has(userId);
    const { status, activities } = this.#known.get(userId) ?? {
      status: inVoice ? PresenceUpdateStatus.Online : PresenceUpdateStatus.Offline,
      activities: [],
    };
    return {
      user: { id: userId },
      guild_id: guild.id,
      status,
      activities,
      client_status: status === PresenceUpdateStatus.Offline ? {} : { web: status },
    };
  }
}
