import type { APIGuildMember, APIModalInteractionResponseCallbackData } from 'discord-api-types/v10';
import type {
  InteractionOutcome,
  PeopleVerbs,
  SandboxEvent,
  SandboxGuild,
  SandboxState,
  SeenMessage,
  Snowflake,
} from '../../src/control/api.ts';
import { ControlError, getMessages, getState, openStream, people } from './api.ts';
import { channelGroups, guildChannel, isVoice, memberOf, type GuildChannel } from './discord.ts';
import { discordLocale, t } from './i18n.ts';
import { Permission, permissionsIn } from './permissions.ts';
import { refusal } from './refusals.ts';
import { applyGatewayEvent, applyMessageEvent, applyWorldEvent, type WorldEvent } from './reduce.ts';

export interface Toast {
  id: number;
  text: string;
}

export interface OpenModal {
  interactionId: Snowflake;
  modal: APIModalInteractionResponseCallbackData;
}

const PAGE = 50;
const TOAST_MS = 6000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5000;
const ACTOR_KEY = 'sandbox.actor';

/** All that the page shows, and the only place that changes it; `onChange` asks for a new drawing. */
export class Store {
  connection: 'loading' | 'live' | 'gone' = 'loading';
  state: SandboxState | undefined;
  guildId: Snowflake | undefined;
  channelId: Snowflake | undefined;
  actorId: Snowflake | undefined = localStorage.getItem(ACTOR_KEY) ?? undefined;
  messages: SeenMessage[] = [];
  messagesState: 'loading' | 'ready' = 'loading';
  mayHaveOlder = false;
  modal: OpenModal | undefined;
  toasts: Toast[] = [];
  /** Components waiting for the application's answer, as `messageId/customId`. */
  readonly pending = new Set<string>();
  readonly unread = new Set<Snowflake>();
  readonly collapsed = new Set<Snowflake>();
  drawerOpen = false;

  readonly onChange: () => void;
  readonly #dismissed = new Set<Snowflake>();
  #limit = PAGE;
  #seq = 0;
  #retryMs = FIRST_RETRY_MS;
  #toastId = 0;
  #messagesAsked = 0;
  #refreshQueued = false;
  /** Message events since the request for messages now under way; they may be newer than its answer. */
  #meanwhile: WorldEvent[] | undefined;

