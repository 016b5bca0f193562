import type {
  APIButtonComponent,
  APIContainerComponent,
  APIMessageComponent,
  APISectionComponent,
  APISelectMenuComponent,
  APIUnfurledMediaItem,
} from 'discord-api-types/v10';
import { html, nothing, type TemplateResult } from 'lit';
import type { SeenMessage } from '../../../src/control/api.ts';
import { cssColor } from '../discord.ts';
import { icons } from '../icons.ts';
import { t } from '../i18n.ts';
import type { Store } from '../store.ts';
import { markdown } from './markdown.ts';
import { emoji, selectContent } from './options.ts';
import './picker.ts';

const BUTTON_STYLES: Record<number, string> = {
  1: 'primary',
  2: 'secondary',
  3: 'success',
  4: 'danger',
  6: 'primary',
};

function button(store: Store, message: SeenMessage, it: APIButtonComponent): TemplateResult {
  const label = 'label' in it ? it.label : undefined;
  const sign = 'emoji' in it ? emoji(it.emoji) : nothing;
  if (it.style === 5) {
    const href = /^(https?|discord):\/\//i.test(it.url) ? it.url : nothing;
    return html`<a
      class="button secondary"
      href=${href}
      target="_blank"
      rel="noopener noreferrer"
      aria-disabled=${it.disabled ?? false}
      >${sign}${label}${icons.link}</a
    >`;
  }
  const customId = 'custom_id' in it ? it.custom_id : '';
  const busy = store.pending.has(`${message.id}/${customId}`);
  return html`<button
    type="button"
    class="button ${BUTTON_STYLES[it.style] ?? 'secondary'}"
    ?disabled=${(it.disabled ?? false) || busy || customId === ''}
    aria-busy=${busy}
    data-custom-id=${customId}
    aria-label=${label ? nothing : ('emoji' in it && it.emoji?.name) || customId}
    @click=${() => store.useComponent(message, customId)}
  >
    ${busy ? html`<span class="spinner"></span>` : html`${sign}${label}`}
  </button>`;
}

function select(store: Store, message: SeenMessage, it: APISelectMenuComponent): TemplateResult {
  const { options, values } = selectContent(store, it);
  return html`<sb-picker
    class="select"
    data-custom-id=${it.custom_id}
    .options=${options}
    .values=${values}
    .min=${it.min_values ?? 1}
    .max=${it.max_values ?? 1}
    .placeholder=${it.placeholder ?? ''}
    .disabled=${it.disabled ?? false}
    .busy=${store.pending.has(`${message.id}/${it.custom_id}`)}
    .searchable=${it.type !== 3}
    @pick=${(event: CustomEvent<string[]>) => store.useComponent(message, it.custom_id, event.detail)}
  ></sb-picker>`;
}

function media(
  item: APIUnfurledMediaItem,
  description: string | null | undefined,
  className: string,
): TemplateResult {
  return html`<img
    class=${className}
    src=${item.proxy_url ?? item.url}
    alt=${description ?? ''}
    loading="lazy"
  />`;
}

function section(store: Store, message: SeenMessage, it: APISectionComponent): TemplateResult {
  const { accessory } = it;
  return html`<div class="section">
    <div>${it.components.map((child) => component(store, message, child))}</div>
    ${
      accessory.type === 2
        ? button(store, message, accessory)
        : media(accessory.media, accessory.description, accessory.spoiler ? 'thumbnail hidden' : 'thumbnail')
    }
  </div>`;
}

function container(store: Store, message: SeenMessage, it: APIContainerComponent): TemplateResult {
  const accent = typeof it.accent_color === 'number' ? `border-left-color:${cssColor(it.accent_color)}` : '';
  return html`<div class="container ${it.spoiler ? 'hidden' : ''}" style=${accent}>
    ${it.components.map((child) => component(store, message, child))}
  </div>`;
}

/** One component of a message, legacy or V2 (Discord: Components/Reference). */
export function component(store: Store, message: SeenMessage, it: APIMessageComponent): unknown {
  switch (it.type) {
    case 1:
      return html`<div class="action-row">
        ${it.components.map((child) => component(store, message, child))}
      </div>`;
    case 2:
      return button(store, message, it);
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return select(store, message, it);
    case 9:
      return section(store, message, it);
    case 10:
      return html`<div class="text-display">${markdown(store, it.content)}</div>`;
    case 11:
      return media(it.media, it.description, 'thumbnail');
    case 12:
      return html`<div class="gallery" style="--columns:${Math.min(3, it.items.length)}">
        ${it.items.map((item) => media(item.media, item.description, item.spoiler ? 'hidden' : ''))}
      </div>`;
    case 13:
      return html`<a class="file" href=${it.file.url} target="_blank" rel="noopener noreferrer"
        >${icons.file}${'name' in it ? (it.name as string) : t('attachment')}</a
      >`;
    case 14:
      return html`<hr
        class="separator ${it.divider === false ? 'bare' : ''} ${it.spacing === 2 ? 'large' : ''}"
      />`;
    case 17:
      return container(store, message, it);
    default:
      return nothing;
  }
}
