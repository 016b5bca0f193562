import type { FastifyInstance } from 'fastify';
import {
  CreateForumThreadRequestSchema,
  CreateTextThreadWithMessageRequestSchema,
  CreateTextThreadWithoutMessageRequestSchema,
} from 'discord-api-spec/zod';
import { ChannelType } from 'discord-api-types/v10';
import type { SandboxContext } from '../../context.ts';
import type { ThreadDraft } from '../../world/threads.ts';
import { wireChannel } from '../../world/wire.ts';
import { guildChannelWith, messageOf, P, requireAll } from '../access.ts';
import { wrongChannelType } from '../errors.ts';
import { readMessageForm, requireContent } from '../message_form.ts';
import type { MessageForm } from '../message_form.ts';
import { defineRoute, form } from '../route.ts';

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
}
