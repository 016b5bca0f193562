import type {
  APIComponentInLabel,
  APIComponentInModalActionRow,
  APISelectMenuComponent,
  APITextInputComponent,
} from 'discord-api-types/v10';
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { icons } from '../icons.ts';
import { t } from '../i18n.ts';
import type { OpenModal, Store } from '../store.ts';
import { markdown } from './markdown.ts';
import { selectContent } from './options.ts';
import './picker.ts';

type Values = Record<string, string | string[]>;

function textInput(it: APITextInputComponent, name: string): TemplateResult {
  const shared = {
    required: it.required ?? true,
    min: it.min_length ?? nothing,
    max: it.max_length ?? 4000,
    placeholder: it.placeholder ?? '',
  };
  return it.style === 2
    ? html`<textarea
        class="field"
        rows="4"
        name=${it.custom_id}
        aria-label=${name}
        ?required=${shared.required}
        minlength=${shared.min}
        maxlength=${shared.max}
        placeholder=${shared.placeholder}
        .value=${it.value ?? ''}
      ></textarea>`
    : html`<input
        class="field"
        type="text"
        name=${it.custom_id}
        aria-label=${name}
        ?required=${shared.required}
        minlength=${shared.min}
        maxlength=${shared.max}
        placeholder=${shared.placeholder}
        .value=${it.value ?? ''}
      />`;
}

function select(store: Store, it: APISelectMenuComponent, name: string, values: Values): TemplateResult {
  const content = selectContent(store, it);
  values[it.custom_id] ??= content.values;
  return html`<sb-picker
    label=${name}
    data-custom-id=${it.custom_id}
    .options=${content.options}
    .values=${content.values}
    .min=${it.min_values ?? 1}
    .max=${it.max_values ?? 1}
    .placeholder=${it.placeholder ?? ''}
    .searchable=${it.type !== 3}
    @pick=${(event: CustomEvent<string[]>) => (values[it.custom_id] = event.detail)}
  ></sb-picker>`;
}

interface Choice {
  value: string;
  label: string;
  description?: string;
  default?: boolean;
}

function choices(
  kind: 'radio' | 'checkbox',
  customId: string,
  options: readonly Choice[],
  name: string,
): TemplateResult {
  return html`<div class="choices" role=${kind === 'radio' ? 'radiogroup' : 'group'} aria-label=${name}>
    ${options.map(
      (option) =>
        html`<label
          ><input type=${kind} name=${customId} value=${option.value} ?checked=${option.default ?? false} />
          <span
            >${option.label}${option.description ? html`<small>${option.description}</small>` : nothing}</span
          ></label
        >`,
    )}
  </div>`;
}

function input(
  store: Store,
  it: APIComponentInLabel | APIComponentInModalActionRow,
  name: string,
  values: Values,
): TemplateResult | typeof nothing {
  switch (it.type) {
    case 4:
      return textInput(it, name);
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return select(store, it, name, values);
    case 19:
      return html`<p class="note">${t('noFiles')}</p>`;
    case 21:
      return choices('radio', it.custom_id, it.options, name);
    case 22:
      return choices('checkbox', it.custom_id, it.options, name);
    case 23:
      return choices(
        'checkbox',
        it.custom_id,
        [{ value: 'true', label: name, default: it.default ?? false }],
        name,
      );
    default:
      return nothing;
  }
}

function labelled(
  name: string,
  description: string | undefined,
  required: boolean,
  content: unknown,
): TemplateResult {
  return html`<div class="labelled">
    <div class="label">${name}${required ? html`<b aria-hidden="true"> *</b>` : nothing}</div>
    ${description ? html`<small>${description}</small>` : nothing}${content}
  </div>`;
}

const required = (it: object): boolean => ('required' in it ? it.required !== false : false);

function rows(store: Store, { modal }: OpenModal, values: Values): unknown {
  return modal.components.map((row) => {
    if (row.type === 10) return html`<div class="text-display">${markdown(store, row.content)}</div>`;
    if (row.type === 18) {
      const inner = input(store, row.component, row.label, values);
      return labelled(row.label, row.description, required(row.component), inner);
    }
    return row.components.map((it) => {
      const name = ('label' in it ? it.label : undefined) ?? it.custom_id;
      return labelled(name, undefined, required(it), input(store, it, name, values));
    });
  });
}

/** The chosen values by custom id; groups of check boxes as lists, a lone one as "true" or "false". */
function collect(form: HTMLFormElement, open: OpenModal, values: Values): Values {
  const data = new FormData(form);
  const all: Values = { ...values };
  for (const element of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('[name]')) {
    all[element.name] = String(data.get(element.name) ?? '');
  }
  for (const row of open.modal.components) {
    if (row.type !== 18) continue;
    const { component } = row;
    if (component.type === 22) all[component.custom_id] = data.getAll(component.custom_id).map(String);
    if (component.type === 23) all[component.custom_id] = String(data.has(component.custom_id));
  }
  return all;
}

/** A dialog can be shown only once it stands in the document, which is after its template is drawn. */
function showModal(element: Element | undefined): void {
  queueMicrotask(() => {
    if (element instanceof HTMLDialogElement && element.isConnected && !element.open) element.showModal();
  });
}

const chosen = new WeakMap<OpenModal, Values>();

/** The modal that the application answered with, as a dialog over the page. */
export function modal(store: Store): TemplateResult | typeof nothing {
  const open = store.modal;
  if (!open) return nothing;
  const values = chosen.get(open) ?? {};
  chosen.set(open, values);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const button = form.querySelector<HTMLButtonElement>('button[type=submit]');
    if (!button || button.disabled) return;
    button.disabled = true;
    await store.submitModal(collect(form, open, values));
    button.disabled = false;
  };
  return html`<dialog
    class="modal"
    aria-label=${open.modal.title}
    ${ref(showModal)}
    @close=${() => store.closeModal()}
  >
    <form @submit=${submit}>
      <header>
        <h2>${open.modal.title}</h2>
        <button type="button" class="icon-button" aria-label=${t('close')} @click=${() => store.closeModal()}>
          ${icons.close}
        </button>
      </header>
      <div class="modal-body">${rows(store, open, values)}</div>
      <footer>
        <button type="button" class="button secondary" @click=${() => store.closeModal()}>
          ${t('cancel')}
        </button>
        <button type="submit" class="button primary">${t('submit')}</button>
      </footer>
    </form>
  </dialog>`;
}
