import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayCloseCodes } from 'discord-api-types/v10';
import { WebSocketServer } from 'ws';
import type { SandboxContext } from '../context.ts';
import { closeReason } from './close_codes.ts';
import { makeEncoder } from './compression.ts';
import { Gateway } from './gateway.ts';

export { Gateway } from './gateway.ts';

/** `/` is what Discord's own gateway host serves, for clients whose address is fixed. */
const PATHS = new Set(['/', '/gateway', '/gateway/']);
/** Where READY asks clients to resume: another address than the first, as Discord's is another host. */
const RESUME_PATH = '/gateway/resume';
/** Larger frames are not even read; everything above 4096 bytes is refused with 4002. */
const MAX_FRAME_BYTES = 1024 * 1024;

/** Serves the gateway on WebSocket upgrades of this server. The server's closing does not close the gateway: call `close`. */
export function registerGateway(server: Server, ctx: SandboxContext): Gateway {
  const gateway = new Gateway(ctx);
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  });

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = URL.parse(request.url ?? '', 'ws://sandbox');
    if (url === null || !(PATHS.has(url.pathname) || url.pathname === RESUME_PATH)) {
      // Another part of the sandbox may serve its own sockets on this server.
      if (server.listenerCount('upgrade') === 1) refuse(socket, '404 Not Found');
      return;
    }
    if (gateway.full) {
      refuse(socket, '503 Service Unavailable');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (url.searchParams.get('v') !== '10') {
        client.close(GatewayCloseCodes.InvalidAPIVersion, closeReason(GatewayCloseCodes.InvalidAPIVersion));
        return;
      }
      const encoder = makeEncoder(url.searchParams.get('compress'));
      const encoding = url.searchParams.get('encoding') ?? 'json';
      if (encoder === undefined || encoding !== 'json') {
        client.close(GatewayCloseCodes.DecodeError, closeReason(GatewayCloseCodes.DecodeError));
        return;
      }
      gateway.accept(client, encoder, {
        resumeUrl: resumeUrl(ctx, request),
        atResumeUrl: url.pathname === RESUME_PATH,
      });
    });
  });
  return gateway;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function resumeUrl(ctx: SandboxContext, request: IncomingMessage): string {
  const scheme = 'encrypted' in request.socket ? 'wss' : 'ws';
  const base = ctx.options.publicGateway ?? `${scheme}://${request.headers.host ?? 'localhost'}`;
  return new URL(RESUME_PATH, base).href;
}
