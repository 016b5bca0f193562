import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { commandsOf, localName, matching, type Runnable } from '../commands.ts';
import { isThread, type GuildChannel } from '../discord.ts';
import { icons } from '../icons.ts';
import { discordLocale, t } from '../i18n.ts';
import { Permission } from '../permissions.ts';
import type { Store } from '../store.ts';
import './command_form.ts';

const MAX_CONTENT = 2000;
const SHOWN_COMMANDS = 25;

/** Where the acting member writes, and picks slash commands. */
export class Composer extends LitElement {
  static override properties = {
    store: { attribute: false },
    channel: { attribute: false },
    language: {},
    text: { state: true },
    active: { state: true },
    command: { state: true },
    sending: { state: true },
  };

  declare store: Store;
  declare channel: GuildChannel;
  declare language: string;
  declare private text: string;
  declare private active: number;
  declare private command: Runnable | undefined;
  declare private sending: boolean;

  constructor() {
    super();
    this.text = '';
    this.active = 0;
    this.sending = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('channel');
    if (before && before.id !== this.channel.id) {
      this.command = undefined;
      this.text = '';
    }
  }

  protected override updated(): void {
    const area = this.querySelector('textarea');
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, innerHeight / 3)}px`;
  }

  /** The commands to offer for what is typed, or null when it is no command. */
  #offered(): Runnable[] | null {
    const { state, guildId } = this.store;
    if (!this.text.startsWith('/') || this.text.includes('\n') || !state || !guildId) return null;
    return matching(this.#commands(), this.text.slice(1)).slice(0, SHOWN_COMMANDS);
  }

  /** The commands that the acting member is offered here. */
  #commands(): Runnable[] {
    const { state, guildId } = this.store;
    return state && guildId ? commandsOf(state, guildId, this.store.permissions(this.channel)) : [];
  }

  async #send(): Promise<void> {
    const content = this.text.trim();
    if (!content || this.sending) return;
    this.sending = true;
    const sent = await this.store.act('write', { channelId: this.channel.id, content });
    this.sending = false;
    if (sent) this.text = '';
    await this.updateComplete;
    this.#focus();
  }

  #focus(): void {
    this.querySelector('textarea')?.focus();
  }

  async #choose(command: Runnable): Promise<void> {
    this.text = '';
    if (command.options.length > 0) {
      this.command = command;
      return;
    }
    const { name, subcommand } = command;
    const outcome = await this.store.act('command', {
      channelId: this.channel.id,
      name,
      ...(subcommand ? { subcommand } : {}),
      locale: discordLocale(),
    });
    this.store.settleOutcome(outcome);
  }

  #keydown = (event: KeyboardEvent): void => {
    const offered = this.#offered();
    const confirms = event.key === 'Enter' && !event.shiftKey && !event.isComposing;
    if (offered) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const command = offered[this.active];
      if (step) this.active = (this.active + step + offered.length) % Math.max(1, offered.length);
      else if ((confirms || event.key === 'Tab') && command) void this.#choose(command);
      else if (event.key === 'Escape') this.text = '';
      else if (!confirms) return;
    } else if (confirms) void this.#send();
    else return;
    event.preventDefault();
  };

  #commandList(offered: Runnable[]): TemplateResult {
    const none = this.#commands().length === 0;
    return html`<div class="command-list" id="command-list" role="listbox" aria-label=${t('commands')}>
      ${offered.map(
        (command, index) =>
          html`<div
            id="command-${index}"
            role="option"
            class=${classMap({ active: index === this.active })}
            aria-selected=${index === this.active}
            @pointermove=${() => (this.active = index)}
            @click=${() => this.#choose(command)}
          >
            <b>/${command.shown}</b>
            ${command.options.map((option) => html`<i>${localName(option)}</i>`)}
            <span>${command.description}</span>
          </div>`,
      )}
      ${offered.length === 0 ? html`<p class="note">${none ? t('noCommands') : t('noSuchCommand')}</p>` : nothing}
    </div>`;
  }

  protected override render(): TemplateResult {
    const { channel, command } = this;
    if (command) {
      return html`<sb-command-form
        .store=${this.store}
        .channelId=${channel.id}
        .command=${command}
        @done=${async () => {
          this.command = undefined;
          await this.updateComplete;
          this.#focus();
        }}
      ></sb-command-form>`;
    }
    const allowed = this.store.may(
      channel,
      isThread(channel) ? Permission.SendMessagesInThreads : Permission.SendMessages,
    );
    const offered = this.#offered();
    const placeholder = allowed ? t('writeIn', `#${channel.name}`) : t('mayNotWrite');
    return html`${offered ? this.#commandList(offered) : nothing}
      <div class="composer-box">
        <textarea
          rows="1"
          maxlength=${MAX_CONTENT}
          role="combobox"
          aria-expanded=${offered !== null}
          aria-controls="command-list"
          aria-activedescendant=${offered?.length ? `command-${this.active}` : nothing}
          aria-label=${placeholder}
          placeholder=${placeholder}
          ?disabled=${!allowed}
          ?readonly=${this.sending}
          .value=${this.text}
          @keydown=${this.#keydown}
          @input=${(event: InputEvent) => {
            this.text = (event.target as HTMLTextAreaElement).value;
            this.active = 0;
          }}
        ></textarea>
        <button
          type="button"
          class="icon-button"
          aria-label=${t('commands')}
          title=${t('commands')}
          ?disabled=${!allowed}
          @click=${() => {
            this.text = '/';
            this.#focus();
          }}
        >
          ${icons.slash}
        </button>
        <button
          type="button"
          class="icon-button send"
          aria-label=${t('send')}
          title=${t('send')}
          ?disabled=${!allowed || this.text.trim() === ''}
          @click=${() => (offered ? offered[this.active] && this.#choose(offered[this.active] as Runnable) : this.#send())}
        >
          ${icons.send}
        </button>
      </div>`;
  }
}

customElements.define('sb-composer', Composer);
