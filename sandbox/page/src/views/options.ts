import type { APIGuildMember, APISelectMenuComponent } from 'discord-api-types/v10';
import { html, nothing } from 'lit';
import type { SandboxGuild } from '../../../src/control/api.ts';
import { avatar } from '../avatar.ts';
import { cssColor, displayName, memberColor } from '../discord.ts';
import { channelIcon, icons } from '../icons.ts';
import type { Store } from '../store.ts';
import type { PickerOption } from './picker.ts';

/** Custom emojis have no picture here: their name stands for them. */
export const emoji = (it: { id?: string | null; name?: string | null } | undefined): unknown =>
  it
    ? it.id
      ? html`<span class="custom-emoji">:${it.name}:</span>`
      : html`<span class="emoji">${it.name}</span>`
    : nothing;

const byLabel = new Intl.Collator();
const made = new WeakMap<APIGuildMember[], PickerOption[]>();

/** The guild's members by name. Kept as long as nothing about them changes: a guild may have thousands. */
export function memberOptions(guild: SandboxGuild): PickerOption[] {
  let options = made.get(guild.members);
  if (!options) {
    options = guild.members.map((member) => {
      const { id, username } = member.user;
      const label = displayName(member.user, member);
      return {
        value: id,
        label,
        description: username,
        sign: () => avatar(id, label, 24),
        color: () => memberColor(guild, member),
      };
    });
    options.sort((a, b) => byLabel.compare(a.label, b.label));
    made.set(guild.members, options);
  }
  return options;
}

function roleOptions(store: Store): PickerOption[] {
  const roles = (store.guild?.roles ?? []).toSorted((a, b) => b.position - a.position);
  return roles.map((role) => ({
    value: role.id,
    label: role.name,
    sign: () => icons.role,
    color: () => (role.color ? cssColor(role.color) : undefined),
  }));
}

function channelOptions(store: Store, types: readonly number[] | undefined): PickerOption[] {
  const channels = (store.guild?.channels ?? []).filter(
    (channel) => !types?.length || types.includes(channel.type),
  );
  return channels.map((channel) => ({
    value: channel.id,
    label: channel.name ?? channel.id,
    sign: () => channelIcon(channel.type),
  }));
}

/** What a select of any kind offers (types 3, 5, 6, 7, 8 of Discord's component reference). */
export function selectOptions(store: Store, type: number, channelTypes?: readonly number[]): PickerOption[] {
  const members = (type === 5 || type === 7) && store.guild ? memberOptions(store.guild) : [];
  if (type === 5) return members;
  if (type === 6) return roleOptions(store);
  if (type === 7) return [...members, ...roleOptions(store)];
  return type === 8 ? channelOptions(store, channelTypes) : [];
}

/** The options and the values chosen beforehand of a select component. */
export function selectContent(
  store: Store,
  it: APISelectMenuComponent,
): { options: PickerOption[]; values: string[] } {
  if (it.type === 3) {
    return {
      options: it.options.map((option) => ({
        value: option.value,
        label: option.label,
        ...(option.description ? { description: option.description } : {}),
        ...(option.emoji ? { sign: () => emoji(option.emoji) } : {}),
      })),
      values: it.options.filter((option) => option.default).map((option) => option.value),
    };
  }
  const channelTypes = it.type === 8 ? it.channel_types : undefined;
  return {
    options: selectOptions(store, it.type, channelTypes),
    values: (it.default_values ?? []).map((value) => value.id),
  };
}
