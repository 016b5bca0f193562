import type { APIAttachment, APIEmbed } from 'discord-api-types/v10';
import { css, html, nothing, type TemplateResult } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import '@skyra/discord-components-core/discord-attachments.js';
import { DiscordEmbed } from '@skyra/discord-components-core/discord-embed.js';
import '@skyra/discord-components-core/discord-embed-description.js';
import '@skyra/discord-components-core/discord-embed-field.js';
import '@skyra/discord-components-core/discord-embed-fields.js';
import '@skyra/discord-components-core/discord-embed-footer.js';
import '@skyra/discord-components-core/discord-file-attachment.js';
import '@skyra/discord-components-core/discord-message.js';
import type { SeenMessage } from '../../../src/control/api.ts';
import { avatar, avatarUrl } from '../avatar.ts';
import { shownName } from '../commands.ts';
import { channelIcon, icons } from '../icons.ts';
import { cssColor, displayName, memberColor, memberOf } from '../discord.ts';
import { clock, currentLanguage, fullDate, shortDate, t } from '../i18n.ts';
import { Permission } from '../permissions.ts';
import type { Store } from '../store.ts';
import { component } from './components.ts';
import { markdown } from './markdown.ts';

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const MEMBER_JOINED = 7;

// The library's embeds are of the colour that Discord's channels once had: on today's they would not stand out.
DiscordEmbed.elementStyles.push(css`
  :host .discord-embed-wrapper {
    background-color: #2b2d31;
    border-radius: 0 6px 6px 0;
  }
`);

function nameOf(store: Store, user: SeenMessage['author']): string {
  const member = store.guild && memberOf(store.guild, user.id);
  return displayName(user, member);
}

/** Pictures elsewhere would not load without a network; Discord serves them through its proxy. */
const picture = (image: { url: string; proxy_url?: string } | undefined): string | undefined =>
  image && (image.proxy_url ?? image.url);

function embed(store: Store, it: APIEmbed): TemplateResult {
  let inlineIndex = 0;
  const fields = (it.fields ?? []).map((field) => {
    inlineIndex = field.inline ? (inlineIndex % 3) + 1 : 0;
    return html`<discord-embed-field
      field-title=${field.name}
      ?inline=${field.inline ?? false}
      inline-index=${ifDefined(inlineIndex || undefined)}
      >${markdown(store, field.value)}</discord-embed-field
    >`;
  });
  const stamp = it.timestamp ? new Date(it.timestamp) : undefined;
  return html`<discord-embed
    slot="embeds"
    color=${typeof it.color === 'number' ? cssColor(it.color) : '#1e1f22'}
    author-name=${ifDefined(it.author?.name)}
    author-url=${ifDefined(it.author?.url)}
    author-image=${ifDefined(it.author?.icon_url)}
    embed-title=${ifDefined(it.title)}
    url=${ifDefined(it.url)}
    image=${ifDefined(picture(it.image))}
    thumbnail=${ifDefined(picture(it.thumbnail))}
    provider=${ifDefined(it.provider?.name)}
  >
    ${
      it.description
        ? html`<discord-embed-description slot="description"
            >${markdown(store, it.description)}</discord-embed-description
          >`
        : nothing
    }
    ${fields.length > 0 ? html`<discord-embed-fields slot="fields">${fields}</discord-embed-fields>` : nothing}
    ${
      it.footer || stamp
        ? html`<discord-embed-footer slot="footer" footer-image=${ifDefined(it.footer?.icon_url)}
            >${[it.footer?.text, stamp && `${shortDate(stamp)} ${clock(stamp)}`]
              .filter(Boolean)
              .join(' • ')}</discord-embed-footer
          >`
        : nothing
    }
  </discord-embed>`;
}

function attachment(it: APIAttachment): TemplateResult {
  if (it.content_type?.startsWith('image/')) {
    return html`<img
      slot="attachments"
      class="image-attachment"
      src=${it.url}
      alt=${it.description ?? it.filename}
      loading="lazy"
    />`;
  }
  return html`<discord-attachments slot="attachments"
    ><discord-file-attachment
      name=${it.filename}
      href=${it.url}
      .bytes=${Math.max(1, Math.round(it.size / 1024))}
      bytes-unit=${currentLanguage() === 'fr' ? 'Ko' : 'KB'}
      target="_blank"
    ></discord-file-attachment
  ></discord-attachments>`;
}

