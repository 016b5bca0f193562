/** A message's body beyond the schema: limits, what goes together, what is empty. Also for answers to interactions. */
import { MessageCreateRequestSchema, MessageEditRequestPartialSchema } from 'discord-api-spec/zod';
import { MessageFlags } from 'discord-api-types/v10';
import type { APIMessage } from 'discord-api-types/v10';
import * as z from 'zod/mini';
import { embedIsEmpty, embedLength } from '../world/message-parts.ts';
import type { AllowedMentions, MessageDraft, Snowflake, UploadedFile } from '../world/types.ts';
import { checkComponents } from './component_form.ts';
import {
  addFieldError,
  emptyMessage,
  invalidField,
  invalidForm,
  invalidSticker,
  voiceMessageContent,
  voiceMessageEdit,
  voiceMessageFile,
  voiceMessageMetadata,
} from './errors.ts';
import type { ErrorTree } from './errors.ts';

/** The checked body of a message, as the schema leaves it. */
export interface MessageForm {
  content?: string | null;
  embeds?: Record<string, unknown>[] | null;
  allowed_mentions?: AllowedMentions | null;
  sticker_ids?: Snowflake[] | null;
  components?: Record<string, unknown>[] | null;
  flags?: number | null;
  attachments?:
    | {
        id: Snowflake;
        filename?: string | null;
        description?: string | null;
        duration_secs?: number | null;
        waveform?: string | null;
      }[]
    | null;
  poll?: unknown;
  tts?: boolean | null;
  nonce?: string | number | null;
  enforce_nonce?: boolean | null;
  message_reference?: {
    message_id: Snowflake;
    channel_id?: Snowflake | null;
    type?: number | null;
    fail_if_not_exists?: boolean | null;
  } | null;
}

/**
 * A message's schema with a bot's bound of content: 2000 characters (checked below), where the schema counts
 * UTF-16 units and allows what the best subscription has.
 */
export const withBotContent = (schema: z.ZodMiniType): z.ZodMiniType =>
  z.extend(schema as z.ZodMiniObject, { content: z.optional(z.nullable(z.string())) });
export const MESSAGE_CREATE = withBotContent(MessageCreateRequestSchema);
export const MESSAGE_EDIT = withBotContent(MessageEditRequestPartialSchema);

const MAX_CONTENT = 2000;
const MAX_EMBED_TOTAL = 6000;

/** Flags that a message in a channel may be sent with; answers to interactions may add EPHEMERAL. */
export const SETTABLE_FLAGS =
  MessageFlags.SuppressEmbeds |
  MessageFlags.SuppressNotifications |
  MessageFlags.IsVoiceMessage |
  MessageFlags.IsComponentsV2;

/** Flags that an edit may change; IS_COMPONENTS_V2 is never taken away again. */
const EDITABLE_FLAGS = MessageFlags.SuppressEmbeds | MessageFlags.IsComponentsV2;

function flagsOf(form: MessageForm, settable: number, before: APIMessage | undefined): number | undefined {
  if (form.flags == null) return undefined;
  if (before === undefined) return form.flags & settable;
  return ((before.flags ?? 0) & ~MessageFlags.SuppressEmbeds) | (form.flags & EDITABLE_FLAGS);
}

/**
 * Checks the limits and turns the form into a draft. `before` is the message being edited.
 * @throws 50035, and 50081 and 50159 to 50162 for stickers and voice messages
 */
