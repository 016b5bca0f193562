/** Whatever a dashboard sends, the row ends with `ok: false` and a reason that a person understands. */
import { afterEach, describe, expect, test } from 'vitest';
import { isPayload } from '../support/contracts.ts';
import { Scene } from '../support/scene.ts';

const scene = await Scene.set();
const bot = await scene.start();
const channelId = scene.channel('général');
const guilds = await Promise.all(['Ici', 'Là', 'Là-bas'].map((name) => scene.createGuild(name)));

async function refusal(action: string, payload: unknown, guildId = scene.guildId) {
  const row = await scene.database.command(guildId, action, payload);
  expect(row.status).toBe('error');
  expect(row.result).toMatchObject({ ok: false });
  return { code: row.result!.code, reason: row.result!.reason! };
}

let asked = 0;
/** What is refused before anybody looks for the channel; by guilds in turn, as each may announce twice a second. */
const refusedAnnouncement = (payload: unknown) =>
  refusal('announce', payload, guilds[asked++ % guilds.length]!);

afterEach(async () => {
  expect(await scene.database.unfinished()).toBe(0);
});

describe('the command itself', () => {
  test('an unknown action', async () => {
    expect(await refusal('selfDestruct', {})).toEqual({
      code: 'unknown_action',
      reason: 'Action inconnue : « selfDestruct ».',
    });
  });

  test.each([
    ['not-a-snowflake', 'bad_guild_id', '« not-a-snowflake » n’est pas'],
    ['', 'bad_guild_id', 'n’est pas l’identifiant d’un serveur'],
    ['-1', 'bad_guild_id', 'n’est pas'],
    ['0', 'bad_guild_id', 'n’est pas'],
    ['99999999999999999999999', 'bad_guild_id', 'n’est pas'],
    ["1'; DROP TABLE commands; --", 'bad_guild_id', 'n’est pas'],
  ])('guild %j', async (guildId, code, reason) => {
    const answer = await refusal('listTextChannels', {}, guildId);
    expect(answer.code).toBe(code);
    expect(answer.reason.replaceAll("'", '’')).toContain(reason);
  });

  test('a guild that the bot is not in, once it has had the time to join', async () => {
    const [row] = await scene.database.query<{ id: string }>(
      `INSERT INTO commands (guild_id, action, created_at)
       VALUES ('123456789012345678', 'listTextChannels', now() - interval '9 seconds') RETURNING id`,
    );
    expect(await scene.database.finished(row!.id)).toMatchObject({
      status: 'error',
      result: { code: 'unknown_guild', reason: "Le bot n'est pas sur ce serveur." },
    });
  });

  test('a guild that the bot joins a moment later', async () => {
    const { guildId } = await scene.client.people('create-guild', { name: 'Tout neuf', withBot: false });
    const id = await scene.database.insert(guildId, 'listTextChannels');
    await scene.client.people('invite-bot', { guildId });
    expect(await scene.database.finished(id)).toMatchObject({ status: 'done' });
  });

  test('a guild during an outage', async () => {
    await scene.client.weather('outage', { guildId: scene.guildId, on: true });
    const id = await scene.database.insert(scene.guildId, 'listTextChannels');
    await scene.client.weather('outage', { guildId: scene.guildId, on: false });
    expect(await scene.database.finished(id)).toMatchObject({ status: 'done' });
  });

  test('a row as old as the hills', async () => {
    const [row] = await scene.database.query<{ id: string }>(
      `INSERT INTO commands (guild_id, action, payload, created_at)
       VALUES ($1, 'announce', '{}', now() - interval '1 day') RETURNING id`,
      [scene.guildId],
    );
    expect(await scene.database.finished(row!.id)).toMatchObject({
      status: 'error',
      result: { code: 'expired' },
    });
  });
});

describe('the payload', () => {
  const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) as unknown;

  test.each([
    ['a text', 'bonjour'],
    ['a number', 42],
    ['an array', [1, 2, 3]],
    ['true', true],
    ['a thousand levels', nested(1000)],
    ['a thousand levels below a field', { channelId, message: nested(1000) }],
    ['a megabyte', { channelId, message: 'x'.repeat(1 << 20) }],
    [
      'a hundred thousand members',
      Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`m${n}`, n])),
    ],
  ])('%s', async (_, payload) => {
    const { code, reason } = await refusedAnnouncement(payload);
    expect(code).toMatch(/^bad_payload|payload/);
    expect(reason).toMatch(/[Cc]ommande|[Pp]ayload|JSON|volumineu/);
  });

  test.each([
    ['channelId', {}, 'un identifiant Discord'],
    ['channelId', { channelId: 123456789 }, 'un identifiant Discord'],
    ['channelId', { channelId: null }, 'un identifiant Discord'],
    ['channelId', { channelId: 'général' }, 'un identifiant Discord'],
    ['channelId', { channelId: '12 34' }, 'un identifiant Discord'],
    ['message', { channelId, message: 5 }, 'un texte'],
    ['message', { channelId, message: ['a'] }, 'un texte'],
    ['embed', { channelId, embed: 'titre' }, 'un objet'],
    ['embed', { channelId, embed: [] }, 'un objet'],
    ['embed.title', { channelId, embed: { title: {} } }, 'un texte'],
    ['embed.color', { channelId, embed: { title: 'a', color: 0xff0000 } }, 'un texte'],
    ['embed.image', { channelId, embed: { title: 'a', image: { url: 'x' } } }, 'un texte'],
    ['mentions', { channelId, message: 'a', mentions: 'everyone' }, '« none »'],
    ['mentions', { channelId, message: 'a', mentions: true }, 'un texte'],
  ])('field %s of %j', async (field, payload, expected) => {
    expect(isPayload('announce', payload)).toBe(false);
    const { code, reason } = await refusedAnnouncement(payload);
    expect(code).toBe('bad_payload');
    expect(reason).toContain(`« ${field} »`);
    expect(reason).toContain(expected);
  });

  test('none at all is an empty one', async () => {
    const row = await scene.database.command(scene.guildId, 'listTextChannels', undefined);
    expect(row).toMatchObject({ status: 'done', result: { ok: true } });
  });
});

