import { randomBytes } from 'node:crypto';
import type { APIModalInteractionResponseCallbackData, InteractionType } from 'discord-api-types/v10';
import type { SeenMessage } from '../control/api.ts';
import type { Snowflake } from '../world/types.ts';
import type { InteractionLimits } from './limits.ts';

/** One interaction, from its creation until its token is too old. */
export interface Interaction {
  id: Snowflake;
  token: string;
  type: InteractionType;
  userId: Snowflake;
  guildId: Snowflake | undefined;
  channelId: Snowflake;
  createdAt: number;
  /** Full name of the command (for messages' metadata) and its type. */
  command?: { id: Snowflake; name: string; type: number } | undefined;
  /** Type of the option that an autocompletion is about. */
  focusedType?: number;
  /** The message that the component (or the modal's component) is on. */
  source?: SeenMessage;
  /** What the first answer was; null until it is there. */
  callbackType: number | null;
  ephemeral: boolean;
  /** The message that `@original` means. */
  originalId?: Snowflake;
  /** A deferred answer that nobody has filled yet. */
  loading: boolean;
  followUps: Set<Snowflake>;
  modal?: APIModalInteractionResponseCallbackData;
  modalSubmitted: boolean;
  /** What the submitted modal had answered. */
  opener?: Interaction;
  choices?: unknown[];
}

/** The interactions that can still be answered or followed up, and who waits for what becomes of them. */
export class PendingInteractions {
  #byId = new Map<Snowflake, Interaction>();
  #byToken = new Map<string, Interaction>();
  #waiting = new Map<Snowflake, Set<() => void>>();
  #limits: InteractionLimits;
  #now: () => number;

  constructor(limits: InteractionLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  add(interaction: Interaction): void {
    this.#byId.set(interaction.id, interaction);
    this.#byToken.set(interaction.token, interaction);
    for (const [id, oldest] of this.#byId) {
      if (this.#byId.size <= this.#limits.maxKept) break;
      this.#byId.delete(id);
      this.#byToken.delete(oldest.token);
    }
  }

  get(id: Snowflake): Interaction | undefined {
    return this.#byId.get(id);
  }

  withToken(token: string): Interaction | undefined {
    return this.#byToken.get(token);
  }

  /** The 3 s for the first answer are over. */
  tooLate(interaction: Interaction): boolean {
    return this.#now() - interaction.createdAt > this.#limits.initialMs;
  }

  /** The 15 minutes of the token are over. */
  tokenExpired(interaction: Interaction): boolean {
    return this.#now() - interaction.createdAt > this.#limits.tokenMs;
  }

  /** Wakes those who wait for this interaction: something about it changed. */
  changed(interaction: Interaction): void {
    const waiting = this.#waiting.get(interaction.id);
    for (const wake of [...(waiting ?? [])]) wake();
  }

  /** Resolves when `done` holds (true), or after `ms` (false). */
  until(interaction: Interaction, done: () => boolean, ms: number): Promise<boolean> {
    if (done()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(interaction.id) ?? new Set();
      this.#waiting.set(interaction.id, waiting);
      const finish = (result: boolean) => {
        clearTimeout(timer);
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(interaction.id);
        resolve(result);
      };
      const wake = () => {
        if (done()) finish(true);
      };
      const timer = setTimeout(() => finish(false), ms);
      waiting.add(wake);
    });
  }
}

/** A token as opaque as Discord's. */
export const newToken = (id: Snowflake): string =>
  Buffer.from(`interaction:${id}:${randomBytes(48).toString('base64url')}`).toString('base64url');