  constructor(onChange: () => void) {
    this.onChange = onChange;
    addEventListener('hashchange', () => this.#followHash());
  }

  // -- what the views read -------------------------------------------------------------------------------

  get guild(): SandboxGuild | undefined {
    return this.state?.guilds.find((guild) => guild.id === this.guildId);
  }

  get actor(): APIGuildMember | undefined {
    const guild = this.guild;
    return guild && this.actorId ? memberOf(guild, this.actorId) : undefined;
  }

  get channel(): GuildChannel | undefined {
    const raw = this.guild?.channels.find((channel) => channel.id === this.channelId);
    return raw && guildChannel(raw);
  }

  get visibleMessages(): SeenMessage[] {
    return this.messages.filter((message) => !this.#dismissed.has(message.id));
  }

  get botOnline(): boolean {
    return this.state?.sessions.some((session) => session.connected) ?? false;
  }

  /** What the acting member may do in the channel. */
  permissions(channel: GuildChannel): bigint {
    const { guild, actor } = this;
    return guild && actor ? permissionsIn(guild, channel, actor) : 0n;
  }

  may(channel: GuildChannel, bit: bigint): boolean {
    return (this.permissions(channel) & bit) === bit;
  }

  /** The chat of a voice channel is for those who may enter it, or sit in it. */
  mayRead(channel: GuildChannel): boolean {
    if (!isVoice(channel) || this.may(channel, Permission.Connect)) return true;
    return (
      this.guild?.voiceStates.some(
        ({ user_id, channel_id }) => user_id === this.actorId && channel_id === channel.id,
      ) ?? false
    );
  }

  /** The channels that the acting member sees, in Discord's order. */
  get channelGroups() {
    const channels = (this.guild?.channels ?? []).map(guildChannel);
    const groups = channelGroups(channels.filter((channel) => this.may(channel, Permission.ViewChannel)));
    return groups.filter((group) => group.channels.length > 0 || group.category);
  }

  // -- connection ----------------------------------------------------------------------------------------

  /** Loads the state, follows the stream, and begins anew whenever the sandbox went away. */
  async connect(): Promise<void> {
    try {
      await this.#load();
    } catch {
      this.#lost();
      return;
    }
    this.connection = 'live';
    this.#retryMs = FIRST_RETRY_MS;
    this.onChange();
    openStream(
      this.#seq,
      (event) => this.#apply(event),
      () => this.#lost(),
    );
  }

  #lost(): void {
    this.connection = 'gone';
    this.onChange();
    setTimeout(() => void this.connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  async #load(): Promise<void> {
    const state = await getState();
    this.state = state;
    this.#seq = state.seq;
    this.#followHash();
  }

  #apply(event: SandboxEvent): void {
    const { state } = this;
    if (!state || event.seq <= this.#seq) return;
    this.#seq = event.seq;
    if (event.type === 'world') this.#applyWorld(state, event);
    else if (event.type === 'gateway') {
      const effect = applyGatewayEvent(state, event);
      if (effect === 'reload') void this.#reload();
      else if (effect === 'changed') this.onChange();
    } else if (event.type === 'interaction') {
      // Only the person concerned sees an ephemeral message, and no dispatch tells of it.
      if (event.userId === this.actorId && event.what !== 'created') this.#refreshMessages();
    } else if (
      event.type === 'rest' &&
      event.method !== 'GET' &&
      event.status < 300 &&
      /\/applications\/\d+\/.*commands/.test(event.path)
    ) {
      void this.#reload();
    }
  }

  #applyWorld(state: SandboxState, event: WorldEvent): void {
    if (event.t.startsWith('MESSAGE_')) {
      this.#meanwhile?.push(event);
      const channelId = (event.data as { channel_id?: Snowflake }).channel_id;
      if (this.channelId && applyMessageEvent(this.messages, this.channelId, event)) this.onChange();
      else if (event.t === 'MESSAGE_CREATE' && channelId && channelId !== this.channelId) {
        this.unread.add(channelId);
        this.onChange();
      }
      return;
    }
    const effect = applyWorldEvent(state, event);
    if (effect === 'reload') void this.#reload();
    else if (effect === 'changed') {
      this.#settle();
      this.onChange();
    }
  }

  async #reload(): Promise<void> {
    await this.#attempt(() => this.#load());
    this.onChange();
  }

  // -- where one is --------------------------------------------------------------------------------------

