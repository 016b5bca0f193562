/** What people press: components of messages and modals, by custom id. */
import type { InteractionOutcome, SandboxEvent } from '../../sandbox/src/control/api.ts';
import type { SeenMessage } from '../../sandbox/src/client.ts';
import type { Scene } from './scene.ts';

const EPHEMERAL = 64;

export interface Pressable {
  type: number;
  custom_id: string;
  label?: string;
  disabled?: boolean;
  style?: number;
  placeholder?: string;
  /** Of a text input. */
  value?: string;
  options?: { label: string; value: string; default?: boolean }[];
  default_values?: { id: string; type: string }[];
}

interface Node {
  content?: string;
  custom_id?: string;
  components?: Node[];
  component?: Node;
  accessory?: Node;
}

function flat(node: Node): Node[] {
  const inner = [node.component, node.accessory, ...(node.components ?? [])];
  return [node, ...inner.filter((one) => one !== undefined).flatMap(flat)];
}

/** Everything in it with a custom id. */
export function pressables(holder: { components?: unknown } | undefined): Pressable[] {
  const [, ...inside] = flat((holder ?? {}) as Node);
  return inside.filter(({ custom_id }) => custom_id !== undefined) as Pressable[];
}

/** The one whose custom id begins so. @throws when there is none */
export function pressable(holder: { components?: unknown } | undefined, prefix: string): Pressable {
  const found = pressables(holder).find(({ custom_id }) => custom_id.startsWith(prefix));
  if (found === undefined) throw new Error(`nothing to press at ${prefix}: ${JSON.stringify(holder)}`);
  return found;
}

/** All that a message says. */
export function textOf(message: SeenMessage | undefined): string {
  const parts = flat((message ?? {}) as unknown as Node).map(({ content }) => content ?? '');
  return parts.join('\n');
}

export const isWhispered = (message: SeenMessage | undefined): boolean =>
  ((message?.flags ?? 0) & EPHEMERAL) !== 0;

/** Somebody at the controls, in French unless told otherwise. */
export class Hands {
  readonly #scene: Scene;
  readonly userId: string;
  readonly locale: string;

  constructor(scene: Scene, userId: string, locale = 'fr') {
    this.#scene = scene;
    this.userId = userId;
    this.locale = locale;
  }

  #at(message: { id: string; channel_id: string }) {
    const { userId, locale } = this;
    return { channelId: message.channel_id, messageId: message.id, userId, locale, waitForFinal: true };
  }

  click(message: SeenMessage, customId: string): Promise<InteractionOutcome> {
    return this.#scene.client.people('click', { ...this.#at(message), customId });
  }

  /** `prefix` of the select's custom id. */
  choose(message: SeenMessage, prefix: string, values: string[]): Promise<InteractionOutcome> {
    const { custom_id: customId } = pressable(message, prefix);
    return this.#scene.client.people('choose', { ...this.#at(message), customId, values });
  }

  /** Fills in the modal that a click was answered with. */
  submit(opened: InteractionOutcome, values: Record<string, string | string[]>): Promise<InteractionOutcome> {
    const { interactionId } = opened;
    const { userId, locale } = this;
    return this.#scene.client.people('submit-modal', {
      interactionId,
      userId,
      locale,
      values,
      waitForFinal: true,
    });
  }

  /** `/hub {subcommand}` in a channel. */
  hub(
    channelId: string,
    subcommand: string,
    options: Record<string, string | number | boolean> = {},
  ): Promise<InteractionOutcome> {
    const { userId, locale } = this;
    return this.#scene.client.people('command', {
      channelId,
      userId,
      locale,
      name: 'hub',
      subcommand,
      options,
      waitForFinal: true,
    });
  }

  /** The message that followed an interaction's first answer. */
  async followUp({ interactionId }: InteractionOutcome): Promise<SeenMessage> {
    const event = await this.#scene.event(
      (one: SandboxEvent) =>
        one.type === 'interaction' && one.what === 'followup' && one.interactionId === interactionId,
    );
    return (event as { data: SeenMessage }).data;
  }

  /** Awaits that the answer to an interaction was changed to a text that contains this. */
  async edited({ interactionId }: InteractionOutcome, text: string): Promise<void> {
    await this.#scene.event(
      (one: SandboxEvent) =>
        one.type === 'interaction' &&
        one.what === 'edited' &&
        one.interactionId === interactionId &&
        textOf(one.data as SeenMessage).includes(text),
    );
  }
}
