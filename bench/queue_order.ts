/** What a job carries in the throughput bench; nothing in the latency bench. */
export interface Job {
  guild?: number;
  n?: number;
}

/** Sees whether the jobs of each guild began in the order in which they were queued. */
export class OrderCheck {
  private readonly last = new Map<number, number>();
  private late = 0;

  take(job: Job): void {
    if (job.guild === undefined || job.n === undefined) return;
    if (job.n < (this.last.get(job.guild) ?? 0)) this.late += 1;
    this.last.set(job.guild, job.n);
  }

  report(): void {
    console.log(`out of order ${this.late}`);
  }
}
