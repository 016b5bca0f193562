/** Table and Discord disagree: what the bot does about it when it starts, and when it is told anew. */
import { afterEach, describe, expect, test } from 'vitest';
import type { BotProcess } from '../support/bot.ts';
import { Hands, textOf } from '../support/panel.ts';
import { HELD_MS, overwrite, P, VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set({ gatewayLimits: { identifyWindowMs: 0 } });
const { scene } = voice;
const { client } = scene;
let bot: BotProcess = await scene.start();
afterEach(async () => {
  await client.weather('clear', {});
  await client.weather('outage', { guildId: voice.guild.id, on: false });
});

/** While the bot is down; the next process gets a new session, and so the world as it is. */
async function whileAway(happens: () => void | Promise<void>): Promise<void> {
  bot.kill('SIGKILL');
  await bot.end();
  await happens();
  await client.weather('invalid-session', { resumable: false });
  bot = await scene.start();
}

/** A channel that is being made is waited for for some seconds. */
const PATIENCE_MS = 20_000;
const cleanup = (step: string) =>
  bot.logged(
    ({ event, ...fields }) => event === 'Cleanup orphelins' && JSON.stringify(fields).includes(step),
    PATIENCE_MS,
  );

describe('orphans', () => {
  test('a row whose channel is gone', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    const row = () => scene.database.query('SELECT 1 FROM voice_rooms WHERE channel_id = $1', [room]);
    await expect.poll(row).toHaveLength(1);
    await whileAway(() => client.people('delete-channel', { channelId: room }).then(() => undefined));
    await cleanup('forget_room');
    await voice.assertNothingLeft(hub);
  }, 60_000);

  test('a hub whose channel is gone; its rooms live until they are empty', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    await whileAway(() => client.people('delete-channel', { channelId: hub }).then(() => undefined));
    await cleanup('forget_hub');
    const kept = () => scene.database.query('SELECT 1 FROM voice_hubs WHERE channel_id = $1', [hub]);
    await expect.poll(kept, { timeout: 10_000 }).toEqual([]);
    expect(voice.where(owner)).toBe(room);
    voice.leave(owner);
    await voice.gone(room);
    await expect.poll(() => voice.rows(hub), { timeout: 10_000 }).toEqual([]);
  });

  test('a room that was made and whose answer never came', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    await client.weather('rest', { kind: 'cut-after', method: 'POST', route: '/channels$', count: 1 });
    voice.join(owner, hub);
    const room = await voice.moved(owner, hub);
    const parent = voice.channel(hub)!.parent_id;
    const beside = () =>
      [...voice.guild.channels.values()].filter(
        (one) => one.parent_id === parent && ![hub, room].includes(one.id),
      );
    await expect.poll(beside, { timeout: 15_000 }).toEqual([]);
    voice.leave(owner);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });

  test('a channel that is made when nobody waits for it any more', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    const since = voice.seq;
    const route = `/guilds/${voice.guild.id}/channels$`;
    await client.weather('rest', { kind: 'delay', ms: HELD_MS, method: 'POST', route, count: 1 });
    voice.join(owner, hub);
    await scene.event(({ type }) => type === 'weather', { since });
    await whileAway(() => undefined);
    const room = await voice.moved(owner, hub);
    const parent = voice.channel(hub)!.parent_id;
    const late = () =>
      [...voice.guild.channels.values()].filter(
        (one) => one.parent_id === parent && ![hub, room].includes(one.id),
      );
    // Discord carries it out although the process that asked for it is gone.
    const made = voice.happens(() => late().length === 1, 'the first one is made after all');
    await Promise.all([made, voice.release()]);
    const [stray] = late();
    await voice.gone(stray!.id);
    expect(voice.where(owner)).toBe(room);
    voice.leave(owner);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  }, 40_000);

  test('a row that this process does not know of', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    // As one that ended later than this one began may have written.
    await scene.database.query(
      `INSERT INTO voice_rooms (guild_id, hub_id, owner_id, creator_id, number, name, chosen_name, mode,
         allowed_members, allowed_roles, blocked_members, blocked_roles, user_limit, bitrate, region, created_at,
         renamed_at)
       VALUES ($1, $2, $3, $3, 1, 'x', '', 'open', '{}', '{}', '{}', '{}', 0, 0, '', now(), '{}')`,
      [voice.guild.id, hub, owner],
    );
    const room = await voice.enter(owner, hub);
    voice.leave(owner);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });

  test('channels that are not the bot’s are left alone, whatever they are called', async () => {
    const hub = await voice.hub({ nameTemplate: 'Salon {n}' });
    const parent_id = voice.channel(hub)!.parent_id;
    const foreign = await voice.createChannel({ name: 'Salon 1', parent_id });
    await whileAway(() => undefined);
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    voice.leave(owner);
    await voice.gone(room);
    expect(voice.channel(foreign)).toBeDefined();
  });
});

