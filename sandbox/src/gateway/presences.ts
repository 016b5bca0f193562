import { PresenceUpdateStatus } from 'discord-api-types/v10';
import type { Guild, Member, Snowflake } from '../world/types.ts';
import type { World } from '../world/world.ts';

interface Presence {
  status: PresenceUpdateStatus;
  activities: unknown[];
}

/** Who is seen online: whoever said so, and everybody who sits in a voice channel. */
export class Presences {
  #world: World;
  #known = new Map<Snowflake, Presence>();

  constructor(world: World) {
    this.#world = world;
  }

  set(userId: Snowflake, status: PresenceUpdateStatus, activities: unknown[]): void {
    if (!this.#world.users.has(userId)) return;
    const seen = status === PresenceUpdateStatus.Invisible ? PresenceUpdateStatus.Offline : status;
    this.#known.set(userId, { status: seen, activities });
  }

  /** Presence updates of those of these members who are not offline. */
  of(guild: Guild, members: Iterable<Member>): object[] {
    const presences: object[] = [];
    for (const { user } of members) {
      const known = this.#known.get(user.id);
      const status = known?.status ?? (guild.voiceStates.has(user.id) ? PresenceUpdateStatus.Online : null);
      if (status === null) continue;
      presences.push({
        user: { id: user.id },
        guild_id: guild.id,
        status,
        activities: known?.activities ?? [],
        client_status: status === PresenceUpdateStatus.Offline ? {} : { web: status },
      });
    }
    return presences;
  }
}
