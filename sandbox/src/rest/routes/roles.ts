import type { FastifyInstance } from 'fastify';
import * as z from 'zod/mini';
import {
  CreateRoleRequestSchema,
  UpdateRolePositionsRequestSchema,
  UpdateRoleRequestPartialSchema,
} from 'discord-api-spec/zod';
import type { APIRole } from 'discord-api-types/v10';
import type { SandboxContext } from '../../context.ts';
import { ALL_PERMISSIONS } from '../../world/permissions.ts';
import { compareRoles } from '../../world/roles.ts';
import type { Guild } from '../../world/types.ts';
import { above, guildOf, guildWith, P, roleOf } from '../access.ts';
import { invalidRole, missingPermissions, unknownRole } from '../errors.ts';
import { defineRoute, form } from '../route.ts';
import type { Call } from '../route.ts';

interface RoleForm {
  name?: string | null;
  permissions?: number | null;
  color?: number | null;
  colors?: APIRole['colors'] | null;
  hoist?: boolean | null;
  mentionable?: boolean | null;
  icon?: string | null;
  unicode_emoji?: string | null;
}

const POSITIONS = z.array(UpdateRolePositionsRequestSchema).check(z.maxLength(250));

export function roleRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  const list = '/guilds/:guild_id/roles';
  const one = `${list}/:role_id`;
  const limit = { limit: 5, perMs: 5_000 };

  defineRoute(app, ctx, { method: 'GET', path: list, limit }, (call) =>
    [...guildOf(call).roles.values()].sort(compareRoles),
  );
  defineRoute(app, ctx, { method: 'GET', path: one, limit }, (call) =>
    roleOf(guildOf(call), call.params['role_id']),
  );

  defineRoute(app, ctx, { method: 'POST', path: list, limit: { limit: 250, perMs: 172_800_000 } }, (call) => {
    const guild = guildWith(call, P.ManageRoles);
    const fields = fieldsOf(call, guild, form<RoleForm>(call, CreateRoleRequestSchema));
    return call.world.roles.create(guild, fields, call.actor);
  });

  defineRoute(app, ctx, { method: 'PATCH', path: list, limit }, (call) => {
    const guild = guildWith(call, P.ManageRoles);
    const wanted = form<{ id?: string | null; position?: number | null }[]>(call, POSITIONS).flatMap(
      ({ id, position }) => (id == null || position == null ? [] : [{ id, position }]),
    );
    const top = call.world.permissions.highestPosition(guild, call.bot.id);
    for (const { id, position } of wanted) {
      const role = guild.roles.get(id);
      if (role === undefined) throw unknownRole();
      if (role.position >= top || position >= top) throw missingPermissions();
    }
    return call.world.roles.move(guild, wanted, call.actor);
  });

  defineRoute(app, ctx, { method: 'PATCH', path: one, limit: { limit: 1000, perMs: 86_400_000 } }, (call) => {
    const guild = guildWith(call, P.ManageRoles);
    const role = roleOf(guild, call.params['role_id']);
    if (role.id !== guild.id && !above(call.world, guild, call.bot.id, role)) throw missingPermissions();
    const fields = fieldsOf(call, guild, form<RoleForm>(call, UpdateRoleRequestPartialSchema), role);
    return call.world.roles.edit(guild, role.id, fields, call.actor);
  });

  defineRoute(app, ctx, { method: 'DELETE', path: one, limit }, (call) => {
    const guild = guildWith(call, P.ManageRoles);
    const role = roleOf(guild, call.params['role_id']);
    if (role.id === guild.id || role.managed) throw invalidRole();
    if (!above(call.world, guild, call.bot.id, role)) throw missingPermissions();
    call.world.roles.delete(guild, role.id, call.actor);
  });
}

/** The form's fields; permissions that change must be the bot's own. @throws 50013 */
function fieldsOf(call: Call, guild: Guild, body: RoleForm, before?: APIRole): Partial<APIRole> {
  const fields: Partial<APIRole> = {};
  if (body.permissions != null) {
    const wanted = BigInt(Math.max(0, Math.trunc(body.permissions))) & ALL_PERMISSIONS;
    const changed = wanted ^ BigInt(before?.permissions ?? 0);
    if ((changed & ~call.world.permissions.inGuild(guild, call.bot.id)) !== 0n) throw missingPermissions();
    fields.permissions = wanted.toString();
  }
  if (body.name != null) fields.name = body.name;
  if (body.color != null) fields.color = body.color;
  if (body.colors != null) {
    const { primary_color, secondary_color = null, tertiary_color = null } = body.colors;
    fields.colors = { primary_color, secondary_color, tertiary_color };
    fields.color = primary_color;
  }
  if (body.hoist != null) fields.hoist = body.hoist;
  if (body.mentionable != null) fields.mentionable = body.mentionable;
  if (body.unicode_emoji !== undefined) fields.unicode_emoji = body.unicode_emoji;
  return fields;
}
