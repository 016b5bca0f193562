import { ApplicationCommandType, InteractionType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { InteractionOutcome, PeopleVerbs, SeenMessage } from '../control/api.ts';
import { malformed, notFound, refused } from '../control/errors.ts';
import type { NewSandboxEvent } from '../control/stream.ts';
import type { SandboxContext } from '../context.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Snowflake } from '../world/types.ts';
import type { World } from '../world/world.ts';
import { CommandRegistry } from './commands/registry.ts';
import type { Command } from './commands/types.ts';
import { choiceData, clickData, type Component } from './components.ts';
import { Ephemerals } from './ephemerals.ts';
import { DISCORD_INTERACTION_LIMITS, type InteractionLimits } from './limits.ts';
import { submittedComponents } from './modal_submit.ts';
import { invocation, type OptionInput } from './options.ts';
import { interactionPayload, permissionsOf, type Place, placeFor } from './payload.ts';
import { type Interaction, newToken, PendingInteractions } from './pending.ts';
import { Resolver } from './resolve.ts';

/** A verb's body; what may be absent may be undefined too. */
type Body<V extends keyof PeopleVerbs> = AllowUndefined<PeopleVerbs[V][0]>;
type AllowUndefined<T> = { [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] };
type What = Extract<NewSandboxEvent, { type: 'interaction' }>['what'];

/** What people do that the application answers, and the state of those interactions. */
export class Interactions {
  readonly world: World;
  readonly commands: CommandRegistry;
  readonly pending: PendingInteractions;
  readonly ephemerals: Ephemerals;
  readonly limits: InteractionLimits;
  #ctx: SandboxContext;
  #gateway: Gateway;

  constructor(ctx: SandboxContext, gateway: Gateway) {
    this.#ctx = ctx;
    this.#gateway = gateway;
    this.world = ctx.world;
    this.limits = { ...DISCORD_INTERACTION_LIMITS, ...ctx.options.interactionLimits };
    this.commands = new CommandRegistry(ctx.world);
    this.pending = new PendingInteractions(this.limits, ctx.world.now);
    this.ephemerals = new Ephemerals(this.limits.maxKept);
  }

  /** A person runs a command. @throws ControlError when they could not */
  async command(body: Body<'command'>): Promise<InteractionOutcome> {
    const place = this.#place(body.channelId, body.userId);
    const command = this.#usable(body, place);
    const resolver = this.#resolver(place, body.userId);
    const base = { id: command.id, name: command.name, type: command.type, ...guildOf(command) };
    if (command.type !== ApplicationCommandType.ChatInput) {
      const target = body.target ?? '';
      const known =
        command.type === ApplicationCommandType.User
          ? resolver.user(target)
          : resolver.message(place.channel.id, target);
      if (!known) throw notFound('target');
      const interaction = this.#create(InteractionType.ApplicationCommand, body, place, { command });
      this.#send(interaction, place, { ...base, target_id: target, ...resolver.result() }, body.locale);
      return this.#outcome(interaction, body.waitForFinal);
    }
    const { options, fullName } = invocation(command, body.subcommand, body.options ?? {}, resolver);
    const interaction = this.#create(InteractionType.ApplicationCommand, body, place, { command, fullName });
    this.#send(
      interaction,
      place,
      { ...base, ...(options.length > 0 && { options }), ...resolver.result() },
      body.locale,
    );
    return this.#outcome(interaction, body.waitForFinal);
  }

  /** A person types into an option that completes. */
  async autocomplete(body: Body<'autocomplete'>): Promise<InteractionOutcome> {
    const place = this.#place(body.channelId, body.userId);
    const command = this.#usable(body, place);
    const resolver = this.#resolver(place, body.userId);
    const given: Record<string, OptionInput> = { [body.focused]: '', ...body.options };
    const { options, focusedType } = invocation(command, body.subcommand, given, resolver, body.focused);
    const interaction = this.#create(InteractionType.ApplicationCommandAutocomplete, body, place, {
      command,
    });
    if (focusedType !== undefined) interaction.focusedType = focusedType;
    const data = { id: command.id, name: command.name, type: command.type, ...guildOf(command), options };
    this.#send(interaction, place, { ...data, ...resolver.result() }, body.locale);
    return this.#outcome(interaction);
  }

  /** A person clicks a button. */
  async click(body: Body<'click'>): Promise<InteractionOutcome> {
    const { place, source, components } = this.#messageWith(body);
    const data = clickData(components, body.customId);
    const interaction = this.#create(InteractionType.MessageComponent, body, place, { source });
    this.#send(interaction, place, data, body.locale);
    return this.#outcome(interaction, body.waitForFinal);
  }

  /** A person chooses in a select menu. */
  async choose(body: Body<'choose'>): Promise<InteractionOutcome> {
    const { place, source, components } = this.#messageWith(body);
    const data = choiceData(components, body.customId, body.values, this.#resolver(place, body.userId));
    const interaction = this.#create(InteractionType.MessageComponent, body, place, { source });
    this.#send(interaction, place, data, body.locale);
    return this.#outcome(interaction, body.waitForFinal);
  }

  /** A person submits the modal that an interaction of theirs was answered with. */
  async submitModal(body: Body<'submit-modal'>): Promise<InteractionOutcome> {
    const opener = this.pending.get(body.interactionId);
    if (opener?.modal === undefined || opener.userId !== body.userId) throw notFound('modal');
    if (opener.modalSubmitted) throw refused('that modal was submitted before');
    const place = this.#place(opener.channelId, body.userId);
    const resolver = this.#resolver(place, body.userId);
    const components = submittedComponents(
      opener.modal.components as unknown as Component[],
      body.values,
      resolver,
    );
    opener.modalSubmitted = true;
    const source = opener.source === undefined ? undefined : (this.message(opener.source) ?? opener.source);
    const interaction = this.#create(
      InteractionType.ModalSubmit,
      body,
      place,
      source === undefined ? {} : { source },
    );
    interaction.opener = opener;
    interaction.command = opener.command;
    const data = { custom_id: opener.modal.custom_id, components, ...resolver.result() };
    this.#send(interaction, place, data, body.locale);
    return this.#outcome(interaction, body.waitForFinal);
  }

  /** The message as it now stands, ephemeral or not; undefined once deleted. */
  message({ id, channel_id: channelId }: { id: Snowflake; channel_id: Snowflake }): SeenMessage | undefined {
    return this.ephemerals.get(id) ?? this.world.messages.get(channelId, id);
  }

  record(what: What, interaction: Interaction, more: { callbackType?: number; data?: unknown } = {}): void {
    this.#ctx.stream.push({
      type: 'interaction',
      what,
      interactionId: interaction.id,
      userId: interaction.userId,
      ...more,
    });
  }

  #place(channelId: Snowflake, userId: Snowflake): Place {
    const channel = this.world.channel(channelId);
    if (channel === undefined) throw notFound('channel');
    const place = placeFor(this.world, channel, userId);
    if (place.guild?.unavailable) throw refused('this guild is unavailable');
    return place;
  }

  #resolver(place: Place, userId: Snowflake): Resolver {
    return new Resolver(this.world, place.guild, userId);
  }

  /** The command of that name, if this member may use it here. */
  #usable(
    body: { channelId: Snowflake; userId: Snowflake; name: string; target?: Snowflake | undefined },
    place: Place,
  ): Command {
    const { guild } = place;
    const types =
      body.target === undefined
        ? [ApplicationCommandType.ChatInput]
        : [ApplicationCommandType.User, ApplicationCommandType.Message];
    const command = types.map((type) => this.commands.find(guild?.id, body.name, type)).find(Boolean);
    if (command === undefined) throw notFound('command');
    const context = guild === undefined ? 1 : 0;
    if (command.contexts != null && !command.contexts.includes(context as never)) {
      throw refused('that command is not offered here');
    }
    if (guild === undefined) {
      if (command.dm_permission === false && command.contexts == null)
        throw refused('that command is not offered here');
      return command;
    }
    const granted = permissionsOf(this.world, body.userId, place);
    if ((granted & P.UseApplicationCommands) === 0n) throw refused('that member may not use commands here');
    const needed = command.default_member_permissions;
    if (needed != null && (granted & P.Administrator) === 0n) {
      // "0" leaves the command to administrators.
      if (BigInt(needed) === 0n || (granted & BigInt(needed)) !== BigInt(needed)) {
        throw refused('that member lacks the permissions of this command');
      }
    }
    if (command.nsfw === true && !('nsfw' in place.channel && place.channel.nsfw)) {
      throw refused('that command is only offered in age-restricted channels');
    }
    return command;
  }

  /** A message of the application whose components this person can use. */
  #messageWith(body: { channelId: Snowflake; messageId: Snowflake; userId: Snowflake }) {
    const place = this.#place(body.channelId, body.userId);
    const source = this.message({ id: body.messageId, channel_id: body.channelId });
    const hidden = source?.ephemeralFor !== undefined && source.ephemeralFor !== body.userId;
    if (source === undefined || hidden || source.channel_id !== body.channelId) throw notFound('message');
    if (source.author.id !== this.world.bot.id) throw malformed('messageId: no message of the application');
    return { place, source, components: (source.components ?? []) as unknown as Component[] };
  }

  #create(
    type: InteractionType,
    { userId }: { userId: Snowflake },
    { channel, guild }: Place,
    of: { command?: Command; fullName?: string; source?: SeenMessage },
  ): Interaction {
    const id = this.world.snowflake();
    const { command, source } = of;
    const interaction: Interaction = {
      id,
      token: newToken(id),
      type,
      userId,
      guildId: guild?.id,
      channelId: channel.id,
      createdAt: this.world.now(),
      command: command && { id: command.id, name: of.fullName ?? command.name, type: command.type },
      ...(source !== undefined && { source }),
      callbackType: null,
      ephemeral: false,
      loading: false,
      followUps: new Set(),
      modalSubmitted: false,
    };
    this.pending.add(interaction);
    return interaction;
  }

  #send(interaction: Interaction, place: Place, data: object, locale: string | undefined): void {
    this.record('created', interaction, { data });
    const payload = interactionPayload(this.world, interaction, place, data, locale);
    this.#gateway.dispatch('INTERACTION_CREATE', place.guild?.id, payload);
  }

  async #outcome(interaction: Interaction, waitForFinal = false): Promise<InteractionOutcome> {
    const { id: interactionId } = interaction;
    const answered = await this.pending.until(
      interaction,
      () => interaction.callbackType !== null,
      this.limits.initialMs,
    );
    if (!answered) {
      this.record('expired', interaction);
      return { interactionId, callbackType: null };
    }
    if (waitForFinal) await this.pending.until(interaction, () => !interaction.loading, this.limits.finalMs);
    const message = this.#shown(interaction);
    return {
      interactionId,
      callbackType: interaction.callbackType,
      ...(message !== undefined && { message }),
      ...(interaction.choices !== undefined && { choices: interaction.choices as never }),
      ...(interaction.modal !== undefined && { modal: interaction.modal }),
    };
  }

  #shown({ originalId, channelId }: Interaction): SeenMessage | undefined {
    return originalId === undefined ? undefined : this.message({ id: originalId, channel_id: channelId });
  }
}

const guildOf = (command: Command): { guild_id?: Snowflake } =>
  command.guild_id === undefined ? {} : { guild_id: command.guild_id };
