import { AuditLogEvent, ChannelType } from 'discord-api-types/v10';
import type { APIMessage, ThreadMemberFlags } from 'discord-api-types/v10';
import { threadExists, unknownChannel } from '../rest/errors.ts';
import { auditChanges } from './audit.ts';
import type { Actor, Guild, GuildChannel, Snowflake, Thread } from './types.ts';
import { wireChannel } from './wire.ts';
import type { World } from './world.ts';

export interface ThreadDraft {
  name: string;
  type?: ChannelType;
  autoArchiveDuration?: number | undefined;
  rateLimitPerUser?: number | undefined;
  invitable?: boolean | undefined;
  appliedTags?: Snowflake[] | undefined;
}

export class Threads {
  #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A thread, on `message` (whose id it takes) or on its own. @throws 160004 */
  create(guild: Guild, parent: GuildChannel, draft: ThreadDraft, actor: Actor, message?: APIMessage): Thread {
    if (message !== undefined && guild.threads.has(message.id)) throw threadExists();
    const announcement = parent.type === ChannelType.GuildAnnouncement;
    const type =
      message !== undefined || draft.type === undefined
        ? announcement
          ? ChannelType.AnnouncementThread
          : ChannelType.PublicThread
        : draft.type;
    const at = this.#world.timestamp();
    const thread: Thread = {
      id: message?.id ?? this.#world.snowflake(),
      type,
      guild_id: guild.id,
      name: draft.name,
      parent_id: parent.id,
      owner_id: actor.userId,
      flags: 0,
      last_message_id: null,
      rate_limit_per_user: draft.rateLimitPerUser ?? parent.default_thread_rate_limit_per_user ?? 0,
      thread_metadata: {
        archived: false,
        auto_archive_duration: draft.autoArchiveDuration ?? parent.default_auto_archive_duration ?? 4320,
        archive_timestamp: at,
        locked: false,
        create_timestamp: at,
        ...(type === ChannelType.PrivateThread && { invitable: draft.invitable ?? true }),
      },
      message_count: 0,
      total_message_sent: 0,
      member_count: 1,
      ...(draft.appliedTags && { applied_tags: draft.appliedTags }),
      threadMembers: new Map(),
    };
    thread.threadMembers.set(actor.userId, {
      id: thread.id,
      user_id: actor.userId,
      join_timestamp: at,
      flags: 0 as ThreadMemberFlags,
    });
    guild.threads.set(thread.id, thread);
    this.#world.channelGuild.set(thread.id, guild.id);
    this.#world.emit({
      t: 'THREAD_CREATE',
      guildId: guild.id,
      channelId: thread.id,
      data: { ...wireChannel(thread), newly_created: true },
    });
    this.#world.audit.write(guild, actor, AuditLogEvent.ThreadCreate, thread.id, [
      { key: 'name', new_value: thread.name },
      { key: 'type', new_value: thread.type },
    ]);
    return thread;
  }

  edit(
    threadId: Snowflake,
    changes: Partial<Pick<Thread, 'name' | 'rate_limit_per_user' | 'flags' | 'applied_tags'>> & {
      thread_metadata?: Partial<Thread['thread_metadata']>;
    },
    actor: Actor,
  ): Thread {
    const { guild, thread: before } = this.#get(threadId);
    const metadata = { ...before.thread_metadata, ...changes.thread_metadata };
    if (metadata.archived !== before.thread_metadata.archived) {
      metadata.archive_timestamp = this.#world.timestamp();
    }
    const thread: Thread = { ...before, ...changes, thread_metadata: metadata };
    guild.threads.set(threadId, thread);
    this.#world.emitChannel('UPDATE', thread);
    const changed = auditChanges<Thread>(before, thread, [
      'name',
      'rate_limit_per_user',
      'flags',
      'thread_metadata',
    ]);
    if (changed.length > 0) {
      this.#world.audit.write(guild, actor, AuditLogEvent.ThreadUpdate, threadId, changed);
    }
    return thread;
  }

  /** Someone comes in; nothing happens to who is in. */
  addMember(threadId: Snowflake, userId: Snowflake): void {
    const { thread } = this.#get(threadId);
    if (thread.threadMembers.has(userId)) return;
    const member = {
      id: threadId,
      user_id: userId,
      join_timestamp: this.#world.timestamp(),
      flags: 0 as ThreadMemberFlags,
    };
    this.#setMembers(threadId, new Map(thread.threadMembers).set(userId, member), {
      added_members: [member],
    });
  }

  /** Someone goes; nothing happens to who is not in. */
  removeMember(threadId: Snowflake, userId: Snowflake): void {
    const { thread } = this.#get(threadId);
    if (!thread.threadMembers.has(userId)) return;
    const members = new Map(thread.threadMembers);
    members.delete(userId);
    this.#setMembers(threadId, members, { removed_member_ids: [userId] });
  }

  #setMembers(threadId: Snowflake, threadMembers: Thread['threadMembers'], change: object): void {
    const { guild, thread } = this.#get(threadId);
    // Discord counts no further than 50.
    const member_count = Math.min(threadMembers.size, 50);
    guild.threads.set(threadId, { ...thread, threadMembers, member_count });
    this.#world.emit({
      t: 'THREAD_MEMBERS_UPDATE',
      guildId: guild.id,
      channelId: threadId,
      data: { id: threadId, guild_id: guild.id, member_count, ...change },
    });
  }

  delete(threadId: Snowflake, actor: Actor): Thread {
    const { guild, thread } = this.#get(threadId);
    this.#forget(guild, threadId);
    this.#world.emit({
      t: 'THREAD_DELETE',
      guildId: guild.id,
      channelId: threadId,
      data: { id: thread.id, guild_id: guild.id, parent_id: thread.parent_id, type: thread.type },
    });
    this.#world.audit.write(guild, actor, AuditLogEvent.ThreadDelete, threadId, [
      { key: 'name', old_value: thread.name },
    ]);
    return thread;
  }

  /** A deleted channel takes its threads along, untold: clients drop them by themselves. */
  forgetParent(guild: Guild, parentId: Snowflake): void {
    for (const thread of guild.threads.values()) {
      if (thread.parent_id === parentId) this.#forget(guild, thread.id);
    }
  }

  #forget(guild: Guild, threadId: Snowflake): void {
    guild.threads.delete(threadId);
    this.#world.channelGuild.delete(threadId);
    this.#world.messages.forgetChannel(threadId);
  }

  #get(threadId: Snowflake): { guild: Guild; thread: Thread } {
    const guild = this.#world.guildOfChannel(threadId);
    const thread = guild?.threads.get(threadId);
    if (guild === undefined || thread === undefined) throw unknownChannel();
    return { guild, thread };
  }
}
