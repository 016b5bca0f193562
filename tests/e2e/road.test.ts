/** The whole road of a dashboard's command, with clients that nobody here wrote at both ends. */
import { randomBytes } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { Client, Events, GatewayIntentBits } from 'discord.js';
import type { Message } from 'discord.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Guild } from '../../sandbox/src/world/types.ts';
import { pastMessages } from '../support/messages.ts';
import { Scene } from '../support/scene.ts';
import { startSupabase } from '../support/supabase.ts';
import { within } from '../support/wait.ts';

const scene = await Scene.set();
const project = await startSupabase({
  databaseUrl: scene.database.url,
  jwtSecret: randomBytes(32).toString('hex'),
});
afterAll(() => project.close());
const supabase = createClient(project.url, project.serviceKey);
const observer = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
  rest: { api: scene.sandbox.ready.api.replace(/\/v10$/, ''), version: '10' },
});
afterAll(() => observer.destroy());

beforeAll(async () => {
  const ready = new Promise((resolve) => observer.once(Events.ClientReady, resolve));
  await Promise.all([scene.start(), observer.login(scene.sandbox.ready.botToken), ready]);
});

const SEND_MESSAGES = 1n << 11n;

/** Somebody without any role. */
const plainMember = (guild: Guild) =>
  [...guild.members.values()].find(
    ({ roles, user }) => roles.length === 0 && !user.bot && user.id !== guild.ownerId,
  )!.user.id;

/** Inserts through the API and polls as the dashboard's guide says, until the row has come to its end. */
async function ask(action: string, payload: unknown) {
  const inserted = await supabase
    .from('commands')
    .insert({ guild_id: scene.guildId, action, payload })
    .select('id')
    .single();
  if (inserted.error) throw inserted.error;
  await scene.database.finished(inserted.data.id as string);
  const { data, error } = await supabase.from('commands').select('*').eq('id', inserted.data.id).single();
  if (error) throw error;
  return data as {
    id: string;
    status: string;
    result: Record<string, unknown>;
    updated_at: string;
    created_at: string;
  };
}

test('an announcement inserted by supabase-js is seen by discord.js, and the row says which message it is', async () => {
  const seen = new Promise<Message>((resolve) => observer.once(Events.MessageCreate, resolve));
  const row = await ask('announce', {
    channelId: scene.channel('annonces'),
    message: 'Soirée jeux **samedi** !',
    embed: {
      title: 'Soirée jeux',
      description: 'À partir de 20 h',
      color: '#E11D48',
      image: 'https://example.com/image.png',
    },
  });
  const message = await within(5_000, 'MESSAGE_CREATE', seen);
  expect(row).toMatchObject({ status: 'done', result: { ok: true, messageId: message.id } });
  expect(Date.parse(row.updated_at)).toBeGreaterThanOrEqual(Date.parse(row.created_at));
  expect(message).toMatchObject({
    content: 'Soirée jeux **samedi** !',
    channelId: scene.channel('annonces'),
  });
  expect(message.author.id).toBe(scene.sandbox.world.bot.id);
  expect(message.embeds[0]?.data).toMatchObject({
    title: 'Soirée jeux',
    description: 'À partir de 20 h',
    color: 0xe11d48,
    image: { url: 'https://example.com/image.png' },
  });
});

test('message and embed may each come alone, the other null or absent', async () => {
  const channelId = scene.channel('général');
  const alone = await ask('announce', { channelId, message: 'Texte simple', embed: null });
  expect(alone).toMatchObject({ status: 'done', result: { ok: true } });
  const embedded = await ask('announce', {
    channelId,
    message: null,
    embed: { title: 'Titre', description: 'Description', color: '#000000', image: null },
  });
  expect(embedded).toMatchObject({ status: 'done', result: { ok: true } });
  const written = await scene.written(channelId);
  expect(written.map(({ id }) => id)).toEqual([alone.result.messageId, embedded.result.messageId]);
  expect(written[1]).toMatchObject({ content: '', embeds: [{ title: 'Titre', description: 'Description' }] });
});

