/** docs/supabase.md as printed: what each key may write through PostgREST, and every way that we know around it. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { BotProcess } from '../support/bot.ts';
import { Dashboard, MANAGE_GUILD, VIEW } from '../support/supabase_dashboard.ts';

const dashboard = await Dashboard.set();
const { scene, project, documented, sql, service, anon, wanted } = dashboard;
const { otherId, strangerId, ownerDiscord, memberDiscord, strangerDiscord } = dashboard;
const { guildId } = scene;
let { bot } = dashboard;
const channelId = scene.channel('général');
const { owner, member } = await dashboard.people();

/** What the bot's log says of a table that is open. */
const warnings = ({ lines }: BotProcess) =>
  lines.filter(({ event }) => event === 'everybody may write commands');

describe('before', () => {
  test('the API knows the bot’s columns', async () => {
    await expect.poll(() => dashboard.served('commands', 'requested_by')).toBe(true);
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
    await expect.poll(() => dashboard.served('dashboard_guilds', 'expires_at')).toBe(true);
  });

  test('the dashboard’s server remembers who is in which guild', async () => {
    await dashboard.remember(ownerDiscord, [{ id: guildId, permissions: MANAGE_GUILD | VIEW, owner: true }]);
    await dashboard.remember(memberDiscord, [
      { id: guildId, permissions: VIEW },
      { id: strangerId, permissions: VIEW },
    ]);
    await dashboard.remember(strangerDiscord, [{ id: otherId, permissions: 8n }]);
    // He has left one since.
    await dashboard.remember(memberDiscord, [{ id: guildId, permissions: VIEW }]);
    const { data } = await service
      .from('dashboard_guilds')
      .select('discord_id, guild_id, manages')
      .order('discord_id');
    expect(data).toHaveLength(3);
    expect(data).toContainEqual({ discord_id: ownerDiscord, guild_id: guildId, manages: true });
    expect(data).toContainEqual({ discord_id: memberDiscord, guild_id: guildId, manages: false });
    expect(data).toContainEqual({ discord_id: strangerDiscord, guild_id: otherId, manages: true });
  });
});

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
    ['for a guild that is not his', { guild_id: otherId }],
    ['for a guild that he has left', { guild_id: strangerId }],
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
    await dashboard.refused(member.client, { ...wanted, ...fields });
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
    await dashboard.refused(member.client, rows);
    await dashboard.refused(member.client, [wanted, { ...wanted, guild_id: otherId }]);
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
    await dashboard.refused(member.client, rows(50), 'PT429', 429);
    expect((await member.client.from('commands').insert(wanted)).error).toBeNull();
    await spent(memberDiscord, 1_000);
    await dashboard.refused(member.client, wanted, 'PT429', 429);
    for (const { client } of [owner, { client: service }]) {
      expect((await client.from('commands').insert(wanted)).error).toBeNull();
    }
    await expect.poll(() => scene.database.unfinished()).toBe(0);
  });

  test('large commands count for more', async () => {
    const payload = { message: 'x'.repeat(30_000) };
    await spent(memberDiscord, 119);
    await dashboard.refused(member.client, { ...wanted, payload }, 'PT429', 429);
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
    await dashboard.refused(
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
