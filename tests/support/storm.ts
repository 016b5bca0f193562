/** What a storm over voice hubs is made of: chance that can be repeated, people and weather. */
import type { InteractionOutcome, PeopleVerbs } from '../../sandbox/src/control/api.ts';
import type { RestFault } from '../../sandbox/src/control/weather.ts';
import type { Sandbox } from '../../sandbox/src/server.ts';
import type { Guild } from '../../sandbox/src/world/types.ts';
import type { SandboxClient } from '../../sandbox/src/client.ts';
import { Random } from './random.ts';

/** Random choices that a storm makes besides. */
export class Chance extends Random {
  oneOf<T>(all: readonly T[]): T | undefined {
    return all[this.below(all.length)];
  }

  /** A key, as often as its weight says. */
  weighted<K extends string>(weights: Record<K, number>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) if ((left -= weight) < 0) return key;
    return entries[0]![0];
  }
}

export const MODES = ['open', 'closed', 'private', 'conference'] as const;
export type Mode = (typeof MODES)[number];

interface Component {
  custom_id?: string;
  disabled?: boolean;
  components?: Component[];
  component?: Component;
}

/** Every button and menu of the message whose custom id begins so. */
export function findComponents(message: unknown, prefix: string): string[] {
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

/** Something that goes wrong with REST for a few calls. */
export function restTrouble(chance: Chance): RestFault {
  const count = 1 + chance.below(3);
  const route = chance.oneOf([
    '/guilds/\\d+/channels$',
    '/members/',
    '/channels/\\d+/messages',
    '/channels/\\d+$',
    '.',
  ])!;
  switch (
    chance.weighted({ status: 4, limited: 4, 'cut-before': 2, 'cut-after': 2, delay: 2, 'delay-after': 2 })
  ) {
    case 'status':
      return { kind: 'status', status: chance.oneOf([500, 502, 503])!, count, route };
    case 'limited':
      return {
        kind: 'rate-limit',
        scope: chance.oneOf(['user', 'global', 'shared'] as const)!,
        retryAfter: 0.05 + chance.next() * 0.25,
        count,
        route,
      };
    case 'cut-before':
      return { kind: 'cut-before', count: 1, route };
    case 'cut-after':
      return { kind: 'cut-after', count: 1, route };
    case 'delay':
      return { kind: 'delay', ms: chance.below(300), count, route };
    case 'delay-after':
      return { kind: 'delay-after', ms: chance.below(300), count, route };
  }
}

export interface Lists {
  mode: Mode;
  owner_id: string | null;
  allowed_members: string[];
  allowed_roles: string[];
  blocked_members: string[];
  blocked_roles: string[];
}

/** Whether the rules let this member be in the room: owner and administrators always, then the lists, then the mode. */
export function admitted(room: Lists, guild: Guild, userId: string): boolean {
  if (userId === room.owner_id || userId === guild.ownerId) return true;
  const roles = guild.members.get(userId)?.roles ?? [];
  const among = (list: string[]) => roles.some((id) => list.includes(id));
  if (room.blocked_members.includes(userId)) return false;
  if (room.allowed_members.includes(userId)) return true;
  if (among(room.blocked_roles)) return false;
  if (among(room.allowed_roles)) return true;
  return room.mode === 'open' || room.mode === 'conference';
}

/** Whether the rules let this member, who is in the room, be heard. */
export function mayBeHeard(room: Lists, guild: Guild, userId: string): boolean {
  if (room.mode !== 'conference' || userId === room.owner_id || userId === guild.ownerId) return true;
  const roles = guild.members.get(userId)?.roles ?? [];
  if (room.allowed_members.includes(userId)) return true;
  if (room.blocked_members.includes(userId)) return false;
  return (
    !roles.some((id) => room.blocked_roles.includes(id)) &&
    roles.some((id) => room.allowed_roles.includes(id))
  );
}