test('listTextChannels gives the text and announcement channels that the bot sees, as Discord orders them', async () => {
  const row = await ask('listTextChannels', {});
  expect(row.status).toBe('done');
  const expected = ['règlement', 'annonces', 'général', 'ressources', 'archives'].map((name) => ({
    id: scene.channel(name),
    name,
    type: name === 'annonces' ? 5 : 0,
  }));
  expect(row.result).toEqual({ ok: true, channels: expected });
});

test('the list follows the guild: created, renamed, moved, hidden and deleted channels', async () => {
  const { guildId, client } = scene;
  const names = async () => {
    const row = await ask('listTextChannels', {});
    return (row.result.channels as { name: string }[]).map(({ name }) => name);
  };
  const without = await names();
  const loose = await client.people('create-channel', {
    guildId,
    channel: { name: 'hors-catégorie', type: 0 },
  });
  await expect.poll(names).toEqual(['hors-catégorie', ...without]);
  await client.people('edit-channel', { channelId: loose.id, changes: { name: 'renommé' } });
  await expect.poll(names).toEqual(['renommé', ...without]);
  const category = [...scene.sandbox.world.guilds.get(guildId)!.channels.values()].find(
    (channel) => channel.name === 'Discussion',
  )!;
  await client.people('edit-channel', {
    channelId: loose.id,
    changes: { parent_id: category.id, position: 999 },
  });
  await expect.poll(names).toEqual([...without, 'renommé']);
  const hidden = { id: guildId, type: 0, allow: '0', deny: String(1 << 10) };
  await client.people('edit-channel', { channelId: loose.id, changes: { permission_overwrites: [hidden] } });
  await expect.poll(names).toEqual(without);
  await client.people('edit-channel', { channelId: loose.id, changes: { permission_overwrites: [] } });
  await expect.poll(names).toEqual([...without, 'renommé']);
  await client.people('delete-channel', { channelId: loose.id });
  await expect.poll(names).toEqual(without);
});

test('a hundred commands of two guilds inserted at once all come to their end', async () => {
  const guilds = [...scene.sandbox.world.guilds.keys()].filter((id) =>
    scene.sandbox.world.guilds.get(id)!.members.has(scene.sandbox.world.bot.id),
  );
  const { data, error } = await supabase
    .from('commands')
    .insert(
      Array.from({ length: 100 }, (_, n) => ({
        guild_id: guilds[n % guilds.length],
        action: 'listTextChannels',
        payload: {},
      })),
    )
    .select('id');
  if (error) throw error;
  const rows = await Promise.all(data.map(({ id }) => scene.database.finished(id as string)));
  expect(rows.every(({ status, result }) => status === 'done' && result?.ok)).toBe(true);
});

test('purge, slowmode, lock and unlock as the guide writes them, and what the row then says', async () => {
  const channelId = await scene.createChannel('modéré');
  const { world } = scene.sandbox;
  const guild = world.guilds.get(scene.guildId)!;
  const channel = () => guild.channels.get(channelId) as { rate_limit_per_user?: number };
  const writable = () =>
    (world.permissions.inChannel(guild, guild.channels.get(channelId)!, plainMember(guild)) &
      SEND_MESSAGES) !==
    0n;
  pastMessages(
    scene,
    channelId,
    Array.from({ length: 47 }, (_, n) => ({ ageMs: (n + 1) * 1_000 })),
  );
  const purged = await ask('purge', { channelId, amount: 50, mode: 'count' });
  expect(purged).toMatchObject({ status: 'done', result: { ok: true, deleted: 47 } });
  expect(Object.keys(purged.result)).toHaveLength(2);
  expect((await ask('slowmode', { channelId, duration: 30 })).result).toEqual({ ok: true });
  expect(channel().rate_limit_per_user).toBe(30);
  expect((await ask('lock', { channelId })).result).toEqual({ ok: true, changed: true });
  expect(writable()).toBe(false);
  expect((await ask('unlock', { channelId })).result).toEqual({ ok: true, changed: true });
  expect(writable()).toBe(true);
});

test('what fails says `error`, and why', async () => {
  const row = await ask('purge', { channelId: scene.channel('coulisses'), amount: 5, mode: 'bots' });
  expect(row.status).toBe('error');
  expect(row.result).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/^Permissions insuffisantes/),
  });
});
