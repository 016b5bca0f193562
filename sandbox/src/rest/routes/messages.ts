import type { FastifyInstance } from 'fastify';
import * as z from 'zod/mini';
import { ChannelType, MessageFlags } from 'discord-api-types/v10';
import type { APIMessage, MessageType } from 'discord-api-types/v10';
import type { SandboxContext } from '../../context.ts';
import { isThread } from '../../world/permissions.ts';
import { readable } from '../content.ts';
import { snowflakeTime } from '../../world/snowflake.ts';
import type { MessageDraft } from '../../world/types.ts';
import { isDm, messageOf, P, placeOf, placeWith, requireAll } from '../access.ts';
import type { Place } from '../access.ts';
import {
  archivedThread,
  badBulkCount,
  cannotDm,
  cannotExecuteOnDm,
  cannotSendInChannel,
  invalidField,
  missingPermissions,
  noMutualGuilds,
  noVoiceMessages,
  notAuthor,
  systemMessage,
  threadLocked,
  tooOldForBulkDelete,
  wrongChannelType,
} from '../errors.ts';
import {
  hasContent,
  MESSAGE_CREATE,
  MESSAGE_EDIT,
  readMessageForm,
  requireContent,
  requireContentAfter,
  unknownReference,
} from '../message_form.ts';
import type { MessageForm } from '../message_form.ts';
import { hiddenLimit } from '../hooks.ts';
import type { HiddenLimit } from '../hooks.ts';
import type { RateLimiter } from '../limiter.ts';
import { defineRoute, form, queryInt, querySnowflake } from '../route.ts';
import type { Call, RouteSpec } from '../route.ts';

const BULK_DELETE = z.object({ messages: z.array(z.string().check(z.regex(/^(0|[1-9][0-9]*)$/))) });
const BULK_AGE_MS = 14 * 86_400_000;
/** Messages that nobody may delete ("Message Types" in Discord's documentation). */
const UNDELETABLE = new Set<MessageType>([1, 2, 3, 4, 5, 21]);
/** Messages that somebody wrote: plain ones, replies, answers to commands, starts of threads. */
const REPLIABLE = new Set<MessageType>([0, 19, 20, 21, 23]);
const WORDLESS = new Set([ChannelType.GuildCategory, ChannelType.GuildForum, ChannelType.GuildMedia]);

const HOUR_MS = 3_600_000;
/** In each channel (discord-userdoccers, Resources/Message "Edit Message"; 30046 of Discord's own list of codes). */
const EDITS_OF_OLD: HiddenLimit = {
  limit: 3,
  perMs: 6_000,
  refusal: { code: 30046, message: 'Maximum number of edits to messages older than 1 hour reached.' },
};

