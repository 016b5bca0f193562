import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import '@skyra/discord-components-core/discord-messages.js';
import type { SeenMessage } from '../../../src/control/api.ts';
import { isForum, type GuildChannel } from '../discord.ts';
import { channelIcon } from '../icons.ts';
import { longDate, t } from '../i18n.ts';
import type { Store } from '../store.ts';
import { message } from './message.ts';

const GROUP_MS = 7 * 60_000;

/** Whether `it` is drawn below `previous` without a head: same author, soon after, nothing above it. */
function follows(it: SeenMessage, previous: SeenMessage | undefined): boolean {
  return (
    previous !== undefined &&
    previous.author.id === it.author.id &&
    previous.type === it.type &&
    !it.message_reference &&
    !it.interaction &&
    Date.parse(it.timestamp) - Date.parse(previous.timestamp) < GROUP_MS
  );
}

function dayName(date: Date): string {
  const days = (of: Date): number => new Date(of).setHours(0, 0, 0, 0);
  const ago = Math.round((days(new Date()) - days(date)) / 86_400_000);
  return ago === 0 ? t('today') : ago === 1 ? t('yesterday') : longDate(date);
}

function emptyChannel(channel: GuildChannel): TemplateResult {
  return html`<div class="empty">
    <span>${channelIcon(channel.type)}</span>
    <h2>${t('emptyChannel', channel.name)}</h2>
    <p>${isForum(channel) ? t('emptyForum') : t('emptyChannelHint')}</p>
  </div>`;
}

/** The messages of the channel on show, oldest first. */
export function messages(store: Store, channel: GuildChannel): TemplateResult {
  const shown = store.visibleMessages;
  if (shown.length === 0) return emptyChannel(channel);
  return html`${
      store.mayHaveOlder
        ? html`<button type="button" class="older" @click=${() => store.showOlder()}>
            ${t('olderMessages')}
          </button>`
        : nothing
    }
    <discord-messages no-background role="log" aria-label=${t('messagesOf', channel.name)}>
      ${repeat(
        shown,
        (it) => it.id,
        (it, index) => {
          const previous = shown[index - 1];
          const day = new Date(it.timestamp);
          const newDay = !previous || new Date(previous.timestamp).toDateString() !== day.toDateString();
          return html`${newDay ? html`<div class="day" role="separator"><span>${dayName(day)}</span></div>` : nothing}
          ${message(store, it, !newDay && follows(it, previous))}`;
        },
      )}
    </discord-messages>`;
}