describe('while the bot was away', () => {
  test('members joined a hub: they are served', async () => {
    const hub = await voice.hub();
    const people = [await voice.person(), await voice.person(), await voice.person()];
    await whileAway(() => people.forEach((userId) => voice.join(userId, hub)));
    const rooms = await Promise.all(people.map((userId) => voice.moved(userId, hub)));
    expect(new Set(rooms).size).toBe(3);
    people.forEach((userId) => voice.leave(userId));
    await voice.assertNothingLeft(hub);
  });

  test('an owner left and others stayed: his hub’s policy holds', async () => {
    const hub = await voice.hub({ ownerLeaves: 'transfer' });
    const [owner, guest] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    voice.join(guest, room);
    await whileAway(() => voice.leave(owner));
    await expect.poll(async () => (await voice.row(room))?.owner_id, { timeout: 10_000 }).toBe(guest);
    voice.leave(guest);
    await voice.assertNothingLeft(hub);
  });

  test('everybody left: the room goes', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    await whileAway(() => voice.leave(owner));
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });
});

test('who asks before the bot knows its hubs is answered as soon as it does', async () => {
  const hub = await voice.hub();
  let asked!: string;
  let release!: () => Promise<void>;
  await whileAway(async () => {
    release = await scene.database.hold('voice_rooms');
    asked = await scene.database.insert(voice.guild.id, 'hub.list', {});
  });
  const administrator = new Hands(scene, voice.guild.ownerId);
  const opened = administrator.hub(scene.channel('général'), 'config', { hub });
  await scene.heard();
  await release();
  expect(textOf((await opened).message)).toContain(`<#${hub}>`);
  const { status, result } = await scene.database.finished(asked);
  expect({ status, result }).toMatchObject({ status: 'done' });
  expect(result!.hubs).toContainEqual(expect.objectContaining({ hubId: hub }));
});

