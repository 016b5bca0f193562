/** The first answer to an interaction (Discord Docs/Receiving and Responding, "Interaction Callback"). */
import type { FastifyInstance } from 'fastify';
import { InteractionResponseType as R, InteractionType as T, MessageFlags } from 'discord-api-types/v10';
import * as spec from 'discord-api-spec/zod';
import type { SeenMessage } from '../control/api.ts';
import type { SandboxContext } from '../context.ts';
import {
  alreadyAcknowledged,
  DiscordError,
  invalidField,
  under,
  unknownInteraction,
} from '../rest/errors.ts';
import { type Call, defineRoute, form, queryFlag } from '../rest/route.ts';
import { Answers, wire } from './answers.ts';
import { isObject, readChoices } from './commands/validate.ts';
import type { Interactions } from './interactions.ts';
import { callbackDraft, callbackForm } from './message_form.ts';
import { checkModal } from './modal_form.ts';
import type { Interaction } from './pending.ts';

/** Which answers an interaction takes; 6 and 7 of a modal only when it came from a message. */
function allowed({ type, source }: Interaction): number[] {
  switch (type) {
    case T.ApplicationCommand:
      return [R.ChannelMessageWithSource, R.DeferredChannelMessageWithSource, R.Modal];
    case T.MessageComponent:
      return [
        R.ChannelMessageWithSource,
        R.DeferredChannelMessageWithSource,
        R.DeferredMessageUpdate,
        R.UpdateMessage,
        R.Modal,
      ];
    case T.ApplicationCommandAutocomplete:
      return [R.ApplicationCommandAutocompleteResult];
    case T.ModalSubmit:
      return source === undefined
        ? [R.ChannelMessageWithSource, R.DeferredChannelMessageWithSource]
        : [
            R.ChannelMessageWithSource,
            R.DeferredChannelMessageWithSource,
            R.DeferredMessageUpdate,
            R.UpdateMessage,
          ];
    default:
      return [R.Pong];
  }
}

export function callbackRoutes(app: FastifyInstance, ctx: SandboxContext, interactions: Interactions): void {
  const answers = new Answers(interactions);
  const path = '/interactions/:interaction_id/:token/callback';
  defineRoute(app, ctx, { method: 'POST', path, auth: 'none', global: false }, (call) => {
    const interaction = interactions.pending.get(call.params['interaction_id'] ?? '');
    if (interaction === undefined || interaction.token !== call.params['token']) throw unknownInteraction();
    try {
      const message = answer(call, interactions, answers, interaction);
      if (!queryFlag(call, 'with_response')) return undefined;
      return withResponse(interaction, message);
    } catch (error) {
      if (error instanceof DiscordError) interactions.record('refused', interaction, { data: error.body() });
      throw error;
    }
  });
}

/** Carries the answer out; the message that it made or changed. */
function answer(
  call: Call,
  interactions: Interactions,
  answers: Answers,
  interaction: Interaction,
): SeenMessage | undefined {
  if (interaction.callbackType !== null) throw alreadyAcknowledged();
  if (interactions.pending.tooLate(interaction)) throw unknownInteraction();
  const body = call.raw;
  const type = isObject(body) ? Number(body.type) : Number.NaN;
  const choices = allowed(interaction);
  if (!choices.includes(type)) {
    throw isObject(body) && body.type !== undefined
      ? invalidField(['type'], 'BASE_TYPE_CHOICES', `Value must be one of {${choices.join(', ')}}.`)
      : invalidField(['type'], 'BASE_TYPE_REQUIRED', 'This field is required');
  }
  const message = carryOut(call, answers, interaction, type);
  interaction.callbackType = type;
  interactions.record('callback', interaction, {
    callbackType: type,
    data: (body as { data?: unknown }).data,
  });
  interactions.pending.changed(interaction);
  return message;
}

function carryOut(
  call: Call,
  answers: Answers,
  interaction: Interaction,
  type: number,
): SeenMessage | undefined {
  switch (type) {
    case R.ChannelMessageWithSource:
      return answers.original(interaction, callbackDraft(call));
    case R.DeferredChannelMessageWithSource: {
      // Of a deferral only EPHEMERAL counts.
      const flags = (callbackForm(call).flags ?? 0) & MessageFlags.Ephemeral;
      return answers.original(interaction, { flags }, true);
    }
    case R.DeferredMessageUpdate: {
      callbackForm(call, true);
      const { source } = interaction;
      if (source !== undefined) interaction.originalId = source.id;
      return undefined;
    }
    case R.UpdateMessage: {
      const source = answers.get(interaction, interaction.source?.id);
      const draft = callbackDraft(call, source);
      interaction.originalId = source.id;
      return answers.edit(interaction, source.id, draft);
    }
    case R.ApplicationCommandAutocompleteResult: {
      const { data } = call.raw as { data?: unknown };
      interaction.choices = under(['data'], () => readChoices(data, interaction.focusedType ?? 0));
      return undefined;
    }
    default: {
      const { data } = form<{ data: unknown }>(call, spec.ModalInteractionCallbackRequestSchema);
      interaction.modal = checkModal(data, (call.raw as { data: unknown }).data);
      return undefined;
    }
  }
}

/** The body of `with_response=true`. */
function withResponse(interaction: Interaction, message: SeenMessage | undefined): object {
  const { callbackType: type, originalId } = interaction;
  const made = type === R.ChannelMessageWithSource || type === R.DeferredChannelMessageWithSource;
  return {
    interaction: {
      id: interaction.id,
      type: interaction.type,
      channel_id: interaction.channelId,
      ...(interaction.guildId !== undefined && { guild_id: interaction.guildId }),
      ...(made && {
        response_message_id: originalId,
        response_message_loading: interaction.loading,
        response_message_ephemeral: interaction.ephemeral,
      }),
    },
    resource: { type, ...(message !== undefined && { message: wire(message) }) },
  };
}
