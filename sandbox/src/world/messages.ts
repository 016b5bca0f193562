import { AuditLogEvent, ChannelType, MessageFlags, MessageType } from 'discord-api-types/v10';
import type { APIMessage } from 'discord-api-types/v10';
import { alreadyCrossposted, maxPins, unknownChannel, unknownMessage, unknownUser } from '../rest/errors.ts';
import { Attachments } from './attachments.ts';
import { findMentions, normalizeEmbeds, textOf, withComponentIds } from './message-parts.ts';
import { MessageStore } from './message-store.ts';
import type { HistoryQuery } from './message-store.ts';
import { isThread } from './permissions.ts';
import { Reactions } from './reactions.ts';
import { snowflakeTime } from './snowflake.ts';
import type { Actor, Guild, MessageDraft, MessageExtras, Snowflake } from './types.ts';
import { memberWithoutUser } from './wire.ts';
import type { World } from './world.ts';

const MAX_PINS = 250;
/** How long `enforce_nonce` recognises a nonce ("a few minutes" in Discord's words). */
const NONCE_MS = 5 * 60_000;
const MAX_NONCES = 10_000;

const suppressed = (flags: number | null | undefined): boolean =>
  ((flags ?? 0) & MessageFlags.SuppressEmbeds) !== 0;

export class Messages {
  readonly attachments: Attachments;
  readonly reactions: Reactions;
  #world: World;
  #stores = new Map<Snowflake, MessageStore>();
  #pinnedAt = new Map<Snowflake, string>();
  #nonces = new Map<string, { messageId: Snowflake; at: number }>();

  constructor(world: World) {
    this.#world = world;
    this.attachments = new Attachments(world);
    this.reactions = new Reactions(world);
  }

  get(channelId: Snowflake, messageId: Snowflake): APIMessage | undefined {
    return this.#stores.get(channelId)?.get(messageId);
  }

  /** Newest first. */
  history(channelId: Snowflake, query: HistoryQuery): APIMessage[] {
    return this.#stores.get(channelId)?.history(query) ?? [];
  }

  /** Makes a message without sending it (ephemeral ones are never in the channel). */
  build(
    channelId: Snowflake,
    authorId: Snowflake,
    draft: MessageDraft,
    extras: MessageExtras = {},
  ): APIMessage {
    const world = this.#world;
    const author = world.users.get(authorId);
    if (author === undefined) throw unknownUser();
    const content = (draft.content ?? '').trim();
    const attachments = this.attachments.resolve(channelId, draft);
    const referenced = draft.reference
      ? this.get(draft.reference.channelId ?? channelId, draft.reference.messageId)
      : undefined;
    const forward = draft.reference?.type === 1;
    const mentions = this.#mentions(channelId, authorId, draft, content);
    if (referenced && !forward && draft.allowedMentions?.replied_user !== false) {
      const pinged = draft.allowedMentions == null || draft.allowedMentions.replied_user === true;
      if (pinged && !mentions.users.some(({ id }) => id === referenced.author.id)) {
        mentions.users.push(referenced.author);
      }
    }
    return {
      type: referenced && !forward ? MessageType.Reply : MessageType.Default,
      ...extras,
      id: extras.id ?? world.snowflake(),
      channel_id: channelId,
      author,
      content,
      timestamp: world.timestamp(),
      edited_timestamp: null,
      tts: draft.tts ?? false,
      mention_everyone: mentions.everyone,
      mentions: mentions.users,
      mention_roles: mentions.roles,
      attachments,
      embeds: suppressed(draft.flags) ? [] : normalizeEmbeds(draft.embeds ?? [], attachments),
      components: withComponentIds(draft.components ?? []),
      pinned: false,
      flags: draft.flags ?? 0,
      ...(draft.reference && {
        message_reference: {
          type: draft.reference.type ?? 0,
          channel_id: draft.reference.channelId ?? channelId,
          message_id: draft.reference.messageId,
          ...this.#guildId(draft.reference.channelId ?? channelId),
        },
        ...(forward
          ? { message_snapshots: referenced ? [{ message: referenced }] : [] }
          : { referenced_message: referenced ?? null }),
      }),
    } as APIMessage;
  }

