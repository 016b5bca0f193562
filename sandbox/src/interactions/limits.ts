/** Discord's life times of an interaction's token, in milliseconds; tests shorten them. */
export interface InteractionLimits {
  /** Until the first answer. */
  initialMs: number;
  /** For follow-ups, once answered. */
  tokenMs: number;
  /** How long `waitForFinal` waits for a deferred answer. */
  finalMs: number;
  /** Interactions kept; beyond it the oldest are forgotten. */
  maxKept: number;
}

export const DISCORD_INTERACTION_LIMITS: InteractionLimits = {
  initialMs: 3_000,
  tokenMs: 15 * 60_000,
  finalMs: 15_000,
  maxKept: 10_000,
};
