import { AuditLogEvent, ChannelType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { APIRole } from 'discord-api-types/v10';
import { auditChanges } from './audit.ts';
import { makeRole } from './roles.ts';
import type { Actor, Guild, Snowflake } from './types.ts';
import { guildCreatePayload, wireGuild } from './wire.ts';
import type { World } from './world.ts';

/** What a new guild's @everyone may do: Discord's defaults. */
export const EVERYONE_DEFAULT =
  P.CreateInstantInvite |
  P.AddReactions |
  P.Stream |
  P.ViewChannel |
  P.SendMessages |
  P.EmbedLinks |
  P.AttachFiles |
  P.ReadMessageHistory |
  P.MentionEveryone |
  P.UseExternalEmojis |
  P.Connect |
  P.Speak |
  P.UseVAD |
  P.ChangeNickname |
  P.UseApplicationCommands |
  P.RequestToSpeak |
  P.CreatePublicThreads |
  P.CreatePrivateThreads |
  P.UseExternalStickers |
  P.SendMessagesInThreads |
  P.UseEmbeddedActivities |
  P.UseSoundboard |
  P.UseExternalSounds |
  P.SendVoiceMessages |
  P.SendPolls |
  P.UseExternalApps |
  P.SetVoiceChannelStatus;

export interface GuildDraft {
  name: string;
  id?: Snowflake | undefined;
  /** Made when absent. */
  ownerId?: Snowflake | undefined;
  features?: string[];
  locale?: string;
  description?: string;
}

/** Every guild, and what happens to a guild as a whole. */
export class Guilds extends Map<Snowflake, Guild> {
  #world: World;

  constructor(world: World) {
    super();
    this.#world = world;
  }

  /** A guild with its owner and @everyone, without channels, without the bot. */
  create(draft: GuildDraft): Guild {
    const world = this.#world;
    const id = draft.id ?? world.snowflake();
    if (this.has(id)) throw new RangeError('there is a guild with that id');
    const ownerId = draft.ownerId ?? world.createUser({ username: `owner_${id.slice(-6)}` }).id;
    const guild: Guild = {
      id,
      name: draft.name,
      ownerId,
      icon: null,
      description: draft.description ?? null,
      features: draft.features ?? [],
      locale: draft.locale ?? 'fr',
      afkChannelId: null,
      systemChannelId: null,
      rulesChannelId: null,
      publicUpdatesChannelId: null,
      premiumTier: 0,
      roles: new Map(),
      channels: new Map(),
      threads: new Map(),
      members: new Map(),
      voiceStates: new Map(),
      bans: new Map(),
      auditLog: [],
      voiceStatuses: new Map(),
      voiceStartTimes: new Map(),
      unavailable: false,
    };
    this.set(id, guild);
    guild.roles.set(
      id,
      makeRole({ id, name: '@everyone', permissions: EVERYONE_DEFAULT.toString(), position: 0 }),
    );
    world.members.add(id, ownerId);
    return guild;
  }

  /** What a guild that a person makes has: one text and one voice channel. */
  addDefaultChannels(guild: Guild): void {
    const actor: Actor = { userId: guild.ownerId };
    const text = this.#world.channels.create(guild, { name: 'général', type: ChannelType.GuildText }, actor);
    this.#world.channels.create(guild, { name: 'Général', type: ChannelType.GuildVoice }, actor);
    guild.systemChannelId = text.id;
  }

  /** Changes the guild's own fields. */
  edit(
    guild: Guild,
    changes: Partial<
      Pick<Guild, 'name' | 'description' | 'icon' | 'systemChannelId' | 'afkChannelId' | 'premiumTier'>
    >,
    actor: Actor,
  ): void {
    const before = { ...guild };
    Object.assign(guild, changes);
    const changed = auditChanges<Guild>(before, guild, [
      'name',
      'description',
      'systemChannelId',
      'afkChannelId',
      'premiumTier',
    ]);
    if (changed.length === 0) return;
    this.#world.audit.write(guild, actor, AuditLogEvent.GuildUpdate, guild.id, changed);
    this.#world.emit({ t: 'GUILD_UPDATE', guildId: guild.id, data: wireGuild(guild) });
  }

  /** The bot is added, with a managed role of these permissions (none: without a role). */
  inviteBot(guild: Guild, permissions: bigint = 0n): void {
    const world = this.#world;
    if (guild.members.has(world.bot.id)) return;
    let role: APIRole | undefined;
    if (permissions !== 0n) {
      role = world.roles.create(
        guild,
        {
          name: world.bot.username,
          permissions: permissions.toString(),
          managed: true,
          tags: { bot_id: world.bot.id },
        },
        { userId: guild.ownerId },
      );
    }
    world.members.add(guild.id, world.bot.id, { roles: role ? [role.id] : [] });
    world.audit.write(guild, { userId: guild.ownerId }, AuditLogEvent.BotAdd, world.bot.id);
    world.emit({ t: 'GUILD_CREATE', guildId: guild.id, data: guildCreatePayload(world, guild) });
  }

  /** The bot is gone: its managed role too, and GUILD_DELETE without `unavailable`. */
  removeBot(guild: Guild): void {
    const world = this.#world;
    if (!guild.members.has(world.bot.id)) return;
    world.members.remove(guild, world.bot.id);
    for (const role of guild.roles.values()) {
      if (role.tags?.bot_id === world.bot.id) world.roles.delete(guild, role.id, { userId: guild.ownerId });
    }
    world.emit({ t: 'GUILD_DELETE', guildId: guild.id, data: { id: guild.id } });
  }

  /** An outage begins or ends. */
  setOutage(guild: Guild, on: boolean): void {
    if (guild.unavailable === on) return;
    guild.unavailable = on;
    this.#world.emit(
      on
        ? { t: 'GUILD_DELETE', guildId: guild.id, data: { id: guild.id, unavailable: true } }
        : { t: 'GUILD_CREATE', guildId: guild.id, data: guildCreatePayload(this.#world, guild) },
    );
  }
}