describe('what is not known is not gone', () => {
  test('a server in an outage is left alone, and looked at when it is back', async () => {
    const hub = await voice.hub();
    const [owner, guest] = [await voice.person(), await voice.person()];
    const room = await voice.enter(owner, hub);
    await expect.poll(() => voice.row(room)).toBeDefined();
    await voice.panel(room);
    const { id: guildId } = voice.guild;
    await client.weather('outage', { guildId, on: true });
    const since = voice.seq;
    voice.leave(owner);
    voice.join(guest, hub);
    await whileAway(() => undefined);
    expect(await voice.row(room)).toBeDefined();
    expect(await scene.database.query('SELECT 1 FROM voice_hubs WHERE channel_id = $1', [hub])).toHaveLength(
      1,
    );
    expect(voice.calls(since)).toEqual([]);
    await client.weather('outage', { guildId, on: false });
    await voice.gone(room);
    const next = await voice.moved(guest, hub);
    voice.leave(guest);
    await voice.gone(next);
    await voice.assertNothingLeft(hub);
  });

  test('a hub and a room that the bot can no longer see are kept', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    const botRole = [...voice.guild.roles.values()].find(({ tags }) => tags?.bot_id === voice.world.bot.id)!;
    const hidden = [
      overwrite(voice.guild.id, 0, { deny: P.ViewChannel }),
      overwrite(botRole.id, 0, { deny: P.ViewChannel }),
    ];
    const before = voice.channel(room)!.permission_overwrites;
    await expect.poll(() => voice.row(room)).toBeDefined();
    await whileAway(async () => {
      for (const channelId of [hub, room])
        await client.people('edit-channel', { channelId, changes: { permission_overwrites: hidden } });
    });
    expect(await voice.row(room)).toBeDefined();
    expect(await scene.database.query('SELECT 1 FROM voice_hubs WHERE channel_id = $1', [hub])).toHaveLength(
      1,
    );
    await client.people('edit-channel', { channelId: room, changes: { permission_overwrites: before } });
    await client.people('edit-channel', { channelId: hub, changes: { permission_overwrites: [] } });
    voice.leave(owner);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });

  test('a bot that is removed and invited again finds its hubs as they were', async () => {
    const { guildId } = await client.people('create-guild', { name: 'Ailleurs' });
    const permissions = [...voice.guild.roles.values()].find(({ tags }) => tags?.bot_id)!.permissions;
    await client.people('kick-bot', { guildId });
    await client.people('invite-bot', { guildId, permissions });
    const hub = await voice.hub({}, {}, guildId);
    await client.people('kick-bot', { guildId });
    await client.people('invite-bot', { guildId, permissions });
    const guild = voice.world.guilds.get(guildId)!;
    const owner = await voice.person('revenante', guildId);
    voice.join(owner, hub, guild);
    await voice.happens(() => ![undefined, hub].includes(voice.where(owner, guild)), 'she is served');
    // A room that it was in charge of is not forgotten either.
    const room = voice.where(owner, guild)!;
    await expect.poll(() => voice.row(room)).toBeDefined();
    await client.people('kick-bot', { guildId });
    voice.leave(owner, guild);
    await client.people('invite-bot', { guildId, permissions });
    await voice.happens(() => !guild.channels.has(room), 'the room goes');
    await expect.poll(() => voice.rows(hub), { timeout: 10_000 }).toEqual([]);
  });
});

describe('events that never come', () => {
  test('a room and a hub whose making no event has told are not given up', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    await client.weather('lose-events', { t: '^CHANNEL_CREATE$', count: 1 });
    const room = await voice.enter(owner, hub);
    await voice.panel(room);
    await client.weather('lose-events', { t: '^CHANNEL_CREATE$', count: 1 });
    const { hub: made } = await voice.ask('hub.create', { name: 'Créé' });
    const other = (made as { hubId: string }).hubId;
    // A polite end: the next process goes on with the same session, and so is told of neither.
    const restart = async () => {
      await bot.stop();
      bot = await scene.start();
      await bot.logged(({ event }) => event === 'voice hubs known');
    };
    await restart();
    const guest = await voice.person();
    const next = await voice.enter(guest, other);
    expect(await voice.row(room)).toBeDefined();
    for (const userId of [owner, guest]) voice.leave(userId);
    await Promise.all([voice.gone(room), voice.gone(next)]);
    await voice.assertNothingLeft(hub);
    await restart();
    expect(
      await scene.database.query('SELECT 1 FROM voice_hubs WHERE channel_id = $1', [other]),
    ).toHaveLength(1);
    await client.people('delete-channel', { channelId: other });
  });

  test('a lost arrival of the owner in his room: nobody is put out', async () => {
    const hub = await voice.hub({ ownerLeaves: 'delete', returnWindow: 0 });
    const owner = await voice.person();
    const since = voice.seq;
    const route = `/members/${owner}$`;
    await client.weather('rest', { kind: 'delay', ms: HELD_MS, method: 'PATCH', route, count: 1 });
    voice.join(owner, hub);
    await scene.event(({ type }) => type === 'weather', { since });
    await client.weather('lose-events', { t: '^VOICE_STATE_UPDATE$', count: 1 });
    await voice.release();
    const room = await voice.moved(owner, hub);
    // Before it takes the room for empty, the bot asks.
    await voice.call('GET', new RegExp(`/voice-states/${owner}$`), since);
    await bot.logged(({ event, channel }) => event === "member's move learnt" && channel === room);
    await expect.poll(() => voice.row(room)).toMatchObject({ owner_id: owner });
    expect(voice.where(owner)).toBe(room);
    voice.leave(owner);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });

  test('a lost departure from the hub: no room is made again and again', async () => {
    const hub = await voice.hub();
    const [owner, other] = [await voice.person(), await voice.person()];
    const since = voice.seq;
    const route = `/guilds/${voice.guild.id}/channels$`;
    await client.weather('rest', { kind: 'delay', ms: HELD_MS, method: 'POST', route, count: 1 });
    voice.join(owner, hub);
    await scene.event(({ type }) => type === 'weather', { since });
    await client.weather('lose-events', { t: '^VOICE_STATE_UPDATE$', count: 1 });
    voice.leave(owner);
    await voice.release();
    // Discord says so when it is asked to move her.
    await bot.logged(({ event, user }) => event === "member's move learnt" && user === owner);
    const room = await voice.enter(other, hub);
    voice.leave(other);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
    const made = voice.calls(since).filter((call) => call === 'POST /guilds/{id}/channels');
    expect(made).toHaveLength(2);
  });

  test('a lost departure: the next new session shows it', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    const room = await voice.enter(owner, hub);
    await client.weather('lose-events', { t: 'VOICE_STATE_UPDATE', count: 1 });
    voice.leave(owner);
    await client.weather('invalid-session', { resumable: false });
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });

  test('a lost arrival in the hub, a lost arrival in the room', async () => {
    const hub = await voice.hub();
    const owner = await voice.person();
    await client.weather('lose-events', { t: 'VOICE_STATE_UPDATE', count: 1 });
    voice.join(owner, hub);
    await client.weather('invalid-session', { resumable: false });
    const room = await voice.moved(owner, hub);
    voice.leave(owner);
    await voice.gone(room);

    await client.weather('lose-events', { t: '^CHANNEL_CREATE$', count: 1 });
    const next = await voice.enter(owner, hub);
    await voice.panel(next);
    voice.leave(owner);
    await voice.gone(next);
    await voice.assertNothingLeft(hub);
  });

  test('answers that come long before their events', async () => {
    const hub = await voice.hub();
    const [owner, guest] = [await voice.person(), await voice.person()];
    const since = voice.seq;
    await client.weather('gateway-lag', { ms: 400 });
    const room = await voice.enter(owner, hub);
    // Back in the hub before the bot has heard that he was in his room.
    voice.join(owner, hub);
    expect(await voice.moved(owner, hub)).toBe(room);
    voice.join(guest, room);
    await voice.panel(room);
    for (const userId of [owner, guest]) voice.leave(userId);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
    await client.weather('gateway-lag', { ms: 0 });
    expect(voice.calls(since).filter((call) => call === 'POST /guilds/{id}/channels')).toHaveLength(1);
  });
});

