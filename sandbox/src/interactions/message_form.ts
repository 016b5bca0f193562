/** Message bodies of callbacks and webhooks, checked as any message's. */
import { MessageFlags } from 'discord-api-types/v10';
import type { SeenMessage } from '../control/api.ts';
import { DiscordError, invalidForm } from '../rest/errors.ts';
import { type MessageForm, readMessageForm, requireContent, SETTABLE_FLAGS } from '../rest/message_form.ts';
import { type Call, form } from '../rest/route.ts';
import type { Schema } from '../rest/schema.ts';
import type { MessageDraft } from '../world/types.ts';

/** Answers may also be for one person alone. */
const SETTABLE = SETTABLE_FLAGS | MessageFlags.Ephemeral;

/** The message in a callback's `data`; `before` is the one that it changes. @throws 50035, 50006 */
export function callbackDraft(call: Call, schema: Schema, before?: SeenMessage): MessageDraft {
  const { data } = form<{ data?: MessageForm | null }>(call, schema);
  try {
    return draftOf(call, data ?? {}, before);
  } catch (error) {
    if (error instanceof DiscordError && error.errors !== undefined)
      throw invalidForm({ data: error.errors });
    throw error;
  }
}

/** The message in the body of a follow-up, or of an edit of `before`. @throws 50035, 50006 */
export function webhookDraft(call: Call, schema: Schema, before?: SeenMessage): MessageDraft {
  return draftOf(call, form<MessageForm>(call, schema), before);
}

function draftOf(call: Call, body: MessageForm, before: SeenMessage | undefined): MessageDraft {
  const draft = readMessageForm(body, call.files, { settable: SETTABLE, presentFlags: before?.flags ?? 0 });
  if (before === undefined) requireContent(draft);
  return draft;
}
