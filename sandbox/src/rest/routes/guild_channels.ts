import type { FastifyInstance } from 'fastify';
import * as z from 'zod/mini';
import { CreateGuildChannelRequestSchema } from 'discord-api-spec/zod';
import { ChannelType } from 'discord-api-types/v10';
import type { SandboxContext } from '../../context.ts';
import { canView } from '../../gateway/visibility.ts';
import { compareIds } from '../../world/snowflake.ts';
import type { Guild, GuildChannel, Snowflake } from '../../world/types.ts';
import { wireChannel } from '../../world/wire.ts';
import { guildOf, guildWith, P } from '../access.ts';
import {
  channelFields,
  checkChannelForm,
  checkNewOverwrites,
  checkNewType,
  readOverwrites,
} from '../channel_form.ts';
import type { ChannelForm } from '../channel_form.ts';
import { invalidField, missingAccess, missingPermissions, oneParentAtATime } from '../errors.ts';
import { defineRoute, form } from '../route.ts';
import type { Call } from '../route.ts';

const snowflake = z.string().check(z.regex(/^(0|[1-9][0-9]*)$/));
const POSITIONS = z.array(
  z.object({
    id: snowflake,
    position: z.optional(z.nullable(z.int32().check(z.minimum(0)))),
    lock_permissions: z.optional(z.nullable(z.boolean())),
    parent_id: z.optional(z.nullable(snowflake)),
  }),
);

export function guildChannelRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  const path = '/guilds/:guild_id/channels';

  defineRoute(app, ctx, { method: 'GET', path, limit: { limit: 5, perMs: 5_000 } }, (call) => {
    const guild = guildOf(call);
    return [...guild.channels.values()].filter((channel) => canView(call.world, guild, channel));
  });

  defineRoute(app, ctx, { method: 'POST', path, limit: { limit: 10, perMs: 10_000 } }, (call) => {
    const guild = guildWith(call, P.ManageChannels);
    const body = form<ChannelForm & { name: string }>(call, CreateGuildChannelRequestSchema);
    const type = body.type ?? ChannelType.GuildText;
    checkNewType(type, guild);
    checkChannelForm(body, type, guild);
    const parent = body.parent_id == null ? undefined : guild.channels.get(body.parent_id);
    if (parent && (call.world.permissions.inChannel(guild, parent, call.bot.id) & P.ManageChannels) === 0n) {
      throw missingPermissions();
    }
    const overwrites = body.permission_overwrites
      ? readOverwrites(body.permission_overwrites, guild, call.world)
      : undefined;
    if (overwrites) checkNewOverwrites(call.world, guild, call.bot.id, overwrites);
    call.status = 201;
    return call.world.channels.create(
      guild,
      {
        ...channelFields(body, type),
        name: body.name,
        type,
        ...(overwrites && { permission_overwrites: overwrites }),
      },
      call.actor,
    );
  });

  defineRoute(app, ctx, { method: 'PATCH', path, limit: { limit: 5, perMs: 5_000 } }, (call) => {
    const guild = guildWith(call, P.ManageChannels);
    type Move = {
      id: Snowflake;
      position?: number | null;
      lock_permissions?: boolean | null;
      parent_id?: Snowflake | null;
    };
    const moves = form<Move[]>(call, POSITIONS);
    let moved = 0;
    for (const [index, { id, lock_permissions, parent_id }] of moves.entries()) {
      const channel = guild.channels.get(id);
      if (channel === undefined)
        throw invalidField([index, 'id'], 'GUILD_CHANNEL_INVALID', 'Unknown channel');
      if (parent_id !== undefined && parent_id !== channel.parent_id) {
        if (++moved > 1) throw oneParentAtATime();
        requireMove(call, guild, channel, parent_id);
      }
      if (lock_permissions && (call.world.permissions.inGuild(guild, call.bot.id) & P.ManageRoles) === 0n) {
        throw missingPermissions();
      }
    }
    call.world.channels.move(guild, moves, call.actor);
  });

  defineRoute(app, ctx, { method: 'GET', path: '/guilds/:guild_id/threads/active' }, (call) => {
    const guild = guildOf(call);
    const threads = [...guild.threads.values()]
      .filter(
        (thread) =>
          !thread.thread_metadata.archived && call.world.permissions.canView(guild, thread, call.bot.id),
      )
      .sort((a, b) => compareIds(b.id, a.id));
    return {
      threads: threads.map(wireChannel),
      members: threads.flatMap((thread) => thread.threadMembers.get(call.bot.id) ?? []),
    };
  });
}

/** MANAGE_CHANNELS on a channel that changes its category, and where it goes; positions alone ask for neither. */
function requireMove(call: Call, guild: Guild, channel: GuildChannel, parentId: Snowflake | null): void {
  const { permissions } = call.world;
  const manages = (granted: bigint) => (granted & P.ManageChannels) !== 0n;
  const parent = parentId === null ? undefined : guild.channels.get(parentId);
  const there = parent
    ? permissions.inChannel(guild, parent, call.bot.id)
    : permissions.inGuild(guild, call.bot.id);
  const here = permissions.inChannel(guild, channel, call.bot.id);
  if (!manages(here) || !manages(there)) throw missingAccess();
}
