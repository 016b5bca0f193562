import { GatewayCloseCodes as Code } from 'discord-api-types/v10';

/** The reasons that Discord writes into its close frames. */
const REASONS: Record<number, string> = {
  [Code.UnknownError]: 'Unknown error.',
  [Code.UnknownOpcode]: 'Unknown opcode.',
  [Code.DecodeError]: 'Error while decoding payload.',
  [Code.NotAuthenticated]: 'Not authenticated.',
  [Code.AuthenticationFailed]: 'Authentication failed.',
  [Code.AlreadyAuthenticated]: 'Already authenticated.',
  [Code.InvalidSeq]: 'Invalid seq.',
  [Code.RateLimited]: 'Rate limited.',
  [Code.SessionTimedOut]: 'Session timed out.',
  [Code.InvalidShard]: 'Invalid shard.',
  [Code.ShardingRequired]: 'Sharding required.',
  [Code.InvalidAPIVersion]: 'Invalid API version.',
  [Code.InvalidIntents]: 'Invalid intent(s).',
  [Code.DisallowedIntents]: 'Disallowed intent(s).',
};

/** Codes after which the session is gone: the client has to identify anew, if it may at all. */
export const ENDS_SESSION: ReadonlySet<number> = new Set([
  Code.NotAuthenticated,
  Code.AuthenticationFailed,
  Code.InvalidSeq,
  Code.SessionTimedOut,
  Code.InvalidShard,
  Code.ShardingRequired,
  Code.InvalidAPIVersion,
  Code.InvalidIntents,
  Code.DisallowedIntents,
]);

export const closeReason = (code: number): string => REASONS[code] ?? '';

/** Thrown by an opcode's handler: the connection ends with this code. */
export class GatewayClose extends Error {
  readonly code: number;

  constructor(code: Code) {
    super(closeReason(code));
    this.name = 'GatewayClose';
    this.code = code;
  }
}