describe('the announcement', () => {
  test.each([
    ['nothing to say', { message: null, embed: null }, 'empty', 'vide'],
    ['white space', { message: ' \n\t ' }, 'empty', 'vide'],
    ['an embed with a colour alone', { embed: { color: '#112233' } }, 'empty', 'vide'],
    ['a long message', { message: 'é'.repeat(2001) }, 'too_long', '2001 caractères, 2000 au plus'],
    ['a long title', { embed: { title: '😀'.repeat(257) } }, 'too_long', '257 caractères, 256 au plus'],
    ['a long description', { embed: { description: 'x'.repeat(4097) } }, 'too_long', '4096 au plus'],
    ['a colour by name', { embed: { title: 'a', color: 'red' } }, 'bad_color', '#RRGGBB'],
    ['a short colour', { embed: { title: 'a', color: '#FFF' } }, 'bad_color', '#RRGGBB'],
    [
      'a picture from a disk',
      { embed: { title: 'a', image: 'file:///etc/passwd' } },
      'bad_image',
      'https://',
    ],
    ['a picture that is a script', { embed: { image: 'javascript:alert(1)' } }, 'bad_image', 'https://'],
  ])('%s', async (_, text, code, reason) => {
    const answer = await refusedAnnouncement({ channelId, ...text });
    expect(answer.code).toBe(code);
    expect(answer.reason).toContain(reason);
  });

  test('exactly as long as Discord takes, counted in characters', async () => {
    const embed = { title: '😀'.repeat(256), description: 'é'.repeat(4096) };
    const row = await scene.database.command(scene.guildId, 'announce', {
      channelId,
      message: '😀'.repeat(2000),
      embed,
    });
    expect(row).toMatchObject({ status: 'done', result: { ok: true } });
  });

  test.each([
    ['Le canapé', 'wrong_channel_type', '#Le canapé n’est ni un salon textuel ni un salon d’annonces.'],
    ['Discussion', 'wrong_channel_type', '#Discussion'],
    ['idées', 'wrong_channel_type', '#idées'],
    [
      'archives',
      'missing_permissions',
      'Permissions insuffisantes : il manque au bot « Envoyer des messages » dans #archives.',
    ],
    ['coulisses', 'missing_permissions', 'Permissions insuffisantes : il manque au bot « Voir'],
  ])('in #%s', async (name, code, reason) => {
    const answer = await refusal('announce', { channelId: scene.channel(name), message: 'Bonjour' });
    expect(answer.code).toBe(code);
    expect(answer.reason.replaceAll("'", '’')).toContain(reason);
  });

  test('in a channel that does not exist, and in one of another guild', async () => {
    const other = [...scene.sandbox.world.guilds.values()].find(({ id }) => id !== scene.guildId)!;
    const theirs = [...other.channels.values()].find(({ type }) => type === 0)!.id;
    for (const elsewhere of ['123456789012345678', theirs]) {
      expect(await refusal('announce', { channelId: elsewhere, message: 'Bonjour' })).toEqual({
        code: 'unknown_channel',
        reason: "Ce salon n'existe pas sur ce serveur.",
      });
    }
  });

  test('an embed where the bot may write but not embed links', async () => {
    const { guildId } = scene;
    const own = { id: scene.sandbox.world.bot.id, type: 1, allow: '0', deny: String(1 << 14) };
    const withoutLinks = await scene.createChannel('sans-liens', { permission_overwrites: [own] });
    const text = await scene.database.command(guildId, 'announce', {
      channelId: withoutLinks,
      message: 'Bonjour',
    });
    expect(text.status).toBe('done');
    const answer = await refusal('announce', { channelId: withoutLinks, embed: { title: 'Titre' } });
    expect(answer.code).toBe('missing_permissions');
    expect(answer.reason).toContain('« Intégrer des liens » dans #sans-liens');
  });

  test('in the language that the guild has chosen', async () => {
    await scene.settings('language', { language: 'en' });
    const { reason } = await refusal('announce', { channelId });
    expect(reason).toMatch(/^The announcement is empty/);
    await scene.settings('reset', { setting: 'language' });
  });
});

test('after all of this the bot still works, and has logged no error', async () => {
  const row = await scene.database.command(scene.guildId, 'announce', { channelId, message: 'Toujours là' });
  expect(row.status).toBe('done');
  expect(bot.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
