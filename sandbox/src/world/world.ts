import { ChannelType } from 'discord-api-types/v10';
import type { APIUser, UserFlags } from 'discord-api-types/v10';
import { AuditLog } from './audit.ts';
import { Channels } from './channels.ts';
import { Guilds } from './guilds.ts';
import { Invites } from './invites.ts';
import { Members } from './members.ts';
import { Messages } from './messages.ts';
import { isThread, Permissions } from './permissions.ts';
import { Roles } from './roles.ts';
import { SnowflakeSource } from './snowflake.ts';
import { Threads } from './threads.ts';
import type {
  AnyChannel,
  Application,
  DmChannel,
  Guild,
  GuildChannel,
  Snowflake,
  Thread,
  WorldEvent,
} from './types.ts';
import { Voice } from './voice.ts';
import { wireChannel } from './wire.ts';

export interface WorldOptions {
  application: Application;
  bot: APIUser;
  botToken: string;
  /** Milliseconds since the epoch; tests give their own. */
  now?: (() => number) | undefined;
}

/**
 * The truth. Everything that changes goes through a method here or of one of its parts, which tells every
 * listener one {@link WorldEvent} per dispatch. Entities are replaced, never changed in place, so that an
 * event's data stays what it was.
 */
export class World {
  readonly now: () => number;
  readonly application: Application;
  readonly users = new Map<Snowflake, APIUser>();
  readonly dms = new Map<Snowflake, DmChannel>();
  /** Users who take no direct messages from a bot. */
  readonly closedDms = new Set<Snowflake>();
  /** Which guild a channel or thread belongs to. */
  readonly channelGuild = new Map<Snowflake, Snowflake>();

  readonly permissions: Permissions;
  readonly audit: AuditLog;
  readonly guilds: Guilds;
  readonly channels: Channels;
  readonly threads: Threads;
  readonly roles: Roles;
  readonly members: Members;
  readonly messages: Messages;
  readonly voice: Voice;
  readonly invites: Invites;

  #botId: Snowflake;
  #botToken: string;
  #snowflakes: SnowflakeSource;
  #listeners = new Set<(event: WorldEvent) => void>();

  constructor(options: WorldOptions) {
    this.now = options.now ?? Date.now;
    this.application = options.application;
    this.#botId = options.bot.id;
    this.#botToken = options.botToken;
    this.#snowflakes = new SnowflakeSource(this.now);
    this.users.set(options.bot.id, options.bot);
    this.permissions = new Permissions(this.now);
    this.audit = new AuditLog(this);
    this.guilds = new Guilds(this);
    this.channels = new Channels(this);
    this.threads = new Threads(this);
    this.roles = new Roles(this);
    this.members = new Members(this);
    this.messages = new Messages(this);
    this.voice = new Voice(this);
    this.invites = new Invites(this);
  }

  get bot(): APIUser {
    return this.users.get(this.#botId) as APIUser;
  }

  get botToken(): string {
    return this.#botToken;
  }

  /** The bot that this token (without `Bot `) belongs to. */
  botByToken(token: string): APIUser | undefined {
    return token === this.#botToken ? this.bot : undefined;
  }

  snowflake(): Snowflake {
    return this.#snowflakes.next();
  }

  /** The time as Discord writes it. */
  timestamp(ms: number = this.now()): string {
    return new Date(ms).toISOString().replace('Z', '000+00:00');
  }

  /** Calls `listener` with every change from now on; the result ends it. */
  on(listener: (event: WorldEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: WorldEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** A guild's channel, a thread or a DM. */
  channel(id: Snowflake): AnyChannel | undefined {
    const guild = this.guildOfChannel(id);
    return guild === undefined ? this.dms.get(id) : (guild.channels.get(id) ?? guild.threads.get(id));
  }

  guildOfChannel(id: Snowflake): Guild | undefined {
    const guildId = this.channelGuild.get(id);
    return guildId === undefined ? undefined : this.guilds.get(guildId);
  }

  /** Makes a user who is in no guild yet. */
  createUser(user: { username: string; id?: Snowflake; globalName?: string | null; bot?: boolean }): APIUser {
    const made: APIUser = {
      id: user.id ?? this.snowflake(),
      username: user.username,
      discriminator: user.bot ? '0001' : '0',
      global_name: user.globalName ?? null,
      avatar: null,
      ...(user.bot && { bot: true }),
      public_flags: 0 as UserFlags,
    };
    this.users.set(made.id, made);
    return made;
  }

  /** The DM between the bot and this user, made on first use. */
  openDm(userId: Snowflake): DmChannel {
    for (const dm of this.dms.values()) if (dm.recipients[0]?.id === userId) return dm;
    const recipient = this.users.get(userId);
    if (recipient === undefined) throw new RangeError('no such user');
    const dm: DmChannel = {
      id: this.snowflake(),
      type: ChannelType.DM,
      last_message_id: null,
      recipients: [recipient],
      flags: 0,
    };
    this.dms.set(dm.id, dm);
    return dm;
  }

  /** Whether bot and user share a guild, without which no DM is delivered. */
  sharesGuild(userId: Snowflake): boolean {
    for (const guild of this.guilds.values()) {
      if (guild.members.has(userId) && guild.members.has(this.#botId)) return true;
    }
    return false;
  }

  /** A typing indicator. */
  type(channelId: Snowflake, userId: Snowflake): void {
    const guild = this.guildOfChannel(channelId);
    this.emit({
      t: 'TYPING_START',
      channelId,
      ...(guild && { guildId: guild.id }),
      data: {
        channel_id: channelId,
        user_id: userId,
        timestamp: Math.floor(this.now() / 1000),
        ...(guild && { guild_id: guild.id, member: guild.members.get(userId) }),
      },
    });
  }

  /** Tells of a changed guild channel or thread, once it stands in its map. */
  emitChannel(verb: 'CREATE' | 'UPDATE' | 'DELETE', channel: GuildChannel | Thread): void {
    const t = `${isThread(channel) ? 'THREAD' : 'CHANNEL'}_${verb}`;
    this.emit({ t, guildId: channel.guild_id, channelId: channel.id, data: wireChannel(channel) });
  }
}
