/** The messages that answer an interaction: made, filled, edited, deleted, whether ephemeral or in the channel. */
import { ApplicationCommandType, InteractionType, MessageFlags, MessageType } from 'discord-api-types/v10';
import type { SeenMessage } from '../control/api.ts';
import { unknownMessage } from '../rest/errors.ts';
import type { MessageDraft, MessageExtras, Snowflake } from '../world/types.ts';
import type { Interactions } from './interactions.ts';
import { owners } from './payload.ts';
import type { Interaction } from './pending.ts';

/** Answers of interactions ping users alone unless told otherwise (Discord Docs/Message, "Allowed Mentions"). */
const DEFAULT_MENTIONS = { parse: ['users'], replied_user: false };

export class Answers {
  #interactions: Interactions;

  constructor(interactions: Interactions) {
    this.#interactions = interactions;
  }

  /** The first answer; `loading` says "is thinking" until it is filled. */
  original(interaction: Interaction, draft: MessageDraft, loading = false): SeenMessage {
    interaction.ephemeral = ((draft.flags ?? 0) & MessageFlags.Ephemeral) !== 0;
    const flags = (draft.flags ?? 0) | (loading ? MessageFlags.Loading : 0);
    const message = this.#create(interaction, { ...draft, flags });
    interaction.originalId = message.id;
    interaction.loading = loading;
    return message;
  }

  /** A further message; the first one after a deferral fills the placeholder instead (its flags are ignored). */
  followUp(interaction: Interaction, draft: MessageDraft): SeenMessage {
    const { originalId } = interaction;
    if (interaction.loading && originalId !== undefined) return this.edit(interaction, originalId, draft);
    const message = this.#create(interaction, draft);
    interaction.followUps.add(message.id);
    return message;
  }

  /** Changes the original, a follow-up, or the component's message. @throws 10008 */
  edit(interaction: Interaction, messageId: Snowflake, draft: MessageDraft): SeenMessage {
    const before = this.get(interaction, messageId);
    const { world, ephemerals } = this.#interactions;
    const filling = interaction.loading && messageId === interaction.originalId;
    const kept = (before.flags ?? 0) & (MessageFlags.Ephemeral | MessageFlags.IsComponentsV2);
    const changes: MessageDraft = {
      allowedMentions: DEFAULT_MENTIONS,
      ...withoutAbsent(draft),
      flags: ((draft.flags ?? before.flags ?? 0) & ~(MessageFlags.Loading | MessageFlags.Ephemeral)) | kept,
    };
    // Filling a placeholder does not count as an edit.
    const fields = filling ? { edited_timestamp: null } : {};
    let message: SeenMessage;
    if (before.ephemeralFor === undefined)
      message = world.messages.edit(before.channel_id, messageId, changes, fields);
    else {
      message = { ...world.messages.rebuild(before, changes), ...fields, ephemeralFor: before.ephemeralFor };
      ephemerals.put(message);
    }
    if (filling) interaction.loading = false;
    return message;
  }

  /** @throws 10008 */
  get(interaction: Interaction, messageId: Snowflake | undefined): SeenMessage {
    if (messageId === undefined) throw unknownMessage();
    const message = this.#interactions.message({ id: messageId, channel_id: interaction.channelId });
    if (message === undefined) throw unknownMessage();
    return message;
  }

  /** @throws 10008 */
  delete(interaction: Interaction, messageId: Snowflake): void {
    const message = this.get(interaction, messageId);
    const { world, ephemerals } = this.#interactions;
    if (message.ephemeralFor === undefined) world.messages.delete(message.channel_id, messageId);
    else ephemerals.delete(messageId);
    if (messageId === interaction.originalId) interaction.loading = false;
  }

  #create(interaction: Interaction, draft: MessageDraft): SeenMessage {
    const { world, ephemerals } = this.#interactions;
    const { source } = interaction;
    const full: MessageDraft = {
      allowedMentions: DEFAULT_MENTIONS,
      ...withoutAbsent(draft),
      ...(source !== undefined && { reference: { messageId: source.id } }),
    };
    const extras = this.#extras(interaction);
    if (((draft.flags ?? 0) & MessageFlags.Ephemeral) === 0) {
      return world.messages.create(interaction.channelId, world.bot.id, full, extras);
    }
    const built = world.messages.build(interaction.channelId, world.bot.id, full, extras);
    const message: SeenMessage = { ...built, ephemeralFor: interaction.userId };
    ephemerals.put(message);
    return message;
  }

  #extras(interaction: Interaction): MessageExtras {
    const { world } = this.#interactions;
    const { command, source } = interaction;
    const user = world.users.get(interaction.userId);
    return {
      application_id: world.application.id,
      webhook_id: world.application.id,
      ...(command !== undefined &&
        source === undefined && {
          type:
            command.type === ApplicationCommandType.ChatInput
              ? MessageType.ChatInputCommand
              : MessageType.ContextMenuCommand,
        }),
      ...(interaction.type === InteractionType.ApplicationCommand && {
        interaction: { id: interaction.id, type: interaction.type, name: command?.name ?? '', user },
      }),
      interaction_metadata: this.#metadata(interaction),
    } as MessageExtras;
  }

  #metadata(interaction: Interaction): object {
    const { world } = this.#interactions;
    const guild = interaction.guildId === undefined ? undefined : world.guilds.get(interaction.guildId);
    return {
      id: interaction.id,
      type: interaction.type,
      user: world.users.get(interaction.userId),
      authorizing_integration_owners: owners(guild),
      ...(interaction.type === InteractionType.ApplicationCommand && {
        name: interaction.command?.name,
        command_type: interaction.command?.type,
      }),
      ...(interaction.type === InteractionType.MessageComponent && {
        interacted_message_id: interaction.source?.id,
      }),
      ...(interaction.opener !== undefined && {
        triggering_interaction_metadata: this.#metadata(interaction.opener),
      }),
    };
  }
}

/** A draft without its undefined fields, so that defaults below it show. */
function withoutAbsent(draft: MessageDraft): MessageDraft {
  return Object.fromEntries(
    Object.entries(draft).filter(
      ([key, value]) => value !== undefined && !(key === 'allowedMentions' && value === null),
    ),
  );
}

/** A message as the API answers it. */
export function wire(message: SeenMessage): object {
  const { ephemeralFor: _, ...rest } = message;
  return rest;
}
