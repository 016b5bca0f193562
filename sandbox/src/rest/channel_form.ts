/** What the schema of a channel does not say: limits that depend on type and guild, and overwrites. */
import { ChannelType, OverwriteType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { APIOverwrite } from 'discord-api-types/v10';
import { ALL_PERMISSIONS, isVoice } from '../world/permissions.ts';
import type { ChannelDraft } from '../world/channels.ts';
import type { Guild, GuildChannel, Snowflake } from '../world/types.ts';
import type { World } from '../world/world.ts';
import { invalidField, missingPermissions, unknownOverwrite } from './errors.ts';
import { VOICE_REGIONS } from './routes/voice.ts';

export interface OverwriteForm {
  id: Snowflake;
  type?: number | null;
  allow?: number | null;
  deny?: number | null;
}

/** A checked body of POST guild channel or PATCH channel. */
export type ChannelForm = {
  [K in keyof Omit<ChannelDraft, 'permission_overwrites'>]?: ChannelDraft[K] | null;
} & {
  permission_overwrites?: OverwriteForm[] | null;
};

const BITRATE_BY_TIER = [96_000, 128_000, 256_000, 384_000];
const STAGE_BITRATE = 64_000;
const TOPIC = 1024;

/** The limits beyond the schema. @throws 50035 */
export function checkChannelForm(form: ChannelForm, type: ChannelType, guild: Guild): void {
  const forum = type === ChannelType.GuildForum || type === ChannelType.GuildMedia;
  if (form.topic && form.topic.length > TOPIC && !forum) {
    throw invalidField(['topic'], 'BASE_TYPE_MAX_LENGTH', `Must be ${TOPIC} or fewer in length.`);
  }
  if (form.name != null && form.name.trim() === '') {
    throw invalidField(['name'], 'BASE_TYPE_REQUIRED', 'This field is required');
  }
  const voice = isVoice({ type });
  const stage = type === ChannelType.GuildStageVoice;
  if (voice && form.bitrate != null) {
    const most = stage ? STAGE_BITRATE : (BITRATE_BY_TIER[guild.premiumTier] ?? 96_000);
    if (form.bitrate > most) {
      throw invalidField(
        ['bitrate'],
        'NUMBER_TYPE_MAX',
        `int value should be less than or equal to ${most}.`,
      );
    }
  }
  if (voice && form.user_limit != null) {
    const most = stage ? 10_000 : 99;
    if (form.user_limit > most) {
      throw invalidField(
        ['user_limit'],
        'NUMBER_TYPE_MAX',
        `int value should be less than or equal to ${most}.`,
      );
    }
  }
  if (voice && form.rtc_region != null && !VOICE_REGIONS.some(({ id }) => id === form.rtc_region)) {
    throw invalidField(
      ['rtc_region'],
      'BASE_TYPE_CHOICES',
      `Value must be one of {${VOICE_REGIONS.map(({ id }) => `'${id}'`).join(', ')}}.`,
    );
  }
}

/** Types that only a community may have. */
const COMMUNITY_TYPES = new Set([
  ChannelType.GuildAnnouncement,
  ChannelType.GuildStageVoice,
  ChannelType.GuildMedia,
]);

/** @throws 50035 where the guild cannot have new channels of this type */
export function checkNewType(type: ChannelType, guild: Guild): void {
  if (!COMMUNITY_TYPES.has(type) || guild.features.includes('COMMUNITY')) return;
  throw invalidField(['type'], 'CHANNEL_TYPE_INVALID', 'Guild has no community features for this type.');
}

/** The fields of the form that a channel of this type has; null takes the default. */
export function channelFields(form: ChannelForm, type: ChannelType): Partial<GuildChannel> {
  const common = ['name', 'parent_id', 'position', 'flags'];
  const text = [
    'topic',
    'nsfw',
    'rate_limit_per_user',
    'default_auto_archive_duration',
    'default_thread_rate_limit_per_user',
  ];
  const voice = ['nsfw', 'rate_limit_per_user', 'bitrate', 'user_limit', 'rtc_region', 'video_quality_mode'];
  const forum = [
    ...text,
    'available_tags',
    'default_reaction_emoji',
    'default_sort_order',
    'default_forum_layout',
  ];
  const keys = new Set([
    ...common,
    ...(isVoice({ type })
      ? voice
      : type === ChannelType.GuildForum || type === ChannelType.GuildMedia
        ? forum
        : type === ChannelType.GuildCategory
          ? []
          : text),
  ]);
  const nullable = new Set([
    'parent_id',
    'topic',
    'rtc_region',
    'default_reaction_emoji',
    'default_sort_order',
  ]);
  const defaults: Record<string, unknown> = {
    nsfw: false,
    rate_limit_per_user: 0,
    bitrate: 64_000,
    user_limit: 0,
  };
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(form)) {
    if (!keys.has(key) || value === undefined) continue;
    if (value !== null) fields[key] = key === 'topic' && value === '' ? null : value;
    else if (nullable.has(key)) fields[key] = null;
    else if (key in defaults) fields[key] = defaults[key];
  }
  return fields as Partial<GuildChannel>;
}

