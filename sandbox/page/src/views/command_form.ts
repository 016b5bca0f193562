import type {
  APIApplicationCommandBasicOption,
  APIApplicationCommandOptionChoice,
} from 'discord-api-types/v10';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Snowflake } from '../../../src/control/api.ts';
import { localDescription, localName, type Runnable } from '../commands.ts';
import { discordLocale, t } from '../i18n.ts';
import type { Store } from '../store.ts';
import { selectOptions } from './options.ts';
import type { PickerOption } from './picker.ts';

type Value = string | number | boolean;

const AUTOCOMPLETE_PAUSE_MS = 150;
/** Application command option types to the selects that choose the same kinds of things. */
const SELECT_FOR: Record<number, number> = { 6: 5, 7: 8, 8: 6, 9: 7 };

/** A command being filled in. Fires `done` when it was run or given up. */
export class CommandForm extends LitElement {
  static override properties = {
    store: { attribute: false },
    channelId: {},
    command: { attribute: false },
    shown: { state: true },
    completions: { state: true },
    busy: { state: true },
  };

  declare store: Store;
  declare channelId: Snowflake;
  declare command: Runnable;
  /** Names of the options on show: the required ones, and what was added. */
  declare private shown: Set<string>;
  declare private completions: Record<string, APIApplicationCommandOptionChoice[]>;
  declare private busy: boolean;
  readonly #values = new Map<string, Value>();
  #pause: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor() {
    super();
    this.shown = new Set();
    this.completions = {};
    this.busy = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override firstUpdated(): void {
    const required = this.command.options.filter((option) => option.required).map((option) => option.name);
    this.shown = new Set(
      required.length > 0 ? required : this.command.options.slice(0, 1).map((it) => it.name),
    );
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('input, .picker-field')?.focus());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#pause);
  }

  #set(option: APIApplicationCommandBasicOption, text: string): void {
    const { name, type } = option;
    if (text === '') this.#values.delete(name);
    else if (type === 4 || type === 10) this.#values.set(name, Number(text));
    else this.#values.set(name, type === 5 ? text === 'true' : text);
  }

  #target() {
    const { name, subcommand } = this.command;
    return {
      channelId: this.channelId,
      name,
      ...(subcommand ? { subcommand } : {}),
      options: Object.fromEntries(this.#values),
      locale: discordLocale(),
    };
  }

  #complete(option: APIApplicationCommandBasicOption, text: string): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(async () => {
      const asked = ++this.#asked;
      const target = this.#target();
      // Half-typed numbers reach the application as the text they are.
      const options = { ...target.options, [option.name]: text };
      const outcome = await this.store.act('autocomplete', { ...target, options, focused: option.name });
      if (asked === this.#asked && outcome) {
        this.completions = { ...this.completions, [option.name]: outcome.choices ?? [] };
      }
    }, AUTOCOMPLETE_PAUSE_MS);
  }

  #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    // The browser's own sentence, in its own language, beside the field.
    if (!(event.target as HTMLFormElement).reportValidity()) return;
    const missing = this.command.options.find((it) => it.required && !this.#values.has(it.name));
    if (missing) {
      this.store.toast(t('missingOption', localName(missing)));
      return;
    }
    this.busy = true;
    const outcome = await this.store.act('command', this.#target());
    this.busy = false;
    this.store.settleOutcome(outcome);
    if (outcome) this.#done();
  };

  #done = (): void => {
    this.dispatchEvent(new CustomEvent('done'));
  };

  #keydown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.#done();
  };

  #picker(
    option: APIApplicationCommandBasicOption,
    options: PickerOption[],
    searchable: boolean,
  ): TemplateResult {
    return html`<sb-picker
      label=${localName(option)}
      data-option=${option.name}
      .options=${options}
      .min=${option.required ? 1 : 0}
      .searchable=${searchable}
      @pick=${(event: CustomEvent<string[]>) => this.#set(option, event.detail[0] ?? '')}
    ></sb-picker>`;
  }

  #completing(option: APIApplicationCommandBasicOption): TemplateResult {
    const choices = this.completions[option.name] ?? [];
    const chose = (field: HTMLInputElement): void => {
      const text = field.value;
      const choice = choices.find((it) => (it.name_localizations?.[discordLocale()] ?? it.name) === text);
      const value = choice ? String(choice.value) : text;
      this.#set(option, value);
      const wrong =
        (option.type === 4 && !/^\s*-?\d*\s*$/.test(value)) ||
        (option.type === 10 && Number.isNaN(Number(value)));
      field.setCustomValidity(wrong ? t('number') : '');
      if (!choice) this.#complete(option, text);
    };
    const listId = `choices-${option.name}`;
    return html`<input
        class="field"
        name=${option.name}
        list=${listId}
        autocomplete="off"
        aria-label=${localName(option)}
        ?required=${option.required ?? false}
        @focus=${(event: FocusEvent) => this.#complete(option, (event.target as HTMLInputElement).value)}
        @input=${(event: InputEvent) => chose(event.target as HTMLInputElement)}
      /><datalist id=${listId}>
        ${choices.map((it) => html`<option value=${it.name_localizations?.[discordLocale()] ?? it.name}></option>`)}
      </datalist>`;
  }

  #input(option: APIApplicationCommandBasicOption): TemplateResult {
    if ('choices' in option && option.choices?.length) {
      const choices = option.choices.map((it) => ({ value: String(it.value), label: localName(it) }));
      return this.#picker(option, choices, choices.length > 8);
    }
    if (option.type === 5) {
      const choices = [
        { value: 'true', label: t('yes') },
        { value: 'false', label: t('no') },
      ];
      return this.#picker(option, choices, false);
    }
    const select = SELECT_FOR[option.type];
    if (select) {
      const channelTypes = option.type === 7 ? option.channel_types : undefined;
      return this.#picker(option, selectOptions(this.store, select, channelTypes), true);
    }
    if ('autocomplete' in option && option.autocomplete) return this.#completing(option);
    const number = option.type === 4 || option.type === 10;
    return html`<input
      class="field"
      name=${option.name}
      type=${number ? 'number' : 'text'}
      step=${option.type === 10 ? 'any' : nothing}
      autocomplete="off"
      aria-label=${localName(option)}
      ?required=${option.required ?? false}
      min=${('min_value' in option ? option.min_value : undefined) ?? nothing}
      max=${('max_value' in option ? option.max_value : undefined) ?? nothing}
      @input=${(event: InputEvent) => this.#set(option, (event.target as HTMLInputElement).value)}
    />`;
  }

  protected override render(): TemplateResult {
    const { options } = this.command;
    const hidden = options.filter((option) => !this.shown.has(option.name));
    return html`<form class="command-form" novalidate @submit=${this.#submit} @keydown=${this.#keydown}>
      <p><b>/${this.command.shown}</b> ${this.command.description}</p>
      ${options
        .filter((option) => this.shown.has(option.name))
        .map(
          (option) =>
            html`<div class="labelled">
              <div class="label">
                ${localName(option)}${option.required ? html`<b aria-hidden="true"> *</b>` : nothing}
              </div>
              <small>${localDescription(option)}</small>${this.#input(option)}
            </div>`,
        )}
      <footer>
        ${hidden.map(
          (option) =>
            html`<button
              type="button"
              class="chip"
              aria-label=${t('addOption', localName(option))}
              title=${localDescription(option)}
              @click=${() => (this.shown = new Set([...this.shown, option.name]))}
            >
              + ${localName(option)}
            </button>`,
        )}
        <span class="spacer"></span>
        <button type="button" class="button secondary" @click=${this.#done}>${t('cancel')}</button>
        <button type="submit" class="button primary" ?disabled=${this.busy} aria-busy=${this.busy}>
          ${this.busy ? html`<span class="spinner"></span>` : t('run')}
        </button>
      </footer>
    </form>`;
  }
}

customElements.define('sb-command-form', CommandForm);
