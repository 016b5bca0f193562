/** docs/supabase.md as printed: what each key may do through PostgREST, and every way that we know around it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@supabase/supabase-js';
import type { SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BotProcess } from '../support/bot.ts';
import { Scene } from '../support/scene.ts';
import { sign, startSupabase } from '../support/supabase.ts';

const DOCUMENT = readFileSync(new URL('../../docs/supabase.md', import.meta.url), 'utf8');
/** The document's blocks of that language, in order. */
const blocks = (language: string) =>
  [...DOCUMENT.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);

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

const scene = await Scene.set();
const { guildId } = scene;
const { world } = scene.sandbox;
const jwtSecret = randomBytes(32).toString('hex');
// As in life: the project is there first, with its generous default privileges, then the bot's tables come.
const project = await startSupabase({ databaseUrl: scene.database.url, jwtSecret });
afterAll(() => project.close());
let bot = await scene.start();
const sql = blocks('sql');
const documented = await importDocumentedCode();

const guild = world.guilds.get(guildId)!;
const other = [...world.guilds.values()].find(({ id }) => id !== guildId)!;
const strangers = '123456789012345678';
const channelId = scene.channel('général');

const service = createClient(project.url, project.serviceKey);
const anon = createClient(project.url, project.anonKey);

/** Somebody who is signed in, with whatever his token says beside. */
class Person {
  readonly id = randomUUID();
  readonly client: SupabaseClient;

  constructor(claims: Record<string, unknown> = {}) {
    const authorization = `Bearer ${project.userKey(this.id, claims)}`;
    this.client = createClient(project.url, project.anonKey, { global: { headers: { authorization } } });
  }

  /** What Supabase Auth notes at a sign-in with Discord. */
  async signsIn(discordId: string, at = new Date()): Promise<this> {
    await scene.database.query('INSERT INTO auth.users (id) VALUES ($1) ON CONFLICT DO NOTHING', [this.id]);
    await scene.database.query(
      `INSERT INTO auth.identities (user_id, provider, provider_id, last_sign_in_at) VALUES ($1, 'discord', $2, $3)
       ON CONFLICT (provider_id, provider) DO UPDATE SET last_sign_in_at = $3`,
      [this.id, discordId, at],
    );
    return this;
  }
}

/** Discord's answers to the dashboard's server, which asks with this person's token. */
async function remember(discordId: string, guilds: { id: string; permissions: bigint; owner?: boolean }[]) {
  vi.stubGlobal('fetch', (url: URL | string, init?: RequestInit) => {
    if (!String(url).startsWith('https://discord.com/api/v10/')) return realFetch(url, init);
    expect(new Headers(init?.headers).get('authorization')).toBe(`Bearer token of ${discordId}`);
    if (String(url).endsWith('/users/@me')) return Promise.resolve(Response.json({ id: discordId }));
    const listed = guilds.map(({ id, permissions, owner = false }) => {
      return { id, name: `Serveur ${id}`, icon: null, owner, permissions: String(permissions), features: [] };
    });
    return Promise.resolve(Response.json(listed));
  });
  try {
    await documented.rememberGuilds(service, `token of ${discordId}`);
  } finally {
    vi.unstubAllGlobals();
  }
}
const realFetch = globalThis.fetch;

