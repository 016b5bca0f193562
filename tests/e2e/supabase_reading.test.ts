/** docs/supabase.md as printed: what each key may read, who is taken for whom, and what else the API might open. */
import { randomBytes } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import type { SupabaseClient } from '@supabase/supabase-js';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Dashboard, Person, VIEW } from '../support/supabase_dashboard.ts';
import { sign } from '../support/supabase.ts';

const dashboard = await Dashboard.set();
const { scene, project, sql, service, anon, wanted } = dashboard;
const { otherId, strangerId, ownerDiscord, memberDiscord, strangerDiscord } = dashboard;
const { guildId } = scene;
const { owner, member, elsewhere } = await dashboard.people();
for (const text of sql) await scene.database.query(text);
// PostgREST is told that there is something new, and looks when it can.
await vi.waitFor(async () => expect(await dashboard.served('dashboard_guilds', 'expires_at')).toBe(true), {
  timeout: 20_000,
});
await dashboard.rememberAll();

describe('what a person reads', () => {
  beforeEach(async () => {
    await scene.database.query("DELETE FROM commands WHERE status NOT IN ('pending', 'processing')");
    await scene.database.query(
      `INSERT INTO commands (guild_id, action, requested_by, status) VALUES
         ($1, 'own', $3, 'done'), ($1, 'owner', $4, 'done'), ($1, 'server', NULL, 'done'),
         ($2, 'foreign', $5, 'done'), ($2, 'emigrant', $3, 'done'), ($6, 'stranger', NULL, 'done')`,
      [guildId, otherId, memberDiscord, ownerDiscord, strangerDiscord, strangerId],
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
    ['another guild by name', `guild_id.eq.${otherId}`],
    ['one guild or the other', `guild_id.eq.${guildId},guild_id.eq.${otherId}`],
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
      guild_id: otherId,
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
      [guildId, otherId],
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
    const impostor = new Person(dashboard, claims);
    expect(await mayInsert(impostor.client)).toBe(false);
    await impostor.signsIn('223456789012345678');
    await scene.database.query('UPDATE auth.users SET raw_user_meta_data = $2 WHERE id = $1', [
      impostor.id,
      claims.user_metadata,
    ]);
    expect(await mayInsert(impostor.client)).toBe(false);
    await dashboard.refused(impostor.client, { ...wanted, requested_by: ownerDiscord });
  });

  test('neither an anonymous sign-in nor one by mail is anybody', async () => {
    const anonymous = new Person(dashboard, { is_anonymous: true });
    expect(await mayInsert(anonymous.client)).toBe(false);
    const byMail = new Person(dashboard, { email: 'a@example.com' });
    await scene.database.query('INSERT INTO auth.users (id) VALUES ($1)', [byMail.id]);
    await scene.database.query(
      "INSERT INTO auth.identities (user_id, provider, provider_id) VALUES ($1, 'email', $2)",
      [byMail.id, ownerDiscord],
    );
    expect(await mayInsert(byMail.client)).toBe(false);
    expect((await byMail.client.from('commands').select('*')).data).toEqual([]);
  });

  test('two linked accounts: the one of the last sign-in', async () => {
    const twofold = new Person(dashboard);
    await twofold.signsIn('323456789012345678', new Date('2026-01-01'));
    expect(await mayInsert(twofold.client)).toBe(false);
    await scene.database.query(
      "UPDATE auth.identities SET user_id = $1 WHERE provider_id = $2 AND provider = 'discord'",
      [twofold.id, memberDiscord],
    );
    expect(await mayInsert(twofold.client)).toBe(true);
    await dashboard.refused(twofold.client, { ...wanted, requested_by: '323456789012345678' });
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
    await dashboard.remember(ownerDiscord, [{ id: guildId, permissions: VIEW, owner: true }]);
    expect(
      await scene.database.query('SELECT FROM dashboard_guilds WHERE discord_id = $1', [memberDiscord]),
    ).toEqual([]);
    await dashboard.remember(memberDiscord, [{ id: guildId, permissions: VIEW }]);
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
    const late = sign(dashboard.jwtSecret, { ...everything, exp: 1_000_000_000 });
    expect((await bearer(late).from('commands').select('*')).status).toBe(401);
  });

  test('a token for a role that is not the API’s, or for nobody, gets nowhere', async () => {
    for (const claims of [{ role: 'postgres' }, { role: 'pg_read_all_data' }, { role: 'nobody' }]) {
      const { data, error } = await bearer(sign(dashboard.jwtSecret, claims)).from('commands').select('*');
      expect([claims.role, data, error === null]).toEqual([claims.role, null, false]);
    }
    const nobody = bearer(sign(dashboard.jwtSecret, { role: 'authenticated' }));
    expect((await nobody.from('commands').select('*')).data).toEqual([]);
    expect(await mayInsert(nobody)).toBe(false);
    const noUuid = bearer(sign(dashboard.jwtSecret, { role: 'authenticated', sub: ownerDiscord }));
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

test('the bot was not disturbed by any of it', async () => {
  expect(dashboard.bot.lines.filter(({ level }) => level === 'error')).toEqual([]);
  await dashboard.bot.stop();
});