export function readMessageForm(
  form: MessageForm,
  files: UploadedFile[],
  { settable = SETTABLE_FLAGS, before }: { settable?: number; before?: APIMessage | undefined } = {},
): MessageDraft {
  const flags = flagsOf(form, settable, before);
  const v2 = ((flags ?? before?.flags ?? 0) & MessageFlags.IsComponentsV2) !== 0;
  const errors: ErrorTree = {};
  if (form.content != null && [...form.content].length > MAX_CONTENT) {
    const message = `Must be ${MAX_CONTENT} or fewer in length.`;
    addFieldError(errors, ['content'], { code: 'BASE_TYPE_MAX_LENGTH', message });
  }
  if (v2) refuseLegacyFields(form, before, errors);
  checkEmbeds(form.embeds ?? [], errors);
  checkAllowedMentions(form.allowed_mentions, errors);
  if (Object.keys(errors).length > 0) throw invalidForm(errors);
  if (form.components) checkComponents(form.components, v2, filenames(form, files, before));
  // No guild here has stickers.
  if ((form.sticker_ids ?? []).length > 0) throw invalidSticker();
  if (before === undefined && ((flags ?? 0) & MessageFlags.IsVoiceMessage) !== 0)
    checkVoiceMessage(form, files);
  if (((before?.flags ?? 0) & MessageFlags.IsVoiceMessage) !== 0) throw voiceMessageEdit();

  const reference = form.message_reference;
  return {
    content: form.content,
    embeds: form.embeds,
    components: form.components,
    flags,
    tts: form.tts,
    nonce: form.nonce,
    enforceNonce: form.enforce_nonce,
    allowedMentions: form.allowed_mentions,
    stickerIds: form.sticker_ids,
    files,
    attachments: form.attachments?.map(({ id, filename, description }) => ({
      id,
      ...(filename != null && { filename }),
      ...(description != null && { description }),
    })),
    reference: reference && {
      messageId: reference.message_id,
      ...(reference.channel_id != null && { channelId: reference.channel_id }),
      ...(reference.type != null && { type: reference.type }),
    },
  };
}

/** Whether the message would show anything. */
export const hasContent = (draft: MessageDraft): boolean =>
  (draft.content ?? '').trim() !== '' ||
  (draft.embeds ?? []).some((embed) => !embedIsEmpty(embed)) ||
  (draft.components ?? []).length > 0 ||
  (draft.stickerIds ?? []).length > 0 ||
  (draft.files ?? []).length > 0 ||
  draft.reference?.type === 1;

/** @throws 50006 when nothing would be shown */
export function requireContent(draft: MessageDraft): void {
  if (!hasContent(draft)) throw emptyMessage();
}

/** @throws 50006 when an edit leaves nothing to be shown */
export function requireContentAfter(before: APIMessage, draft: MessageDraft): void {
  const { content, embeds, components, attachments, files } = draft;
  // Flags alone take nothing away.
  if (
    content === undefined &&
    embeds === undefined &&
    components === undefined &&
    attachments === undefined
  ) {
    return;
  }
  const kept = attachments?.some(({ id }) => before.attachments.some((one) => one.id === id));
  if ((attachments === undefined ? before.attachments.length > 0 : kept) || before.sticker_items?.length)
    return;
  requireContent({
    content: content === undefined ? before.content : content,
    embeds: embeds === undefined ? before.embeds : embeds,
    components: components === undefined ? before.components : components,
    files,
  });
}

/** Names by which `attachment://` can mean a file of this message. */
function filenames(form: MessageForm, files: UploadedFile[], before: APIMessage | undefined): Set<string> {
  const named = [...(form.attachments ?? []), ...(before?.attachments ?? [])];
  return new Set([...files, ...named].flatMap(({ filename }) => filename ?? []));
}

/** A voice message is one audio file with its length and shape, and nothing else. */
function checkVoiceMessage(form: MessageForm, files: UploadedFile[]): void {
  const more = form.content || form.embeds?.length || form.components?.length || form.poll;
  if (more) throw voiceMessageContent();
  if (files.length !== 1 || !files[0]?.contentType.startsWith('audio/')) throw voiceMessageFile();
  const [described] = form.attachments ?? [];
  if (described?.duration_secs == null || !described.waveform) throw voiceMessageMetadata();
}