const bits = (value: number | null | undefined): bigint =>
  value == null || value < 0 ? 0n : BigInt(Math.trunc(value)) & ALL_PERMISSIONS;

/**
 * An overwrite of the form as it is kept; of a user who need not be a member (discord-api-docs#2856).
 * @throws 10009 for a role that the guild does not have, or nobody at all
 */
export function readOverwrite(form: OverwriteForm, guild: Guild, world: World): APIOverwrite {
  const type = form.type ?? (guild.roles.has(form.id) ? OverwriteType.Role : OverwriteType.Member);
  const known = type === OverwriteType.Role ? guild.roles.has(form.id) : world.users.has(form.id);
  if (!known) throw unknownOverwrite();
  return { id: form.id, type, allow: bits(form.allow).toString(), deny: bits(form.deny).toString() };
}

export function readOverwrites(forms: OverwriteForm[], guild: Guild, world: World): APIOverwrite[] {
  const byId = new Map<Snowflake, APIOverwrite>();
  for (const form of forms) byId.set(form.id, readOverwrite(form, guild, world));
  return [...byId.values()];
}

const changedBits = (before: APIOverwrite[], after: APIOverwrite[]): bigint => {
  let changed = 0n;
  for (const id of new Set([...before, ...after].map((overwrite) => overwrite.id))) {
    const old = before.find((overwrite) => overwrite.id === id);
    const now = after.find((overwrite) => overwrite.id === id);
    changed |= BigInt(old?.allow ?? 0) ^ BigInt(now?.allow ?? 0);
    changed |= BigInt(old?.deny ?? 0) ^ BigInt(now?.deny ?? 0);
  }
  return changed;
};

/** On creation: bits that the bot holds in the guild; MANAGE_ROLES only by an administrator. @throws 50013 */
export function checkNewOverwrites(
  world: World,
  guild: Guild,
  botId: Snowflake,
  after: APIOverwrite[],
): void {
  const held = world.permissions.inGuild(guild, botId);
  const changed = changedBits([], after);
  if ((changed & ~held) !== 0n) throw missingPermissions();
  if ((changed & P.ManageRoles) !== 0n && (held & P.Administrator) === 0n) throw missingPermissions();
}

/**
 * On a change: MANAGE_ROLES in the channel, and only bits that the bot holds in the category or guild,
 * unless an overwrite there gives it MANAGE_ROLES. @throws 50013
 */
export function checkChangedOverwrites(
  world: World,
  guild: Guild,
  channel: GuildChannel,
  botId: Snowflake,
  after: APIOverwrite[],
): void {
  const here = world.permissions.inChannel(guild, channel, botId);
  if ((here & P.ManageRoles) === 0n) throw missingPermissions();
  const roles = guild.members.get(botId)?.roles ?? [];
  const givenHere = channel.permission_overwrites.some(
    ({ id, allow }) => (id === botId || roles.includes(id)) && (BigInt(allow) & P.ManageRoles) !== 0n,
  );
  if (givenHere) return;
  const parent = channel.parent_id === null ? undefined : guild.channels.get(channel.parent_id);
  const held = parent
    ? world.permissions.inChannel(guild, parent, botId)
    : world.permissions.inGuild(guild, botId);
  if ((changedBits(channel.permission_overwrites, after) & ~held) !== 0n) throw missingPermissions();
}
