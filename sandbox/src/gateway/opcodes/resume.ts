import { GatewayCloseCodes } from 'discord-api-types/v10';
import { z } from 'zod';
import { GatewayClose } from '../close_codes.ts';
import type { Connection } from '../connection.ts';
import type { Gateway } from '../gateway.ts';
import { decode } from './decode.ts';

const resumeSchema = z.object({ token: z.string(), session_id: z.string(), seq: z.int().min(0) });

/** Op 6: takes up a session where the client lost it, or says with op 9 that it is gone. */
export function resume(gateway: Gateway, connection: Connection, d: unknown): void {
  if (connection.session !== null) throw new GatewayClose(GatewayCloseCodes.AlreadyAuthenticated);
  const body = decode(resumeSchema, d);
  const token = body.token.replace(/^Bot /, '');
  if (gateway.world.botByToken(token) === undefined)
    throw new GatewayClose(GatewayCloseCodes.AuthenticationFailed);
  const session = gateway.sessions.get(body.session_id);
  if (session === undefined || session.token !== token) {
    gateway.invalidate(connection, false);
    return;
  }
  if (body.seq > session.seq) throw new GatewayClose(GatewayCloseCodes.InvalidSeq);
  const missed = session.missedSince(body.seq);
  if (missed === undefined) {
    gateway.sessions.end(session);
    gateway.invalidate(connection, false);
    return;
  }
  gateway.takeUp(session, connection, missed);
}
