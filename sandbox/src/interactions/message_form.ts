/** Message bodies of callbacks and webhooks, checked as any message's. */
import * as spec from 'discord-api-spec/zod';
import { MessageFlags } from 'discord-api-types/v10';
import * as z from 'zod/mini';
import type { SeenMessage } from '../control/api.ts';
import { under } from '../rest/errors.ts';
import {
  type MessageForm,
  readMessageForm,
  requireContent,
  requireContentAfter,
  SETTABLE_FLAGS,
  withBotContent,
} from '../rest/message_form.ts';
import { type Call, form } from '../rest/route.ts';
import type { MessageDraft } from '../world/types.ts';

const FOLLOW_UP = withBotContent(spec.IncomingWebhookRequestPartialSchema);
const FOLLOW_UP_EDIT = withBotContent(spec.IncomingWebhookUpdateRequestPartialSchema);
const callback = (types: number[], data: z.ZodMiniType) =>
  z.object({ type: z.literal(types), data: z.optional(z.nullable(withBotContent(data))) });
/** Types 4 and 5 (whose message does not show yet), and 6 and 7. */
const ANSWER = callback([4, 5], spec.IncomingWebhookInteractionRequestSchema);
const UPDATE = callback([6, 7], spec.IncomingWebhookUpdateForInteractionCallbackRequestPartialSchema);

/** Answers may also be for one person alone. */
const SETTABLE = SETTABLE_FLAGS | MessageFlags.Ephemeral;

/** A callback's `data`, by the schema alone; `update` for types 6 and 7. @throws 50035 */
export function callbackForm(call: Call, update = false): MessageForm {
  return form<{ data?: MessageForm | null }>(call, update ? UPDATE : ANSWER).data ?? {};
}

/** The message in a callback's `data`; `before` is the one that it changes. @throws 50035, 50006 */
export function callbackDraft(call: Call, before?: SeenMessage): MessageDraft {
  const body = callbackForm(call, before !== undefined);
  return under(['data'], () => draftOf(call, body, before));
}

/** The message in the body of a follow-up, or of an edit of `before`. @throws 50035, 50006 */
export function webhookDraft(call: Call, before?: SeenMessage): MessageDraft {
  return draftOf(call, form<MessageForm>(call, before ? FOLLOW_UP_EDIT : FOLLOW_UP), before);
}

function draftOf(call: Call, body: MessageForm, before: SeenMessage | undefined): MessageDraft {
  const draft = readMessageForm(body, call.files, { settable: SETTABLE, before });
  if (before === undefined) requireContent(draft);
  else requireContentAfter(before, draft);
  return draft;
}
