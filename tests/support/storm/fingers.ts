/** People at the buttons, menus and forms of voice rooms. */
import type { SandboxClient } from '../../../sandbox/src/client.ts';
import type { InteractionOutcome, PeopleVerbs } from '../../../sandbox/src/control/api.ts';
import type { Sandbox } from '../../../sandbox/src/server.ts';

interface Component {
  custom_id?: string;
  disabled?: boolean;
  components?: Component[];
  component?: Component;
}

/** Every button and menu of the message whose custom id begins so. */
function findComponents(message: unknown, prefix: string): string[] {
  const found: string[] = [];
  const look = (all: Component[] = []) => {
    for (const one of all) {
      if (one.custom_id?.startsWith(prefix) && !one.disabled) found.push(one.custom_id);
      look(one.components);
      if (one.component) look([one.component]);
    }
  };
  look((message as { components?: Component[] }).components);
  return found;
}

/** People who press buttons; what they may not press, or no longer can, they leave alone. */
export class Fingers {
  readonly pressed = new Map<string, number>();
  #client: SandboxClient;
  #sandbox: Sandbox;
  #busy = new Set<Promise<unknown>>();

  constructor(client: SandboxClient, sandbox: Sandbox) {
    this.#client = client;
    this.#sandbox = sandbox;
  }

  get busy(): number {
    return this.#busy.size;
  }

  /** Begins something that is not waited for; `settled` does. */
  begin(work: Promise<unknown>): void {
    const guarded = work.catch(() => undefined).finally(() => this.#busy.delete(guarded));
    this.#busy.add(guarded);
  }

  async settled(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }

  /** Presses the newest button of the room's chat (its panel's, or of a question) whose custom id begins so. */
  async press(roomId: string, userId: string, prefix: string): Promise<InteractionOutcome | undefined> {
    const { world } = this.#sandbox;
    for (const { id, author, components } of world.messages.history(roomId, { limit: 100 })) {
      const [customId] = author.id === world.bot.id ? findComponents({ components }, prefix) : [];
      if (customId !== undefined) return this.#click({ channelId: roomId, messageId: id, userId, customId });
    }
    return undefined;
  }

  /** Presses a button of the room's chat that opens a form, and sends it filled in. */
  async fill(
    roomId: string,
    userId: string,
    prefix: string,
    values: Record<string, string | string[]>,
  ): Promise<InteractionOutcome | undefined> {
    const opened = await this.press(roomId, userId, prefix);
    if (opened?.modal === undefined) return undefined;
    this.#count('submit', prefix);
    const { interactionId } = opened;
    return this.#client.people('submit-modal', { interactionId, userId, values, waitForFinal: true });
  }

  /** Types `/hub {subcommand}`. */
  command(
    channelId: string,
    userId: string,
    subcommand: string,
    options: Record<string, string>,
  ): Promise<InteractionOutcome> {
    this.#count('command', subcommand);
    const name = 'hub';
    return this.#client.people('command', {
      channelId,
      userId,
      name,
      subcommand,
      options,
      waitForFinal: true,
    });
  }

  /** Presses a button of what a press brought up. */
  async pressNext(
    outcome: InteractionOutcome | undefined,
    roomId: string,
    userId: string,
    prefix: string,
  ): Promise<InteractionOutcome | undefined> {
    const { message } = outcome ?? {};
    const customId = message && findComponents(message, prefix)[0];
    if (message === undefined || customId === undefined) return undefined;
    return this.#click({ channelId: roomId, messageId: message.id, userId, customId });
  }

  /** Chooses in a menu of what a press brought up. */
  async choose(
    outcome: InteractionOutcome | undefined,
    roomId: string,
    userId: string,
    prefix: string,
    values: string[],
  ): Promise<InteractionOutcome | undefined> {
    const { message } = outcome ?? {};
    const customId = message && findComponents(message, prefix)[0];
    if (message === undefined || customId === undefined) return undefined;
    this.#count('choose', customId);
    return this.#client.people('choose', {
      channelId: roomId,
      messageId: message.id,
      userId,
      customId,
      values,
      waitForFinal: true,
    });
  }

  #click(body: PeopleVerbs['click'][0]): Promise<InteractionOutcome> {
    this.#count('click', body.customId);
    return this.#client.people('click', { ...body, waitForFinal: true });
  }

  #count(how: string, customId: string): void {
    const what = `${how} ${customId.replace(/\d{15,20}/g, '{id}')}`;
    this.pressed.set(what, (this.pressed.get(what) ?? 0) + 1);
  }
}
