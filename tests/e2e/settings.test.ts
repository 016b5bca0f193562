/** /settings: what a server chooses, by whom, and that it holds from then on. */
import { afterEach, describe, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';

const EPHEMERAL = 64;
const MANAGE_GUILD = 1n << 5n;

const scene = await Scene.set();
await scene.start();
const { guildId, database } = scene;
const guild = scene.sandbox.world.guilds.get(guildId)!;
const channelId = scene.channel('général');
const role = (name: string) => [...guild.roles.values()].find((one) => one.name === name)!.id;

async function settings(
  subcommand: string,
  options: Record<string, string | boolean> = {},
  locale = 'fr',
): Promise<string> {
  const { message } = await scene.client.people('command', {
    channelId,
    userId: guild.ownerId,
    name: 'settings',
    subcommand,
    options,
    locale,
    waitForFinal: true,
  });
  expect(message!.flags! & EPHEMERAL).toBe(EPHEMERAL);
  const fields = message!.embeds[0]?.fields?.map(({ name, value }) => `${name}: ${value}`);
  return fields ? fields.join('\n') : message!.content;
}

const stored = () =>
  database.query(
    'SELECT locale, timezone, announce_mentions, moderator_roles, requester_required FROM guild_settings',
  );
const nothing = {
  locale: null,
  timezone: null,
  announce_mentions: null,
  moderator_roles: null,
  requester_required: null,
};

afterEach(async () => {
  await database.query('DELETE FROM guild_settings');
});

describe('/settings', () => {
  test('is for who manages the server', async () => {
    const { commands } = await scene.client.state();
    const command = commands.global!.find(({ name }) => name === 'settings')!;
    expect(command.default_member_permissions).toBe(String(MANAGE_GUILD));
  });

  test('shows the defaults, and what was chosen', async () => {
    expect(await settings('show')).toBe(
      [
        'Langue: français (par défaut)',
        'Fuseau horaire: Europe/Paris (par défaut)',
        'Mentions des annonces: les membres, les rôles et @everyone (par défaut)',
        'Rôles de modération: aucun (par défaut)',
        'Demandeur des commandes: facultatif (par défaut)',
      ].join('\n'),
    );
    await settings('language', { language: 'en' });
    expect(await settings('show', {}, 'en-GB')).toContain(
      'Language: English\nTime zone: Europe/Paris (default)',
    );
  });

  test('the language: from the next answer to the dashboard on', async () => {
    const reason = async () => (await database.command(guildId, 'unheard-of')).result!.reason;
    expect(await reason()).toMatch(/^Action inconnue/);
    expect(await settings('language', { language: 'en' })).toBe(
      'Langue : français → **anglais**.\nPour revenir à la valeur par défaut (français) : ' +
        '`/réglages défaut réglage:Langue`',
    );
    expect(await reason()).toMatch(/^Unknown action/);
    expect(await settings('language', { language: 'en' }, 'en-US')).toBe('Language: it already was English.');
    expect(await settings('reset', { setting: 'language' })).toBe(
      'Langue : anglais → **français** (valeur par défaut).',
    );
    expect(await reason()).toMatch(/^Action inconnue/);
    expect(await stored()).toEqual([nothing]);
  });

  test('the time zone: one that exists', async () => {
    expect(await settings('timezone', { zone: 'Indian/Reunion' })).toContain(
      'Europe/Paris → **Indian/Reunion**',
    );
    expect(await stored()).toEqual([{ ...nothing, timezone: 'Indian/Reunion' }]);
    for (const zone of ['Mars/Olympus', '../../etc/passwd', 'posixrules/x', 'zone.tab', 'Europe'])
      expect(await settings('timezone', { zone })).toContain(`« ${zone} » n'est pas un fuseau horaire connu`);
    expect(await stored()).toEqual([{ ...nothing, timezone: 'Indian/Reunion' }]);
  });

  test('the time zone is completed while it is typed', async () => {
    const complete = async (typed: string) => {
      const { choices } = await scene.client.people('autocomplete', {
        channelId,
        userId: guild.ownerId,
        name: 'settings',
        subcommand: 'timezone',
        options: { zone: typed },
        focused: 'zone',
      });
      return choices!.map(({ value }) => value);
    };
    expect((await complete('paris'))[0]).toBe('Europe/Paris');
    expect((await complete('réun'))[0]).toBe('Indian/Reunion');
    expect(await complete('')).toHaveLength(25);
    expect(await complete('zzzz')).toEqual([]);
  });

  test('whom announcements notify', async () => {
    expect(await settings('mentions', { who: 'none' })).toContain('→ **personne**');
    const { result } = await database.command(guildId, 'announce', {
      channelId,
      message: '@everyone bonjour',
    });
    const call = await scene.event(
      (event) => event.type === 'rest' && event.method === 'POST' && event.path.endsWith('/messages'),
    );
    expect(result).toMatchObject({ ok: true });
    expect(call).toMatchObject({ requestBody: { allowed_mentions: { parse: [] } } });
  });

  test('moderator roles', async () => {
    const [mod, players] = [role('Modération'), role('Joueurs')];
    expect(await settings('moderators', { add: mod })).toContain(`aucun → **<@&${mod}>**`);
    expect(await settings('moderators', { add: players })).toContain(`**<@&${mod}>, <@&${players}>**`);
    expect(await settings('moderators', { remove: mod })).toContain(`→ **<@&${players}>**`);
    expect(await stored()).toEqual([{ ...nothing, moderator_roles: [players] }]);
    expect(await settings('moderators', { add: guildId })).toContain('@everyone ne peut pas être');
    expect(await settings('reset', { setting: 'moderators' })).toContain('→ **aucun** (valeur par défaut)');
  });

  test('whether dashboards must say who asks', async () => {
    expect(await settings('requester', { required: true })).toContain('facultatif → **obligatoire**');
    expect((await database.command(guildId, 'listTextChannels')).result).toMatchObject({
      code: 'requester_required',
    });
    expect(await settings('requester', { required: false })).toContain('obligatoire → **facultatif**');
    expect(await database.command(guildId, 'listTextChannels')).toMatchObject({ status: 'done' });
  });

  test('each change is in the audit', async () => {
    await database.query('DELETE FROM command_audit');
    await settings('language', { language: 'en' });
    await expect
      .poll(() => database.query('SELECT source, action, requested_by, ok FROM command_audit'))
      .toEqual([{ source: 'slash', action: 'settings', requested_by: guild.ownerId, ok: true }]);
  });
});
