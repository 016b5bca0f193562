/** What the bot may still do for those who joined a hub: for one join there is one room at most, and one move into it. */

/** A member, and the category whose hub he joined. */
export interface Whose {
  guildId: string;
  categoryId: string;
  userId: string;
}

/** When he joined, for each time that nothing came of yet. */
interface Due extends Whose {
  made: number[];
  moved: number[];
}
const KINDS = ['made', 'moved'] as const;
export type DueKind = (typeof KINDS)[number];

export class Dues {
  #all = new Map<string, Due>();

  joined(whose: Whose, at: number): void {
    const due = this.#of(whose);
    for (const kind of KINDS) due[kind].push(at);
  }

  /** However long he waited: what is under way for him has only just begun, perhaps. */
  left(whose: Whose, at: number): void {
    const due = this.#of(whose);
    for (const kind of KINDS) due[kind] = due[kind].map(() => at);
  }

  /** The bot may not know what it has done, or what it did was undone: there, or everywhere. */
  excuse(guildId?: string): void {
    for (const due of this.#all.values()) {
      if (guildId !== undefined && due.guildId !== guildId) continue;
      for (const kind of KINDS) due[kind].push(Date.now());
    }
  }

  /** Whether it was due. */
  spend(kind: DueKind, whose: Whose): boolean {
    return this.#all.get(keyOf(whose))?.[kind].shift() !== undefined;
  }

  /** Of joins until then that nothing came of, only those who still wait have one due. */
  settle(until: number, waits: (whose: Whose) => boolean): void {
    for (const due of this.#all.values()) {
      const stillWaits = waits(due);
      for (const kind of KINDS)
        due[kind] = due[kind].filter((at, n, { length }) => at > until || (stillWaits && n === length - 1));
    }
  }

  #of(whose: Whose): Due {
    const due = this.#all.get(keyOf(whose)) ?? { ...whose, made: [], moved: [] };
    this.#all.set(keyOf(whose), due);
    return due;
  }
}

const keyOf = ({ guildId, categoryId, userId }: Whose) => `${guildId} ${categoryId} ${userId}`;
