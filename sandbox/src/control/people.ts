import { ChannelType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import { z } from 'zod';
import type { ControlContext } from '../context.ts';
import type { ChannelDraft } from '../world/channels.ts';
import { isThread, isVoice } from '../world/permissions.ts';
import { snowflakeTime } from '../world/snowflake.ts';
import type { Actor, AnyChannel, Guild, GuildChannel, Snowflake } from '../world/types.ts';
import { wireChannel } from '../world/wire.ts';
import type { PeopleVerbs } from './api.ts';
import { ControlError, malformed, notFound, refused } from './errors.ts';
import { interactionVerbs } from './interaction_verbs.ts';
import { define, type VerbTable } from './verbs.ts';

const id = z.string().regex(/^\d{15,20}$/, 'expected a snowflake');
const MAX_CONTENT = 2000;

type World = ControlContext['world'];

function guildOf(world: World, guildId: Snowflake): Guild {
  const guild = world.guilds.get(guildId);
  if (guild === undefined) throw notFound('guild');
  return guild;
}

function memberOf(guild: Guild, userId: Snowflake): void {
  if (!guild.members.has(userId)) throw notFound('member');
}

function guildChannel(world: World, channelId: Snowflake): { guild: Guild; channel: GuildChannel } {
  const guild = world.guildOfChannel(channelId);
  const channel = guild?.channels.get(channelId);
  if (guild === undefined || channel === undefined) throw notFound('channel');
  return { guild, channel };
}

/** The owner's doing: changes of the guild itself ask for no permission. */
const owner = (guild: Guild): Actor => ({ userId: guild.ownerId });

/** What this person may do in the channel. @throws 404 for a stranger to it */
function permissionsIn(world: World, channel: AnyChannel, userId: Snowflake): bigint {
  if (!('guild_id' in channel)) {
    if (!channel.recipients.some((user) => user.id === userId)) throw notFound('channel');
    return P.ViewChannel | P.SendMessages;
  }
  const guild = guildOf(world, channel.guild_id);
  memberOf(guild, userId);
  return world.permissions.inChannel(guild, channel, userId);
}

export const peopleVerbs: VerbTable<PeopleVerbs> = {
  ...interactionVerbs,

  'join-guild': define(
    z.strictObject({
      guildId: id,
      userId: id.optional(),
      username: z.string().min(2).max(32).optional(),
      bot: z.boolean().optional(),
    }),
    ({ world }, body) => {
      const guild = guildOf(world, body.guildId);
      const known = body.userId === undefined ? undefined : world.users.get(body.userId);
      if (known?.id === world.bot.id) throw malformed('userId: the bot joins with invite-bot');
      const user =
        known ??
        world.createUser({
          username: body.username ?? `membre_${world.snowflake().slice(-6)}`,
          ...(body.userId !== undefined && { id: body.userId }),
          ...(body.bot !== undefined && { bot: body.bot }),
        });
      if (guild.bans.has(user.id)) throw refused('banned from this guild');
      world.members.add(guild.id, user.id);
      return { userId: user.id };
    },
  ),
  'leave-guild': define(z.strictObject({ guildId: id, userId: id }), ({ world }, body) => {
    const guild = guildOf(world, body.guildId);
    memberOf(guild, body.userId);
    if (body.userId === guild.ownerId) throw refused('the owner cannot leave');
    if (body.userId === world.bot.id) world.guilds.removeBot(guild);
    else world.members.remove(guild, body.userId);
  }),

  'join-voice': define(
    z.strictObject({
      guildId: id,
      userId: id,
      channelId: id,
      selfMute: z.boolean().optional(),
      selfDeaf: z.boolean().optional(),
    }),
    ({ world }, { guildId, userId, channelId, selfMute, selfDeaf }) => {
      const guild = guildOf(world, guildId);
      memberOf(guild, userId);
      const channel = guild.channels.get(channelId);
      if (channel === undefined) throw notFound('channel');
      if (!world.voice.canJoin(guild, channel, userId)) throw refused('that member cannot connect there');
      world.voice.join(guild, channel, userId, {
        ...(selfMute !== undefined && { selfMute }),
        ...(selfDeaf !== undefined && { selfDeaf }),
      });
    },
  ),
  'leave-voice': define(z.strictObject({ guildId: id, userId: id }), ({ world }, body) => {
    const guild = guildOf(world, body.guildId);
    memberOf(guild, body.userId);
    world.voice.leave(guild, body.userId);
  }),

  'move-voice': define(
    z.strictObject({ guildId: id, userId: id, targetId: id, channelId: id.nullable() }),
    ({ world }, { guildId, userId, targetId, channelId }) => {
      const guild = guildOf(world, guildId);
      const from = moderated(world, guild, userId, targetId, P.MoveMembers);
      const target = channelId === null ? null : guild.channels.get(channelId);
      if (target === undefined || (target !== null && !isVoice(target))) throw notFound('voice channel');
      // A moderator draws members where one of the two could go.
      if (target && ![userId, targetId].some((one) => world.voice.canJoin(guild, target, one)))
        throw refused('neither of the two can connect there');
      if (from.id !== target?.id) world.voice.move(guild, targetId, target, { userId });
    },
  ),
  'mute-voice': define(
    z.strictObject({
      guildId: id,
      userId: id,
      targetId: id,
      mute: z.boolean().optional(),
      deaf: z.boolean().optional(),
    }),
    ({ world }, { guildId, userId, targetId, mute, deaf }) => {
      const guild = guildOf(world, guildId);
      const needed = (mute === undefined ? 0n : P.MuteMembers) | (deaf === undefined ? 0n : P.DeafenMembers);
      moderated(world, guild, userId, targetId, needed);
      const changes = { ...(mute !== undefined && { mute }), ...(deaf !== undefined && { deaf }) };
      world.members.edit(guild, targetId, changes, { userId });
    },
  ),

  write: define(
    z.strictObject({ channelId: id, userId: id, content: z.string().min(1).max(MAX_CONTENT) }),
    ({ world }, { channelId, userId, content }) => {
      const channel = world.channel(channelId) ?? dmWith(world, channelId, userId);
      const granted = permissionsIn(world, channel, userId);
      if (channel.type === ChannelType.GuildCategory || channel.type === ChannelType.GuildForum) {
        throw malformed('channelId: no channel to write in');
      }
      const send = isThread(channel) ? P.SendMessagesInThreads : P.SendMessages;
      if ((granted & P.ViewChannel) === 0n || (granted & send) === 0n)
        throw refused('that member cannot write there');
      const waitMs = (granted & P.BypassSlowmode) !== 0n ? 0 : slowmodeLeftMs(world, channel, userId);
      if (waitMs > 0) throw refused(`slowmode: ${Math.ceil(waitMs / 1000)} s left`);
      return { messageId: world.messages.create(channel.id, userId, { content }).id };
    },
  ),
  'delete-message': define(
    z.strictObject({ channelId: id, messageId: id, userId: id }),
    ({ world }, { channelId, messageId, userId }) => {
      const channel = world.channel(channelId);
      const message = world.messages.get(channelId, messageId);
      if (channel === undefined || message === undefined) throw notFound('message');
      const granted = permissionsIn(world, channel, userId);
      if (message.author.id !== userId && (granted & P.ManageMessages) === 0n) {
        throw refused('that member cannot delete this message');
      }
      world.messages.delete(channelId, messageId, { userId });
    },
  ),

  'create-channel': define(
    z.strictObject({
      guildId: id,
      channel: z.looseObject({ name: z.string().min(1).max(100), type: z.int().optional() }),
    }),
    ({ world }, body) => {
      const guild = guildOf(world, body.guildId);
      return wireChannel(world.channels.create(guild, body.channel as ChannelDraft, owner(guild)));
    },
  ),
  'edit-channel': define(
    z.strictObject({ channelId: id, changes: z.record(z.string(), z.unknown()) }),
    ({ world }, { channelId, changes }) => {
      const { guild } = guildChannel(world, channelId);
      return wireChannel(world.channels.edit(channelId, withoutIdentity(changes), owner(guild)));
    },
  ),
  'delete-channel': define(z.strictObject({ channelId: id }), ({ world }, { channelId }) => {
    const { guild } = guildChannel(world, channelId);
    world.channels.delete(channelId, owner(guild));
  }),
  'create-role': define(
    z.strictObject({ guildId: id, role: z.looseObject({ name: z.string().min(1).max(100) }) }),
    ({ world }, body) => {
      const guild = guildOf(world, body.guildId);
      return world.roles.create(guild, body.role, owner(guild));
    },
  ),
  'edit-role': define(
    z.strictObject({ guildId: id, roleId: id, changes: z.record(z.string(), z.unknown()) }),
    ({ world }, { guildId, roleId, changes }) => {
      const guild = guildOf(world, guildId);
      return world.roles.edit(guild, roleId, withoutIdentity(changes), owner(guild));
    },
  ),
  'set-member-roles': define(
    z.strictObject({ guildId: id, userId: id, roles: z.array(id).max(250) }),
    ({ world }, { guildId, userId, roles }) => {
      const guild = guildOf(world, guildId);
      memberOf(guild, userId);
      if (!roles.every((role) => guild.roles.has(role) && role !== guild.id)) throw notFound('role');
      world.members.edit(guild, userId, { roles: [...new Set(roles)] }, owner(guild));
    },
  ),
  'boost-guild': define(
    z.strictObject({ guildId: id, tier: z.literal([0, 1, 2, 3]) }),
    ({ world }, { guildId, tier }) => {
      const guild = guildOf(world, guildId);
      world.guilds.edit(guild, { premiumTier: tier }, owner(guild));
    },
  ),
  'close-dms': define(
    z.strictObject({ userId: id, closed: z.boolean() }),
    ({ world }, { userId, closed }) => {
      if (!world.users.has(userId)) throw notFound('user');
      if (closed) world.closedDms.add(userId);
      else world.closedDms.delete(userId);
    },
  ),
  'set-presence': define(
    z.strictObject({
      userId: id,
      status: z.enum(['online', 'idle', 'dnd', 'offline']).default('online'),
      activities: z
        .array(
          z.strictObject({
            name: z.string().min(1).max(128),
            type: z.int().min(0).max(5).default(0),
            state: z.string().max(128).optional(),
          }),
        )
        .max(10)
        .default([]),
    }),
    ({ world, gateway }, { userId, ...presence }) => {
      if (!world.users.has(userId) || userId === world.bot.id) throw notFound('user');
      gateway.setPresenceOf(userId, presence);
    },
  ),
  'create-guild': define(
    z.strictObject({ name: z.string().min(2).max(100), withBot: z.boolean().optional(), id: id.optional() }),
    ({ world }, body) => {
      if (body.id !== undefined && world.guilds.has(body.id)) throw new ControlError(409, 'id: taken');
      const guild = world.guilds.create({ name: body.name, ...(body.id !== undefined && { id: body.id }) });
      world.guilds.addDefaultChannels(guild);
      if (body.withBot !== false) world.guilds.inviteBot(guild);
      return { guildId: guild.id };
    },
  ),
  'invite-bot': define(
    z.strictObject({
      guildId: id,
      permissions: z
        .string()
        .regex(/^\d{1,20}$/)
        .optional(),
    }),
    ({ world }, body) =>
      world.guilds.inviteBot(guildOf(world, body.guildId), BigInt(body.permissions ?? '0')),
  ),
  'kick-bot': define(z.strictObject({ guildId: id }), ({ world }, body) => {
    world.guilds.removeBot(guildOf(world, body.guildId));
  }),
};

/** Where the target sits, in which the actor must hold these permissions. @throws 403, 404 */
function moderated(
  world: World,
  guild: Guild,
  userId: Snowflake,
  targetId: Snowflake,
  needed: bigint,
): GuildChannel {
  memberOf(guild, userId);
  const channel = guild.channels.get(guild.voiceStates.get(targetId)?.channel_id ?? '');
  if (channel === undefined) throw notFound('member in voice');
  const granted = world.permissions.inChannel(guild, channel, userId);
  if ((granted & needed) !== needed) throw refused('that member may not do that there');
  return channel;
}

/** A person may name themselves to write to the bot directly. */
function dmWith(world: World, channelId: Snowflake, userId: Snowflake): AnyChannel {
  if (channelId !== userId || !world.users.has(userId)) throw notFound('channel');
  return world.openDm(userId);
}

/** How long this person must wait before they write again. Only their last messages are looked at. */
function slowmodeLeftMs(world: World, channel: AnyChannel, userId: Snowflake): number {
  const everyMs = 'rate_limit_per_user' in channel ? (channel.rate_limit_per_user ?? 0) * 1000 : 0;
  if (everyMs === 0 || world.users.get(userId)?.bot) return 0;
  const last = world.messages.history(channel.id, { limit: 1000 }).find(({ author }) => author.id === userId);
  return last === undefined ? 0 : snowflakeTime(last.id) + everyMs - world.now();
}

/** What changes of an entity never touch. */
function withoutIdentity(changes: Record<string, unknown>): Record<string, unknown> {
  const { id: _, guild_id: __, ...rest } = changes;
  return rest;
}
