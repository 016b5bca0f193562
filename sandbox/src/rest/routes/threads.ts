import type { FastifyInstance } from 'fastify';
import {
  CreateForumThreadRequestSchema,
  CreateTextThreadWithMessageRequestSchema,
  CreateTextThreadWithoutMessageRequestSchema,
} from 'discord-api-spec/zod';
import { ChannelType, GatewayIntentBits } from 'discord-api-types/v10';
import type { SandboxContext } from '../../context.ts';
import { isThread } from '../../world/permissions.ts';
import { compareIds } from '../../world/snowflake.ts';
import type { ThreadDraft } from '../../world/threads.ts';
import type { Guild, Thread } from '../../world/types.ts';
import { wireChannel } from '../../world/wire.ts';
import { guildChannelWith, memberOf, messageOf, P, placeOf, requireAll } from '../access.ts';
import { archivedThread, missingAccess, unknownMember, wrongChannelType } from '../errors.ts';
import { readMessageForm, requireContent } from '../message_form.ts';
import type { MessageForm } from '../message_form.ts';
import { defineRoute, form, queryFlag, queryInt, querySnowflake } from '../route.ts';
import type { Call } from '../route.ts';

interface ThreadForm {
  name: string;
  type?: number | null;
  auto_archive_duration?: number | null;
  rate_limit_per_user?: number | null;
  invitable?: boolean | null;
  applied_tags?: string[] | null;
  message?: MessageForm;
}

const draftOf = (form: ThreadForm): ThreadDraft => ({
  name: form.name,
  ...(form.type != null && { type: form.type }),
  autoArchiveDuration: form.auto_archive_duration ?? undefined,
  rateLimitPerUser: form.rate_limit_per_user ?? undefined,
  invitable: form.invitable ?? undefined,
  appliedTags: form.applied_tags ?? undefined,
});

export function threadRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  const limit = { limit: 10, perMs: 60_000 };

  defineRoute(app, ctx, { method: 'POST', path: '/channels/:channel_id/threads', limit }, (call) => {
    const { channel, guild, granted } = guildChannelWith(call, P.ViewChannel);
    const forum = channel.type === ChannelType.GuildForum || channel.type === ChannelType.GuildMedia;
    if (!forum && channel.type !== ChannelType.GuildText && channel.type !== ChannelType.GuildAnnouncement) {
      throw wrongChannelType();
    }
    call.status = 201;
    if (forum) {
      requireAll(granted, P.SendMessages);
      const body = form<ThreadForm>(call, CreateForumThreadRequestSchema);
      const draft = readMessageForm(body.message ?? {}, call.files);
      requireContent(draft);
      const thread = call.world.threads.create(guild, channel, draftOf(body), call.actor);
      // A post's first message bears the id of its thread (Discord Docs/Topics/Threads, "Forums").
      const message = call.world.messages.create(thread.id, call.bot.id, draft, { id: thread.id });
      return { ...wireChannel(guild.threads.get(thread.id) ?? thread), message };
    }
    const body = form<ThreadForm>(call, CreateTextThreadWithoutMessageRequestSchema);
    // Without a message a thread is private unless it says otherwise.
    const type = body.type ?? ChannelType.PrivateThread;
    requireAll(granted, type === ChannelType.PrivateThread ? P.CreatePrivateThreads : P.CreatePublicThreads);
    return wireChannel(call.world.threads.create(guild, channel, { ...draftOf(body), type }, call.actor));
  });

  const onMessage = '/channels/:channel_id/messages/:message_id/threads';
  defineRoute(app, ctx, { method: 'POST', path: onMessage, limit }, (call) => {
    const { channel, guild } = guildChannelWith(call, P.CreatePublicThreads);
    const message = messageOf(call, channel.id);
    const body = form<ThreadForm>(call, CreateTextThreadWithMessageRequestSchema);
    call.status = 201;
    return wireChannel(call.world.threads.create(guild, channel, draftOf(body), call.actor, message));
  });
  threadMemberRoutes(app, ctx);
}

/** Who is in a thread. The bot comes and goes by itself; others it brings in or, as a moderator, sends out. */
function threadMemberRoutes(app: FastifyInstance, ctx: SandboxContext): void {
  const list = '/channels/:channel_id/thread-members';
  const one = `${list}/:user_id`;

  defineRoute(app, ctx, { method: 'GET', path: list }, (call) => {
    const { thread, guild } = threadOf(call);
    if ((ctx.weather.allowedIntents & GatewayIntentBits.GuildMembers) === 0) throw missingAccess();
    const limit = queryInt(call, 'limit', { min: 1, max: 100, fallback: 100 });
    const after = querySnowflake(call, 'after') ?? '0';
    const members = [...thread.threadMembers.values()]
      .filter(({ user_id = '0' }) => compareIds(user_id, after) > 0)
      .sort((a, b) => compareIds(a.user_id ?? '0', b.user_id ?? '0'))
      .slice(0, limit);
    if (!queryFlag(call, 'with_member')) return members;
    return members.map((one) => ({ ...one, member: guild.members.get(one.user_id ?? '') }));
  });
  defineRoute(app, ctx, { method: 'GET', path: one }, (call) => {
    const { thread } = threadOf(call);
    const member = thread.threadMembers.get(userOf(call));
    if (member === undefined) throw unknownMember();
    return member;
  });
  for (const path of [`${list}/@me`, one]) {
    defineRoute(app, ctx, { method: 'PUT', path }, (call) => {
      const { thread, guild, granted } = threadOf(call);
      requireOpen(thread);
      const userId = userOf(call);
      if (userId !== call.bot.id) {
        memberOf(call, guild);
        requireAll(granted, P.SendMessagesInThreads);
      }
      call.world.threads.addMember(thread.id, userId);
    });
    defineRoute(app, ctx, { method: 'DELETE', path }, (call) => {
      const { thread, granted } = threadOf(call);
      requireOpen(thread);
      const userId = userOf(call);
      const own = thread.type === ChannelType.PrivateThread && thread.owner_id === call.bot.id;
      if (userId !== call.bot.id && !own) requireAll(granted, P.ManageThreads);
      call.world.threads.removeMember(thread.id, userId);
    });
  }
}

/** The member that the path names, `@me` being the bot. */
const userOf = (call: Call): string => call.params['user_id'] ?? call.bot.id;

function threadOf(call: Call): { thread: Thread; guild: Guild; granted: bigint } {
  const { channel, guild, granted } = placeOf(call);
  if (guild === undefined || !isThread(channel)) throw wrongChannelType();
  return { thread: channel, guild, granted };
}

function requireOpen(thread: Thread): void {
  if (thread.thread_metadata.archived) throw archivedThread();
}
