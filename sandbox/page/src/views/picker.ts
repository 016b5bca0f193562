import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { icons } from '../icons.ts';
import { t } from '../i18n.ts';

export interface PickerOption {
  value: string;
  label: string;
  description?: string;
  /** Draws what stands before the label: an avatar, an emoji, an icon. */
  sign?: () => unknown;
  color?: () => string | undefined;
}

const SHOWN = 60;

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * A select as Discord draws it: one or several choices, a search field, the keyboard throughout.
 * Fires `pick` with the chosen values: at once when only one may be chosen, else when it closes changed.
 */
export class Picker extends LitElement {
  static override properties = {
    options: { attribute: false },
    values: {
      attribute: false,
      hasChanged: (next: string[], before?: string[]) => next.join() !== before?.join(),
    },
    min: { type: Number },
    max: { type: Number },
    label: {},
    placeholder: {},
    disabled: { type: Boolean },
    busy: { type: Boolean },
    searchable: { type: Boolean },
    open: { state: true },
    query: { state: true },
    active: { state: true },
    chosen: { state: true },
  };

  declare options: PickerOption[];
  declare values: string[];
  declare min: number;
  declare max: number;
  declare label: string;
  declare placeholder: string;
  declare disabled: boolean;
  declare busy: boolean;
  declare searchable: boolean;
  declare private open: boolean;
  declare private query: string;
  declare private active: number;
  declare private chosen: string[];

  static #count = 0;
  readonly #id = `picker-${++Picker.#count}`;

  constructor() {
    super();
    this.options = [];
    this.values = [];
    this.min = 1;
    this.max = 1;
    this.label = '';
    this.placeholder = '';
    this.disabled = this.busy = this.searchable = this.open = false;
    this.query = '';
    this.active = 0;
    this.chosen = [];
  }

