import { GatewayIntentBits, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { Weather } from '../control/weather.ts';
import type { Guild, GuildChannel, Snowflake, Thread, WorldEvent } from '../world/types.ts';
import { wireChannel } from '../world/wire.ts';
import type { World } from '../world/world.ts';
import { intentsAllow } from './intents.ts';
import { withoutContent } from './message_content.ts';
import { guildCreate } from './payloads.ts';
import type { Presences } from './presences.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './session_store.ts';
import { obfuscate, Visibility } from './visibility.ts';

/** Events of a channel that only those who see it get. */
const OF_A_VISIBLE_CHANNEL =
  /^(MESSAGE_|THREAD_|TYPING_START|CHANNEL_PINS_UPDATE|VOICE_CHANNEL_|WEBHOOKS_UPDATE|INVITE_|STAGE_INSTANCE_)/;
/** Events that ask the bot for one of these permissions in the guild (Discord Docs/Gateway Events, each event's note). */
const NEEDS_PERMISSION = new Map<string, bigint>([
  ['GUILD_AUDIT_LOG_ENTRY_CREATE', P.ViewAuditLog],
  ['GUILD_BAN_ADD', P.BanMembers | P.ViewAuditLog],
  ['GUILD_BAN_REMOVE', P.BanMembers | P.ViewAuditLog],
]);
/** The same, in the channel of the event. */
const NEEDS_CHANNEL_PERMISSION = new Map<string, bigint>([
  ['INVITE_CREATE', P.ManageChannels],
  ['INVITE_DELETE', P.ManageChannels],
  ['WEBHOOKS_UPDATE', P.ManageWebhooks],
]);
interface ThreadMembersChange {
  added_members?: { user_id: Snowflake }[];
  removed_member_ids?: Snowflake[];
}
const WITH_CONTENT = new Set(['MESSAGE_CREATE', 'MESSAGE_UPDATE']);

/** Hands the world's events to the sessions, each as its shard, intents and permissions let it see them. */
export class Dispatcher {
  readonly visibility: Visibility;
  #world: World;
  #weather: Weather;
  #sessions: SessionStore;
  #presences: Presences;
  #unsubscribe: () => void;

  constructor(world: World, weather: Weather, sessions: SessionStore, presences: Presences) {
    this.#world = world;
    this.#weather = weather;
    this.#sessions = sessions;
    this.#presences = presences;
    this.visibility = new Visibility(world);
    for (const guild of world.guilds.values()) {
      if (guild.members.has(world.bot.id)) this.visibility.refresh(guild);
    }
    this.#unsubscribe = world.on((event) => this.#worldChanged(event));
  }

  close(): void {
    this.#unsubscribe();
  }

  /** Gives an event to every session of its shard whose intents ask for it. */
  dispatch(event: WorldEvent): void {
    const { t, guildId } = event;
    if (this.#weather.losesEvent(t, guildId)) return;
    const times = this.#weather.repeatsEvent(t, guildId) ? 2 : 1;
    // Sessions mostly get the very same object: serialise it once.
    let shared: string | undefined;
    for (const session of this.#sessions.all()) {
      if (!session.owns(guildId) || !this.#allowed(session, event)) continue;
      const data = WITH_CONTENT.has(t)
        ? withoutContent(event.data, session.intents, this.#world.bot.id)
        : event.data;
      const json = data === event.data ? (shared ??= JSON.stringify(data)) : JSON.stringify(data);
      for (let time = 0; time < times; time++) session.dispatch(t, json);
    }
  }

  /** GUILD_CREATE differs by session. */
  dispatchGuildCreate(session: Session, guild: Guild): void {
    if (!session.owns(guild.id) || !intentsAllow(session.intents, 'GUILD_CREATE', true, false)) return;
    session.dispatch(
      'GUILD_CREATE',
      JSON.stringify(guildCreate(this.#world, guild, session, this.#presences)),
    );
  }

  #allowed(session: Session, event: WorldEvent): boolean {
    // Of others in threads only GUILD_MEMBERS tells (Discord Docs/Gateway Events, "Thread Members Update").
    if (event.t === 'THREAD_MEMBERS_UPDATE' && !session.has(GatewayIntentBits.GuildMembers)) {
      const { added_members = [], removed_member_ids = [] } = event.data as ThreadMembersChange;
      const ids = [...added_members.map(({ user_id }) => user_id), ...removed_member_ids];
      if (!ids.includes(this.#world.bot.id)) return false;
    }
    return intentsAllow(session.intents, event.t, event.guildId !== undefined, this.#isOwnMember(event));
  }

  #isOwnMember({ data }: WorldEvent): boolean {
    const user = (data as { user?: { id?: Snowflake } } | null)?.user;
    return user?.id === this.#world.bot.id;
  }

  #worldChanged(event: WorldEvent): void {
    if (event.userId !== undefined && event.userId !== this.#world.bot.id) return;
    if (event.guildId === undefined) {
      this.dispatch(event);
      return;
    }
    const guild = this.#world.guilds.get(event.guildId);
    if (event.t === 'GUILD_CREATE' && guild !== undefined) {
      this.visibility.refresh(guild);
      for (const session of this.#sessions.all()) this.dispatchGuildCreate(session, guild);
      return;
    }
    // A guild that the bot is not in, or not in yet, tells it nothing.
    if (!this.visibility.knows(event.guildId)) return;
    if (event.t === 'GUILD_DELETE') {
      if ((event.data as { unavailable?: boolean }).unavailable !== true)
        this.visibility.forget(event.guildId);
      this.dispatch(event);
      return;
    }
    if (guild === undefined || guild.unavailable || !guild.members.has(this.#world.bot.id)) return;
    this.#guildChanged(guild, event);
  }

  #guildChanged(guild: Guild, event: WorldEvent): void {
    const { t, channelId } = event;
    const wasVisible = channelId !== undefined && this.visibility.sees(guild.id, channelId);
    const changed = this.#refresh(guild, event);

    if (t === 'CHANNEL_CREATE' || t === 'CHANNEL_UPDATE' || t === 'CHANNEL_DELETE') {
      const visible =
        t === 'CHANNEL_DELETE' ? wasVisible : this.visibility.sees(guild.id, channelId as Snowflake);
      this.dispatch(visible ? event : { ...event, data: obfuscate(event.data as GuildChannel) });
    } else if (
      this.#permitted(guild, event) &&
      (channelId === undefined || !OF_A_VISIBLE_CHANNEL.test(t) || this.#sees(guild, event))
    ) {
      this.dispatch(event);
    }
    for (const channel of changed) {
      const visible = this.visibility.sees(guild.id, channel.id);
      const told = t === 'CHANNEL_UPDATE' && channel.id === channelId;
      if (!told) {
        this.dispatch({
          t: 'CHANNEL_UPDATE',
          guildId: guild.id,
          channelId: channel.id,
          data: visible ? channel : obfuscate(channel),
        });
      }
      if (visible) this.#dispatchThreads(guild, channel);
    }
  }

  /** Who gains a channel learns which threads are active there (Discord Docs/Gateway Events, "Thread List Sync"). */
  #dispatchThreads(guild: Guild, channel: GuildChannel): void {
    const botId = this.#world.bot.id;
    const threads = [...guild.threads.values()].filter(
      (thread) =>
        thread.parent_id === channel.id &&
        !thread.thread_metadata.archived &&
        this.#world.permissions.canView(guild, thread, botId),
    );
    if (threads.length === 0) return;
    this.dispatch({
      t: 'THREAD_LIST_SYNC',
      guildId: guild.id,
      channelId: channel.id,
      data: {
        guild_id: guild.id,
        channel_ids: [channel.id],
        threads: threads.map(wireChannel),
        members: threads.flatMap((thread) => thread.threadMembers.get(botId) ?? []),
      },
    });
  }

  /** The channels that the event shows or hides. */
  #refresh(guild: Guild, event: WorldEvent): GuildChannel[] {
    if (event.t === 'CHANNEL_CREATE' || event.t === 'CHANNEL_DELETE')
      return this.visibility.refreshOne(guild, event.data as GuildChannel);
    return this.#changesVisibility(event) ? this.visibility.refresh(guild) : [];
  }

  #changesVisibility(event: WorldEvent): boolean {
    switch (event.t) {
      case 'CHANNEL_UPDATE':
      case 'GUILD_ROLE_UPDATE':
      case 'GUILD_ROLE_DELETE':
      case 'GUILD_UPDATE':
        return true;
      case 'GUILD_MEMBER_UPDATE':
        return this.#isOwnMember(event);
      case 'VOICE_STATE_UPDATE':
        return (event.data as { user_id: Snowflake }).user_id === this.#world.bot.id;
      default:
        return false;
    }
  }

  #permitted(guild: Guild, { t, channelId }: WorldEvent): boolean {
    const botId = this.#world.bot.id;
    const { permissions } = this.#world;
    const inGuild = NEEDS_PERMISSION.get(t);
    if (inGuild !== undefined) return (permissions.inGuild(guild, botId) & inGuild) !== 0n;
    const inChannel = NEEDS_CHANNEL_PERMISSION.get(t);
    const channel = guild.channels.get(channelId ?? '');
    if (inChannel === undefined || channel === undefined) return true;
    return (permissions.inChannel(guild, channel, botId) & inChannel) !== 0n;
  }

  #sees(guild: Guild, event: WorldEvent): boolean {
    const id = event.channelId as Snowflake;
    const thread = guild.threads.get(id);
    if (thread !== undefined) return this.#world.permissions.canView(guild, thread, this.#world.bot.id);
    if (guild.channels.has(id)) return this.visibility.sees(guild.id, id);
    // A deleted thread is judged by where it was.
    const parent = (event.data as Partial<Thread>).parent_id;
    return parent != null && this.visibility.sees(guild.id, parent);
  }
}