function refuseLegacyFields(form: MessageForm, before: APIMessage | undefined, errors: ErrorTree): void {
  const used = {
    content: Boolean(form.content === undefined ? before?.content : form.content),
    embeds: ((form.embeds === undefined ? before?.embeds : form.embeds) ?? []).length > 0,
    sticker_ids: (form.sticker_ids ?? []).length > 0,
    poll: form.poll != null,
  };
  for (const [key, isUsed] of Object.entries(used)) {
    if (!isUsed) continue;
    const code = 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2';
    const message = `The '${key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`;
    addFieldError(errors, [key], { code, message });
  }
}

type Json = Record<string, unknown>;

function checkEmbeds(embeds: Json[], errors: ErrorTree): void {
  const required = { code: 'BASE_TYPE_REQUIRED', message: 'This field is required' };
  const blank = (value: unknown) => typeof value !== 'string' || value.trim() === '';
  for (const [index, embed] of embeds.entries()) {
    if (embedIsEmpty(embed)) addFieldError(errors, ['embeds', index, 'description'], required);
    for (const [n, field] of ((embed['fields'] as Json[] | null | undefined) ?? []).entries()) {
      if (blank(field['name'])) addFieldError(errors, ['embeds', index, 'fields', n, 'name'], required);
      if (blank(field['value'])) addFieldError(errors, ['embeds', index, 'fields', n, 'value'], required);
    }
    const links: [PropertyKey[], unknown, boolean][] = [
      [['url'], embed['url'], false],
      [['image', 'url'], (embed['image'] as Json | null | undefined)?.['url'], true],
      [['thumbnail', 'url'], (embed['thumbnail'] as Json | null | undefined)?.['url'], true],
      [['footer', 'icon_url'], (embed['footer'] as Json | null | undefined)?.['icon_url'], true],
      [['author', 'icon_url'], (embed['author'] as Json | null | undefined)?.['icon_url'], true],
      [['author', 'url'], (embed['author'] as Json | null | undefined)?.['url'], false],
    ];
    for (const [path, link, mayAttach] of links) {
      const error = link == null || link === '' ? undefined : linkError(String(link), mayAttach);
      if (error) addFieldError(errors, ['embeds', index, ...path], error);
    }
  }
  if (embedLength(embeds) > MAX_EMBED_TOTAL) {
    const message = `Embed size exceeds maximum size of ${MAX_EMBED_TOTAL}`;
    addFieldError(errors, ['embeds'], { code: 'MAX_EMBED_SIZE_EXCEEDED', message });
  }
}

function linkError(link: string, mayAttach: boolean): { code: string; message: string } | undefined {
  const schemes = mayAttach ? ['http', 'https', 'attachment'] : ['http', 'https'];
  const scheme = URL.parse(link)?.protocol.slice(0, -1);
  if (scheme === undefined) return { code: 'URL_TYPE_INVALID_URL', message: 'Not a well formed URL.' };
  if (schemes.includes(scheme)) return undefined;
  const message = `Scheme "${scheme}" must be one of (${schemes.map((one) => `'${one}'`).join(', ')}).`;
  return { code: 'URL_TYPE_INVALID_SCHEME', message };
}

function checkAllowedMentions(allowed: AllowedMentions | null | undefined, errors: ErrorTree): void {
  for (const kind of ['parse', 'users', 'roles'] as const) {
    const values: string[] = allowed?.[kind] ?? [];
    values.forEach((value, index) => {
      if (values.indexOf(value) === index) return;
      addFieldError(errors, ['allowed_mentions', kind, index], {
        code: 'SET_TYPE_ALREADY_CONTAINS_VALUE',
        message: 'The set already contains this value',
      });
    });
  }
  for (const kind of ['users', 'roles'] as const) {
    if (!allowed?.parse?.includes(kind) || (allowed[kind] ?? []).length === 0) continue;
    addFieldError(errors, ['allowed_mentions'], {
      code: 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
      message: `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
    });
  }
}

/** @throws 50035 for a message to answer that is not there */
export function unknownReference(): Error {
  return invalidField(['message_reference'], 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message');
}
