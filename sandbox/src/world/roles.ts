import { AuditLogEvent } from 'discord-api-types/v10';
import type { APIRole } from 'discord-api-types/v10';
import { maxRoles, unknownRole } from '../rest/errors.ts';
import { auditChanges } from './audit.ts';
import { compareIds } from './snowflake.ts';
import type { Actor, Guild, Snowflake } from './types.ts';
import type { World } from './world.ts';

const MAX_ROLES = 250;
const AUDITED: (keyof APIRole & string)[] = [
  'name',
  'permissions',
  'color',
  'hoist',
  'mentionable',
  'position',
];

/** A role with Discord's defaults. */
export function makeRole(fields: Partial<APIRole> & { id: Snowflake; name: string }): APIRole {
  const color = fields.color ?? 0;
  return {
    description: null,
    hoist: false,
    icon: null,
    unicode_emoji: null,
    managed: false,
    mentionable: false,
    permissions: '0',
    position: 1,
    flags: 0,
    colors: { primary_color: color, secondary_color: null, tertiary_color: null },
    ...fields,
    color,
  } as APIRole;
}

/** Roles are sorted by position, and among equals the older stands higher. */
export const compareRoles = (a: APIRole, b: APIRole): number =>
  a.position - b.position || compareIds(b.id, a.id);

export class Roles {
  #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A new role, just above @everyone: the others move up. @throws 30005 */
  create(guild: Guild, fields: Partial<APIRole>, actor: Actor): APIRole {
    if (guild.roles.size >= MAX_ROLES) throw maxRoles();
    const role = makeRole({
      permissions: guild.roles.get(guild.id)?.permissions ?? '0',
      ...fields,
      id: fields.id ?? this.#world.snowflake(),
      name: fields.name ?? 'new role',
      position: 1,
    });
    const moved = [...guild.roles.values()].filter((other) => other.id !== guild.id);
    guild.roles.set(role.id, role);
    this.#emit(guild, 'CREATE', role);
    this.#world.audit.write(
      guild,
      actor,
      AuditLogEvent.RoleCreate,
      role.id,
      auditChanges<APIRole>({}, role, ['name', 'permissions', 'color', 'hoist', 'mentionable']),
    );
    for (const other of moved) this.#replace(guild, { ...other, position: other.position + 1 });
    return role;
  }

  /** Changes a role's fields, except its position. */
  edit(guild: Guild, roleId: Snowflake, changes: Partial<APIRole>, actor: Actor): APIRole {
    const before = this.#get(guild, roleId);
    const role = { ...before, ...changes };
    if (changes.color !== undefined) role.colors = { ...role.colors, primary_color: changes.color };
    const changed = auditChanges<APIRole>(before, role, [...AUDITED, 'icon', 'unicode_emoji', 'colors']);
    if (changed.length === 0) return before;
    this.#replace(guild, role);
    this.#world.audit.write(guild, actor, AuditLogEvent.RoleUpdate, roleId, changed);
    return role;
  }

  /** Takes the role from everybody and removes its overwrites. */
  delete(guild: Guild, roleId: Snowflake, actor: Actor): void {
    const role = this.#get(guild, roleId);
    guild.roles.delete(roleId);
    this.#world.emit({
      t: 'GUILD_ROLE_DELETE',
      guildId: guild.id,
      data: { guild_id: guild.id, role_id: roleId },
    });
    this.#world.audit.write(
      guild,
      actor,
      AuditLogEvent.RoleDelete,
      roleId,
      auditChanges<APIRole>(role, {}, AUDITED),
    );
    for (const member of guild.members.values()) {
      if (member.roles.includes(roleId)) {
        this.#world.members.update(guild, { ...member, roles: member.roles.filter((id) => id !== roleId) });
      }
    }
    this.#world.channels.forgetOverwrites(guild, roleId);
  }

  /** Gives roles these positions; the others close up around them. All roles, in order. */
  move(guild: Guild, wanted: { id: Snowflake; position: number }[], actor: Actor): APIRole[] {
    const target = new Map(wanted.map(({ id, position }) => [id, position]));
    const rest = [...guild.roles.values()]
      .filter((role) => role.id !== guild.id && !target.has(role.id))
      .sort(compareRoles);
    const moving = wanted
      .filter(({ id }) => id !== guild.id)
      .map(({ id }) => this.#get(guild, id))
      .sort((a, b) => (target.get(a.id) ?? 0) - (target.get(b.id) ?? 0));
    for (const role of moving) rest.splice(Math.max(0, (target.get(role.id) ?? 1) - 1), 0, role);
    for (const [index, role] of rest.entries()) {
      if (role.position === index + 1) continue;
      this.#replace(guild, { ...role, position: index + 1 });
      this.#world.audit.write(guild, actor, AuditLogEvent.RoleUpdate, role.id, [
        { key: 'position', old_value: role.position, new_value: index + 1 },
      ]);
    }
    return [...guild.roles.values()].sort(compareRoles);
  }

  #get(guild: Guild, roleId: Snowflake): APIRole {
    const role = guild.roles.get(roleId);
    if (role === undefined) throw unknownRole();
    return role;
  }

  #replace(guild: Guild, role: APIRole): void {
    guild.roles.set(role.id, role);
    this.#emit(guild, 'UPDATE', role);
  }

  #emit(guild: Guild, verb: 'CREATE' | 'UPDATE', role: APIRole): void {
    this.#world.emit({ t: `GUILD_ROLE_${verb}`, guildId: guild.id, data: { guild_id: guild.id, role } });
  }
}
