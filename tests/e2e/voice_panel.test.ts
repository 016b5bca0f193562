/** The control panel through Discord's own road: each button, pressed by whom it is for and by whom it is not. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { SeenMessage } from '../../sandbox/src/client.ts';
import { Hands, isWhispered, pressable, pressables, textOf } from '../support/panel.ts';
import { overwrite, P, VoiceScene } from '../support/voice.ts';

const TIMEOUT = { timeout: 10_000 };
const DEFERRED_UPDATE = 6;
const UPDATE = 7;
const MODAL = 9;

const voice = await VoiceScene.set({ gatewayLimits: { identifyWindowMs: 0 } });
const { scene } = voice;
const { client } = scene;
let bot = await scene.start();
const hub = await voice.hub({ nameTemplate: 'Chez {member}', keepFor: 0, remember: false });

let owner: Hands;
let guest: Hands;
let room = '';
let panel: SeenMessage;

/** A room with its owner and a guest in it. */
beforeEach(async () => {
  for (const { user_id } of [...voice.guild.voiceStates.values()]) voice.leave(user_id);
  await voice.assertNothingLeft(hub);
  owner = new Hands(scene, await voice.person());
  guest = new Hands(scene, await voice.person());
  room = await voice.enter(owner.userId, hub);
  voice.join(guest.userId, room);
  panel = await voice.panel(room);
});

afterAll(() => client.weather('clear', {}));

const id = (what: string, ...rest: string[]): string => ['room', what, room, ...rest].join('/');

/** The posted panel as it now is. */
async function shown(): Promise<SeenMessage> {
  const messages = await client.messages(room, { limit: 100 });
  return messages.find((message) => message.id === panel.id)!;
}

/** Refused with one sentence, for that person alone. */
function expectRefused(outcome: { message?: SeenMessage | undefined }, sentence: RegExp | string): void {
  expect(isWhispered(outcome.message)).toBe(true);
  expect(textOf(outcome.message)).toMatch(sentence);
  expect(pressables(outcome.message)).toEqual([]);
}

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
    await expect.poll(async () => textOf(await shown()), TIMEOUT).toContain('**Fermé**');
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
    await expect.poll(() => voice.row(room), TIMEOUT).toMatchObject({ mode: 'private' });
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
    await expect.poll(async () => (await voice.row(room))?.panel_message_id, TIMEOUT).toBeTruthy();
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

describe('who presses twice at once', () => {
  const twice = (message: SeenMessage, what: string) =>
    Promise.all([owner.click(message, what), owner.click(message, what)]);

  test('has the mode once', async () => {
    const outcomes = await twice(panel, id('mode', 'closed'));
    for (const { callbackType, message } of outcomes) {
      expect(callbackType).toBe(UPDATE);
      expect(textOf(message)).toContain('**Fermé**');
    }
    const stranger = await voice.person();
    expect([voice.sees(stranger, room), voice.canJoin(stranger, room)]).toEqual([true, false]);
    await expect.poll(() => voice.row(room), TIMEOUT).toMatchObject({ mode: 'closed' });
  });

  test('has the room deleted once', async () => {
    const { message: question } = await owner.hub(scene.channel('général'), 'panel', { room });
    const asked = await owner.click(question!, id('delete'));
    const since = voice.seq;
    const outcomes = await twice(asked.message!, id('delete-now'));
    await voice.gone(room);
    expect(outcomes.map(({ message }) => textOf(message)).join()).not.toContain('erreur');
    expect(voice.calls(since).filter((call) => call === 'DELETE /channels/{id}')).toHaveLength(1);
    await voice.assertNothingLeft(hub);
  });

  test('lets in once who has knocked', async () => {
    await owner.click(panel, id('mode', 'closed'));
    const stranger = new Hands(scene, await voice.person());
    const { message: doors } = await stranger.click((await scene.written(hub))[0]!, `hub/door/${hub}`);
    const reply = await stranger.choose(doors!, 'hub/knock', [room]);
    const outcomes = await twice(await asked(), id('answer', stranger.userId, 'yes'));
    const texts = outcomes.map(({ message }) => textOf(message)).toSorted();
    expect(texts).toEqual(
      [
        `✅ <@${stranger.userId}> entre sur la liste blanche : accepté par <@${owner.userId}>.`,
        `<@${stranger.userId}> est déjà sur la liste blanche.`,
      ].toSorted(),
    );
    await stranger.edited(reply, `✅ Vous pouvez entrer : <#${room}>`);
    expect(voice.canJoin(stranger.userId, room)).toBe(true);
    // He was told in his own reply, and is not called in the chat as well.
    expect(
      (await scene.written(room)).filter(({ mentions }) =>
        mentions.some(({ id: whom }) => whom === stranger.userId),
      ),
    ).toEqual([]);
  });
});

