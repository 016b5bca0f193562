/** Messages by an interaction's token: the original answer and follow-ups (Discord Docs/Receiving and Responding). */
import type { FastifyInstance } from 'fastify';
import { InteractionResponseType } from 'discord-api-types/v10';
import type { SandboxContext } from '../context.ts';
import { DiscordError, unknownMessage, unknownWebhook } from '../rest/errors.ts';
import { type Call, defineRoute, type RouteSpec } from '../rest/route.ts';
import { Answers, wire } from './answers.ts';
import type { Interactions } from './interactions.ts';
import { webhookDraft } from './message_form.ts';
import type { Interaction } from './pending.ts';

const BASE = '/webhooks/:webhook_id/:token';
const ONE = `${BASE}/messages/:message`;
const ORIGINAL = '@original';
/** Answers that leave nothing behind which `@original` could mean. */
const WITHOUT_MESSAGE = new Set<number | null>([
  InteractionResponseType.ApplicationCommandAutocompleteResult,
  InteractionResponseType.Pong,
]);

export function followUpRoutes(app: FastifyInstance, ctx: SandboxContext, interactions: Interactions): void {
  const answers = new Answers(interactions);
  const route = (
    method: RouteSpec['method'],
    path: string,
    handler: (call: Call, interaction: Interaction) => unknown,
  ) =>
    defineRoute(
      app,
      ctx,
      { method, path, auth: 'none', global: false, limit: { limit: 5, perMs: 2_000 } },
      (call) => {
        const interaction = interactionOf(interactions, call);
        try {
          return handler(call, interaction);
        } catch (error) {
          if (error instanceof DiscordError)
            interactions.record('refused', interaction, { data: error.body() });
          throw error;
        }
      },
    );

  route('POST', BASE, (call, interaction) => {
    const message = wire(answers.followUp(interaction, webhookDraft(call)));
    interactions.record('followup', interaction, { data: message });
    interactions.pending.changed(interaction);
    return message;
  });
  route('GET', ONE, (call, interaction) => wire(answers.get(interaction, messageIdOf(call, interaction))));
  route('PATCH', ONE, (call, interaction) => {
    const id = messageIdOf(call, interaction);
    const before = answers.get(interaction, id);
    const draft = webhookDraft(call, before);
    const message = wire(answers.edit(interaction, before.id, draft));
    interactions.record('edited', interaction, { data: message });
    interactions.pending.changed(interaction);
    return message;
  });
  route('DELETE', ONE, (call, interaction) => {
    const id = messageIdOf(call, interaction);
    answers.delete(interaction, id);
    interactions.record('deleted', interaction, { data: { id } });
    interactions.pending.changed(interaction);
  });
}

/** The interaction whose token this is, once it was answered. @throws 10015, 50027 */
function interactionOf({ pending, world }: Interactions, call: Call): Interaction {
  if (call.params['webhook_id'] !== world.application.id) throw unknownWebhook();
  const interaction = pending.withToken(call.params['token'] ?? '');
  if (interaction === undefined || pending.tokenExpired(interaction)) {
    throw new DiscordError(401, 50027, 'Invalid Webhook Token');
  }
  if (interaction.callbackType === null || WITHOUT_MESSAGE.has(interaction.callbackType))
    throw unknownWebhook();
  return interaction;
}

/** Only what the interaction itself brought about can be reached by its token. @throws 10008 */
function messageIdOf(call: Call, interaction: Interaction): string {
  const name = call.params['message'] ?? '';
  const id = name === ORIGINAL ? interaction.originalId : name;
  if (id === undefined || (id !== interaction.originalId && !interaction.followUps.has(id)))
    throw unknownMessage();
  return id;
}
