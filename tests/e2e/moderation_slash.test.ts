/** /purge, /slowmode, /lock, /unlock and /announce: what moderators see, in both languages. */
import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { APIButtonComponentWithCustomId } from 'discord-api-types/v10';
import { afterEach, describe, expect, test } from 'vitest';
import type { SeenMessage } from '../../sandbox/src/client.ts';
import { pastMessages, remaining } from '../support/messages.ts';
import { Scene } from '../support/scene.ts';

const EPHEMERAL = 64;
const LONG = { timeout: 60_000 };

/** By how much Discord's time is ahead, in milliseconds. */
let later = 0;
const scene = await Scene.set({ now: () => Date.now() + later });
const { client, database, guildId } = scene;
const { world } = scene.sandbox;
await scene.start();
const guild = world.guilds.get(guildId)!;
const { ownerId } = guild;
const moderator = [...guild.members.values()].find(({ roles }) =>
  roles.some((id) => guild.roles.get(id)!.name === 'Modération'),
)!.user.id;
const member = [...guild.members.values()].find(
  ({ roles, user }) => roles.length === 0 && !user.bot && user.id !== ownerId,
)!.user.id;

afterEach(() => client.weather('clear', {}));

interface Call {
  channelId: string;
  options?: Record<string, string | number | boolean>;
  locale?: string;
  userId?: string;
}

async function command(name: string, { userId = ownerId, locale = 'fr', ...call }: Call) {
  return client.people('command', { name, userId, locale, waitForFinal: true, ...call });
}

async function answer(name: string, call: Call): Promise<SeenMessage> {
  const { message } = await command(name, call);
  expect(message!.flags! & EPHEMERAL).toBe(EPHEMERAL);
  return message!;
}

const buttons = (message: SeenMessage) =>
  (message.components ?? []).flatMap((row) =>
    'components' in row ? (row.components as APIButtonComponentWithCustomId[]) : [],
  );

async function click(channelId: string, message: SeenMessage, label: string, locale = 'fr') {
  const button = buttons(message).find((one) => one.label === label)!;
  await client.people('click', {
    channelId,
    messageId: message.id,
    userId: ownerId,
    customId: button.custom_id,
    locale,
  });
}

/** The message once its text matches: what an edit, at any later time, made of it. */
async function becomes(channelId: string, message: SeenMessage, text: RegExp): Promise<SeenMessage> {
  const seen = async () => {
    const url = `${scene.sandbox.ready.control}/channels/${channelId}/messages?as=${ownerId}&limit=100`;
    const messages = (await (await fetch(url)).json()) as SeenMessage[];
    return messages.find(({ id }) => id === message.id)!;
  };
  await expect.poll(async () => (await seen()).content, { timeout: 40_000 }).toMatch(text);
  return seen();
}

const audit = (action: string) =>
  database.query<{ ok: boolean; requested_by: string }>(
    "SELECT ok, requested_by FROM command_audit WHERE action = $1 AND source = 'slash' ORDER BY id DESC LIMIT 1",
    [action],
  );

const minutes = (count: number) => Array.from({ length: count }, (_, n) => ({ ageMs: (n + 1) * 60_000 }));

