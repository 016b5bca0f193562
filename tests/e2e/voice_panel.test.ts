/** The control panel through Discord's own road: each button, pressed by whom it is for and by whom it is not. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { SeenMessage } from '../../sandbox/src/client.ts';
import { Hands, isWhispered, pressable, pressables, textOf } from '../support/panel.ts';
import { expectRefused, PanelStage } from '../support/panel_stage.ts';
import { overwrite, P } from '../support/voice.ts';
const UPDATE = 7;
const MODAL = 9;

const stage = await PanelStage.set();
const { voice, hub } = stage;
const { scene } = voice;
const { client } = scene;
let { bot } = stage;
let owner: Hands;
let guest: Hands;
let room = '';
let panel: SeenMessage;

beforeEach(async () => {
  ({ owner, guest, room, panel } = await stage.renew());
});

afterAll(() => client.weather('clear', {}));

const id = (what: string, ...rest: string[]): string => ['room', what, room, ...rest].join('/');
const shown = () => stage.shown(room, panel);
const present = (...people: string[]) => stage.present(...people);
const asked = () => stage.asked(room);

describe('the panel', () => {
  test('stands in the chat of the room and shows its state', async () => {
    const text = textOf(panel);
    expect(text).toContain(`<#${room}>`);
    expect(text).toContain(`<@${owner.userId}>`);
    expect(text).toContain('**Ouvert**');
    expect(pressables(panel)).toHaveLength(15);
    expect(panel.mentions).toEqual([]);
  });

  test('is opened by /hub panel, for oneself, in one’s own language', async () => {
    const english = new Hands(scene, owner.userId, 'en-GB');
    const { message } = await english.hub(room, 'panel');
    expect(isWhispered(message)).toBe(true);
    expect(textOf(message)).toContain('**Open**');
    const { message: changed } = await english.click(message!, id('mode', 'closed'));
    expect(textOf(changed)).toContain('**Closed**');
    // The posted one follows, in the server's language.
    await expect.poll(async () => textOf(await shown())).toContain('**Fermé**');
  });

  test('is not for those who have no room', async () => {
    const stranger = new Hands(scene, await voice.person());
    expectRefused(
      await stranger.hub(scene.channel('général'), 'panel'),
      "Vous n'avez pas de salon : rejoignez un hub",
    );
  });

  test('still works after the bot was restarted', async () => {
    await bot.stop();
    bot = await scene.start();
    await bot.logged(({ event }) => event === 'voice hubs known');
    const { message } = await owner.click(panel, id('mode', 'private'));
    expect(textOf(message)).toContain('**Privé**');
    await expect.poll(() => voice.row(room)).toMatchObject({ mode: 'private' });
  });

  test('comes by direct message where the bot may not write, and works there', async () => {
    voice.leave(guest.userId);
    voice.leave(owner.userId);
    await voice.gone(room);
    await client.weather('rest', {
      route: '/channels/\\d+/messages$',
      method: 'POST',
      kind: 'status',
      status: 403,
      body: { code: 50013, message: 'Missing Permissions' },
      count: 1,
    });
    room = await voice.enter(owner.userId, hub);
    const direct = () =>
      [...voice.world.dms.values()].find((dm) => dm.recipients.some((one) => one.id === owner.userId));
    await expect.poll(async () => (await voice.row(room))?.panel_message_id).toBeTruthy();
    const dm = direct()!;
    const [sent] = await client.messages(dm.id);
    expect(textOf(sent)).toContain('`/hub panel`');
    expect(pressable(sent, id('list', 'allowed')).disabled).toBe(true);
    voice.join(guest.userId, room);
    await present(owner.userId, guest.userId);
    const { message: question } = await owner.click(sent!, id('transfer'));
    expect(pressable(question, id('owner')).options!.map(({ value }) => value)).toEqual([guest.userId]);
    voice.leave(guest.userId);
    const { message } = await owner.click(sent!, id('mode', 'closed'));
    expect(textOf(message)).toContain('**Fermé**');
    expect(voice.canJoin(guest.userId, room)).toBe(false);
  });
});

describe('somebody else', () => {
  const buttons = [
    ['mode', 'closed'],
    ['list', 'allowed'],
    ['list', 'blocked'],
    ['purge'],
    ['transfer'],
    ['name'],
    ['status'],
    ['settings'],
    ['delete'],
  ];

  test.each(buttons)('is refused at %s %s', async (...what) => {
    const [verb, ...rest] = what.filter((one) => one !== undefined);
    const since = voice.seq;
    expectRefused(
      await guest.click(panel, id(verb!, ...rest)),
      `Ce salon appartient à <@${owner.userId}> : seuls son propriétaire et les administrateurs peuvent le régler.`,
    );
    expect(voice.calls(since)).toEqual([]);
  });

  test('an administrator may', async () => {
    const administrator = new Hands(scene, voice.guild.ownerId);
    const { callbackType, message } = await administrator.click(panel, id('mode', 'private'));
    expect(callbackType).toBe(UPDATE);
    expect(textOf(message)).toContain('**Privé**');
  });

  test('is told when the room is gone', async () => {
    const { message } = await owner.hub(scene.channel('général'), 'panel');
    for (const hands of [owner, guest]) voice.leave(hands.userId);
    await voice.gone(room);
    expectRefused(await owner.click(message!, id('mode', 'closed')), "Ce salon n'existe plus.");
  });
});

describe('modes', () => {
  test('change in place, and the panel shows which', async () => {
    const stranger = await voice.person();
    for (const [mode, name, sees, enters] of [
      ['closed', 'Fermé', true, false],
      ['private', 'Privé', false, false],
      ['conference', 'Conférence', true, true],
      ['open', 'Ouvert', true, true],
    ] as const) {
      const { callbackType, message } = await owner.click(panel, id('mode', mode));
      expect(callbackType).toBe(UPDATE);
      expect(message!.id).toBe(panel.id);
      expect(textOf(message)).toContain(`**${name}**`);
      expect(pressable(message, id('mode', mode)).disabled).toBe(true);
      expect([voice.sees(stranger, room), voice.canJoin(stranger, room)]).toEqual([sees, enters]);
    }
  });

  test('a change that shuts people out offers to disconnect them, and says how many', async () => {
    const outcome = await owner.click(panel, id('mode', 'private'));
    const offer = await owner.followUp(outcome);
    expect(textOf(offer)).toContain('Une personne est dans');
    const { message } = await owner.click(offer, id('purge-now'));
    expect(textOf(message)).toBe('🧹 1 personne déconnectée.');
    expect(voice.where(guest.userId)).toBeUndefined();
    expect(voice.where(owner.userId)).toBe(room);
    const again = await owner.click(panel, id('purge'));
    expect(textOf(again.message)).toContain('Personne à déconnecter');
  });

  test('a conference silences those inside at once; whoever asks for the floor may get it', async () => {
    await owner.click(panel, id('mode', 'conference'));
    await voice.happens(() => !voice.isHeard(guest.userId), 'the guest is silent');
    const { message } = await guest.click(panel, id('knock'));
    expect(textOf(message)).toContain('Votre demande est transmise');
    const question = await asked();
    expect(textOf(question)).toContain('demande la parole');
    await owner.click(question, id('answer', guest.userId, 'yes'));
    await voice.happens(() => voice.isHeard(guest.userId), 'the guest may speak');
  });
});

describe('a panel that Discord does not take', () => {
  const route = '/channels/\\d+/messages$';
  beforeEach(async () => {
    voice.leave(guest.userId);
    voice.leave(owner.userId);
    await voice.gone(room);
  });

  test('for a while, is posted as soon as it does', async () => {
    // As often as one call is repeated, and once more.
    await client.weather('rest', { route, method: 'POST', kind: 'status', status: 500, count: 5 });
    room = await voice.enter(owner.userId, hub);
    await bot.logged((line) => line.event === 'panel not posted' && line.room === room);
    panel = await voice.panel(room);
    await expect.poll(async () => (await voice.row(room))?.panel_message_id).toBe(panel.id);
  });

  test('neither in the chat nor directly, is posted once the bot may write; the room works meanwhile', async () => {
    await client.people('close-dms', { userId: owner.userId, closed: true });
    const body = { code: 50013, message: 'Missing Permissions' };
    await client.weather('rest', { route, method: 'POST', kind: 'status', status: 403, body, count: 1 });
    room = await voice.enter(owner.userId, hub);
    await bot.logged((line) => line.event === 'panel not posted' && line.room === room);
    const { message } = await owner.hub(scene.channel('général'), 'panel');
    await owner.click(message!, id('mode', 'closed'));
    expect(voice.canJoin(guest.userId, room)).toBe(false);
    panel = await voice.panel(room);
    await expect.poll(async () => (await voice.row(room))?.panel_message_id).toBe(panel.id);
  });
});

describe('lists', () => {
  test('the whitelist is prefilled, added to and taken from', async () => {
    await owner.click(panel, id('mode', 'private'));
    const friend = await voice.person();
    const role = [...voice.guild.roles.values()].find(({ name }) => name === 'Joueurs')!.id;
    const { message: menu } = await owner.click(panel, id('list', 'allowed'));
    expect(isWhispered(menu)).toBe(true);
    expect(pressable(menu, id('choice')).default_values).toBeUndefined();
    const { message: added } = await owner.choose(menu!, id('choice'), [friend, role]);
    expect(textOf(added)).toContain(`➕ Sur la liste : <@${friend}>, <@&${role}>`);
    expect(pressable(added, id('choice')).default_values).toEqual(
      expect.arrayContaining([
        { id: friend, type: 'user' },
        { id: role, type: 'role' },
      ]),
    );
    expect(voice.canJoin(friend, room)).toBe(true);
    await expect
      .poll(async () => pressable(await shown(), id('list', 'allowed')).label)
      .toBe('Liste blanche (2)');
    const { message: removed } = await owner.choose(added!, id('choice'), [role]);
    expect(textOf(removed)).toContain(`➖ Retirés : <@${friend}>`);
    expect(voice.canJoin(friend, room)).toBe(false);
  });

  test('the blacklist neither sees nor enters, and never holds the owner', async () => {
    const { message: menu } = await owner.click(panel, id('list', 'blocked'));
    const { message } = await owner.choose(menu!, id('choice'), [guest.userId, owner.userId]);
    expect(textOf(message)).toContain('Ni le propriétaire ni le bot ne vont sur la liste noire.');
    expect(pressable(message, id('choice')).default_values).toEqual([{ id: guest.userId, type: 'user' }]);
    expect(voice.sees(guest.userId, room)).toBe(false);
    await voice.happens(() => voice.where(guest.userId) === undefined, 'he is put out at once');
  });

  test('beyond 25 entries there are pages, and a page changes its own entries alone', async () => {
    const people: string[] = [];
    for (let i = 0; i < 45; i++) people.push(await voice.person());
    await voice.ask('room.update', { roomId: room, allowedUserIds: people });
    const { message: first } = await owner.click(panel, id('list', 'allowed'));
    expect(textOf(first)).toContain('45 entrées · page 1/3');
    const { message: second } = await owner.click(first!, id('page', 'allowed', '1'));
    expect(textOf(second)).toContain('page 2/3');
    const before = pressable(second, id('choice')).default_values!.map((one) => one.id);
    expect(before).toHaveLength(20);
    const stranger = await voice.person();
    const [gone, ...kept] = before;
    const { message: changed } = await owner.choose(second!, id('choice'), [...kept, stranger]);
    expect(textOf(changed)).toContain(`➕ Sur la liste : <@${stranger}>`);
    expect(textOf(changed)).toContain(`➖ Retirés : <@${gone}>`);
    const { rooms } = (await voice.ask('room.list', {})) as { rooms: { allowedUserIds: string[] }[] };
    const expected = [...people.filter((one) => one !== gone), stranger];
    expect([...rooms[0]!.allowedUserIds].sort()).toEqual(expected.sort());
  });

  test('a menu that is out of date changes nothing and says so', async () => {
    const { message: one } = await owner.click(panel, id('list', 'allowed'));
    const { message: other } = await owner.click(panel, id('list', 'allowed'));
    const friend = await voice.person();
    await owner.choose(one!, id('choice'), [friend]);
    const { message } = await owner.choose(other!, id('choice'), [await voice.person()]);
    expect(textOf(message)).toContain('La liste a changé entre-temps');
    expect(pressable(message, id('choice')).default_values).toEqual([{ id: friend, type: 'user' }]);
  });

  test('@everyone goes into no list', async () => {
    const { message: menu } = await owner.click(panel, id('list', 'blocked'));
    expectRefused(
      await owner.choose(menu!, id('choice'), [voice.guild.id]),
      '@everyone ne va dans aucune liste',
    );
  });
});

describe('forms', () => {
  async function fill(what: string, values: Record<string, string | string[]>) {
    const opened = await owner.click(panel, id(what));
    expect(opened.callbackType).toBe(MODAL);
    return { opened, done: await owner.submit(opened, values) };
  }

  test('limit, bit rate and region', async () => {
    const { done } = await fill('settings', { limit: '3', bitrate: ['32000'], region: ['rotterdam'] });
    expect(textOf(done.message)).toContain('3 places · 🎚️ 32 kbit/s · 🌍 rotterdam');
    expect(voice.channel(room)).toMatchObject({ user_limit: 3, bitrate: 32_000, rtc_region: 'rotterdam' });
    const { opened } = await fill('settings', { limit: '3', bitrate: ['32000'], region: ['auto'] });
    expect(pressable(opened.modal, 'bitrate').options!.find((one) => one.default)!.value).toBe('32000');
    expect(voice.channel(room)).toMatchObject({ rtc_region: null });
    expectRefused(
      (await fill('settings', { limit: 'x', bitrate: ['32000'], region: ['auto'] })).done,
      'Le nombre de places est un nombre de 0',
    );
  });

  test.each([
    ['name', { name: 'Trop tard' }],
    ['settings', { limit: '3', bitrate: ['32000'], region: ['auto'] }],
    ['status', { status: 'Trop tard' }],
  ])('%s, sent when the room is gone', async (what, values) => {
    const { message } = await owner.hub(scene.channel('général'), 'panel');
    const opened = await owner.click(message!, id(what));
    for (const hands of [owner, guest]) voice.leave(hands.userId);
    await voice.gone(room);
    expectRefused(await owner.submit(opened, values), "Ce salon n'existe plus.");
  });

  test('the status', async () => {
    const since = voice.seq;
    const { done } = await fill('status', { status: 'On joue' });
    expect(textOf(done.message)).toBe('💬 Le statut est affiché.');
    expect(await voice.call('PUT', /voice-status$/, since)).toMatchObject({
      status: 204,
      requestBody: { status: 'On joue' },
    });
  });

  test('the status that stands there is in the form, whoever has set it and whatever the bot has missed', async () => {
    const present = async () =>
      pressable((await owner.click(panel, id('status'))).modal, 'status').value ?? '';
    expect(await present()).toBe('');
    await fill('status', { status: 'On joue' });
    expect(await present()).toBe('On joue');
    voice.world.voice.setStatus(voice.guild, room, 'Changé à la main', { userId: owner.userId });
    await expect.poll(present).toBe('Changé à la main');
    await bot.stop();
    voice.world.voice.setStatus(voice.guild, room, 'Pendant la pause', { userId: owner.userId });
    bot = await scene.start();
    await bot.logged(({ event }) => event === 'voice hubs known');
    await expect.poll(present).toBe('Pendant la pause');
    await fill('status', { status: '' });
    expect(await present()).toBe('');
  });

  test('the status of a room whose hub denies it to everybody', async () => {
    const strict = await voice.hub(
      {},
      { permission_overwrites: [overwrite(voice.guild.id, 0, { deny: P.SetVoiceChannelStatus })] },
    );
    const own = new Hands(scene, await voice.person());
    const inside = await voice.enter(own.userId, strict);
    const opened = await own.click(await voice.panel(inside), `room/status/${inside}`);
    const { message } = await own.submit(opened, { status: 'On joue' });
    expect(textOf(message)).toBe('💬 Le statut est affiché.');
    expect(voice.guild.voiceStatuses.get(inside)).toBe('On joue');
    voice.leave(own.userId);
    await voice.gone(inside);
  });

  test('two names are taken at once; the third says when, and offers a status meanwhile', async () => {
    for (const name of ['Un', 'Deux']) {
      const { done } = await fill('name', { name });
      expect(done.message!.id).toBe(panel.id);
      await expect.poll(() => voice.channel(room)!.name).toBe(name);
    }
    const { done } = await fill('name', { name: 'Trois *étoiles*' });
    expect(textOf(done.message)).toMatch(
      /« Trois \\\*étoiles\\\* » sera le nom du salon <t:\d+:R> \(<t:\d+:T>\)/,
    );
    const told = await owner.followUp(done);
    expect(isWhispered(told)).toBe(true);
    expect(textOf(told)).toMatch(/s'appellera « Trois \\\*étoiles\\\* » <t:\d+:R>/);
    expect(voice.channel(room)!.name).toBe('Deux');
    const opened = await owner.click(told, id('status'));
    expect(opened.callbackType).toBe(MODAL);
    const row = await voice.row(room);
    expect(row).toMatchObject({ pending_name: 'Trois *étoiles*' });
  });
});

test('nobody may manage roles through an overwrite of the bot', () => {
  for (const channel of voice.guild.channels.values()) {
    for (const { id: whose, allow } of channel.permission_overwrites ?? []) {
      if (whose !== voice.world.bot.id) expect(BigInt(allow) & P.ManageRoles).toBe(0n);
    }
  }
});
