import { GatewayCloseCodes } from 'discord-api-types/v10';
import { z } from 'zod';
import { GatewayClose } from '../close_codes.ts';
import type { Connection } from '../connection.ts';
import type { Gateway } from '../gateway.ts';
import { KNOWN_INTENTS, PRIVILEGED_INTENTS } from '../intents.ts';
import { decode } from './decode.ts';
import { presenceSchema } from './presence_update.ts';

const DEFAULT_LARGE_THRESHOLD = 50;

const identifySchema = z.object({
  token: z.string(),
  properties: z.looseObject({}),
  intents: z.int(),
  compress: z.boolean().nullish(),
  large_threshold: z.int().min(50).max(250).nullish(),
  shard: z.array(z.int()).nullish(),
  presence: presenceSchema.nullish(),
});

/** Op 2: opens a session, or closes the connection with the code that says why not. */
export function identify(gateway: Gateway, connection: Connection, d: unknown): void {
  if (connection.session !== null) throw new GatewayClose(GatewayCloseCodes.AlreadyAuthenticated);
  const body = decode(identifySchema, d);
  const token = body.token.replace(/^Bot /, '');
  if (gateway.world.botByToken(token) === undefined)
    throw new GatewayClose(GatewayCloseCodes.AuthenticationFailed);
  const shard = checkShard(gateway, body.shard ?? undefined);
  checkIntents(gateway, body.intents);

  const { maxConcurrency } = gateway.weather.sessionLimits;
  if (!gateway.identifyGate.pass(shard[0], maxConcurrency, gateway.world.now())) {
    gateway.invalidate(connection, false);
    return;
  }
  if (!gateway.weather.takeIdentify()) {
    // Past the daily limit Discord ends every session and resets the token.
    gateway.endEverything(GatewayCloseCodes.AuthenticationFailed);
    throw new GatewayClose(GatewayCloseCodes.AuthenticationFailed);
  }
  if (body.compress === true) connection.usePayloadCompression();
  const session = gateway.open(connection, {
    token,
    shard,
    intents: body.intents,
    largeThreshold: body.large_threshold ?? DEFAULT_LARGE_THRESHOLD,
  });
  gateway.greet(session, connection, body.shard != null);
  if (body.presence != null) gateway.setPresence(session, body.presence);
}

function checkShard(gateway: Gateway, shard: number[] | undefined): [number, number] {
  const [id, count] = shard ?? [0, 1];
  const valid =
    (shard === undefined || shard.length === 2) &&
    id !== undefined &&
    count !== undefined &&
    id >= 0 &&
    count >= 1 &&
    id < count;
  if (!valid) throw new GatewayClose(GatewayCloseCodes.InvalidShard);
  if (gateway.guildsOfShard(id, count) > gateway.limits.maxGuildsPerShard) {
    throw new GatewayClose(GatewayCloseCodes.ShardingRequired);
  }
  return [id, count];
}

function checkIntents(gateway: Gateway, intents: number): void {
  if (intents < 0 || intents > 0x7fff_ffff || (intents & ~KNOWN_INTENTS) !== 0) {
    throw new GatewayClose(GatewayCloseCodes.InvalidIntents);
  }
  if ((intents & PRIVILEGED_INTENTS & ~gateway.weather.allowedIntents) !== 0) {
    throw new GatewayClose(GatewayCloseCodes.DisallowedIntents);
  }
}
