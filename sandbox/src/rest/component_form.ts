/** Rules for components that the schema does not state: which go together, which names may repeat. */
import { isEmoji } from '../world/emoji.ts';
import { childrenOf } from '../world/message-parts.ts';
import { addFieldError, invalidForm } from './errors.ts';
import type { ErrorTree } from './errors.ts';

type Json = Record<string, unknown>;
type Path = PropertyKey[];

const ACTION_ROW = 1;
const BUTTON = 2;
const STRING_SELECT = 3;
const SELECTS = new Set([3, 5, 6, 7, 8]);
const TEXT_DISPLAY = 10;
const LINK = 5;
const PREMIUM = 6;
const MAX_ROWS = 5;
const MAX_TOTAL = 40;
const MAX_BUTTONS = 5;
const MAX_DISPLAYED_TEXT = 4000;

/** Code and message of a select that must be answered, with nothing if need be (discord-api-docs#7800, #8177). */
export const ZERO_OF_REQUIRED = [
  'SELECT_COMPONENT_REQUIRED_ZERO_MIN_VALUES',
  'Select menus marked as required cannot have a min_values of 0',
] as const;

/** Checks the components of a message whose files bear these names. @throws 50035 */
export function checkComponents(components: unknown[], v2: boolean, files: ReadonlySet<string>): void {
  const errors: ErrorTree = {};
  const add = (path: Path, code: string, message: string) =>
    addFieldError(errors, ['components', ...path], { code, message });
  const customIds = new Set<string>();
  const ids = new Set<number>();
  let total = 0;
  let displayed = 0;

  if (!v2 && components.length > MAX_ROWS) {
    add([], 'BASE_TYPE_BAD_LENGTH', `Must be between 1 and ${MAX_ROWS} in length.`);
  }
  const visit = (component: Json, path: Path) => {
    total++;
    const { type, custom_id } = component;
    if (typeof custom_id === 'string') {
      if (customIds.has(custom_id)) {
        add(
          [...path, 'custom_id'],
          'COMPONENT_CUSTOM_ID_DUPLICATED',
          'Component custom id cannot be duplicated',
        );
      }
      customIds.add(custom_id);
    }
    const id = component['id'] as number | null | undefined;
    if (id) {
      if (ids.has(id)) add([...path, 'id'], 'COMPONENT_ID_DUPLICATED', 'Component id cannot be duplicated');
      ids.add(id);
    }
    checkMedia(component, path, files, add);
    if (type === ACTION_ROW) checkRow(component, path, add);
    if (type === BUTTON) checkButton(component, path, add);
    if (SELECTS.has(type as number)) checkSelect(component, path, add);
    if (type === TEXT_DISPLAY) displayed += [...String(component['content'])].length;
    if (!v2 && path.length === 1 && type !== ACTION_ROW) {
      add(path, 'UNION_TYPE_CHOICES', 'Value of field "type" must be one of (1,).');
    }
    const nested = (component['components'] as Json[] | undefined) ?? [];
    for (const child of childrenOf(component)) {
      const index = nested.indexOf(child);
      visit(
        child,
        index >= 0
          ? [...path, 'components', index]
          : [...path, child === component['accessory'] ? 'accessory' : 'component'],
      );
    }
  };
  for (const [index, component] of components.entries()) visit(component as Json, [index]);
  if (total > MAX_TOTAL) {
    add(
      [],
      'COMPONENT_MAX_TOTAL_COMPONENTS',
      `The total number of components must be ${MAX_TOTAL} or fewer.`,
    );
  }
  if (displayed > MAX_DISPLAYED_TEXT) {
    add(
      [],
      'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
      `Displayable text of components exceeds maximum size of ${MAX_DISPLAYED_TEXT}`,
    );
  }
  if (Object.keys(errors).length > 0) throw invalidForm(errors);
}

