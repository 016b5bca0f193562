/** Discord's times and bounds, in milliseconds and counts; tests shorten them. */
export interface GatewayLimits {
  maxPayloadBytes: number;
  sendsPerWindow: number;
  sendWindowMs: number;
  /** One identify per concurrency bucket in this time. */
  identifyWindowMs: number;
  /** How long a lost connection's session can be resumed. */
  resumeWithinMs: number;
  /** Dispatches kept per session for a resume. */
  replayEvents: number;
  /** Bytes that may wait for one slow connection before it is cut. */
  maxQueuedBytes: number;
  /** After op 7 the server drops the connection in this time. */
  reconnectGraceMs: number;
  /** One full member list per guild in this time. */
  memberListEveryMs: number;
  maxGuildsPerShard: number;
  maxConnections: number;
}

export const DISCORD_LIMITS: GatewayLimits = {
  maxPayloadBytes: 4096,
  sendsPerWindow: 120,
  sendWindowMs: 60_000,
  identifyWindowMs: 5_000,
  resumeWithinMs: 180_000,
  replayEvents: 10_000,
  maxQueuedBytes: 256 * 1024 * 1024,
  reconnectGraceMs: 3_000,
  memberListEveryMs: 30_000,
  maxGuildsPerShard: 2_500,
  maxConnections: 512,
};
