import { ChannelType, InteractionContextType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import { refused } from '../control/errors.ts';
import type { AnyChannel, Guild } from '../world/types.ts';
import { partialChannel, wireChannel } from '../world/wire.ts';
import type { World } from '../world/world.ts';
import type { Interaction } from './pending.ts';

/** What a bot may do in a direct message channel. */
const DM_PERMISSIONS =
  P.ViewChannel | P.SendMessages | P.EmbedLinks | P.AttachFiles | P.ReadMessageHistory | P.AddReactions;
const ATTACHMENT_SIZE_LIMIT = 20 * 1024 * 1024;
const DEFAULT_LOCALE = 'fr';

export interface Place {
  channel: AnyChannel;
  guild: Guild | undefined;
}

/** INTERACTION_CREATE (Discord Docs/Receiving and Responding, "Interaction Structure"). */
export function interactionPayload(
  world: World,
  interaction: Interaction,
  { channel, guild }: Place,
  data: object,
  locale: string | undefined,
): Record<string, unknown> {
  return {
    id: interaction.id,
    application_id: world.application.id,
    type: interaction.type,
    token: interaction.token,
    version: 1,
    data,
    channel_id: channel.id,
    channel: channelOf(world, interaction, { channel, guild }),
    ...who(world, interaction, { channel, guild }),
    ...(guild !== undefined && {
      guild_id: guild.id,
      guild: { id: guild.id, locale: guild.locale, features: guild.features },
      guild_locale: guild.locale,
    }),
    app_permissions: permissionsOf(world, world.bot.id, { channel, guild }).toString(),
    locale: locale ?? DEFAULT_LOCALE,
    entitlements: [],
    entitlement_sku_ids: [],
    authorizing_integration_owners: owners(guild),
    context: guild === undefined ? InteractionContextType.BotDM : InteractionContextType.Guild,
    attachment_size_limit: ATTACHMENT_SIZE_LIMIT,
    ...(interaction.source !== undefined && { message: wireMessage(interaction) }),
  };
}

/** Guild-installed: its key is 0, its owner the guild ("0" for a DM with the bot). */
export const owners = (guild: Guild | undefined): Record<string, string> => ({ '0': guild?.id ?? '0' });

function wireMessage(interaction: Interaction): object {
  const { ephemeralFor: _, ...message } = interaction.source as NonNullable<Interaction['source']>;
  return message;
}

function who(world: World, interaction: Interaction, place: Place): object {
  const user = world.users.get(interaction.userId);
  const member = place.guild?.members.get(interaction.userId);
  if (member === undefined) return { user };
  return {
    member: {
      ...member,
      permissions: permissionsOf(world, interaction.userId, place).toString(),
      unusual_dm_activity_until: null,
    },
  };
}

function channelOf(world: World, interaction: Interaction, place: Place): object {
  if (place.guild === undefined) return wireChannel(place.channel);
  const permissions = permissionsOf(world, interaction.userId, place).toString();
  return { ...partialChannel(place.channel), permissions };
}

/** What someone may do where the interaction happens. */
export function permissionsOf(world: World, userId: string, { channel, guild }: Place): bigint {
  if (guild === undefined || channel.type === ChannelType.DM) return DM_PERMISSIONS;
  return world.permissions.inChannel(guild, channel, userId);
}

/** The place where this person acts. @throws ControlError 403 when they are not there or do not see it */
export function placeFor(world: World, channel: AnyChannel, userId: string): Place {
  if (!('guild_id' in channel)) {
    if (!channel.recipients.some(({ id }) => id === userId)) throw refused('not in this conversation');
    return { channel, guild: undefined };
  }
  const guild = world.guilds.get(channel.guild_id);
  if (guild === undefined || !guild.members.has(userId)) throw refused('no member of this guild');
  if (!guild.members.has(world.bot.id)) throw refused('the bot is not in this guild');
  if (!world.permissions.canRead(guild, channel, userId))
    throw refused('that member does not see this channel');
  return { channel, guild };
}
