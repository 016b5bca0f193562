/** Panels and several people: who presses at once, who is put out, who has the room next, who asks to come in. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { SeenMessage } from '../../sandbox/src/client.ts';
import { Hands, isWhispered, pressable, pressables, textOf } from '../support/panel.ts';
import { expectRefused, PanelStage } from '../support/panel_stage.ts';

const DEFERRED_UPDATE = 6;
const UPDATE = 7;

const stage = await PanelStage.set();
const { voice, hub } = stage;
const { scene } = voice;
const { client } = scene;
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
    await expect.poll(() => voice.row(room)).toMatchObject({ mode: 'closed' });
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
    await expect.poll(() => voice.row(room)).toMatchObject({ owner_id: people.at(-1) });
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
    await expect.poll(said).toContain('🧹 11 personnes déconnectées.');
    expect(said().some((text) => /^🧹 \d+ sur 11…$/.test(text))).toBe(true);
    expect(people.map((userId) => voice.where(userId))).toEqual(people.map(() => undefined));
    expect(voice.where(owner.userId)).toBe(room);
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
    await expect.poll(async () => textOf(await shown())).toContain(`👑 <@${guest.userId}>`);
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
    await expect.poll(async () => pressable(await shown(), id('claim')).disabled).toBeUndefined();
    const { callbackType, message } = await guest.click(await shown(), id('claim'));
    expect(callbackType).toBe(UPDATE);
    expect(textOf(message)).toContain(`👑 <@${guest.userId}>`);
    await expect.poll(() => voice.row(room)).toMatchObject({ owner_id: guest.userId });
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
    await expect.poll(async () => pressable(await shown(), id('claim')).disabled).toBeUndefined();
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
    await expect.poll(async () => pressable(await shown(), id('claim')).disabled).toBeUndefined();
    const stands = await shown();
    const outcomes = await Promise.all([guest, rival].map((hands) => hands.click(stands, id('claim'))));
    const refused = outcomes.filter(({ message }) => isWhispered(message));
    expect(refused).toHaveLength(1);
    expectRefused(refused[0]!, 'Le propriétaire de ce salon est là');
    const winner = outcomes.indexOf(refused[0]!) === 0 ? rival : guest;
    await expect.poll(() => voice.row(room)).toMatchObject({ owner_id: winner.userId });
    await expect.poll(async () => textOf(await shown())).toContain(`👑 <@${winner.userId}>`);
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
