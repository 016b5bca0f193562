import type { FastifyInstance } from 'fastify';
import * as z from 'zod/mini';
import {
  CreateGuildInviteRequestSchema,
  UpdateGuildChannelRequestPartialSchema,
  UpdateThreadRequestPartialSchema,
} from 'discord-api-spec/zod';
import { ChannelType } from 'discord-api-types/v10';
import type { SandboxContext } from '../../context.ts';
import { isThread, isVoice } from '../../world/permissions.ts';
import type { GuildChannel, Thread } from '../../world/types.ts';
import { wireChannel } from '../../world/wire.ts';
import { guildChannelWith, isDm, P, placeOf, placeWith, requireAll } from '../access.ts';
import type { GuildPlace } from '../access.ts';
import {
  channelFields,
  checkChangedOverwrites,
  checkChannelForm,
  checkNewType,
  readOverwrite,
  readOverwrites,
} from '../channel_form.ts';
import type { ChannelForm } from '../channel_form.ts';
import {
  archivedThread,
  invalidField,
  missingPermissions,
  unknownOverwrite,
  wrongChannelType,
} from '../errors.ts';
import { hiddenLimit } from '../hooks.ts';
import type { RateLimiter } from '../limiter.ts';
import { defineRoute, form } from '../route.ts';
import type { Call } from '../route.ts';

/** Names and topics change twice in ten minutes, whatever the headers say. */
const RENAMES = { limit: 2, perMs: 600_000 };

const OVERWRITE = z.object({
  type: z.optional(z.nullable(z.literal([0, 1]))),
  allow: z.optional(z.nullable(z.number())),
  deny: z.optional(z.nullable(z.number())),
});

export function channelRoutes(app: FastifyInstance, ctx: SandboxContext, limiter: RateLimiter): void {
  const path = '/channels/:channel_id';

  defineRoute(app, ctx, { method: 'GET', path, limit: { limit: 5, perMs: 5_000 } }, (call) =>
    wireChannel(placeOf(call).channel),
  );

  const rename = (channel: GuildChannel | Thread, changes: { name?: string; topic?: string | null }) => {
    const topic = 'topic' in channel ? channel.topic : undefined;
    const renamed = changes.name !== undefined && changes.name !== channel.name;
    const retitled = changes.topic !== undefined && changes.topic !== topic;
    if (renamed || retitled) hiddenLimit(limiter, `rename ${channel.id}`, RENAMES);
  };
  defineRoute(app, ctx, { method: 'PATCH', path, limit: { limit: 5, perMs: 15_000 } }, (call) => {
    const { channel, guild, granted } = placeOf(call);
    if (guild === undefined) throw wrongChannelType();
    return isThread(channel)
      ? wireChannel(editThread(call, channel, granted, rename))
      : editChannel(call, { channel, guild, granted }, rename);
  });

  defineRoute(app, ctx, { method: 'DELETE', path, limit: { limit: 5, perMs: 5_000 } }, (call) => {
    const { channel, granted } = placeOf(call);
    if (isDm(channel)) return channel;
    requireAll(granted, isThread(channel) ? P.ManageThreads : P.ManageChannels);
    if (isThread(channel)) return wireChannel(call.world.threads.delete(channel.id, call.actor));
    return call.world.channels.delete(channel.id, call.actor);
  });

  const overwritePath = `${path}/permissions/:overwrite_id`;
  defineRoute(
    app,
    ctx,
    { method: 'PUT', path: overwritePath, limit: { limit: 10, perMs: 15_000 } },
    (call) => {
      const { channel, guild } = guildChannelWith(call, P.ManageRoles);
      const body = form<{ type?: number | null; allow?: number | null; deny?: number | null }>(
        call,
        OVERWRITE,
      );
      const overwrite = readOverwrite(
        { ...body, id: call.params['overwrite_id'] as string },
        guild,
        call.world,
      );
      const others = channel.permission_overwrites.filter(({ id }) => id !== overwrite.id);
      checkChangedOverwrites(call.world, guild, channel, call.bot.id, [...others, overwrite]);
      call.world.channels.setOverwrite(channel.id, overwrite, call.actor);
    },
  );
  defineRoute(
    app,
    ctx,
    { method: 'DELETE', path: overwritePath, limit: { limit: 10, perMs: 15_000 } },
    (call) => {
      const { channel, guild } = guildChannelWith(call, P.ManageRoles);
      const id = call.params['overwrite_id'] as string;
      const others = channel.permission_overwrites.filter((overwrite) => overwrite.id !== id);
      if (others.length === channel.permission_overwrites.length) throw unknownOverwrite();
      checkChangedOverwrites(call.world, guild, channel, call.bot.id, others);
      call.world.channels.deleteOverwrite(channel.id, id, call.actor);
    },
  );

  defineRoute(
    app,
    ctx,
    { method: 'POST', path: `${path}/typing`, limit: { limit: 5, perMs: 5_000 } },
    (call) => {
      const { channel } = placeWith(call, P.SendMessages);
      call.world.type(channel.id, call.bot.id);
    },
  );

  defineRoute(
    app,
    ctx,
    { method: 'POST', path: `${path}/invites`, limit: { limit: 5, perMs: 15_000 } },
    (call) => {
      const { channel, guild } = guildChannelWith(call, P.CreateInstantInvite);
      if (channel.type === ChannelType.GuildCategory) throw wrongChannelType();
      type Form = { max_age?: number | null; max_uses?: number | null; temporary?: boolean | null };
      const body = form<Form>(call, CreateGuildInviteRequestSchema);
      const fields = {
        maxAge: body.max_age ?? 86_400,
        maxUses: body.max_uses ?? 0,
        temporary: body.temporary ?? false,
      };
      const invite = call.world.invites.create(guild, channel, fields, call.actor);
      return {
        type: 0,
        code: invite.code,
        inviter: call.bot,
        max_age: invite.maxAge,
        max_uses: invite.maxUses,
        temporary: invite.temporary,
        uses: 0,
        created_at: call.world.timestamp(invite.createdAt),
        expires_at:
          invite.maxAge === 0 ? null : call.world.timestamp(invite.createdAt + invite.maxAge * 1000),
        guild: { id: guild.id, name: guild.name, icon: guild.icon, features: guild.features },
        guild_id: guild.id,
        channel: { id: channel.id, name: channel.name, type: channel.type },
      };
    },
  );
}