  /** Sends a message. With `enforceNonce`, one that was sent before comes back instead. */
  create(channelId: Snowflake, authorId: Snowflake, draft: MessageDraft, extras?: MessageExtras): APIMessage {
    const nonce = draft.nonce ?? undefined;
    const key = `${channelId} ${authorId} ${nonce}`;
    if (nonce !== undefined && draft.enforceNonce) {
      const known = this.#nonces.get(key);
      const existing =
        known && this.#world.now() - known.at < NONCE_MS && this.get(channelId, known.messageId);
      if (existing) return { ...existing, nonce };
    }
    const message = this.build(channelId, authorId, draft, extras);
    if (nonce !== undefined) this.#rememberNonce(key, message.id);
    this.insert(message);
    const sent = nonce === undefined ? message : { ...message, nonce };
    this.#emit('MESSAGE_CREATE', sent);
    return sent;
  }

  /** Puts a message into its channel, silently (the seed's history). */
  insert(message: APIMessage): void {
    let store = this.#stores.get(message.channel_id);
    if (store === undefined) this.#stores.set(message.channel_id, (store = new MessageStore()));
    store.put(message);
    this.#setLast(message.channel_id, { last_message_id: message.id });
  }

  /** Changes what the draft names (null clears) and forgets the old `allowed_mentions`; `fields` have the last word. */
  edit(
    channelId: Snowflake,
    messageId: Snowflake,
    draft: MessageDraft,
    fields: Partial<APIMessage> = {},
  ): APIMessage {
    const before = this.#get(channelId, messageId);
    const message = { ...this.rebuild(before, draft), ...fields } as APIMessage;
    this.#stores.get(channelId)?.put(message);
    this.#emit('MESSAGE_UPDATE', message);
    return message;
  }