/** Whether PostgREST has learnt of that column. */
async function served(table: string, column: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${project.serviceKey}` };
  const { definitions } = (await (await fetch(`${project.url}/rest/v1/`, { headers })).json()) as {
    definitions: Record<string, { properties: object }>;
  };
  return column in (definitions[table]?.properties ?? {});
}

const MANAGE_GUILD = 1n << 5n;
const VIEW = 1n << 10n;
const person = (username: string) => [...world.users.values()].find((user) => user.username === username)!.id;
const ownerDiscord = guild.ownerId;
/** Holds no role that would let him announce. */
const memberDiscord = person('ines_b');
const strangerDiscord = person('camille_d');
const owner = await new Person().signsIn(ownerDiscord);
const member = await new Person().signsIn(memberDiscord);
const elsewhere = await new Person().signsIn(strangerDiscord);

/** What the bot's log says of a table that is open. */
const warnings = ({ lines }: BotProcess) =>
  lines.filter(({ event }) => event === 'everybody may write commands');

describe('before', () => {
  test('the API knows the bot’s columns', async () => {
    await expect.poll(() => served('commands', 'requested_by'), { timeout: 10_000 }).toBe(true);
  });

  test('the public key opens the table of a dashboard that has closed nothing: why the document says so', async () => {
    const { error } = await anon.from('commands').select('*');
    expect(error).toBeNull();
    expect(warnings(bot)).toMatchObject([{ level: 'warning', role: 'anon', see: 'docs/supabase.md' }]);
  });

  test('the bot’s own tables are closed to it from the start', async () => {
    const tables = await scene.database.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'commands'",
    );
    expect(tables.length).toBeGreaterThan(3);
    for (const { name } of tables) {
      const count = await scene.database.query(`SELECT FROM ${name}`);
      const { data } = await anon.from(name).select('*');
      expect([name, data?.length ?? 0]).toEqual([name, 0]);
      const { error } = await anon.from(name).insert({});
      expect([name, error?.code]).toEqual([name, '42501']);
      expect(await scene.database.query(`SELECT FROM ${name}`)).toHaveLength(count.length);
    }
  });

  test('without sign-in: closed to the public key and to whoever is signed in, open to the secret one', async () => {
    await scene.database.query(sql[0]!);
    for (const client of [anon, owner.client]) {
      expect((await client.from('commands').select('*')).error?.code).toBe('42501');
      const { error } = await client
        .from('commands')
        .insert({ guild_id: guildId, action: 'listTextChannels' });
      expect(error?.code).toBe('42501');
    }
    const row = await documented.command(service, guildId, 'listTextChannels', {});
    expect(row.status).toBe('done');
    await bot.stop();
    bot = await scene.start();
    expect(warnings(bot)).toEqual([]);
  });

  test('the document’s SQL runs, and runs again', async () => {
    await scene.database.query('CREATE POLICY too_kind ON commands USING (true)');
    for (const text of [...sql, ...sql]) await scene.database.query(text);
    await expect.poll(() => served('dashboard_guilds', 'expires_at'), { timeout: 10_000 }).toBe(true);
  });

  test('the dashboard’s server remembers who is in which guild', async () => {
    await remember(ownerDiscord, [{ id: guildId, permissions: MANAGE_GUILD | VIEW, owner: true }]);
    await remember(memberDiscord, [
      { id: guildId, permissions: VIEW },
      { id: strangers, permissions: VIEW },
    ]);
    await remember(strangerDiscord, [{ id: other.id, permissions: 8n }]);
    // He has left one since.
    await remember(memberDiscord, [{ id: guildId, permissions: VIEW }]);
    const { data } = await service
      .from('dashboard_guilds')
      .select('discord_id, guild_id, manages')
      .order('discord_id');
    expect(data).toHaveLength(3);
    expect(data).toContainEqual({ discord_id: ownerDiscord, guild_id: guildId, manages: true });
    expect(data).toContainEqual({ discord_id: memberDiscord, guild_id: guildId, manages: false });
    expect(data).toContainEqual({ discord_id: strangerDiscord, guild_id: other.id, manages: true });
  });
});

/** Inserts that must be refused leave no row. */
async function refused(
  client: SupabaseClient,
  rows: object | object[],
  code: string | RegExp = '42501',
  status = 403,
): Promise<void> {
  const [before] = await scene.database.query<{ count: string }>('SELECT count(*) FROM commands');
  const answer = await client.from('commands').insert(rows as never);
  expect(answer.error?.code).toMatch(code);
  expect(answer.status).toBe(status);
  expect(await scene.database.query('SELECT count(*) FROM commands')).toEqual([before]);
}

const wanted = { guild_id: guildId, action: 'listTextChannels', payload: {} };

describe('a signed-in person', () => {
  test('inserts and reads back, through the document’s own function; the bot carries it out in his name', async () => {
    const row = await documented.command(owner.client, guildId, 'announce', {
      channelId,
      message: 'De ma part',
    });
    expect(row).toMatchObject({ status: 'done', result: { ok: true } });
    const stored = await scene.database.query<{ requested_by: string; action: string }>(
      'SELECT requested_by, action FROM commands ORDER BY created_at DESC LIMIT 1',
    );
    expect(stored).toEqual([{ requested_by: ownerDiscord, action: 'announce' }]);
    const [written] = (await scene.written(channelId)).slice(-1);
    expect(written!.content).toBe('De ma part');
  });

  test('is told by the bot what he may not do', async () => {
    const row = await documented.command(member.client, guildId, 'announce', {
      channelId,
      message: 'Pas moi',
    });
    expect(row).toMatchObject({ status: 'error', result: { ok: false, code: 'requester_lacks_permission' } });
    expect((await scene.written(channelId)).map(({ content }) => content)).not.toContain('Pas moi');
  });

  test('may say who he is and that it waits, as the guide’s dashboard does', async () => {
    const { error, data } = await member.client
      .from('commands')
      .insert({ ...wanted, requested_by: memberDiscord, status: 'pending' })
      .select()
      .single();
    expect(error).toBeNull();
    expect(data).toMatchObject({ requested_by: memberDiscord, guild_id: guildId });
  });

  test.each([
    ['in another’s name', { requested_by: ownerDiscord }],
    ['in nobody’s name', { requested_by: null }],
    ['in the name of who has no number', { requested_by: '' }],
    ['as if it were done', { status: 'done' }],
    ['as if it were under way', { status: 'processing' }],
    ['with no status', { status: null }],
    ['with a status of his own', { status: 'Pending' }],
    ['for a guild that is not his', { guild_id: other.id }],
    ['for a guild that he has left', { guild_id: strangers }],
    ['for a guild that only looks like his', { guild_id: ` ${guildId}` }],
    ['for all guilds', { guild_id: '*' }],
    ['with a result', { result: { ok: true } }],
    ['with an id of his choice', { id: randomUUID() }],
    ['before all others', { created_at: '2001-01-01T00:00:00Z' }],
    ['touched in the future', { updated_at: '2100-01-01T00:00:00Z' }],
    ['claimed', { claimed_by: randomUUID() }],
    ['with a lease', { lease_expires_at: '2100-01-01T00:00:00Z' }],
    ['with attempts', { attempts: -5 }],
    ['started', { started_at: '2001-01-01T00:00:00Z' }],
    ['finished', { finished_at: '2001-01-01T00:00:00Z' }],
    ['of more than 32 KiB', { payload: { message: 'x'.repeat(32_768) } }],
    ['with a long action', { action: 'x'.repeat(65) }],
  ])('inserts nothing %s', async (_, fields) => {
    await refused(member.client, { ...wanted, ...fields });
  });

  test('inserts nothing that is short, and a gigabyte once it is written out', async () => {
    const numbers = Array<string>(9_000).fill('1e131071').join();
    const answer = await fetch(`${project.url}/rest/v1/commands`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${project.userKey(member.id)}`,
        apikey: project.anonKey,
        'content-type': 'application/json',
      },
      body: `{"guild_id":"${guildId}","action":"announce","payload":{"message":[${numbers}]}}`,
    });
    // Judged, and not for want of memory.
    expect(await answer.json()).toMatchObject({ code: '42501' });
    expect(answer.status).toBe(403);
  });

  test('can name no column of the bot’s, whatever a later migration adds', async () => {
    const columns = await scene.database.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name = 'commands'
         AND has_column_privilege('authenticated', 'public.commands', column_name, 'INSERT')`,
    );
    expect(columns.map(({ name }) => name).sort()).toEqual([
      'action',
      'guild_id',
      'payload',
      'requested_by',
      'status',
    ]);
    const [may] = await scene.database.query(
      `SELECT has_any_column_privilege('authenticated', 'commands', 'UPDATE') AS update,
              has_table_privilege('authenticated', 'commands', 'DELETE') AS delete,
              has_table_privilege('authenticated', 'commands', 'TRUNCATE') AS truncate,
              has_any_column_privilege('anon', 'commands', 'SELECT, INSERT, UPDATE') AS anon`,
    );
    expect(may).toEqual({ update: false, delete: false, truncate: false, anon: false });
  });

  test('one bad row among many spoils them all', async () => {
    const rows = [wanted, wanted, { ...wanted, requested_by: ownerDiscord }, wanted];
    await refused(member.client, rows);
    await refused(member.client, [wanted, { ...wanted, guild_id: other.id }]);
    const good = await member.client.from('commands').insert([wanted, wanted]).select('requested_by');
    expect(good.data).toEqual([{ requested_by: memberDiscord }, { requested_by: memberDiscord }]);
  });

  test('the longest announcement fits', async () => {
    const embed = { title: '😀'.repeat(256), description: '😀'.repeat(4096), image: 'x'.repeat(2048) };
    const payload = { channelId, message: '😀'.repeat(2000), embed };
    const { error } = await member.client.from('commands').insert({ ...wanted, payload });
    expect(error).toBeNull();
  });

  /** He has spent so many of his tokens. */
  const spent = (discordId: string, tokens: number) =>
    scene.database.query(
      `INSERT INTO dashboard.buckets VALUES ($1, now() + $2 * interval '1 second')
       ON CONFLICT (discord_id) DO UPDATE SET full_at = excluded.full_at`,
      [discordId, tokens],
    );
  const rows = (count: number) => Array.from({ length: count }, () => wanted);

  test('a person has so many commands, and some more each second; others and the server are not concerned', async () => {
    await spent(memberDiscord, 70);
    expect((await member.client.from('commands').insert(rows(40))).error).toBeNull();
    await expect.poll(() => scene.database.unfinished()).toBe(0);
    await spent(memberDiscord, 110);
    await refused(member.client, rows(50), 'PT429', 429);
    expect((await member.client.from('commands').insert(wanted)).error).toBeNull();
    await spent(memberDiscord, 1_000);
    await refused(member.client, wanted, 'PT429', 429);
    for (const { client } of [owner, { client: service }]) {
      expect((await client.from('commands').insert(wanted)).error).toBeNull();
    }
    await expect.poll(() => scene.database.unfinished()).toBe(0);
  });

  test('large commands count for more', async () => {
    const payload = { message: 'x'.repeat(30_000) };
    await spent(memberDiscord, 119);
    await refused(member.client, { ...wanted, payload }, 'PT429', 429);
    await spent(memberDiscord, 90);
    expect((await member.client.from('commands').insert({ ...wanted, payload })).error).toBeNull();
  });

  test('nobody gives himself tokens', async () => {
    for (const schema of ['public', 'dashboard']) {
      const { error } = await member.client.schema(schema).from('buckets').delete().neq('discord_id', '');
      expect(error?.code).toMatch(/^(PGRST|42P01)/);
    }
    const [may] = await scene.database.query(
      "SELECT has_any_column_privilege('authenticated', 'dashboard.buckets', 'SELECT, INSERT, UPDATE') AS may",
    );
    expect(may).toEqual({ may: false });
  });

  test('fifty may wait, no more; the others’ and the server’s own do not count', async () => {
    await scene.database.query("DELETE FROM commands WHERE status = 'pending'");
    await spent(memberDiscord, 0);
    await scene.database.query(
      `INSERT INTO commands (guild_id, action, requested_by, status)
       SELECT $1, 'listTextChannels', $2, 'held' FROM generate_series(1, 60)`,
      [guildId, memberDiscord],
    );
    await refused(
      member.client,
      Array.from({ length: 51 }, () => wanted),
      'PT429',
      429,
    );
    const { error } = await member.client.from('commands').insert(Array.from({ length: 50 }, () => wanted));
    expect(error).toBeNull();
    // Nobody needs to wait until these are done.
    await scene.database.query("DELETE FROM commands WHERE status IN ('pending', 'held')");
  });

  test.each(['update', 'delete', 'upsert', 'ignore'] as const)(
    '%s changes nothing, not even his own rows',
    async (verb) => {
      const { data } = await member.client.from('commands').insert(wanted).select('id').single();
      const id = data!.id as string;
      await scene.database.finished(id);
      const before = await scene.database.query('SELECT * FROM commands WHERE id = $1', [id]);
      const table = member.client.from('commands');
      const answer = await {
        update: () => table.update({ status: 'pending', payload: { channelId } }).eq('id', id),
        delete: () => table.delete().eq('id', id),
        upsert: () => table.upsert({ ...wanted, id, action: 'announce' }),
        ignore: () => table.upsert({ ...wanted, id }, { ignoreDuplicates: true }),
      }[verb]();
      expect(answer.error?.code).toBe('42501');
      expect(await scene.database.query('SELECT * FROM commands WHERE id = $1', [id])).toEqual(before);
    },
  );
});

describe('what a person reads', () => {
  beforeEach(async () => {
    await scene.database.query("DELETE FROM commands WHERE status NOT IN ('pending', 'processing')");
    await scene.database.query(
      `INSERT INTO commands (guild_id, action, requested_by, status) VALUES
         ($1, 'own', $3, 'done'), ($1, 'owner', $4, 'done'), ($1, 'server', NULL, 'done'),
         ($2, 'foreign', $5, 'done'), ($2, 'emigrant', $3, 'done'), ($6, 'stranger', NULL, 'done')`,
      [guildId, other.id, memberDiscord, ownerDiscord, strangerDiscord, strangers],
    );
  });

  async function seen(client: SupabaseClient, query = ''): Promise<string[]> {
    const { data, error } = await client
      .from('commands')
      .select('action')
      .or(query || 'status.eq.done');
    expect(error).toBeNull();
    return (data ?? []).map(({ action }) => action as string).sort();
  }

  test('a manager: all of his guilds, a member: his own in his guilds, the server: all', async () => {
    expect(await seen(owner.client)).toEqual(['own', 'owner', 'server']);
    expect(await seen(member.client)).toEqual(['own']);
    expect(await seen(elsewhere.client)).toEqual(['emigrant', 'foreign']);
    expect(await seen(service)).toEqual(['emigrant', 'foreign', 'own', 'owner', 'server', 'stranger']);
  });

  test.each([
    ['another guild by name', `guild_id.eq.${other.id}`],
    ['one guild or the other', `guild_id.eq.${guildId},guild_id.eq.${other.id}`],
    ['not his guild', `guild_id.neq.${guildId}`],
    ['anything at all', 'id.not.is.null'],
    ['nested', `and(guild_id.not.is.null,or(action.eq.foreign,action.eq.server))`],
    ['by pattern', 'guild_id.like.*'],
    ['by who asked', `requested_by.eq.${strangerDiscord},requested_by.is.null`],
  ])('no filter widens it: %s', async (_, filter) => {
    for (const action of await seen(owner.client, filter))
      expect(['own', 'owner', 'server']).toContain(action);
    for (const action of await seen(member.client, filter)) expect(action).toBe('own');
  });

  test('counting tells no more than reading', async () => {
    const { count } = await member.client
      .from('commands')
      .select('*', { count: 'exact', head: true })
      .eq('status', 'done');
    expect(count).toBe(1);
  });

  test('embedding reaches nothing', async () => {
    for (const embedded of [
      'dashboard_guilds',
      'command_audit',
      'guild_settings',
      'commands',
      'identities',
    ]) {
      const { error } = await member.client.from('commands').select(`id, ${embedded}(*)`);
      expect(error?.code).toMatch(/^PGRST20/);
    }
  });

  test('of the guild list his own, and cannot write it', async () => {
    const { data } = await member.client.from('dashboard_guilds').select('guild_id');
    expect(data).toEqual([{ guild_id: guildId }]);
    const row = {
      discord_id: memberDiscord,
      guild_id: other.id,
      name: 'à moi',
      owner: true,
      permissions: 8,
      expires_at: '2100-01-01T00:00:00Z',
    };
    const table = () => member.client.from('dashboard_guilds');
    expect((await table().insert(row)).error?.code).toBe('42501');
    expect((await table().upsert(row)).error?.code).toBe('42501');
    expect((await table().update({ owner: true }).eq('guild_id', guildId)).error?.code).toBe('42501');
    expect((await table().delete().eq('guild_id', guildId)).error?.code).toBe('42501');
  });

  test('of the audit what was done in guilds that he manages', async () => {
    await scene.database.query(
      `INSERT INTO command_audit (guild_id, source, action, ok) VALUES ($1, 'dashboard', 'here', true),
         ($2, 'dashboard', 'there', true)`,
      [guildId, other.id],
    );
    const actions = async (client: SupabaseClient) => {
      const { data, error } = await client
        .from('command_audit')
        .select('action')
        .in('action', ['here', 'there']);
      return error?.code ?? data!.map(({ action }) => action as string).sort();
    };
    expect(await actions(owner.client)).toEqual(['here']);
    expect(await actions(elsewhere.client)).toEqual(['there']);
    expect(await actions(member.client)).toEqual([]);
    expect(await actions(anon)).toBe('42501');
    expect(await actions(service)).toEqual(['here', 'there']);
    for (const { client } of [owner, member]) {
      const row = { guild_id: guildId, source: 'dashboard', action: 'forged', ok: true };
      expect((await client.from('command_audit').insert(row)).error?.code).toBe('42501');
      expect((await client.from('command_audit').delete().eq('guild_id', guildId)).error?.code).toBe('42501');
    }
  });

  test('none of the bot’s own tables', async () => {
    const tables = await scene.database.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'
       AND tablename NOT IN ('commands', 'command_audit', 'dashboard_guilds')`,
    );
    for (const { name } of tables) {
      for (const client of [anon, owner.client]) {
        expect([name, (await client.from(name).select('*')).data ?? []]).toEqual([name, []]);
        expect([name, (await client.from(name).insert({})).error?.code]).toEqual([name, '42501']);
      }
    }
  });
});