type Rename = (channel: GuildChannel | Thread, changes: { name?: string; topic?: string | null }) => void;

function editChannel(call: Call, { channel, guild, granted }: GuildPlace, rename: Rename): GuildChannel {
  requireAll(granted, P.ManageChannels);
  const body = form<ChannelForm>(call, UpdateGuildChannelRequestPartialSchema);
  const type = body.type ?? channel.type;
  if (type !== channel.type) {
    checkTypeChange(channel.type, type);
    checkNewType(type, guild);
  }
  checkChannelForm(body, type, guild);
  const changes = { ...channelFields(body, type), type };
  if (changes.parent_id != null && changes.parent_id !== channel.parent_id) {
    const parent = guild.channels.get(changes.parent_id);
    if (parent && (call.world.permissions.inChannel(guild, parent, call.bot.id) & P.ManageChannels) === 0n) {
      throw missingPermissions();
    }
  }
  if (body.permission_overwrites !== undefined) {
    const overwrites = readOverwrites(body.permission_overwrites ?? [], guild, call.world);
    checkChangedOverwrites(call.world, guild, channel, call.bot.id, overwrites);
    changes.permission_overwrites = overwrites;
  }
  rename(channel, changes);
  return call.world.channels.edit(channel.id, changes, call.actor);
}

/** Only text and announcement channels turn into each other. */
function checkTypeChange(from: ChannelType, to: ChannelType): void {
  const convertible = [ChannelType.GuildText, ChannelType.GuildAnnouncement];
  if (convertible.includes(from) && convertible.includes(to) && !isVoice({ type: to })) return;
  throw invalidField(['type'], 'CHANNEL_TYPE_CHANGE_INVALID', 'Cannot convert to this channel type.');
}

function editThread(call: Call, thread: Thread, granted: bigint, rename: Rename): Thread {
  type Form = {
    name?: string | null;
    archived?: boolean | null;
    locked?: boolean | null;
    invitable?: boolean | null;
    auto_archive_duration?: number | null;
    rate_limit_per_user?: number | null;
    flags?: number | null;
    applied_tags?: string[] | null;
  };
  const body = form<Form>(call, UpdateThreadRequestPartialSchema);
  const own = thread.owner_id === call.bot.id;
  // In the archive only the way out of it, and the lock, can be changed.
  const opens =
    body.archived === false || Object.keys(body).every((key) => key === 'archived' || key === 'locked');
  if (thread.thread_metadata.archived && !opens) throw archivedThread();
  const onlyUnarchives =
    body.archived === false && Object.keys(body).length === 1 && !thread.thread_metadata.locked;
  if (!own && !onlyUnarchives) requireAll(granted, P.ManageThreads);
  if (onlyUnarchives) requireAll(granted, P.SendMessagesInThreads);
  if (body.locked != null || body.rate_limit_per_user != null) requireAll(granted, P.ManageThreads);
  rename(thread, body.name == null ? {} : { name: body.name });
  return call.world.threads.edit(
    thread.id,
    {
      ...(body.name != null && { name: body.name }),
      ...(body.rate_limit_per_user != null && { rate_limit_per_user: body.rate_limit_per_user }),
      ...(body.flags != null && { flags: body.flags }),
      ...(body.applied_tags != null && { applied_tags: body.applied_tags }),
      thread_metadata: {
        ...(body.archived != null && { archived: body.archived }),
        ...(body.locked != null && { locked: body.locked }),
        ...(body.invitable != null && { invitable: body.invitable }),
        ...(body.auto_archive_duration != null && { auto_archive_duration: body.auto_archive_duration }),
      },
    },
    call.actor,
  );
}
