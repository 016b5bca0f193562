import { html, nothing, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { repeat } from 'lit/directives/repeat.js';
import type { GuildChannel } from '../discord.ts';
import { channelIcon, icons } from '../icons.ts';
import { currentLanguage, setLanguage, t } from '../i18n.ts';
import type { Store } from '../store.ts';
import './composer.ts';
import type * as Content from './content.ts';
import './picker.ts';
import { guildRail, sidebar } from './sidebar.ts';

let content: typeof Content | undefined;

/** Fetches what draws messages and modals; until then their places show that they are loading. */
export async function loadContent(): Promise<void> {
  content = await import('./content.ts');
}

const loading = (): TemplateResult =>
  html`<div class="ghosts" role="status" aria-label=${t('loading')}>
    ${[62, 38, 81, 55].map(
      (width) =>
        html`<div>
          <i></i><span><b></b><u style="width:${width}%"></u></span>
        </div>`,
    )}
  </div>`;

function conversation(store: Store, channel: GuildChannel | undefined): TemplateResult {
  if (!store.state || !content || (channel && store.messagesState === 'loading')) return loading();
  if (channel && !store.mayRead(channel)) return html`<p class="note" role="status">${t('closedChat')}</p>`;
  return channel
    ? content.messages(store, channel)
    : html`<p class="note" role="status">${t('noChannel')}</p>`;
}

function switchLanguage(store: Store): void {
  setLanguage(currentLanguage() === 'fr' ? 'en' : 'fr');
  store.onChange();
}

function bar(store: Store, channel: GuildChannel | undefined): TemplateResult {
  const bot = store.state?.application.name ?? '';
  const status = store.botOnline ? t('botOnline', bot) : t('botOffline', bot);
  return html`<header class="bar">
    <button
      type="button"
      class="icon-button drawer-button"
      aria-label=${t('openChannels')}
      aria-expanded=${store.drawerOpen}
      @click=${() => store.toggleDrawer(true)}
    >
      ${icons.menu}
    </button>
    ${
      channel
        ? html`${channelIcon(channel.type)}
            <h1>${channel.name}</h1>
            ${channel.topic ? html`<p title=${channel.topic}>${channel.topic}</p>` : nothing}`
        : nothing
    }
    <span class="spacer"></span>
    ${
      bot
        ? html`<span
            class=${classMap({ status: true, online: store.botOnline })}
            role="status"
            aria-label=${status}
            title=${status}
            >${icons.bot}<b>${bot}</b></span
          >`
        : nothing
    }
    <button
      type="button"
      class="icon-button language"
      aria-label=${t('language')}
      title=${t('language')}
      @click=${() => switchLanguage(store)}
    >
      ${currentLanguage().toUpperCase()}
    </button>
  </header>`;
}

function toasts(store: Store): TemplateResult {
  return html`<div class="toasts" role="alert">
    ${repeat(
      store.toasts,
      (toast) => toast.id,
      (toast) =>
        html`<div class="toast">
          <span>${toast.text}</span>
          <button
            type="button"
            class="icon-button"
            aria-label=${t('close')}
            @click=${() => store.closeToast(toast.id)}
          >
            ${icons.close}
          </button>
        </div>`,
    )}
  </div>`;
}

/** The whole page. */
export function app(store: Store): TemplateResult {
  const { channel } = store;
  const drawerKeys = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && store.drawerOpen) store.toggleDrawer(false);
  };
  return html`<div class=${classMap({ app: true, 'drawer-open': store.drawerOpen })} @keydown=${drawerKeys}>
      <div class="drawer">${guildRail(store)}${sidebar(store)}</div>
      <button
        type="button"
        class="scrim"
        tabindex=${store.drawerOpen ? 0 : -1}
        aria-label=${t('closeChannels')}
        @click=${() => store.toggleDrawer(false)}
      ></button>
      <main>
        ${bar(store, channel)}
        ${store.connection === 'gone' ? html`<div class="banner" role="alert">${t('gone')}</div>` : nothing}
        <div class="scroller" tabindex="-1">${conversation(store, channel)}</div>
        ${
          channel && channel.type !== 15 && channel.type !== 16
            ? html`<sb-composer
                .store=${store}
                .channel=${channel}
                language=${currentLanguage()}
              ></sb-composer>`
            : nothing
        }
      </main>
    </div>
    ${content?.modal(store) ?? nothing}${toasts(store)}`;
}