/** Files shown by `attachment://name` must come with the message. */
function checkMedia(component: Json, path: Path, files: ReadonlySet<string>, add: Add): void {
  const shown: [Path, unknown][] = [
    [['media'], component['media']],
    [['file'], component['file']],
    ...((component['items'] as Json[] | null | undefined) ?? []).map(({ media }, index): [Path, unknown] => [
      ['items', index, 'media'],
      media,
    ]),
  ];
  for (const [at, media] of shown) {
    const url = (media as Json | null | undefined)?.['url'];
    if (typeof url !== 'string' || !url.startsWith('attachment://') || files.has(url.slice(13))) continue;
    add(
      [...path, ...at, 'url'],
      'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND',
      'The referenced attachment was not found',
    );
  }
}

type Add = (path: Path, code: string, message: string) => void;

/** The emoji of a button or an option: Discord gives both the same code (discord-api-docs#8071). No guild has its own. */
export function checkEmoji(holder: { emoji?: unknown }, path: Path, add: Add): void {
  const emoji = holder.emoji as { id?: string | null; name?: string | null } | null | undefined;
  if (emoji == null) return;
  const key = emoji.id == null ? 'name' : 'id';
  if (key === 'name' && isEmoji(emoji.name ?? '')) return;
  add([...path, 'emoji', key], 'BUTTON_COMPONENT_INVALID_EMOJI', 'Invalid emoji');
}

function checkRow(row: Json, path: Path, add: Add): void {
  const children = row['components'] as Json[];
  const selects = children.filter(({ type }) => SELECTS.has(type as number)).length;
  if (selects > 1 || (selects === 1 && children.length > 1) || children.length > MAX_BUTTONS) {
    const at = selects > 0 ? 1 : MAX_BUTTONS;
    add(
      [...path, 'components', at],
      'COMPONENT_LAYOUT_WIDTH_EXCEEDED',
      'The specified component exceeds the maximum width',
    );
  }
}

function checkButton(button: Json, path: Path, add: Add): void {
  const required = (key: string) => add([...path, key], 'BASE_TYPE_REQUIRED', 'This field is required');
  if (button['style'] === LINK) {
    if (button['url'] == null) add(path, 'BUTTON_COMPONENT_LINK_URL_REQUIRED', 'A url is required');
    if (button['custom_id'] != null) {
      add(
        path,
        'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE',
        'A custom id and url cannot both be specified',
      );
    }
  } else if (button['style'] === PREMIUM) {
    if (button['sku_id'] == null) required('sku_id');
    return;
  } else {
    if (button['custom_id'] == null)
      add(path, 'BUTTON_COMPONENT_CUSTOM_ID_REQUIRED', 'A custom id is required');
    if (button['url'] != null) {
      add(
        path,
        'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE',
        'A custom id and url cannot both be specified',
      );
    }
  }
  if (!button['label'] && button['emoji'] == null) required('label');
  checkEmoji(button, path, add);
}

function checkSelect(select: Json, path: Path, add: Add): void {
  const min = (select['min_values'] as number | null | undefined) ?? 1;
  const max = (select['max_values'] as number | null | undefined) ?? 1;
  if (min > max) {
    add(
      [...path, 'min_values'],
      'SELECT_COMPONENT_MIN_VALUES_LARGER_THAN_MAX',
      'min_values must be less than or equal to max_values',
    );
  }
  if (select['required'] === true && min === 0) add([...path, 'min_values'], ...ZERO_OF_REQUIRED);
  const chosen = (select['default_values'] as Json[] | null | undefined) ?? [];
  if (chosen.length > 0 && (chosen.length < min || chosen.length > max)) {
    add([...path, 'default_values'], 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`);
  }
  if (select['type'] !== STRING_SELECT) return;
  const options = select['options'] as Json[];
  if (options.filter((option) => option['default'] === true).length > max) {
    add(
      [...path, 'options'],
      'SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES',
      'More options are chosen beforehand than max_values allows',
    );
  }
  const seen = new Set<unknown>();
  for (const [index, option] of options.entries()) {
    const { value } = option;
    checkEmoji(option, [...path, 'options', index], add);
    if (seen.has(value)) {
      add(
        [...path, 'options', index, 'value'],
        'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
        'The specified option value is already used',
      );
    }
    seen.add(value);
  }
  if (max > options.length) {
    add(
      [...path, 'max_values'],
      'SELECT_COMPONENT_MAX_VALUES_LARGER_THAN_OPTIONS',
      'max_values must be less than or equal to the number of options',
    );
  }
}