  #followHash(): void {
    const [guildId, channelId] = location.hash.slice(1).split('/');
    if (guildId) this.guildId = guildId;
    if (channelId) this.channelId = channelId;
    this.#settle(true);
  }

  /** Replaces what does not exist (any more) or may not be seen by something that does. */
  #settle(channelMayHaveChanged = false): void {
    if (!this.guild) this.guildId = this.state?.guilds[0]?.id;
    const { guild } = this;
    if (!guild) return;
    if (!this.actor) {
      const people = guild.members.filter((member) => !member.user.bot);
      this.actorId = (people.find((member) => member.user.id === guild.ownerId) ?? people[0])?.user.id;
      channelMayHaveChanged = true;
    }
    const visible = this.channelGroups.flatMap((group) => group.channels);
    if (!visible.some((channel) => channel.id === this.channelId)) {
      this.channelId = (visible.find((channel) => !isVoice(channel)) ?? visible[0])?.id;
      channelMayHaveChanged = true;
    }
    if (!channelMayHaveChanged) return;
    const hash = `#${guild.id}/${this.channelId ?? ''}`;
    if (location.hash !== hash) history.replaceState(null, '', hash);
    this.#enterChannel();
  }

  #enterChannel(): void {
    this.messages = [];
    this.messagesState = 'loading';
    this.#limit = PAGE;
    if (this.channelId) this.unread.delete(this.channelId);
    void this.#loadMessages();
  }

  async #loadMessages(): Promise<void> {
    const { channelId, actorId } = this;
    if (!channelId || !actorId) return;
    const asked = ++this.#messagesAsked;
    this.#meanwhile = [];
    const messages = await this.#attempt(() => getMessages(channelId, actorId, this.#limit));
    if (asked !== this.#messagesAsked) return; // one went elsewhere, or asked again
    if (messages) {
      this.mayHaveOlder = messages.length >= this.#limit;
      for (const event of this.#meanwhile) applyMessageEvent(messages, channelId, event);
      this.messages = messages;
    }
    this.#meanwhile = undefined;
    this.messagesState = 'ready';
    this.onChange();
  }

  #refreshMessages(): void {
    if (this.#refreshQueued) return;
    this.#refreshQueued = true;
    queueMicrotask(() => {
      this.#refreshQueued = false;
      void this.#loadMessages();
    });
  }

  openGuild(guildId: Snowflake): void {
    if (guildId === this.guildId) return;
    this.guildId = guildId;
    this.channelId = undefined;
    this.#settle();
    this.onChange();
  }

  openChannel(channelId: Snowflake): void {
    this.drawerOpen = false;
    if (channelId !== this.channelId) location.hash = `#${this.guildId}/${channelId}`;
    this.onChange();
  }

  showOlder(): void {
    this.#limit += PAGE;
    void this.#loadMessages();
  }

  actAs(userId: Snowflake): void {
    this.actorId = userId;
    localStorage.setItem(ACTOR_KEY, userId);
    this.#settle(true);
    this.onChange();
  }

  // -- deeds ---------------------------------------------------------------------------------------------

  /** Does one verb as the acting member; a refusal is shown and gives undefined. */
  async act<V extends keyof PeopleVerbs>(
    verb: V,
    body: Omit<PeopleVerbs[V][0], 'userId'>,
  ): Promise<PeopleVerbs[V][1] | undefined> {
    const { actorId } = this;
    if (!actorId) return undefined;
    return this.#attempt(() => people(verb, { ...body, userId: actorId } as PeopleVerbs[V][0]));
  }

  /** Clicks a button, or with `values` chooses in a select. */
  async useComponent(message: SeenMessage, customId: string, values?: string[]): Promise<void> {
    const key = `${message.id}/${customId}`;
    if (this.pending.has(key)) return;
    this.pending.add(key);
    this.onChange();
    const target = {
      channelId: message.channel_id,
      messageId: message.id,
      customId,
      locale: discordLocale(),
    };
    const outcome = values
      ? await this.act('choose', { ...target, values })
      : await this.act('click', target);
    this.pending.delete(key);
    this.settleOutcome(outcome);
  }

  /** Shows what an interaction came to, as far as the stream does not: a modal, or that nobody answered. */
  settleOutcome(outcome: InteractionOutcome | undefined): void {
    if (outcome?.callbackType === null) this.toast(t('noAnswer'));
    if (outcome?.modal) this.modal = { interactionId: outcome.interactionId, modal: outcome.modal };
    this.onChange();
  }

  async submitModal(values: Record<string, string | string[]>): Promise<boolean> {
    const { modal } = this;
    if (!modal) return false;
    const outcome = await this.act('submit-modal', {
      interactionId: modal.interactionId,
      values,
      locale: discordLocale(),
    });
    if (!outcome) return false;
    if (this.modal === modal) this.modal = undefined;
    this.settleOutcome(outcome);
    return true;
  }

  closeModal(): void {
    this.modal = undefined;
    this.onChange();
  }

  dismiss(messageId: Snowflake): void {
    this.#dismissed.add(messageId);
    this.onChange();
  }

  toggleCategory(categoryId: Snowflake): void {
    if (!this.collapsed.delete(categoryId)) this.collapsed.add(categoryId);
    this.onChange();
  }

  toggleDrawer(open: boolean): void {
    this.drawerOpen = open;
    this.onChange();
  }

  toast(text: string): void {
    const id = ++this.#toastId;
    this.toasts = [...this.toasts.slice(-3), { id, text }];
    setTimeout(() => this.closeToast(id), TOAST_MS);
    this.onChange();
  }

  closeToast(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
    this.onChange();
  }

  async #attempt<T>(deed: () => Promise<T>): Promise<T | undefined> {
    try {
      return await deed();
    } catch (error) {
      // A lost connection has its own banner.
      if (error instanceof ControlError) this.toast(refusal(error.message));
      else if (error instanceof DOMException) this.toast(t('noAnswer'));
      return undefined;
    }
  }
}