describe('many people', () => {
  test('to choose the next owner from come in pages', async () => {
    const people = [guest.userId];
    while (people.length < 30) {
      const userId = await voice.person();
      voice.join(userId, room);
      people.push(userId);
    }
    await present(owner.userId, ...people);
    const { message: first } = await owner.click(panel, id('transfer'));
    expect(textOf(first)).toContain('page 1/2');
    const { message: second } = await owner.click(first!, id('heirs', '1'));
    expect(textOf(second)).toContain('page 2/2');
    const offered = [first, second].flatMap((message) =>
      pressable(message, id('owner')).options!.map(({ value }) => value),
    );
    expect(offered).toEqual(people);
    await owner.choose(second!, id('owner'), [people.at(-1)!]);
    await expect.poll(() => voice.row(room), TIMEOUT).toMatchObject({ owner_id: people.at(-1) });
  });

  test('90 of them are disconnected although Discord limits it, and the count is honest', async () => {
    const people = [guest.userId];
    while (people.length < 90) {
      const userId = await voice.person();
      voice.join(userId, room);
      people.push(userId);
    }
    await present(owner.userId, ...people);
    expect((await voice.change(owner.userId, room, { mode: 'private' })).purgeable).toBe(90);
    const { message: question } = await owner.click(panel, id('purge'));
    expect(textOf(question)).toContain('90 personnes');
    // Some go by themselves before it comes to them: the bot puts out the others.
    const gone = people.splice(-5);
    for (const userId of gone) voice.leave(userId);
    await present(owner.userId, ...people);
    const route = '/guilds/\\d+/members/\\d+$';
    const since = voice.seq;
    for (const scope of ['user', 'shared'] as const)
      await client.weather('rest', {
        kind: 'rate-limit',
        scope,
        retryAfter: 0.5,
        count: 3,
        method: 'PATCH',
        route,
      });
    await client.weather('rest', { kind: 'delay', ms: 150, count: 85, method: 'PATCH', route });
    // Answered at once: Discord waits three seconds.
    const { callbackType } = await owner.click(question!, id('purge-now'));
    expect(callbackType).toBe(DEFERRED_UPDATE);
    const said = () =>
      scene.sandbox.stream
        .since(since)
        .flatMap((event) =>
          event.type === 'interaction' ? [textOf(event.data as SeenMessage | undefined)] : [],
        );
    await expect.poll(said, { timeout: 60_000 }).toContain('🧹 85 personnes déconnectées.');
    expect(said().filter((text) => /^🧹 \d+ sur 85…$/.test(text)).length).toBeGreaterThan(0);
    expect(people.map((userId) => voice.where(userId))).toEqual(people.map(() => undefined));
    expect(voice.where(owner.userId)).toBe(room);
  }, 90_000);

  test('who goes elsewhere while a purge is under way is left alone there', async () => {
    const lounge = await voice.createChannel({ name: 'Ailleurs' });
    const mover = await voice.person();
    voice.join(mover, room);
    await present(owner.userId, guest.userId, mover);
    expect((await voice.change(owner.userId, room, { mode: 'private' })).purgeable).toBe(2);
    const { message: question } = await owner.click(panel, id('purge'));
    // His call is limited, and waits for a second.
    const route = `/guilds/\\d+/members/${mover}$`;
    const limit = { kind: 'rate-limit', scope: 'user', retryAfter: 1, count: 1 } as const;
    await client.weather('rest', { ...limit, method: 'PATCH', route });
    const since = voice.seq;
    const outcome = owner.click(question!, id('purge-now'));
    await voice.call('PATCH', new RegExp(route), since);
    voice.join(mover, lounge);
    expect(textOf((await outcome).message)).toBe('🧹 1 personne déconnectée.');
    expect(voice.where(mover)).toBe(lounge);
    voice.leave(mover);
  });

  test('are disconnected a few at a time, with word of how far it is', async () => {
    const people = [guest.userId];
    while (people.length < 11) {
      const userId = await voice.person();
      voice.join(userId, room);
      people.push(userId);
    }
    await expect
      .poll(async () => (await voice.ask('room.update', { roomId: room, mode: 'private' })).purgeable)
      .toBe(people.length);
    const { message: question } = await owner.click(panel, id('purge'));
    const since = voice.seq;
    const route = '/guilds/\\d+/members/\\d+$';
    await client.weather('rest', { route, method: 'PATCH', kind: 'delay', ms: 1500, count: people.length });
    await owner.click(question!, id('purge-now'));
    const said = () =>
      scene.sandbox.stream
        .since(since)
        .flatMap((event) =>
          event.type === 'interaction' ? [textOf(event.data as SeenMessage | undefined)] : [],
        );
    await expect.poll(said, TIMEOUT).toContain('🧹 11 personnes déconnectées.');
    expect(said().some((text) => /^🧹 \d+ sur 11…$/.test(text))).toBe(true);
    expect(people.map((userId) => voice.where(userId))).toEqual(people.map(() => undefined));
    expect(voice.where(owner.userId)).toBe(room);
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
    await expect.poll(async () => (await voice.row(room))?.panel_message_id, TIMEOUT).toBe(panel.id);
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
    await expect.poll(async () => (await voice.row(room))?.panel_message_id, TIMEOUT).toBe(panel.id);
  });
});

