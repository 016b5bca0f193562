/** Of which people in voice channels the bot must know by now, however busy the machine is. */

/** For so long at least a call may be under way for what has changed since; on a busy machine for longer. */
const UNDER_WAY_MS = 2_000;
/** So long after a trouble the bot may still not have all that happened meanwhile. */
const AFTERMATH_MS = 1_000;

export class Knowledge {
  #troubledAt = 0;
  #joinedAt = new Map<string, number>();
  /** When the bot was asked whether it has read every event, and when it said so. */
  #breaths: { asked: number; answered: number }[] = [];

  /** Of what has happened until now the bot may never hear. */
  trouble(): void {
    this.#troubledAt = Date.now() + AFTERMATH_MS;
  }

  /** A new session tells everything. */
  told(): void {
    this.#troubledAt = 0;
  }

  joined(userId: string, channelId: string): void {
    this.#joinedAt.set(`${userId} ${channelId}`, Date.now());
  }

  breathed(asked: number, answered: number): void {
    this.#breaths.push({ asked, answered });
  }

  /** What happened before this the bot has read, and no call is under way from before it had. */
  get until(): number {
    const isOver = ({ asked, answered }: { asked: number; answered: number }) =>
      answered + Math.max(UNDER_WAY_MS, 4 * (answered - asked)) < Date.now();
    return this.#breaths.findLast(isOver)?.asked ?? 0;
  }

  /** Whether the bot acts on it that somebody is there. */
  includes(userId: string, channelId: string): boolean {
    const since = this.#joinedAt.get(`${userId} ${channelId}`) ?? 0;
    return since > this.#troubledAt && since < this.until;
  }
}