  /** The message with the draft's changes, not stored. */
  rebuild(before: APIMessage, draft: MessageDraft): APIMessage {
    const content = draft.content === undefined ? before.content : (draft.content ?? '').trim();
    const attachments = this.attachments.resolve(before.channel_id, draft, before.attachments);
    const components =
      draft.components === undefined ? before.components : withComponentIds(draft.components ?? []);
    const mentions = this.#mentions(
      before.channel_id,
      before.author.id,
      { ...draft, components: components ?? [] },
      content,
    );
    const flags = draft.flags ?? before.flags ?? 0;
    const embeds =
      draft.embeds === undefined ? before.embeds : normalizeEmbeds(draft.embeds ?? [], attachments);
    const onlyFlags =
      draft.content === undefined && draft.embeds === undefined && draft.components === undefined;
    return {
      ...before,
      content,
      attachments,
      embeds: suppressed(flags) ? [] : embeds,
      ...(components && { components }),
      flags,
      ...(!onlyFlags && {
        mention_everyone: mentions.everyone,
        mentions: mentions.users,
        mention_roles: mentions.roles,
      }),
      edited_timestamp: this.#world.timestamp(),
    } as APIMessage;
  }

  /** An actor other than the author stands in the audit log. */
  delete(channelId: Snowflake, messageId: Snowflake, actor?: Actor): void {
    const message = this.#get(channelId, messageId);
    this.#stores.get(channelId)?.delete(messageId);
    this.#forget(messageId);
    const guild = this.#world.guildOfChannel(channelId);
    this.#world.emit({
      t: 'MESSAGE_DELETE',
      channelId,
      ...(guild && { guildId: guild.id }),
      data: { id: messageId, channel_id: channelId, ...this.#guildId(channelId) },
    });
    if (guild && actor && actor.userId !== message.author.id) {
      this.#world.audit.write(guild, actor, AuditLogEvent.MessageDelete, message.author.id, [], {
        channel_id: channelId,
        count: '1',
      });
    }
  }

  /** Deletes those of the ids that exist, in one event. */
  bulkDelete(guild: Guild, channelId: Snowflake, messageIds: Snowflake[], actor?: Actor): void {
    const store = this.#stores.get(channelId);
    const deleted = messageIds.filter((id) => store?.delete(id) !== undefined);
    if (deleted.length === 0) return;
    for (const id of deleted) this.#forget(id);
    this.#world.emit({
      t: 'MESSAGE_DELETE_BULK',
      guildId: guild.id,
      channelId,
      data: { ids: deleted, channel_id: channelId, guild_id: guild.id },
    });
    if (actor) {
      this.#world.audit.write(guild, actor, AuditLogEvent.MessageBulkDelete, channelId, [], {
        count: String(deleted.length),
      });
    }
  }

  /** What a ban removes. */
  deleteByAuthor(guild: Guild, authorId: Snowflake, sinceMs: number): void {
    for (const channelId of [...guild.channels.keys(), ...guild.threads.keys()]) {
      const ids = (this.#stores.get(channelId)?.all() ?? [])
        .filter(({ id, author }) => author.id === authorId && snowflakeTime(id) >= sinceMs)
        .map(({ id }) => id);
      this.bulkDelete(guild, channelId, ids);
    }
  }

  /** @throws 30003 */
  pin(channelId: Snowflake, messageId: Snowflake, actor: Actor): void {
    const message = this.#get(channelId, messageId);
    if (message.pinned) return;
    if (this.pins(channelId).length >= MAX_PINS) throw maxPins();
    this.#setPinned({ ...message, pinned: true }, actor, AuditLogEvent.MessagePin);
    const notice = this.build(channelId, actor.userId, {}, { type: MessageType.ChannelPinnedMessage });
    notice.message_reference = {
      type: 0,
      channel_id: channelId,
      message_id: messageId,
      ...this.#guildId(channelId),
    };
    this.insert(notice);
    this.#emit('MESSAGE_CREATE', notice);
  }

  unpin(channelId: Snowflake, messageId: Snowflake, actor: Actor): void {
    const message = this.#get(channelId, messageId);
    if (message.pinned) this.#setPinned({ ...message, pinned: false }, actor, AuditLogEvent.MessageUnpin);
  }

  /** The last one pinned first. */
  pins(channelId: Snowflake): { message: APIMessage; pinnedAt: string }[] {
    return (this.#stores.get(channelId)?.all() ?? [])
      .filter(({ pinned }) => pinned)
      .map((message) => ({ message, pinnedAt: this.#pinnedAt.get(message.id) ?? message.timestamp }))
      .sort((a, b) => Date.parse(b.pinnedAt) - Date.parse(a.pinnedAt));
  }

  /** Publishes a message of an announcement channel. @throws 40033 */
  crosspost(channelId: Snowflake, messageId: Snowflake): APIMessage {
    const message = this.#get(channelId, messageId);
    const flags = (message.flags ?? 0) as number;
    if ((flags & MessageFlags.Crossposted) !== 0) throw alreadyCrossposted();
    return this.#replace({ ...message, flags: flags | MessageFlags.Crossposted });
  }

  /** Replaces a stored message without telling anyone (reaction counts). */
  replaceSilently(message: APIMessage): void {
    this.#stores.get(message.channel_id)?.put(message);
  }

  forgetChannel(channelId: Snowflake): void {
    for (const { id } of this.#stores.get(channelId)?.all() ?? []) this.#forget(id);
    this.#stores.delete(channelId);
  }

  #forget(messageId: Snowflake): void {
    this.reactions.forget(messageId);
    this.#pinnedAt.delete(messageId);
  }

  #get(channelId: Snowflake, messageId: Snowflake): APIMessage {
    const message = this.get(channelId, messageId);
    if (message === undefined) throw unknownMessage();
    return message;
  }

  #replace(message: APIMessage): APIMessage {
    this.#stores.get(message.channel_id)?.put(message);
    this.#emit('MESSAGE_UPDATE', message);
    return message;
  }

  #setPinned(message: APIMessage, actor: Actor, action: AuditLogEvent): void {
    this.#replace(message);
    const guild = this.#world.guildOfChannel(message.channel_id);
    const at = message.pinned ? this.#world.timestamp() : null;
    if (at === null) this.#pinnedAt.delete(message.id);
    else this.#pinnedAt.set(message.id, at);
    this.#setLast(message.channel_id, { last_pin_timestamp: at });
    this.#world.emit({
      t: 'CHANNEL_PINS_UPDATE',
      channelId: message.channel_id,
      ...(guild && { guildId: guild.id }),
      data: { channel_id: message.channel_id, last_pin_timestamp: at, ...this.#guildId(message.channel_id) },
    });
    if (guild) {
      this.#world.audit.write(guild, actor, action, message.author.id, [], {
        channel_id: message.channel_id,
        message_id: message.id,
      });
    }
  }

  /** Keeps the channel's own fields up to date; Discord sends no CHANNEL_UPDATE for these. */
  #setLast(
    channelId: Snowflake,
    fields: { last_message_id?: Snowflake; last_pin_timestamp?: string | null },
  ): void {
    const channel = this.#world.channel(channelId);
    if (channel === undefined) throw unknownChannel();
    const guild = this.#world.guildOfChannel(channelId);
    if (guild === undefined) Object.assign(channel, fields);
    else if (isThread(channel)) {
      const sent = fields.last_message_id === undefined ? 0 : 1;
      guild.threads.set(channelId, {
        ...channel,
        ...fields,
        message_count: channel.message_count + sent,
        total_message_sent: channel.total_message_sent + sent,
      });
    } else if (channel.type !== ChannelType.DM) guild.channels.set(channelId, { ...channel, ...fields });
  }

  #guildId(channelId: Snowflake): { guild_id?: Snowflake } {
    const guildId = this.#world.channelGuild.get(channelId);
    return guildId === undefined ? {} : { guild_id: guildId };
  }

  #mentions(channelId: Snowflake, authorId: Snowflake, draft: MessageDraft, content: string) {
    const guild = this.#world.guildOfChannel(channelId);
    const channel = guild && this.#world.channel(channelId);
    const granted =
      guild && channel && channel.type !== ChannelType.DM
        ? this.#world.permissions.inChannel(guild, channel, authorId)
        : 0n;
    const written = textOf(content, draft.components ?? []);
    return findMentions(written, draft.allowedMentions, this.#world.users, guild, granted);
  }

  #emit(t: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE', message: APIMessage): void {
    const guild = this.#world.guildOfChannel(message.channel_id);
    const mentions = guild
      ? message.mentions.map((user) => ({ ...user, member: memberWithoutUser(guild, user.id) }))
      : message.mentions;
    const member = guild && message.webhook_id === undefined && memberWithoutUser(guild, message.author.id);
    this.#world.emit({
      t,
      channelId: message.channel_id,
      ...(guild && { guildId: guild.id }),
      data: {
        ...message,
        mentions,
        channel_type: this.#world.channel(message.channel_id)?.type,
        ...(guild && { guild_id: guild.id }),
        ...(member && { member }),
      },
    });
  }

  #rememberNonce(key: string, messageId: Snowflake): void {
    const now = this.#world.now();
    for (const [old, { at }] of this.#nonces) {
      if (now - at < NONCE_MS && this.#nonces.size < MAX_NONCES) break;
      this.#nonces.delete(old);
    }
    this.#nonces.delete(key);
    this.#nonces.set(key, { messageId, at: now });
  }
}