/** The line above a message: what it answers, or which command it comes from. */
function above(store: Store, message: SeenMessage): TemplateResult | typeof nothing {
  const used = message.interaction ?? undefined;
  if (used?.type === 2) {
    const name = store.state ? shownName(store.state, store.guildId, used.name) : used.name;
    return html`<div slot="reply" class="above">
      ${avatar(used.user.id, nameOf(store, used.user), 16)}
      <span>${t('used', nameOf(store, used.user), `/${name}`)}</span>
    </div>`;
  }
  if (!message.message_reference || message.message_reference.type === 1) return nothing;
  // What only this person sees is in no history, and so not in the message either.
  const origin =
    message.referenced_message ??
    store.messages.find(({ id }) => id === message.message_reference?.message_id);
  return html`<div slot="reply" class="above">
    ${
      origin
        ? html`${avatar(origin.author.id, nameOf(store, origin.author), 16)}<b
              >${nameOf(store, origin.author)}</b
            >
            <span>${origin.content || '…'}</span>`
        : html`<i>${t('originalDeleted')}</i>`
    }
  </div>`;
}

function body(store: Store, message: SeenMessage): TemplateResult {
  if ((message.flags ?? 0) & LOADING) {
    return html`<span class="thinking" role="status"
      ><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>
      ${t('thinking', nameOf(store, message.author))}</span
    >`;
  }
  return html`${markdown(store, message.content)}${editedBelow(message) ? nothing : edited(message)}`;
}

/** The mark of an edit stands behind the text, or below what stands in its place. */
const editedBelow = ({ content, components }: SeenMessage): boolean =>
  content === '' && (components?.length ?? 0) > 0;

function edited(message: SeenMessage): TemplateResult | typeof nothing {
  if (!message.edited_timestamp) return nothing;
  const when = fullDate(new Date(message.edited_timestamp));
  return html` <small class="edited" title=${when}>${t('edited')}</small>`;
}

function reactions(message: SeenMessage): TemplateResult | typeof nothing {
  if (!message.reactions?.length) return nothing;
  return html`<div slot="reactions" class="reactions" aria-label=${t('reactions')}>
    ${message.reactions.map(
      (reaction) =>
        html`<span
          >${reaction.emoji.id ? `:${reaction.emoji.name}:` : reaction.emoji.name} ${reaction.count}</span
        >`,
    )}
  </div>`;
}

function thread(store: Store, message: SeenMessage): TemplateResult | typeof nothing {
  if (!message.thread) return nothing;
  return html`<a slot="thread" class="thread-link" href="#${store.guildId}/${message.thread.id}"
    >${channelIcon(11)}${message.thread.name}</a
  >`;
}

function tools(store: Store, message: SeenMessage): TemplateResult | typeof nothing {
  const { channel } = store;
  const own = message.author.id === store.actorId;
  if (message.ephemeralFor || !channel || !(own || store.may(channel, Permission.ManageMessages)))
    return nothing;
  return html`<div slot="thread" class="message-tools">
    <button
      type="button"
      class="icon-button"
      aria-label=${t('deleteMessage')}
      title=${t('deleteMessage')}
      @click=${() => store.act('delete-message', { channelId: message.channel_id, messageId: message.id })}
    >
      ${icons.trash}
    </button>
  </div>`;
}

function ephemeralNote(store: Store, message: SeenMessage): TemplateResult {
  return html`<div slot="thread" class="ephemeral-note">
    ${icons.eye} ${t('onlyYou')} •
    <button type="button" class="link" @click=${() => store.dismiss(message.id)}>${t('dismiss')}</button>
  </div>`;
}

/** One message; `follows` when it continues its author's previous one and so needs no head of its own. */
export function message(store: Store, it: SeenMessage, follows: boolean): TemplateResult {
  const name = nameOf(store, it.author);
  const sent = new Date(it.timestamp);
  if (it.type === MEMBER_JOINED) {
    return html`<p class="system" data-message-id=${it.id}>
      → ${t('joined', name)} <time>${clock(sent)}</time>
    </p>`;
  }
  const { guild } = store;
  const member = guild && memberOf(guild, it.author.id);
  const ephemeral = it.ephemeralFor !== undefined || ((it.flags ?? 0) & EPHEMERAL) !== 0;
  const mentioned = it.mentions.some((user) => user.id === store.actorId) || it.mention_everyone;
  return html`<discord-message
    class=${ephemeral ? 'ephemeral' : ''}
    data-message-id=${it.id}
    author=${name}
    avatar=${avatarUrl(it.author.id, name)}
    ?bot=${it.author.bot ?? false}
    ?highlight=${mentioned}
    ?message-body-only=${follows}
    role-color=${(guild && memberColor(guild, member)) ?? '#f2f3f5'}
    .timestamp=${follows ? clock(sent) : `${shortDate(sent)} ${clock(sent)}`}
    >${above(store, it)}${body(store, it)}${it.attachments.map(attachment)}${it.embeds.map((one) => embed(store, one))}
    ${
      it.components?.length
        ? html`<div slot="components" class="components">
            ${it.components.map((one) => component(store, it, one))}${editedBelow(it) ? edited(it) : nothing}
          </div>`
        : nothing
    }
    ${reactions(it)}${thread(store, it)}${tools(store, it)}${ephemeral ? ephemeralNote(store, it) : nothing}</discord-message
  >`;
}
