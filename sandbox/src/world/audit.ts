import type { APIAuditLogEntry, AuditLogEvent } from 'discord-api-types/v10';
import { AUDIT_LOG_CAPACITY } from './types.ts';
import type { Actor, Guild, Snowflake } from './types.ts';
import type { World } from './world.ts';

export interface AuditChange {
  key: string;
  old_value?: unknown;
  new_value?: unknown;
}

/** What differs between two versions of an entity, among `keys`. */
export function auditChanges<T extends object>(
  before: Partial<T>,
  after: Partial<T>,
  keys: (keyof T & string)[],
): AuditChange[] {
  const changes: AuditChange[] = [];
  for (const key of keys) {
    const old_value = before[key];
    const new_value = after[key];
    if (same(old_value, new_value)) continue;
    changes.push({
      key,
      ...(old_value !== undefined && { old_value }),
      ...(new_value !== undefined && { new_value }),
    });
  }
  return changes;
}

const same = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));

/** Each guild's audit log: who did what, with the reason given. */
export class AuditLog {
  #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Writes an entry and tells of it. */
  write(
    guild: Guild,
    actor: Actor,
    action: AuditLogEvent,
    targetId: Snowflake | null,
    changes: AuditChange[] = [],
    options?: Record<string, string>,
  ): void {
    const entry = {
      id: this.#world.snowflake(),
      user_id: actor.userId,
      target_id: targetId,
      action_type: action,
      ...(changes.length > 0 && { changes }),
      ...(options && { options }),
      ...(actor.reason !== undefined && { reason: actor.reason }),
    } as APIAuditLogEntry;
    guild.auditLog.push(entry);
    if (guild.auditLog.length > AUDIT_LOG_CAPACITY) guild.auditLog.shift();
    this.#world.emit({
      t: 'GUILD_AUDIT_LOG_ENTRY_CREATE',
      guildId: guild.id,
      data: { ...entry, guild_id: guild.id },
    });
  }
}
