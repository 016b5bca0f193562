/**
 * The other end of the gateway bench: REST and gateway over TLS, just enough for a client to log in. The flood
 * begins when the client sends a presence update and goes as fast as it is read.
 *
 * Arguments: key and certificate (PEM). Prints one line of JSON when ready.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { BOT, flood, guild, ready } from './gateway_frames.ts';

const [keyFile, certificateFile] = process.argv.slice(2);
if (!keyFile || !certificateFile) throw new Error('usage: gateway_server.ts KEY CERTIFICATE');

const { chunks, bytes, events } = flood(3);
const guildData = guild();

const server = createServer(
  { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
  (request, response) => {
    const routes: Record<string, object> = {
      '/api/v10/gateway': { url: gatewayUrl() },
      '/api/v10/gateway/bot': {
        url: gatewayUrl(),
        shards: 1,
        session_start_limit: { total: 1000, remaining: 1000, reset_after: 86_400_000, max_concurrency: 1 },
      },
      '/api/v10/users/@me': BOT,
      '/api/v10/oauth2/applications/@me': {
        id: BOT.id,
        name: 'bench',
        description: '',
        icon: null,
        rpc_origins: [],
        bot_public: false,
        bot_require_code_grant: false,
        owner: BOT,
        team: null,
        summary: '',
        verify_key: '0'.repeat(64),
        flags: 0,
      },
    };
    const found = routes[(request.url ?? '').replace(/\?.*/, '')];
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { code: 0, message: '404: Not Found' }));
  },
);

function gatewayUrl(): string {
  return `wss://localhost:${(server.address() as AddressInfo).port}`;
}

async function pour(socket: Duplex): Promise<void> {
  for (const chunk of chunks) {
    if (socket.destroyed) return;
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
}

function converse(peer: WebSocket, socket: Duplex): void {
  const send = (op: number, d: unknown, t: string | null = null, s: number | null = null): void =>
    peer.send(JSON.stringify({ t, s, op, d }));
  peer.on('error', () => socket.destroy());
  peer.on('message', (data: Buffer) => {
    const { op } = JSON.parse(data.toString()) as { op: number };
    if (op === 1) send(11, null);
    if (op === 2) {
      send(0, ready(gatewayUrl()), 'READY', 1);
      send(0, guildData, 'GUILD_CREATE', 2);
    }
    // The frames are ready-made: they go past `ws`, which would otherwise be what is measured.
    if (op === 3) pour(socket).catch(() => socket.destroy());
  });
  send(10, { heartbeat_interval: 41_250 });
}

const sockets = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (peer) => converse(peer, socket));
});
server.listen(0, 'localhost', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port, events, bytes }));
});