  /** In the page's own tree, for its style sheet and for labels. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('values') && !this.open) this.chosen = [...this.values];
  }

  #matching(): PickerOption[] {
    const wanted = fold(this.query.trim());
    if (!wanted) return this.options;
    const found = this.options.filter((option) => fold(option.label).includes(wanted));
    const begins = (option: PickerOption): boolean => fold(option.label).startsWith(wanted);
    return [...found.filter(begins), ...found.filter((option) => !begins(option))];
  }

  get #popover(): HTMLElement | null {
    return this.querySelector('.picker-list');
  }

  #show = async (): Promise<void> => {
    if (this.disabled || this.busy || this.open) return;
    this.chosen = [...this.values];
    this.query = '';
    this.open = true;
    this.active = Math.max(
      0,
      this.options.findIndex((option) => this.values.includes(option.value)),
    );
    await this.updateComplete;
    const popover = this.#popover;
    if (!popover) return;
    popover.showPopover();
    this.#place(popover);
    (
      popover.querySelector<HTMLElement>('input') ?? popover.querySelector<HTMLElement>('[role=listbox]')
    )?.focus();
    this.#revealActive();
  };

  /** Under the field, or above it where there is more room. */
  #place(popover: HTMLElement): void {
    const field = this.querySelector('.picker-field')?.getBoundingClientRect();
    if (!field) return;
    const [below, above] = [innerHeight - field.bottom - 8, field.top - 8];
    const up = below < 260 && above > below;
    const width = Math.min(Math.max(field.width, 220), innerWidth - 16);
    Object.assign(popover.style, {
      width: `${width}px`,
      left: `${Math.max(8, Math.min(field.left, innerWidth - width - 8))}px`,
      maxHeight: `${Math.min(380, up ? above : below)}px`,
      top: up ? 'auto' : `${field.bottom + 4}px`,
      bottom: up ? `${innerHeight - field.top + 4}px` : 'auto',
    });
  }

  #toggled = (event: ToggleEvent): void => {
    if (event.newState === 'open' || !this.open) return;
    this.open = false;
    const changed =
      this.chosen.length !== this.values.length || this.chosen.some((v) => !this.values.includes(v));
    if (this.max > 1 && changed && this.chosen.length >= this.min) this.#fire();
  };

  #fire(): void {
    this.dispatchEvent(new CustomEvent<string[]>('pick', { detail: [...this.chosen], bubbles: true }));
  }

  #toggle(value: string): void {
    if (this.max === 1) {
      this.chosen = [value];
      this.open = false;
      this.#popover?.hidePopover();
      this.querySelector<HTMLElement>('.picker-field')?.focus();
      this.#fire();
    } else if (this.chosen.includes(value)) this.chosen = this.chosen.filter((other) => other !== value);
    else if (this.chosen.length < this.max) this.chosen = [...this.chosen, value];
  }

  #keydown = (event: KeyboardEvent): void => {
    const shown = this.#matching().slice(0, SHOWN);
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -shown.length, End: shown.length }[event.key];
    if (step !== undefined) {
      this.active = Math.min(shown.length - 1, Math.max(0, this.active + step));
      this.#revealActive();
    } else if (event.key === 'Enter' || (event.key === ' ' && !this.searchable)) {
      const option = shown[this.active];
      if (option) this.#toggle(option.value);
    } else if (event.key === 'Tab') this.#popover?.hidePopover();
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  };

  #revealActive(): void {
    void this.updateComplete.then(() =>
      this.querySelector('.picker-option.active')?.scrollIntoView({ block: 'nearest' }),
    );
  }

  #fieldKeydown = (event: KeyboardEvent): void => {
    if (!['ArrowDown', 'ArrowUp'].includes(event.key)) return;
    event.preventDefault();
    void this.#show();
  };

  #option(option: PickerOption, index: number): TemplateResult {
    const selected = this.chosen.includes(option.value);
    return html`<div
      id="${this.#id}-${index}"
      class=${classMap({ 'picker-option': true, active: index === this.active, selected })}
      role="option"
      aria-selected=${selected}
      @click=${() => this.#toggle(option.value)}
      @pointermove=${() => (this.active = index)}
    >
      ${option.sign?.() ?? nothing}
      <span class="picker-text">
        <span style="color:${option.color?.() ?? ''}">${option.label}</span>
        ${option.description ? html`<small>${option.description}</small>` : nothing}
      </span>
      ${this.max > 1 ? html`<span class="picker-check" aria-hidden="true">${selected ? '✓' : ''}</span>` : nothing}
    </div>`;
  }

  #list(): TemplateResult {
    const matching = this.#matching();
    return html`<div class="picker-list" popover @toggle=${this.#toggled} @keydown=${this.#keydown}>
      ${
        this.searchable
          ? html`<input
              type="text"
              class="field"
              role="combobox"
              aria-expanded="true"
              aria-controls="${this.#id}-list"
              aria-activedescendant="${this.#id}-${this.active}"
              aria-label=${t('search')}
              placeholder=${t('search')}
              .value=${this.query}
              @input=${(event: InputEvent) => {
                this.query = (event.target as HTMLInputElement).value;
                this.active = 0;
              }}
            />`
          : nothing
      }
      <div
        id="${this.#id}-list"
        class="picker-options"
        role="listbox"
        tabindex="-1"
        aria-label=${this.label || this.placeholder}
        aria-multiselectable=${this.max > 1}
        aria-activedescendant="${this.#id}-${this.active}"
      >
        ${matching.slice(0, SHOWN).map((option, index) => this.#option(option, index))}
        ${matching.length === 0 ? html`<p class="picker-note">${t('nothingFound')}</p>` : nothing}
        ${
          matching.length > SHOWN
            ? html`<p class="picker-note">${t('moreResults', matching.length - SHOWN)}</p>`
            : nothing
        }
      </div>
      ${
        this.max > 1
          ? html`<button
              type="button"
              class="button primary"
              ?disabled=${this.chosen.length < this.min}
              @click=${() => this.#popover?.hidePopover()}
            >
              ${t('validate', this.chosen.length)}
            </button>`
          : nothing
      }
    </div>`;
  }

  protected override render(): TemplateResult {
    const chosen = this.options.filter((option) => this.chosen.includes(option.value));
    return html`<button
        type="button"
        class="picker-field"
        role="combobox"
        aria-haspopup="listbox"
        aria-expanded=${this.open}
        aria-label=${this.label || this.placeholder}
        ?disabled=${this.disabled}
        aria-busy=${this.busy}
        @click=${this.#show}
        @keydown=${this.#fieldKeydown}
      >
        <span class="picker-value">
          ${
            chosen.length > 0
              ? chosen.map(
                  (option) =>
                    html`<span class="picker-chip">${option.sign?.() ?? nothing}${option.label}</span>`,
                )
              : html`<span class="picker-placeholder">${this.placeholder || t('selectPlaceholder')}</span>`
          }
        </span>
        ${this.busy ? html`<span class="spinner"></span>` : icons.chevron}
      </button>
      ${this.open ? this.#list() : nothing}`;
  }
}

customElements.define('sb-picker', Picker);
