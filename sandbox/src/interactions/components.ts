import { ButtonStyle, type ChannelType, ComponentType as C } from 'discord-api-types/v10';
import { malformed, notFound, refused } from '../control/errors.ts';
import type { Resolver } from './resolve.ts';

/** A component as messages and modals carry it. */
export interface Component {
  type: number;
  id?: number;
  custom_id?: string;
  style?: number;
  disabled?: boolean;
  label?: string;
  description?: string;
  required?: boolean;
  min_values?: number;
  max_values?: number;
  min_length?: number;
  max_length?: number;
  options?: { value: string; emoji?: unknown }[];
  channel_types?: ChannelType[];
  components?: Component[];
  component?: Component;
  accessory?: Component;
}

export function childrenOf(component: Component): Component[] {
  return [
    ...(component.components ?? []),
    ...(component.component ? [component.component] : []),
    ...(component.accessory ? [component.accessory] : []),
  ];
}

/** The interactive component with this custom id, wherever it is nested. */
export function findComponent(components: Component[], customId: string): Component | undefined {
  for (const component of components) {
    if (component.custom_id === customId) return component;
    const inner = findComponent(childrenOf(component), customId);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** `data` of a click. @throws ControlError when a person could not click that */
export function clickData(components: Component[], customId: string): object {
  const button = enabled(components, customId);
  if (button.type !== C.Button || button.style === ButtonStyle.Link || button.style === ButtonStyle.Premium) {
    throw malformed('customId: no button that can be clicked');
  }
  return { component_type: button.type, custom_id: customId, id: button.id };
}

/** `data` of a choice in a select menu. @throws ControlError when a person could not choose that */
export function choiceData(
  components: Component[],
  customId: string,
  values: string[],
  resolver: Resolver,
): object {
  const select = enabled(components, customId);
  if (!isSelect(select.type)) throw malformed('customId: no select menu');
  checkValues(select, values, resolver);
  return { component_type: select.type, custom_id: customId, id: select.id, values, ...resolver.result() };
}

function enabled(components: Component[], customId: string): Component {
  const component = findComponent(components, customId);
  if (component === undefined) throw notFound('component');
  if (component.disabled === true) throw refused('that component is disabled');
  return component;
}

export const isSelect = (type: number): boolean =>
  type === C.StringSelect || (type >= C.UserSelect && type <= C.ChannelSelect);

/** Whether these values can be chosen: how many, and each of its kind. @throws ControlError 400 */
export function checkValues(select: Component, values: string[], resolver: Resolver, least?: number): void {
  const min = least ?? select.min_values ?? 1;
  const max = select.max_values ?? 1;
  if (values.length < min || values.length > max)
    throw malformed(`values: between ${min} and ${max} are asked for`);
  if (new Set(values).size < values.length) throw malformed('values: one is there twice');
  for (const value of values) {
    if (!selectable(select, value, resolver)) throw malformed(`values: ${value} cannot be chosen`);
  }
}

function selectable(select: Component, value: string, resolver: Resolver): boolean {
  switch (select.type) {
    case C.StringSelect:
      return select.options?.some((option) => option.value === value) ?? false;
    case C.UserSelect:
      return resolver.user(value);
    case C.RoleSelect:
      return resolver.role(value);
    case C.MentionableSelect:
      return resolver.user(value) || resolver.role(value);
    default:
      return resolver.channel(value, select.channel_types);
  }
}