describe('/purge', () => {
  test.each([
    ['fr', '5 messages supprimés dans'],
    ['en-US', '5 messages deleted in'],
  ])('up to a hundred at once (%s)', async (locale, said) => {
    const channelId = await scene.createChannel(`purge-slash-${locale.toLowerCase()}`);
    pastMessages(scene, channelId, minutes(8));
    const message = await answer('purge', { channelId, options: { amount: 5 }, locale });
    const shown = await becomes(channelId, message, /messages/);
    expect(shown.content).toBe(`${said} <#${channelId}>.`);
    expect(remaining(scene, channelId).size).toBe(3);
    await expect.poll(() => audit('purge')).toEqual([{ ok: true, requested_by: ownerId }]);
  });

  test('more than a hundred after a question, with its progress', LONG, async () => {
    const channelId = await scene.createChannel('purge-question');
    pastMessages(scene, channelId, minutes(600));
    const question = await answer('purge', { channelId, options: { amount: 550, keep_pinned: true } });
    expect(question.content).toContain('Supprimer les 550 derniers messages');
    expect(buttons(question).map(({ label }) => label)).toEqual(['Supprimer', 'Annuler']);
    await click(channelId, question, 'Supprimer');
    const progress = await becomes(
      channelId,
      question,
      /Purge en cours… [1-9]\d* messages supprimés sur 550/,
    );
    expect(buttons(progress)).toEqual([]);
    await becomes(channelId, question, /^550 messages supprimés/);
    expect(remaining(scene, channelId).size).toBe(50);
  });

  test('once, however often somebody clicks', LONG, async () => {
    const channelId = await scene.createChannel('purge-double-clic');
    pastMessages(scene, channelId, minutes(250));
    const question = await answer('purge', { channelId, options: { amount: 101 } });
    await Promise.all([1, 2, 3].map(() => click(channelId, question, 'Supprimer')));
    await becomes(channelId, question, /^101 messages supprimés/);
    // It would have to wait for a second one.
    const after = await answer('purge', { channelId, options: { amount: 1 } });
    await becomes(channelId, after, /^1 message supprimé/);
    expect(remaining(scene, channelId).size).toBe(250 - 101 - 1);
  });

  test('or not at all', async () => {
    const channelId = await scene.createChannel('purge-annulee');
    pastMessages(scene, channelId, minutes(3));
    const question = await answer('purge', { channelId, options: { amount: 101 }, locale: 'en-GB' });
    await click(channelId, question, 'Cancel', 'en-GB');
    const shown = await becomes(channelId, question, /^Nothing was deleted\.$/);
    expect(buttons(shown)).toEqual([]);
    expect(remaining(scene, channelId).size).toBe(3);
  });

  test('or too late: what the latest messages are has changed', async () => {
    const channelId = await scene.createChannel('purge-tardive');
    pastMessages(scene, channelId, minutes(3));
    const question = await answer('purge', { channelId, options: { amount: 101 } });
    later += 5 * 60_000;
    await click(channelId, question, 'Supprimer');
    const shown = await becomes(channelId, question, /^Cette question date de plus de cinq minutes/);
    expect(buttons(shown)).toEqual([]);
    expect(remaining(scene, channelId).size).toBe(3);
  });

  test('says what the bot lacks, and where', async () => {
    const own = { id: world.bot.id, type: 1, allow: '0', deny: String(P.ManageMessages) };
    const channelId = await scene.createChannel('purge-interdite', { permission_overwrites: [own] });
    const message = await answer('purge', { channelId, options: { amount: 5 } });
    await becomes(channelId, message, /« Gérer les messages » dans #purge-interdite/);
  });

  test('is not for everybody', async () => {
    const call = command('purge', {
      channelId: scene.channel('général'),
      options: { amount: 1 },
      userId: member,
    });
    await expect(call).rejects.toThrow(/40[34]/);
  });
});

describe('/slowmode', () => {
  test.each([
    ['fr', 90, 'Mode lent dans <#ID> : un message toutes les 1 min 30 s par membre.'],
    ['en-US', 90, 'Slow mode in <#ID>: one message every 1 min 30 s for each member.'],
    ['fr', 0, 'Mode lent désactivé dans <#ID>.'],
    ['en-US', 0, 'Slow mode is off in <#ID>.'],
  ])('%s, %d s', async (locale, duration, said) => {
    const target = scene.channel('ressources');
    const options = { duration, channel: target };
    const message = await answer('slowmode', { channelId: scene.channel('général'), options, locale });
    expect(message.content).toBe(said.replace('ID', target));
    expect((guild.channels.get(target) as { rate_limit_per_user?: number }).rate_limit_per_user).toBe(
      duration,
    );
  });

  test('offers what a number may mean', async () => {
    const { choices } = await client.people('autocomplete', {
      channelId: scene.channel('général'),
      userId: ownerId,
      name: 'slowmode',
      options: { duration: '2' as unknown as number },
      focused: 'duration',
      locale: 'fr',
    });
    expect(choices).toMatchObject([
      { name: '2 s', value: 2 },
      { name: '2 min', value: 120 },
      { name: '2 h', value: 7200 },
    ]);
  });
});

describe('/lock and /unlock', () => {
  test.each([
    ['fr', 'est verrouillé', 'était déjà verrouillé', 'Déverrouiller', 'comme avant le verrouillage'],
    ['en-US', 'is locked', 'was locked already', 'Unlock', 'as it was before'],
  ])('with the way back on a button (%s)', async (locale, done, again, label, undone) => {
    const channelId = await scene.createChannel(`verrou-${locale.toLowerCase()}`);
    const overwrites = () => guild.channels.get(channelId)!.permission_overwrites;
    const before = overwrites();
    const message = await answer('lock', { channelId, locale });
    expect(message.content).toContain(done);
    expect(overwrites()).not.toEqual(before);
    expect((await answer('lock', { channelId, locale })).content).toContain(again);
    await click(channelId, message, label, locale);
    const shown = await becomes(channelId, message, new RegExp(undone));
    expect(buttons(shown)).toEqual([]);
    expect(overwrites()).toEqual(before);
    expect((await answer('unlock', { channelId, locale })).content).toMatch(
      /rien n'a été changé|nothing was changed/,
    );
  });
});

describe('/announce', () => {
  test('from options', async () => {
    const channelId = await scene.createChannel('annonce-options');
    const options = { message: 'Bonjour', title: 'Titre', colour: '#E11D48', channel: channelId };
    const message = await answer('announce', { channelId: scene.channel('général'), options });
    expect(message.content).toBe(`Annonce publiée dans <#${channelId}>.`);
    const [written] = await scene.written(channelId);
    expect(written).toMatchObject({ content: 'Bonjour', embeds: [{ title: 'Titre', color: 0xe11d48 }] });
  });

  test('from a form, with several lines', async () => {
    const channelId = await scene.createChannel('annonce-formulaire');
    const { modal, interactionId } = await command('announce', { channelId, locale: 'en-US' });
    expect(modal!.title).toBe('Announcement');
    const { message } = await client.people('submit-modal', {
      interactionId,
      userId: ownerId,
      values: { message: 'Première ligne\nDeuxième', title: '', description: '', colour: '', image: '' },
      locale: 'en-US',
      waitForFinal: true,
    });
    expect(message!.content).toBe(`Announced in <#${channelId}>.`);
    expect((await scene.written(channelId))[0]!.content).toBe('Première ligne\nDeuxième');
  });

  test('who may not mention everyone does not do it through the bot', async () => {
    const channelId = await scene.createChannel('annonce-mentions');
    const options = { message: 'Coucou @everyone' };
    const message = await answer('announce', { channelId, options, userId: moderator });
    expect(message.content).toContain('n’ont notifié personne'.replace('’', "'"));
    expect((await scene.written(channelId))[0]!.mention_everyone).toBe(false);
    await answer('announce', { channelId, options });
    expect((await scene.written(channelId))[1]!.mention_everyone).toBe(true);
  });

  test('says what is wrong', async () => {
    const channelId = scene.channel('général');
    const options = { title: 'x', colour: 'rouge' };
    const message = await answer('announce', { channelId, options, locale: 'en-US' });
    expect(message.content).toContain('#RRGGBB');
  });
});
