/** What a person fills into a modal, as MODAL_SUBMIT sends it (Discord Docs/Component Reference). */
import { ComponentType as C } from 'discord-api-types/v10';
import { malformed } from '../control/errors.ts';
import { checkValues, type Component, isSelect } from './components.ts';
import type { Resolver } from './resolve.ts';

/** Newer than the enum of discord-api-types in older versions. */
const RADIO_GROUP = 21;
const CHECKBOX_GROUP = 22;
const CHECKBOX = 23;
const MAX_TEXT = 4000;

export type ModalValues = Record<string, string | string[]>;

/** `data.components`. @throws ControlError 400 for what the client would not let through */
export function submittedComponents(
  components: Component[],
  values: ModalValues,
  resolver: Resolver,
): object[] {
  const known = new Set<string>();
  const sent = components.map((component) => submitted(component, values, resolver, known));
  const stranger = Object.keys(values).find((customId) => !known.has(customId));
  if (stranger !== undefined) throw malformed(`values: no input ${stranger}`);
  return sent;
}

function submitted(
  component: Component,
  values: ModalValues,
  resolver: Resolver,
  known: Set<string>,
): object {
  const own = { type: component.type, id: component.id };
  switch (component.type) {
    case C.ActionRow:
      return {
        ...own,
        components: component.components?.map((child) => submitted(child, values, resolver, known)),
      };
    case C.Label:
      return { ...own, component: submitted(component.component as Component, values, resolver, known) };
    case C.TextDisplay:
      return own;
    default: {
      const customId = component.custom_id ?? '';
      known.add(customId);
      return { ...own, custom_id: customId, ...inputValue(component, values[customId], resolver) };
    }
  }
}

function inputValue(input: Component, given: string | string[] | undefined, resolver: Resolver): object {
  const bad = (why: string) => malformed(`values: ${input.custom_id} ${why}`);
  const required = input.required !== false;
  const one = (): string | undefined => {
    if (Array.isArray(given)) throw bad('takes one value');
    return given;
  };
  if (input.type === C.TextInput) {
    const text = one() ?? '';
    if (required && text.trim() === '') throw bad('is required');
    if (text !== '' && text.length < (input.min_length ?? 0)) throw bad('is too short');
    if (text.length > (input.max_length ?? MAX_TEXT)) throw bad('is too long');
    return { value: text };
  }
  if (input.type === CHECKBOX) {
    const text = one() ?? 'false';
    if (text !== 'true' && text !== 'false') throw bad('is neither true nor false');
    return { value: text === 'true' };
  }
  if (input.type === RADIO_GROUP) {
    const choice = one();
    if (choice === undefined && required) throw bad('is required');
    if (choice !== undefined && !input.options?.some(({ value }) => value === choice))
      throw bad('has no such choice');
    return { value: choice ?? null };
  }
  const list = given === undefined ? [] : Array.isArray(given) ? given : [given];
  if (isSelect(input.type)) {
    checkValues(input, list, resolver, !required && list.length === 0 ? 0 : undefined);
    return { values: list };
  }
  if (input.type === CHECKBOX_GROUP) {
    const most = input.max_values ?? input.options?.length ?? 0;
    const least = required ? (input.min_values ?? 1) : 0;
    if (list.length < least || list.length > most) throw bad(`takes between ${least} and ${most} values`);
    if (!list.every((one) => input.options?.some(({ value }) => value === one)))
      throw bad('has no such choice');
    return { values: list };
  }
  // A file upload: people here have no files.
  if (required && (input.min_values ?? 1) > 0) throw bad('asks for a file, which cannot be given here');
  return { values: [] };
}
