import { AuditLogEvent, ChannelType, OverwriteType } from 'discord-api-types/v10';
import type { APIOverwrite } from 'discord-api-types/v10';
import {
  communityChannel,
  invalidField,
  maxChannels,
  maxOverwrites,
  unknownChannel,
  unknownOverwrite,
} from '../rest/errors.ts';
import { auditChanges } from './audit.ts';
import { isVoice } from './permissions.ts';
import type { Actor, Guild, GuildChannel, Snowflake } from './types.ts';
import type { World } from './world.ts';

const MAX_CHANNELS = 500;
const MAX_PER_CATEGORY = 50;
const MAX_OVERWRITES = 1000;
const AUDITED: (keyof GuildChannel & string)[] = [
  'name',
  'type',
  'topic',
  'nsfw',
  'rate_limit_per_user',
  'bitrate',
  'user_limit',
  'rtc_region',
  'video_quality_mode',
  'flags',
  'default_auto_archive_duration',
  'available_tags',
];

export type ChannelDraft = Partial<Omit<GuildChannel, 'guild_id'>> & { name: string };

const written = new Set([
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
]);

/** Text channels carry no capitals and no spaces. */
const normalizeName = (name: string, type: ChannelType): string =>
  written.has(type) ? name.trim().toLowerCase().replace(/\s+/gu, '-') : name.trim();