describe('who is who', () => {
  const mayInsert = async (client: SupabaseClient) => {
    const { error } = await client.from('commands').insert(wanted).select('id');
    if (error) expect(error.code).toBe('42501');
    return error === null;
  };

  test('what a person writes about himself is worth nothing', async () => {
    const claims = {
      user_metadata: { provider_id: ownerDiscord, sub: ownerDiscord, discord_id: ownerDiscord },
      app_metadata: { provider: 'discord', providers: ['discord'] },
    };
    const impostor = new Person(claims);
    expect(await mayInsert(impostor.client)).toBe(false);
    await impostor.signsIn('223456789012345678');
    await scene.database.query('UPDATE auth.users SET raw_user_meta_data = $2 WHERE id = $1', [
      impostor.id,
      claims.user_metadata,
    ]);
    expect(await mayInsert(impostor.client)).toBe(false);
    await refused(impostor.client, { ...wanted, requested_by: ownerDiscord });
  });

  test('neither an anonymous sign-in nor one by mail is anybody', async () => {
    const anonymous = new Person({ is_anonymous: true });
    expect(await mayInsert(anonymous.client)).toBe(false);
    const byMail = new Person({ email: 'a@example.com' });
    await scene.database.query('INSERT INTO auth.users (id) VALUES ($1)', [byMail.id]);
    await scene.database.query(
      "INSERT INTO auth.identities (user_id, provider, provider_id) VALUES ($1, 'email', $2)",
      [byMail.id, ownerDiscord],
    );
    expect(await mayInsert(byMail.client)).toBe(false);
    expect((await byMail.client.from('commands').select('*')).data).toEqual([]);
  });

  test('two linked accounts: the one of the last sign-in', async () => {
    const twofold = new Person();
    await twofold.signsIn('323456789012345678', new Date('2026-01-01'));
    expect(await mayInsert(twofold.client)).toBe(false);
    await scene.database.query(
      "UPDATE auth.identities SET user_id = $1 WHERE provider_id = $2 AND provider = 'discord'",
      [twofold.id, memberDiscord],
    );
    expect(await mayInsert(twofold.client)).toBe(true);
    await refused(twofold.client, { ...wanted, requested_by: '323456789012345678' });
    await scene.database.query(
      "UPDATE auth.identities SET user_id = $1 WHERE provider_id = $2 AND provider = 'discord'",
      [member.id, memberDiscord],
    );
  });

  test('a guild list that is too old opens nothing', async () => {
    expect(await mayInsert(member.client)).toBe(true);
    await scene.database.query(
      "UPDATE dashboard_guilds SET expires_at = now() - interval '1 second' WHERE discord_id = $1",
      [memberDiscord],
    );
    expect(await mayInsert(member.client)).toBe(false);
    expect((await member.client.from('commands').select('*')).data).toEqual([]);
    expect((await member.client.from('dashboard_guilds').select('*')).data).toEqual([]);
    await remember(ownerDiscord, [{ id: guildId, permissions: VIEW, owner: true }]);
    expect(
      await scene.database.query('SELECT FROM dashboard_guilds WHERE discord_id = $1', [memberDiscord]),
    ).toEqual([]);
    await remember(memberDiscord, [{ id: guildId, permissions: VIEW }]);
    expect(await mayInsert(member.client)).toBe(true);
  });

  const bearer = (token: string): SupabaseClient =>
    createClient(project.url, project.anonKey, { global: { headers: { authorization: `Bearer ${token}` } } });

  test('a token that the project has not signed is none', async () => {
    const everything = { role: 'service_role', sub: owner.id };
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const unsigned = `${encode({ alg: 'none', typ: 'JWT' })}.${encode({ ...everything, exp: 4_000_000_000 })}.`;
    for (const token of [sign(randomBytes(32).toString('hex'), everything), unsigned]) {
      expect((await bearer(token).from('commands').select('*')).status).toBe(401);
    }
    const late = sign(jwtSecret, { ...everything, exp: 1_000_000_000 });
    expect((await bearer(late).from('commands').select('*')).status).toBe(401);
  });

  test('a token for a role that is not the API’s, or for nobody, gets nowhere', async () => {
    for (const claims of [{ role: 'postgres' }, { role: 'pg_read_all_data' }, { role: 'nobody' }]) {
      const { data, error } = await bearer(sign(jwtSecret, claims)).from('commands').select('*');
      expect([claims.role, data, error === null]).toEqual([claims.role, null, false]);
    }
    const nobody = bearer(sign(jwtSecret, { role: 'authenticated' }));
    expect((await nobody.from('commands').select('*')).data).toEqual([]);
    expect(await mayInsert(nobody)).toBe(false);
    const noUuid = bearer(sign(jwtSecret, { role: 'authenticated', sub: ownerDiscord }));
    expect((await noUuid.from('commands').select('*')).data).toBeNull();
  });
});

