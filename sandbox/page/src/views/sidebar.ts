import { html, nothing, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { repeat } from 'lit/directives/repeat.js';
import type { SandboxGuild } from '../../../src/control/api.ts';
import { avatar } from '../avatar.ts';
import { displayName, isVoice, memberColor, memberOf, voiceStateOf, type GuildChannel } from '../discord.ts';
import { channelIcon, icons } from '../icons.ts';
import { t } from '../i18n.ts';
import { Permission } from '../permissions.ts';
import type { Store } from '../store.ts';
import { memberOptions } from './options.ts';
import type { PickerOption } from './picker.ts';

const acronym = (name: string): string =>
  name
    .split(/\s+/)
    .map((word) => [...word][0] ?? '')
    .join('')
    .slice(0, 4);

const byName = new Intl.Collator();

export function guildRail(store: Store): TemplateResult {
  return html`<nav class="rail" aria-label=${t('guilds')}>
    ${store.state?.guilds.map(
      (guild) =>
        html`<button
          type="button"
          class=${classMap({ guild: true, current: guild.id === store.guildId, away: guild.unavailable })}
          aria-current=${guild.id === store.guildId ? 'true' : 'false'}
          aria-label=${guild.name}
          title=${guild.name}
          @click=${() => store.openGuild(guild.id)}
        >
          ${acronym(guild.name)}
        </button>`,
    )}
  </nav>`;
}

function speakers(guild: SandboxGuild, channel: GuildChannel): TemplateResult | typeof nothing {
  const nameOf = (userId: string): string => {
    const member = memberOf(guild, userId);
    return member ? displayName(member.user, member) : userId;
  };
  const states = guild.voiceStates
    .filter((state) => state.channel_id === channel.id)
    .map((state) => ({ ...state, name: nameOf(state.user_id) }))
    .sort((a, b) => byName.compare(a.name, b.name));
  if (states.length === 0) return nothing;
  return html`<ul class="speakers" aria-label=${channel.name}>
    ${repeat(
      states,
      (state) => state.user_id,
      (state) => {
        const { name } = state;
        const member = memberOf(guild, state.user_id);
        const muted = state.mute || state.self_mute || state.suppress;
        const deafened = state.deaf || state.self_deaf;
        return html`<li data-user-id=${state.user_id}>
          ${avatar(state.user_id, name, 24)}<span style="color:${memberColor(guild, member) ?? ''}"
            >${name}</span
          >
          ${muted ? html`<i role="img" aria-label=${t('muted')}>${icons.muted}</i>` : nothing}
          ${deafened ? html`<i role="img" aria-label=${t('deafened')}>${icons.deafened}</i>` : nothing}
        </li>`;
      },
    )}
  </ul>`;
}

function voiceRow(store: Store, guild: SandboxGuild, channel: GuildChannel): TemplateResult {
  const inside = store.actorId !== undefined && voiceStateOf(guild, store.actorId)?.channel_id === channel.id;
  const count = guild.voiceStates.filter((state) => state.channel_id === channel.id).length;
  const status = guild.voiceStatuses[channel.id];
  const closed = !inside && !store.may(channel, Permission.Connect);
  const enter = (): void => {
    if (inside) store.openChannel(channel.id);
    else void store.act('join-voice', { guildId: guild.id, channelId: channel.id });
  };
  return html`<div class=${classMap({ channel: true, current: channel.id === store.channelId, inside })}>
      <button
        type="button"
        class="channel-name"
        data-channel-id=${channel.id}
        title=${t(closed ? 'closedVoice' : 'joinVoice', channel.name)}
        @click=${enter}
      >
        ${closed ? icons.locked : channelIcon(channel.type)}<span
          >${channel.name}${status ? html`<small class="voice-status" title=${status}>${status}</small>` : nothing}</span
        >
        ${channel.userLimit > 0 ? html`<small class="limit">${count}/${channel.userLimit}</small>` : nothing}
      </button>
      <button
        type="button"
        class="icon-button chat"
        aria-label=${t('openVoiceChat', channel.name)}
        title=${t('openVoiceChat', channel.name)}
        @click=${() => store.openChannel(channel.id)}
      >
        ${icons.chat}
      </button>
    </div>
    ${speakers(guild, channel)}`;
}

function textRow(store: Store, guild: SandboxGuild, channel: GuildChannel): TemplateResult {
  const current = channel.id === store.channelId;
  const thread = channel.type >= 10 && channel.type <= 12;
  return html`<a
    class=${classMap({ channel: true, current, thread, unread: store.unread.has(channel.id) })}
    data-channel-id=${channel.id}
    href="#${guild.id}/${channel.id}"
    aria-current=${current ? 'page' : 'false'}
    @click=${() => store.openChannel(channel.id)}
    ><span class="channel-name">${channelIcon(channel.type)}<span>${channel.name}</span></span></a
  >`;
}

function channelList(store: Store, guild: SandboxGuild): TemplateResult {
  const groups = store.channelGroups;
  if (groups.length === 0) return html`<p class="note">${t('noChannel')}</p>`;
  return html`${repeat(
    groups,
    (group) => group.category?.id ?? '',
    ({ category, channels }) => {
      const closed = category !== null && store.collapsed.has(category.id);
      const shown = closed ? channels.filter((channel) => channel.id === store.channelId) : channels;
      return html`<section>
        ${
          category
            ? html`<h3>
                <button
                  type="button"
                  class="category"
                  aria-expanded=${!closed}
                  data-channel-id=${category.id}
                  @click=${() => store.toggleCategory(category.id)}
                >
                  ${icons.chevron}${category.name}
                </button>
              </h3>`
            : nothing
        }
        ${repeat(
          shown,
          (channel) => channel.id,
          (channel) => (isVoice(channel) ? voiceRow(store, guild, channel) : textRow(store, guild, channel)),
        )}
      </section>`;
    },
  )}`;
}

function voicePanel(store: Store, guild: SandboxGuild): TemplateResult | typeof nothing {
  const voice = store.actorId ? voiceStateOf(guild, store.actorId) : undefined;
  const channel = guild.channels.find((candidate) => candidate.id === voice?.channel_id);
  if (!channel) return nothing;
  return html`<div class="voice-panel">
    <div><b>${t('voiceConnected')}</b><span>${channel.name}</span></div>
    <button
      type="button"
      class="icon-button"
      aria-label=${t('leaveVoice')}
      title=${t('leaveVoice')}
      @click=${() => store.act('leave-voice', { guildId: guild.id })}
    >
      ${icons.hangUp}
    </button>
  </div>`;
}

const people = new WeakMap<PickerOption[], PickerOption[]>();

/** The members one can act as: all but bots, who act by themselves. */
function actorOptions(guild: SandboxGuild): PickerOption[] {
  const all = memberOptions(guild);
  let options = people.get(all);
  if (!options) {
    options = all.filter((option) => memberOf(guild, option.value)?.user.bot !== true);
    people.set(all, options);
  }
  return options;
}

export function sidebar(store: Store): TemplateResult {
  const { guild, actor } = store;
  const name = actor ? displayName(actor.user, actor) : '';
  return html`<aside class="sidebar" aria-label=${t('channels')}>
    <header><h2>${guild?.name ?? ''}</h2></header>
    <div class="channels">
      ${guild?.unavailable ? html`<p class="note">${t('unavailable')}</p>` : nothing}
      ${guild ? channelList(store, guild) : nothing}
    </div>
    ${guild ? voicePanel(store, guild) : nothing}
    ${
      guild
        ? html`<sb-picker
            class="actor"
            label=${t('actAs', name)}
            .options=${actorOptions(guild)}
            .values=${store.actorId ? [store.actorId] : []}
            .placeholder=${t('chooseMember')}
            .searchable=${true}
            @pick=${(event: CustomEvent<string[]>) => event.detail[0] && store.actAs(event.detail[0])}
          ></sb-picker>`
        : nothing
    }
  </aside>`;
}