export class Channels {
  #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * A new channel, last of its kind unless `position` says otherwise; without overwrites of its own it
   * takes its category's. @throws 30013, or 50035 for a category that is full or none
   */
  create(guild: Guild, draft: ChannelDraft, actor: Actor): GuildChannel {
    if (guild.channels.size >= MAX_CHANNELS) throw maxChannels();
    const type = draft.type ?? ChannelType.GuildText;
    const parent = this.#parent(guild, draft.parent_id ?? null);
    const channel: GuildChannel = {
      ...defaultsOf(type),
      ...draft,
      id: draft.id ?? this.#world.snowflake(),
      type,
      guild_id: guild.id,
      name: normalizeName(draft.name, type),
      parent_id: parent?.id ?? null,
      position: draft.position ?? this.#lastPosition(guild, type) + 1,
      permission_overwrites: draft.permission_overwrites ?? [...(parent?.permission_overwrites ?? [])],
      flags: draft.flags ?? 0,
    };
    guild.channels.set(channel.id, channel);
    this.#world.channelGuild.set(channel.id, guild.id);
    this.#world.emitChannel('CREATE', channel);
    this.#world.audit.write(
      guild,
      actor,
      AuditLogEvent.ChannelCreate,
      channel.id,
      auditChanges<GuildChannel>({}, channel, [...AUDITED, 'permission_overwrites']),
    );
    return channel;
  }

  /** Changes a channel; `permission_overwrites` replaces the whole list. @throws like {@link create} */
  edit(channelId: Snowflake, changes: Partial<GuildChannel>, actor: Actor): GuildChannel {
    const { guild, channel: before } = this.#get(channelId);
    if (changes.parent_id != null && changes.parent_id !== before.parent_id) {
      this.#parent(guild, changes.parent_id);
    }
    const channel: GuildChannel = { ...before, ...changes };
    channel.name = normalizeName(channel.name, channel.type);
    const changed = auditChanges<GuildChannel>(before, channel, AUDITED);
    const overwritesChanged =
      changes.permission_overwrites !== undefined &&
      JSON.stringify(before.permission_overwrites) !== JSON.stringify(channel.permission_overwrites);
    const moved = before.parent_id !== channel.parent_id || before.position !== channel.position;
    if (changed.length === 0 && !overwritesChanged && !moved) return before;
    this.update(guild, channel);
    if (changed.length > 0) {
      this.#world.audit.write(guild, actor, AuditLogEvent.ChannelUpdate, channelId, changed);
    }
    if (overwritesChanged) this.#auditOverwrites(guild, actor, before, channel);
    return channel;
  }

  /** Everyone in it is disconnected; a category's channels stay. @throws 50074 */
  delete(channelId: Snowflake, actor: Actor): GuildChannel {
    const { guild, channel } = this.#get(channelId);
    const community = guild.features.includes('COMMUNITY');
    if (community && (channelId === guild.rulesChannelId || channelId === guild.publicUpdatesChannelId)) {
      throw communityChannel();
    }
    guild.channels.delete(channelId);
    this.#world.channelGuild.delete(channelId);
    this.#world.messages.forgetChannel(channelId);
    this.#world.threads.forgetParent(guild, channelId);
    guild.voiceStatuses.delete(channelId);
    guild.voiceStartTimes.delete(channelId);
    if (guild.systemChannelId === channelId) guild.systemChannelId = null;
    if (guild.afkChannelId === channelId) guild.afkChannelId = null;
    this.#world.emitChannel('DELETE', channel);
    for (const state of this.#world.voice.in(guild, channelId)) this.#world.voice.leave(guild, state.user_id);
    for (const child of guild.channels.values()) {
      if (child.parent_id === channelId) this.update(guild, { ...child, parent_id: null });
    }
    this.#world.audit.write(
      guild,
      actor,
      AuditLogEvent.ChannelDelete,
      channelId,
      auditChanges<GuildChannel>(channel, {}, [...AUDITED, 'permission_overwrites']),
    );
    return channel;
  }

  /** Places several channels at once; `lock_permissions` takes over the new category's overwrites. */
  move(
    guild: Guild,
    moves: {
      id: Snowflake;
      position?: number | null;
      parent_id?: Snowflake | null;
      lock_permissions?: boolean | null;
    }[],
    actor: Actor,
  ): void {
    for (const move of moves) {
      const channel = guild.channels.get(move.id);
      if (channel === undefined) continue;
      const parent_id = move.parent_id === undefined ? channel.parent_id : move.parent_id;
      const parent = parent_id === null ? undefined : guild.channels.get(parent_id);
      this.edit(
        move.id,
        {
          parent_id,
          position: move.position ?? channel.position,
          ...(move.lock_permissions &&
            parent && { permission_overwrites: [...parent.permission_overwrites] }),
        },
        actor,
      );
    }
  }

  /** Sets one overwrite as a whole. @throws 30060 */
  setOverwrite(channelId: Snowflake, overwrite: APIOverwrite, actor: Actor): void {
    const { channel } = this.#get(channelId);
    const others = channel.permission_overwrites.filter(({ id }) => id !== overwrite.id);
    if (others.length >= MAX_OVERWRITES) throw maxOverwrites();
    this.edit(channelId, { permission_overwrites: [...others, overwrite] }, actor);
  }

  /** @throws 10009 */
  deleteOverwrite(channelId: Snowflake, overwriteId: Snowflake, actor: Actor): void {
    const { channel } = this.#get(channelId);
    const others = channel.permission_overwrites.filter(({ id }) => id !== overwriteId);
    if (others.length === channel.permission_overwrites.length) throw unknownOverwrite();
    this.edit(channelId, { permission_overwrites: others }, actor);
  }

  /** The overwrites of a role or member that is no more go with it. */
  forgetOverwrites(guild: Guild, id: Snowflake): void {
    for (const channel of guild.channels.values()) {
      const permission_overwrites = channel.permission_overwrites.filter((overwrite) => overwrite.id !== id);
      if (permission_overwrites.length < channel.permission_overwrites.length) {
        this.update(guild, { ...channel, permission_overwrites });
      }
    }
  }

  /** Puts a changed channel in place and tells of it. */
  update(guild: Guild, channel: GuildChannel): void {
    guild.channels.set(channel.id, channel);
    this.#world.emitChannel('UPDATE', channel);
  }

  #get(channelId: Snowflake): { guild: Guild; channel: GuildChannel } {
    const guild = this.#world.guildOfChannel(channelId);
    const channel = guild?.channels.get(channelId);
    if (guild === undefined || channel === undefined) throw unknownChannel();
    return { guild, channel };
  }

  #parent(guild: Guild, parentId: Snowflake | null): GuildChannel | undefined {
    if (parentId === null) return undefined;
    const parent = guild.channels.get(parentId);
    if (parent === undefined) {
      throw invalidField(['parent_id'], 'CHANNEL_PARENT_INVALID', 'Category does not exist');
    }
    if (parent.type !== ChannelType.GuildCategory) {
      throw invalidField(['parent_id'], 'CHANNEL_PARENT_INVALID_TYPE', 'Not a category');
    }
    const children = [...guild.channels.values()].filter(({ parent_id }) => parent_id === parentId);
    if (children.length >= MAX_PER_CATEGORY) {
      throw invalidField(
        ['parent_id'],
        'CHANNEL_PARENT_MAX_CHANNELS',
        `Maximum number of channels in category reached (${MAX_PER_CATEGORY})`,
      );
    }
    return parent;
  }

  /** Categories, voice channels and the rest are each counted on their own. */
  #lastPosition(guild: Guild, type: ChannelType): number {
    const kind = (t: ChannelType) => (t === ChannelType.GuildCategory ? 2 : isVoice({ type: t }) ? 1 : 0);
    let last = -1;
    for (const channel of guild.channels.values()) {
      if (kind(channel.type) === kind(type)) last = Math.max(last, channel.position);
    }
    return last;
  }

  #auditOverwrites(guild: Guild, actor: Actor, before: GuildChannel, after: GuildChannel): void {
    const old = new Map(before.permission_overwrites.map((overwrite) => [overwrite.id, overwrite]));
    const now = new Map(after.permission_overwrites.map((overwrite) => [overwrite.id, overwrite]));
    for (const id of new Set([...old.keys(), ...now.keys()])) {
      const [a, b] = [old.get(id), now.get(id)];
      const changes = auditChanges<APIOverwrite>(a ?? {}, b ?? {}, ['id', 'type', 'allow', 'deny']);
      if (changes.length === 0) continue;
      const action = !a
        ? AuditLogEvent.ChannelOverwriteCreate
        : !b
          ? AuditLogEvent.ChannelOverwriteDelete
          : AuditLogEvent.ChannelOverwriteUpdate;
      const type = (b ?? a)?.type ?? OverwriteType.Role;
      this.#world.audit.write(guild, actor, action, after.id, changes, {
        id,
        type: String(type),
        ...(type === OverwriteType.Role && { role_name: guild.roles.get(id)?.name ?? '' }),
      });
    }
  }
}

/** The fields that a channel of this type carries, with Discord's defaults. */
function defaultsOf(type: ChannelType): Partial<GuildChannel> {
  switch (type) {
    case ChannelType.GuildText:
    case ChannelType.GuildAnnouncement:
      return { topic: null, nsfw: false, rate_limit_per_user: 0, last_message_id: null };
    case ChannelType.GuildVoice:
    case ChannelType.GuildStageVoice:
      return {
        nsfw: false,
        rate_limit_per_user: 0,
        bitrate: 64_000,
        user_limit: type === ChannelType.GuildVoice ? 0 : 10_000,
        rtc_region: null,
        last_message_id: null,
      };
    case ChannelType.GuildForum:
    case ChannelType.GuildMedia:
      return {
        topic: null,
        nsfw: false,
        rate_limit_per_user: 0,
        last_message_id: null,
        available_tags: [],
        default_reaction_emoji: null,
        default_sort_order: null,
        ...(type === ChannelType.GuildForum && { default_forum_layout: 0 }),
      };
    default:
      return {};
  }
}