describe('who leaves the hub while a call for him waits for its turn', () => {
  test.each([
    ['is made no room', 'POST', '/channels$'],
    ['is not pulled out of where he is', 'PATCH', '/members/\\d+$'],
  ] as const)('%s', async (_what, method, route) => {
    const hub = await voice.hub();
    const [lounge, owner] = [await voice.createChannel({ name: 'Salon' }), await voice.person()];
    const since = voice.seq;
    await client.weather('rest', {
      kind: 'rate-limit',
      scope: 'user',
      retryAfter: 1,
      method,
      route,
      count: 1,
    });
    voice.join(owner, hub);
    await scene.event(({ type }) => type === 'weather', { since });
    voice.join(owner, lounge);
    // The next one is served after him.
    const next = await voice.person();
    const room = await voice.enter(next, hub);
    await expect.poll(async () => (await voice.rows(hub)).length).toBe(1);
    expect(voice.where(owner)).toBe(lounge);
    const done = scene.sandbox.stream
      .since(since)
      .filter((event) => event.type === 'rest' && event.method === method && event.status < 300)
      .filter((event) => event.type === 'rest' && new RegExp(route).test(event.path));
    expect(done).toHaveLength(1);
    for (const userId of [owner, next]) voice.leave(userId);
    await voice.gone(room);
    await voice.assertNothingLeft(hub);
  });
});

test('a connection that is cut misses nothing', async () => {
  const hub = await voice.hub();
  const [owner, late] = [await voice.person(), await voice.person()];
  const room = await voice.enter(owner, hub);
  await client.weather('drop-gateway', {});
  voice.leave(owner);
  voice.join(late, hub);
  await voice.gone(room);
  const next = await voice.moved(late, hub);
  voice.leave(late);
  await voice.gone(next);
});