export function messageRoutes(app: FastifyInstance, ctx: SandboxContext, limiter: RateLimiter): void {
  const list = '/channels/:channel_id/messages';
  const one = `${list}/:message_id`;
  const limit = { limit: 5, perMs: 5_000 };

  defineRoute(
    app,
    ctx,
    { method: 'GET', path: list, limit: { ...limit, bucket: 'messages read' } },
    (call) => {
      const { channel, granted } = placeOf(call);
      if (WORDLESS.has(channel.type)) throw cannotSendInChannel();
      const query = {
        limit: queryInt(call, 'limit', { min: 1, max: 100, fallback: 50 }),
        before: querySnowflake(call, 'before'),
        after: querySnowflake(call, 'after'),
        around: querySnowflake(call, 'around'),
      };
      // Without READ_MESSAGE_HISTORY there is nothing to see, which is no error.
      if ((granted & P.ReadMessageHistory) === 0n) return [];
      return call.world.messages.history(channel.id, query).map(readable(ctx));
    },
  );

  defineRoute(
    app,
    ctx,
    { method: 'GET', path: one, limit: { ...limit, bucket: 'messages read' } },
    (call) => {
      const { channel } = placeWith(call, P.ReadMessageHistory);
      return readable(ctx)(messageOf(call, channel.id));
    },
  );

  defineRoute(app, ctx, { method: 'POST', path: list, limit }, (call) => {
    const place = placeOf(call);
    requireSend(place);
    const body = form<MessageForm>(call, MESSAGE_CREATE);
    const draft = readMessageForm(body, call.files);
    requireContent(draft);
    requireParts(place, draft);
    checkReference(call, place, body, draft);
    requireRecipient(call, place);
    wake(call, place);
    return call.world.messages.create(place.channel.id, call.bot.id, withEmbedsIfAllowed(place, draft));
  });

  defineRoute(app, ctx, { method: 'PATCH', path: one, limit }, (call) => {
    const place = placeOf(call);
    const message = messageOf(call, place.channel.id);
    if (isThread(place.channel) && place.channel.thread_metadata.archived) throw archivedThread();
    requireUnlocked(place);
    const body = form<MessageForm>(call, MESSAGE_EDIT);
    if (message.author.id !== call.bot.id) {
      // Others' messages: only their embeds can be hidden, by a moderator.
      if (Object.keys(body).some((key) => key !== 'flags')) throw notAuthor();
      requireAll(place.granted, P.ManageMessages);
    }
    const draft = readMessageForm(body, call.files, { before: message });
    requireContentAfter(message, draft);
    requireParts(place, draft);
    if (call.world.now() - snowflakeTime(message.id) > HOUR_MS)
      hiddenLimit(limiter, `old edits ${place.channel.id}`, EDITS_OF_OLD);
    return call.world.messages.edit(place.channel.id, message.id, draft);
  });

  defineRoute(app, ctx, { method: 'DELETE', path: one, limitOf: deleteLimit(ctx) }, (call) => {
    const { channel, guild, granted } = placeOf(call);
    const message = messageOf(call, channel.id);
    if (message.author.id !== call.bot.id) {
      if (guild === undefined) throw cannotExecuteOnDm();
      requireAll(granted, P.ManageMessages);
    }
    if (UNDELETABLE.has(message.type)) throw systemMessage();
    requireUnlockedArchive({ channel, granted });
    call.world.messages.delete(channel.id, message.id, call.actor);
  });

  defineRoute(
    app,
    ctx,
    { method: 'POST', path: `${list}/bulk-delete`, limit: { limit: 1, perMs: 1_000 } },
    (call) => {
      const { channel, guild, granted } = placeOf(call);
      if (guild === undefined) throw cannotExecuteOnDm();
      requireAll(granted, P.ManageMessages);
      requireUnlockedArchive({ channel, granted });
      const { messages } = form<{ messages: string[] }>(call, BULK_DELETE);
      if (messages.length < 2 || messages.length > 100) throw badBulkCount();
      if (new Set(messages).size !== messages.length) {
        throw invalidField(
          ['messages'],
          'SET_TYPE_ALREADY_CONTAINS_VALUE',
          'The set already contains this value',
        );
      }
      if (messages.some((id) => call.world.now() - snowflakeTime(id) > BULK_AGE_MS))
        throw tooOldForBulkDelete();
      const known = messages.map((id) => call.world.messages.get(channel.id, id));
      if (known.some((message) => message !== undefined && UNDELETABLE.has(message.type)))
        throw systemMessage();
      call.world.messages.bulkDelete(guild, channel.id, messages, call.actor);
    },
  );

  defineRoute(
    app,
    ctx,
    { method: 'POST', path: `${one}/crosspost`, limit: { limit: 10, perMs: 3_600_000 } },
    (call) => {
      const { channel, granted } = placeOf(call);
      if (channel.type !== ChannelType.GuildAnnouncement) throw wrongChannelType();
      const message = messageOf(call, channel.id);
      requireAll(granted, message.author.id === call.bot.id ? P.SendMessages : P.ManageMessages);
      return call.world.messages.crosspost(channel.id, message.id);
    },
  );
}

const FRESH_MS = 10_000;

/**
 * Deleting has three buckets by the age of the message; an unknown one counts as fresh
 * (https://github.com/discord/discord-api-docs/issues/8330).
 */
