/** A dashboard as docs/supabase.md has it: its SQL and TypeScript as printed, its keys, and people who sign in. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@supabase/supabase-js';
import type { SupabaseClient } from '@supabase/supabase-js';
import { afterAll, expect, vi } from 'vitest';
import type { BotProcess } from './bot.ts';
import { Scene } from './scene.ts';
import { startSupabase } from './supabase.ts';
import type { Supabase } from './supabase.ts';

const DOCUMENT = readFileSync(new URL('../../docs/supabase.md', import.meta.url), 'utf8');
/** The document's blocks of that language, in order. */
const blocks = (language: string) =>
  [...DOCUMENT.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);
const realFetch = globalThis.fetch;

export const MANAGE_GUILD = 1n << 5n;
export const VIEW = 1n << 10n;

interface DocumentedCode {
  rememberGuilds(supabase: SupabaseClient, providerToken: string): Promise<void>;
  command(
    supabase: SupabaseClient,
    guildId: string,
    action: string,
    payload: object,
  ): Promise<{ status: string }>;
}

async function importDocumentedCode(): Promise<DocumentedCode> {
  const directory = mkdtempSync(join(tmpdir(), 'vagrolant-document-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'supabase.ts');
  const imports = "import type { SupabaseClient } from '@supabase/supabase-js';";
  writeFileSync(file, [imports, ...blocks('ts')].join('\n'));
  return (await import(file)) as DocumentedCode;
}

/** Somebody who is signed in, with whatever his token says beside. */
export class Person {
  readonly id = randomUUID();
  readonly client: SupabaseClient;
  #scene: Scene;

  constructor({ scene, project }: Dashboard, claims: Record<string, unknown> = {}) {
    const authorization = `Bearer ${project.userKey(this.id, claims)}`;
    this.client = createClient(project.url, project.anonKey, { global: { headers: { authorization } } });
    this.#scene = scene;
  }

  /** What Supabase Auth notes at a sign-in with Discord. */
  async signsIn(discordId: string, at = new Date()): Promise<this> {
    const { database } = this.#scene;
    await database.query('INSERT INTO auth.users (id) VALUES ($1) ON CONFLICT DO NOTHING', [this.id]);
    await database.query(
      `INSERT INTO auth.identities (user_id, provider, provider_id, last_sign_in_at) VALUES ($1, 'discord', $2, $3)
       ON CONFLICT (provider_id, provider) DO UPDATE SET last_sign_in_at = $3`,
      [this.id, discordId, at],
    );
    return this;
  }
}

export class Dashboard {
  readonly scene: Scene;
  readonly project: Supabase;
  readonly jwtSecret: string;
  readonly bot: BotProcess;
  readonly documented: DocumentedCode;
  readonly sql = blocks('sql');
  readonly service: SupabaseClient;
  readonly anon: SupabaseClient;
  /** A guild where the bot is, beside the scene's own; and one where it is not. */
  readonly otherId: string;
  readonly strangerId = '123456789012345678';
  readonly ownerDiscord: string;
  /** Holds no role that would let him announce. */
  readonly memberDiscord: string;
  readonly strangerDiscord: string;

  private constructor(
    scene: Scene,
    project: Supabase,
    jwtSecret: string,
    bot: BotProcess,
    documented: DocumentedCode,
  ) {
    const { world } = scene.sandbox;
    const named = (username: string) =>
      [...world.users.values()].find((user) => user.username === username)!.id;
    this.scene = scene;
    this.project = project;
    this.jwtSecret = jwtSecret;
    this.bot = bot;
    this.documented = documented;
    this.service = createClient(project.url, project.serviceKey);
    this.anon = createClient(project.url, project.anonKey);
    this.otherId = [...world.guilds.keys()].find((id) => id !== scene.guildId)!;
    this.ownerDiscord = world.guilds.get(scene.guildId)!.ownerId;
    this.memberDiscord = named('ines_b');
    this.strangerDiscord = named('camille_d');
  }

  /** A project with the bot's tables, and nothing yet of what the document adds. */
  static async set(): Promise<Dashboard> {
    const scene = await Scene.set();
    const jwtSecret = randomBytes(32).toString('hex');
    // As in life: the project is there first, with its generous default privileges, then the bot's tables come.
    const project = await startSupabase({ databaseUrl: scene.database.url, jwtSecret });
    afterAll(() => project.close());
    return new Dashboard(scene, project, jwtSecret, await scene.start(), await importDocumentedCode());
  }

  /** A command that anybody who may insert at all may insert. */
  get wanted() {
    return { guild_id: this.scene.guildId, action: 'listTextChannels', payload: {} };
  }

  /** The owner and a member of the guild, and somebody of another one. */
  async people() {
    const signedIn = (discordId: string) => new Person(this).signsIn(discordId);
    return {
      owner: await signedIn(this.ownerDiscord),
      member: await signedIn(this.memberDiscord),
      elsewhere: await signedIn(this.strangerDiscord),
    };
  }

  /** Discord's answers to the dashboard's server, which asks with this person's token. */
  async remember(discordId: string, guilds: { id: string; permissions: bigint; owner?: boolean }[]) {
    vi.stubGlobal('fetch', (url: URL | string, init?: RequestInit) => {
      if (!String(url).startsWith('https://discord.com/api/v10/')) return realFetch(url, init);
      expect(new Headers(init?.headers).get('authorization')).toBe(`Bearer token of ${discordId}`);
      if (String(url).endsWith('/users/@me')) return Promise.resolve(Response.json({ id: discordId }));
      const listed = guilds.map(({ id, permissions, owner = false }) => {
        return {
          id,
          name: `Serveur ${id}`,
          icon: null,
          owner,
          permissions: String(permissions),
          features: [],
        };
      });
      return Promise.resolve(Response.json(listed));
    });
    try {
      await this.documented.rememberGuilds(this.service, `token of ${discordId}`);
    } finally {
      vi.unstubAllGlobals();
    }
  }

  /** Remembers in which guilds the people are. */
  async rememberAll(): Promise<void> {
    const { guildId } = this.scene;
    await this.remember(this.ownerDiscord, [{ id: guildId, permissions: MANAGE_GUILD | VIEW, owner: true }]);
    await this.remember(this.memberDiscord, [{ id: guildId, permissions: VIEW }]);
    await this.remember(this.strangerDiscord, [{ id: this.otherId, permissions: 8n }]);
  }

  /** Whether PostgREST has learnt of that column. */
  async served(table: string, column: string): Promise<boolean> {
    const headers = { authorization: `Bearer ${this.project.serviceKey}` };
    const { definitions } = (await (await fetch(`${this.project.url}/rest/v1/`, { headers })).json()) as {
      definitions: Record<string, { properties: object }>;
    };
    return column in (definitions[table]?.properties ?? {});
  }

  /** Inserts that must be refused leave no row. */
  async refused(
    client: SupabaseClient,
    rows: object | object[],
    code: string | RegExp = '42501',
    status = 403,
  ): Promise<void> {
    const count = () => this.scene.database.query('SELECT count(*) FROM commands');
    const before = await count();
    const answer = await client.from('commands').insert(rows as never);
    expect(answer.error?.code).toMatch(code);
    expect(answer.status).toBe(status);
    expect(await count()).toEqual(before);
  }
}
