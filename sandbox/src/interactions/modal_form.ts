/** What the schema does not say about modals (Discord Docs/Component Reference, "Label" and the inputs). */
import { type APIModalInteractionResponseCallbackData, ComponentType as C } from 'discord-api-types/v10';
import { checkEmoji, ZERO_OF_REQUIRED } from '../rest/component_form.ts';
import { addFieldError, type ErrorTree, invalidForm } from '../rest/errors.ts';
import { withComponentIds } from '../world/message-parts.ts';
import type { Component } from './components.ts';

type Path = readonly (string | number)[];

/** The documentation's bound; the schema's 40 is that of messages. */
const MAX_TOP_LEVEL = 5;
const MAX_TEXT = 4000;

/** The modal with ids given to its components; `raw` is what was sent. @throws 50035 */
export function checkModal(data: unknown, raw: unknown): APIModalInteractionResponseCallbackData {
  const modal = data as { components: Component[] };
  const sent = raw as { components: Component[] };
  const tree: ErrorTree = {};
  const add = (path: Path, code: string, message: string) =>
    addFieldError(tree, ['data', ...path], { code, message });

  if (modal.components.length > MAX_TOP_LEVEL) {
    add(['components'], 'BASE_TYPE_BAD_LENGTH', `Must be between 1 and ${MAX_TOP_LEVEL} in length.`);
  }
  const customIds = new Set<string>();
  const ids = new Set<number>();
  const visit = (component: Component, original: Component | undefined, path: Path): void => {
    checkOne(component, path, add);
    // The schema knows no `disabled` here and drops it; Discord refuses it.
    if (original?.disabled === true) {
      add([...path, 'disabled'], 'COMPONENT_DISABLED_IN_MODAL', 'Components cannot be disabled in modals');
    }
    if (component.custom_id !== undefined) {
      if (customIds.has(component.custom_id)) {
        add(
          [...path, 'custom_id'],
          'COMPONENT_CUSTOM_ID_DUPLICATED',
          'Component custom id cannot be duplicated',
        );
      }
      customIds.add(component.custom_id);
    }
    if (component.id) {
      if (ids.has(component.id))
        add([...path, 'id'], 'COMPONENT_ID_DUPLICATED', 'Component id cannot be duplicated');
      ids.add(component.id);
    }
    component.components?.forEach((child, index) =>
      visit(child, original?.components?.[index], [...path, 'components', index]),
    );
    if (component.component !== undefined)
      visit(component.component, original?.component, [...path, 'component']);
  };
  modal.components.forEach((component, index) =>
    visit(component, sent.components[index], ['components', index]),
  );
  if (Object.keys(tree).length > 0) throw invalidForm(tree);
  return {
    ...modal,
    components: withComponentIds(modal.components),
  } as unknown as APIModalInteractionResponseCallbackData;
}

function checkOne(
  component: Component,
  path: Path,
  add: (path: Path, code: string, message: string) => void,
): void {
  const inRow = path.includes('components') && path.length > 2 && path.at(-1) !== 'component';
  if (component.type === C.TextInput && inRow && !component.label) {
    add([...path, 'label'], 'BASE_TYPE_REQUIRED', 'This field is required');
  }
  const least = component.min_length ?? 0;
  if (least > (component.max_length ?? MAX_TEXT))
    add([...path, 'min_length'], 'COMPONENT_MIN_LENGTH_INVALID', 'min_length is larger than max_length');
  if (component.max_values != null && (component.min_values ?? 0) > component.max_values) {
    add([...path, 'min_values'], 'COMPONENT_MIN_VALUES_INVALID', 'min_values is larger than max_values');
  }
  // Whatever has `min_values` in a modal must be answered unless it says otherwise.
  if (component.min_values === 0 && component.required !== false)
    add([...path, 'min_values'], ...ZERO_OF_REQUIRED);
  if (component.options != null) {
    const values = component.options.map(({ value }) => value);
    for (const [index, option] of component.options.entries())
      checkEmoji(option, [...path, 'options', index], (at, ...what) => add(at as Path, ...what));
    values.forEach((value, index) => {
      if (values.indexOf(value) < index) {
        add(
          [...path, 'options', index, 'value'],
          'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
          'The specified option value is already used',
        );
      }
    });
  }
}