const deleteLimit =
  ({ world }: SandboxContext): NonNullable<RouteSpec['limitOf']> =>
  ({ channel_id = '', message_id = '' }) => {
    const known = world.messages.get(channel_id, message_id) !== undefined;
    const age = known ? world.now() - snowflakeTime(message_id) : 0;
    if (age > BULK_AGE_MS) return { limit: 30, perMs: 4_000, bucket: 'old message delete' };
    if (age > FRESH_MS) return { limit: 3, perMs: 333, bucket: 'message delete' };
    return { limit: 5, perMs: 1_000, bucket: 'fresh message delete' };
  };

/** Bots do not write to each other, and to people only where they share a guild. */
function requireRecipient({ world }: Call, { channel }: Place): void {
  if (!isDm(channel)) return;
  const [recipient] = channel.recipients;
  if (recipient?.bot || world.closedDms.has(recipient?.id ?? '')) throw cannotDm();
  if (!world.sharesGuild(recipient?.id ?? '')) throw noMutualGuilds();
}

/** A message takes its thread out of the archive. */
function wake(call: Call, { channel }: Place): void {
  if (!isThread(channel) || !channel.thread_metadata.archived) return;
  call.world.threads.edit(channel.id, { thread_metadata: { archived: false } }, call.actor);
}

function requireSend({ channel, granted }: Place): void {
  if (WORDLESS.has(channel.type)) throw cannotSendInChannel();
  requireAll(granted, isThread(channel) ? P.SendMessagesInThreads : P.SendMessages);
  requireUnlocked({ channel, granted });
}

type ThreadPlace = Pick<Place, 'channel' | 'granted'>;

/** In a locked thread only moderators write and edit (Discord Docs/Threads, "Locked Threads"). @throws 160005 */
function requireUnlocked({ channel, granted }: ThreadPlace): void {
  if (!isThread(channel) || !channel.thread_metadata.locked) return;
  if ((granted & P.ManageThreads) === 0n) throw threadLocked();
}

/** From a locked one in the archive only moderators delete. @throws 160005 */
function requireUnlockedArchive(place: ThreadPlace): void {
  if (isThread(place.channel) && place.channel.thread_metadata.archived) requireUnlocked(place);
}

function requireParts({ granted, guild }: Place, draft: MessageDraft): void {
  if (guild === undefined) return;
  if ((draft.files ?? []).length > 0) requireAll(granted, P.AttachFiles);
  if (draft.tts) requireAll(granted, P.SendTTSMessages);
  const voice = ((draft.flags ?? 0) & MessageFlags.IsVoiceMessage) !== 0;
  if (voice && (granted & P.SendVoiceMessages) === 0n) throw noVoiceMessages();
}

/** Without EMBED_LINKS embeds are left out; a message of nothing else is refused. */
function withEmbedsIfAllowed({ granted, guild }: Place, draft: MessageDraft): MessageDraft {
  if (guild === undefined || (granted & P.EmbedLinks) !== 0n || (draft.embeds ?? []).length === 0)
    return draft;
  const bare = { ...draft, embeds: [] };
  if (!hasContent(bare)) throw missingPermissions();
  return bare;
}

/** A reply asks for the history, and for the message unless `fail_if_not_exists` is false. */
function checkReference(
  call: Call,
  { channel, granted }: Place,
  body: MessageForm,
  draft: MessageDraft,
): void {
  const reference = body.message_reference;
  if (reference == null) return;
  const forward = reference.type === 1;
  if (!forward && (granted & P.ReadMessageHistory) === 0n) {
    throw invalidField(
      ['message_reference'],
      'REPLIES_CANNOT_REPLY_WITHOUT_READ_MESSAGE_HISTORY',
      'Cannot reply without permission to read message history',
    );
  }
  const from = forward ? (reference.channel_id ?? channel.id) : channel.id;
  if (forward && from !== channel.id) requireAll(placeOf(call, from).granted, P.ReadMessageHistory);
  const target: APIMessage | undefined = call.world.messages.get(from, reference.message_id);
  if (target === undefined && (forward || reference.fail_if_not_exists !== false)) throw unknownReference();
  if (target === undefined) draft.reference = null;
  else if (!forward && !REPLIABLE.has(target.type)) {
    throw invalidField(
      ['message_reference'],
      'REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE',
      'Cannot reply to a system message',
    );
  }
}
