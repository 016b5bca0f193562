import { ChannelType, OverwriteType } from 'discord-api-types/v10';
import type { Guild, GuildChannel, Snowflake } from '../world/types.ts';
import type { World } from '../world/world.ts';

const VIEW_CHANNEL = 1n << 10n;
/** Discord Docs/Channel, "Channel Flags": CHANNEL_OBFUSCATED. */
export const CHANNEL_OBFUSCATED = 1 << 17;
const HIDDEN_NAME = '___hidden___';

/**
 * Whether the bot sees this channel: by permission, by sitting in it, or, for a category, by seeing
 * one of its channels (Discord Docs/Channel, "Obfuscated Channels").
 */
export function canView(world: World, guild: Guild, channel: GuildChannel): boolean {
  const botId = world.bot.id;
  if ((world.permissions.inChannel(guild, channel, botId) & VIEW_CHANNEL) !== 0n) return true;
  if (guild.voiceStates.get(botId)?.channel_id === channel.id) return true;
  if (channel.type !== ChannelType.GuildCategory) return false;
  for (const child of guild.channels.values()) {
    if (child.parent_id === channel.id && canView(world, guild, child)) return true;
  }
  return false;
}

/** What a client that cannot see the channel gets of it: id, type, position and parent, nothing else that is true. */
export function obfuscate(channel: GuildChannel): Record<string, unknown> {
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guild_id,
    name: HIDDEN_NAME,
    position: channel.position,
    parent_id: channel.parent_id,
    flags: CHANNEL_OBFUSCATED,
    permission_overwrites: [
      { id: channel.guild_id, type: OverwriteType.Role, allow: '0', deny: VIEW_CHANNEL.toString() },
    ],
    ...('topic' in channel && { topic: null }),
    ...('last_message_id' in channel && { last_message_id: null }),
  };
}

/** Remembers which channels the bot sees, to tell when that changes. */
export class Visibility {
  #world: World;
  #visible = new Map<Snowflake, Map<Snowflake, boolean>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Guilds that the bot is known to be in. */
  knows(guildId: Snowflake): boolean {
    return this.#visible.has(guildId);
  }

  sees(guildId: Snowflake, channelId: Snowflake): boolean {
    return this.#visible.get(guildId)?.get(channelId) ?? false;
  }

  forget(guildId: Snowflake): void {
    this.#visible.delete(guildId);
  }

  /** Looks again; the channels whose visibility changed and that existed before. */
  refresh(guild: Guild): GuildChannel[] {
    const before = this.#visible.get(guild.id);
    const now = new Map<Snowflake, boolean>();
    this.#visible.set(guild.id, now);
    return [...guild.channels.values()].filter((channel) => this.#look(guild, channel, before, now));
  }

  /** The same where one channel has come or gone, which only its category shows too. */
  refreshOne(guild: Guild, { id, parent_id: parentId }: GuildChannel): GuildChannel[] {
    const visible = this.#visible.get(guild.id);
    if (visible === undefined) return this.refresh(guild);
    if (!guild.channels.has(id)) visible.delete(id);
    return [guild.channels.get(id), guild.channels.get(parentId ?? '')].filter(
      (channel) => channel !== undefined && this.#look(guild, channel, visible, visible),
    ) as GuildChannel[];
  }

  /** Notes whether the bot sees the channel; whether that is another answer than before. */
  #look(
    guild: Guild,
    channel: GuildChannel,
    before: ReadonlyMap<Snowflake, boolean> | undefined,
    now: Map<Snowflake, boolean>,
  ): boolean {
    const was = before?.get(channel.id);
    const visible = canView(this.#world, guild, channel);
    now.set(channel.id, visible);
    return was !== undefined && was !== visible;
  }
}