describe('the public key', () => {
  test('does nothing at all', async () => {
    const table = () => anon.from('commands');
    const answers = [
      await table().select('*'),
      await table().select('id', { head: true, count: 'exact' }),
      await table().insert(wanted),
      await table().insert({ ...wanted, requested_by: ownerDiscord }),
      await table().update({ status: 'pending' }).neq('status', ''),
      await table().delete().neq('status', ''),
      await anon.from('dashboard_guilds').select('*'),
      await anon.from('dashboard_guilds').insert({ discord_id: ownerDiscord, guild_id: guildId }),
      await anon.from('command_audit').select('*'),
    ];
    for (const { status, data } of answers) {
      expect(status).toBe(401);
      expect(data).toBeNull();
    }
  });
});

describe('other doors', () => {
  test('no function of the API may be called', async () => {
    const functions = await scene.database.query<{ name: string; arguments: string[] | null }>(
      `SELECT proname AS name, proargnames[:pronargs] AS arguments FROM pg_proc
       WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype`,
    );
    for (const { name, arguments: names } of functions) {
      for (const client of [anon, owner.client]) {
        const { status, error } = await client.rpc(
          name,
          Object.fromEntries((names ?? []).map((key) => [key, null])),
        );
        expect([name, status, error?.code]).toEqual([name, client === anon ? 401 : 403, '42501']);
      }
    }
    for (const name of ['discord_id', 'guilds', 'limit_pending', 'pg_notify', 'pg_sleep', 'pgrst_watch']) {
      for (const client of [anon, owner.client]) {
        const { status } = await client.rpc(name);
        expect([name, status]).toEqual([name, 404]);
      }
    }
  });

  test('no other schema is served', async () => {
    for (const schema of ['auth', 'dashboard', 'pg_catalog']) {
      const client = createClient(project.url, project.serviceKey, { db: { schema } }) as SupabaseClient;
      const { error } = await client.from('identities').select('*');
      expect(error?.code).toBe('PGRST106');
    }
  });
});

test('the secret key may do everything, in nobody’s name, and what it asks for is done as ever', async () => {
  const { data, error } = await service.from('commands').insert(wanted).select().single();
  expect(error).toBeNull();
  expect(data).toMatchObject({ requested_by: null });
  const row = await scene.database.finished(data!.id as string);
  expect(row).toMatchObject({ status: 'done', result: { ok: true } });
  expect((await service.from('commands').update({ result: null }).eq('id', row.id)).error).toBeNull();
  expect((await service.from('commands').delete().eq('id', row.id)).error).toBeNull();
});

test('the bot was not disturbed by any of it', async () => {
  expect(bot.lines.filter(({ level }) => level === 'error')).toEqual([]);
  await bot.stop();
});