/** Awaits that the bot has heard who is in the room. */
async function present(...people: string[]): Promise<void> {
  const members = async () =>
    ((await voice.ask('room.list', { hubId: hub })) as { rooms: { memberIds: string[] }[] }).rooms[0]!
      .memberIds;
  await expect.poll(members, TIMEOUT).toEqual(people);
}

/** The last knock that the owner was told of. */
async function asked(): Promise<SeenMessage> {
  const knocks = async () =>
    (await scene.written(room)).filter((message) =>
      pressables(message).some(({ custom_id }) => custom_id.startsWith(id('answer'))),
    );
  await expect.poll(async () => (await knocks()).length, TIMEOUT).toBeGreaterThan(0);
  return (await knocks()).at(-1)!;
}

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
      .poll(async () => pressable(await shown(), id('list', 'allowed')).label, TIMEOUT)
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

describe('the owner', () => {
  test('gives the room to somebody who is in it, and then has no say any more', async () => {
    const passer = await voice.person();
    voice.join(passer, room);
    const jukebox = await client.people('join-guild', {
      guildId: voice.guild.id,
      username: `jukebox_${passer}`.slice(0, 32),
      bot: true,
    });
    voice.join(jukebox.userId, room);
    await present(owner.userId, guest.userId, passer);
    const { message: question } = await owner.click(panel, id('transfer'));
    const offered = (message: SeenMessage | undefined) =>
      pressable(message, id('owner')).options!.map(({ value }) => value);
    expect(offered(question)).toEqual([guest.userId, passer]);
    // He leaves before he is chosen.
    voice.leave(passer);
    await present(owner.userId, guest.userId);
    const { message: again } = await owner.choose(question!, id('owner'), [passer]);
    expect(textOf(again)).toContain(`<@${passer}> n'est plus dans le salon.`);
    expect(offered(again)).toEqual([guest.userId]);
    const { message } = await owner.choose(again!, id('owner'), [guest.userId]);
    expect(textOf(message)).toContain(`appartient maintenant à <@${guest.userId}>`);
    await expect.poll(async () => textOf(await shown()), TIMEOUT).toContain(`👑 <@${guest.userId}>`);
    expectRefused(await owner.click(panel, id('mode', 'closed')), `Ce salon appartient à <@${guest.userId}>`);
    voice.leave(jukebox.userId);
  });

  test('is told when there is nobody to give the room to', async () => {
    voice.leave(guest.userId);
    await present(owner.userId);
    const { message } = await owner.click(panel, id('transfer'));
    expect(textOf(message)).toContain("Il n'y a personne d'autre");
    expect(pressables(message)).toEqual([]);
  });

  test('leaves, and whoever is inside may claim the room', async () => {
    expect(pressable(panel, id('claim')).disabled).toBe(true);
    voice.leave(owner.userId);
    await expect.poll(async () => pressable(await shown(), id('claim')).disabled, TIMEOUT).toBeUndefined();
    const { callbackType, message } = await guest.click(await shown(), id('claim'));
    expect(callbackType).toBe(UPDATE);
    expect(textOf(message)).toContain(`👑 <@${guest.userId}>`);
    await expect.poll(() => voice.row(room), TIMEOUT).toMatchObject({ owner_id: guest.userId });
  });

  test('changes his mind about deleting the room, then deletes it', async () => {
    const first = await owner.click(panel, id('delete'));
    expect(textOf(first.message)).toContain("2 personnes s'y trouvent et seront déconnectées.");
    const since = voice.seq;
    await owner.click(first.message!, 'room/dismiss');
    await scene.event((event) => event.type === 'interaction' && event.what === 'deleted', { since });
    expect(voice.channel(room)).toBeDefined();
    const second = await owner.click(panel, id('delete'));
    await owner.click(second.message!, id('delete-now'));
    await voice.gone(room);
    expect(voice.where(owner.userId)).toBeUndefined();
  });

  test('leaves, and whom the rules no longer admit may not claim the room', async () => {
    await owner.click(panel, id('mode', 'closed'));
    voice.leave(owner.userId);
    await expect.poll(async () => pressable(await shown(), id('claim')).disabled, TIMEOUT).toBeUndefined();
    expectRefused(
      await guest.click(await shown(), id('claim')),
      'Les règles de ce salon ne vous admettent plus',
    );
    expect(await voice.row(room)).toMatchObject({ owner_id: owner.userId });
  });

  test('leaves, and of two who claim the room at once one has it', async () => {
    const rival = new Hands(scene, await voice.person());
    voice.join(rival.userId, room);
    voice.leave(owner.userId);
    await expect.poll(async () => pressable(await shown(), id('claim')).disabled, TIMEOUT).toBeUndefined();
    const stands = await shown();
    const outcomes = await Promise.all([guest, rival].map((hands) => hands.click(stands, id('claim'))));
    const refused = outcomes.filter(({ message }) => isWhispered(message));
    expect(refused).toHaveLength(1);
    expectRefused(refused[0]!, 'Le propriétaire de ce salon est là');
    const winner = outcomes.indexOf(refused[0]!) === 0 ? rival : guest;
    await expect.poll(() => voice.row(room), TIMEOUT).toMatchObject({ owner_id: winner.userId });
    await expect.poll(async () => textOf(await shown()), TIMEOUT).toContain(`👑 <@${winner.userId}>`);
  });

  test('has his settings forgotten', async () => {
    await voice.ask('hub.update', { hubId: hub, remember: true });
    try {
      const { message } = await owner.hub(room, 'panel');
      const done = await owner.click(message!, id('forget'));
      expect(textOf(done.message)).toContain("C'est oublié");
    } finally {
      await voice.ask('hub.update', { hubId: hub, remember: false });
    }
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
    await expect.poll(present, TIMEOUT).toBe('Changé à la main');
    await bot.stop();
    voice.world.voice.setStatus(voice.guild, room, 'Pendant la pause', { userId: owner.userId });
    bot = await scene.start();
    await bot.logged(({ event }) => event === 'voice hubs known');
    await expect.poll(present, TIMEOUT).toBe('Pendant la pause');
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
      await expect.poll(() => voice.channel(room)!.name, TIMEOUT).toBe(name);
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

describe('knocking', () => {
  let stranger: Hands;
  let door: SeenMessage;

  beforeEach(async () => {
    stranger = new Hands(scene, await voice.person());
    door = (await scene.written(hub))[0]!;
    await owner.click(panel, id('mode', 'closed'));
  });

  const knock = async () => {
    const { message: doors } = await stranger.click(door, `hub/door/${hub}`);
    return { doors, reply: await stranger.choose(doors!, 'hub/knock', [room]) };
  };
  test('the owner lets him in', async () => {
    const { doors, reply } = await knock();
    expect(isWhispered(doors)).toBe(true);
    expect(pressable(doors, 'hub/knock').options!.map((one) => one.value)).toEqual([room]);
    const question = await asked();
    expect(question.mentions.map((one) => one.id)).toEqual([owner.userId]);
    expect(textOf(question)).toContain(`<@${stranger.userId}> demande à entrer`);
    expectRefused(await guest.click(question, id('answer', stranger.userId, 'yes')), 'Ce salon appartient à');
    const { message } = await owner.click(question, id('answer', stranger.userId, 'yes'));
    expect(textOf(message)).toContain(`accepté par <@${owner.userId}>`);
    expect(pressables(message)).toEqual([]);
    await stranger.edited(reply, `✅ Vous pouvez entrer : <#${room}>`);
    expect(voice.canJoin(stranger.userId, room)).toBe(true);
  });

  test('the owner refuses, and is not asked again at once', async () => {
    const { reply } = await knock();
    const { message } = await owner.click(await asked(), id('answer', stranger.userId, 'no'));
    expect(textOf(message)).toContain(`refusée par <@${owner.userId}>`);
    await stranger.edited(reply, 'Votre demande est refusée.');
    expect(voice.canJoin(stranger.userId, room)).toBe(false);
    expectRefused((await knock()).reply, 'Vous avez déjà demandé à entrer');
  });

  test('a private room is not given away', async () => {
    await owner.click(panel, id('mode', 'private'));
    expectRefused(await stranger.click(door, `hub/door/${hub}`), 'Aucun salon fermé que vous voyez');
    const general = scene.channel('général');
    const at = await stranger.hub(general, 'knock', { member: owner.userId });
    const nowhere = await stranger.hub(general, 'knock', { member: guest.userId });
    expect(textOf(at.message)).toBe(textOf(nowhere.message));
    // And yet it arrived.
    await owner.click(await asked(), id('answer', stranger.userId, 'yes'));
    expect(voice.sees(stranger.userId, room)).toBe(true);
  });

  test('more closed rooms than a select takes come in pages', async () => {
    const many = await voice.hub({ defaultMode: 'closed' });
    const people = await Promise.all(Array.from({ length: 26 }, () => voice.person()));
    const rooms = await Promise.all(people.map((userId) => voice.enter(userId, many)));
    const [entrance] = await scene.written(many);
    const { message: first } = await stranger.click(entrance!, `hub/door/${many}`);
    expect(textOf(first)).toContain('page 1/2');
    const { message: second } = await stranger.click(first!, `hub/doors/${many}/1`);
    const offered = [first, second].flatMap((message) =>
      pressable(message, 'hub/knock').options!.map(({ value }) => value),
    );
    expect(offered.toSorted()).toEqual(rooms.toSorted());
    const { message } = await stranger.choose(second!, 'hub/knock', [offered.at(-1)!]);
    expect(textOf(message)).toContain('Votre demande est transmise');
    people.forEach((userId) => voice.leave(userId));
    await Promise.all(rooms.map((one) => voice.gone(one)));
  });

  test('the blacklist is not told from the rest', async () => {
    await voice.ask('room.update', { roomId: room, mode: 'private', blockedUserIds: [stranger.userId] });
    const general = scene.channel('général');
    const at = await stranger.hub(general, 'knock', { member: owner.userId });
    const nowhere = await stranger.hub(general, 'knock', { member: guest.userId });
    expect(textOf(at.message)).toBe(textOf(nowhere.message));
    expect((await scene.written(room)).filter((message) => message.id !== panel.id)).toEqual([]);
  });
});

test('nobody may manage roles through an overwrite of the bot', () => {
  for (const channel of voice.guild.channels.values()) {
    for (const { id: whose, allow } of channel.permission_overwrites ?? []) {
      if (whose !== voice.world.bot.id) expect(BigInt(allow) & P.ManageRoles).toBe(0n);
    }
  }
});
