import { GatewayCloseCodes, GatewayOpcodes } from 'discord-api-types/v10';
import { GatewayClose } from '../close_codes.ts';
import type { Connection } from '../connection.ts';
import type { Gateway } from '../gateway.ts';

/** Op 1: `d` is the last sequence seen, or null. */
export function heartbeat(gateway: Gateway, connection: Connection, d: unknown): void {
  if (d !== null && d !== undefined && !Number.isSafeInteger(d)) {
    throw new GatewayClose(GatewayCloseCodes.DecodeError);
  }
  connection.heartbeatSeen();
  gateway.record('heartbeat', connection);
  if (!gateway.weather.loseAcks) connection.send(GatewayOpcodes.HeartbeatAck, null);
}
