/** The bot ends in the middle of what people do to rooms and hubs, politely or not, and the next one sets things right. */
import { describe, expect, test } from 'vitest';
import type { SandboxEvent } from '../../sandbox/src/control/api.ts';
import type { BotProcess } from '../support/bot.ts';
import { Hands } from '../support/panel.ts';
import { admitted, mayBeHeard } from '../support/storm/rules.ts';
import type { Lists } from '../support/storm/rules.ts';
import { VoiceScene } from '../support/voice.ts';
import type { RoomRow } from '../support/voice.ts';

/** Carried out before, but the answer never comes. */
const HELD_MS = 60_000;
/** From the beginning of the scene: carried out only after the process has ended. */
const LATE_MS = 6_000;
const PATIENCE_MS = 20_000;

const OPERATIONS = ['mode', 'mute', 'transfer', 'purge', 'rename', 'hub'] as const;
interface Case {
  operation: (typeof OPERATIONS)[number];
  kind: 'delay' | 'delay-after';
}
const cases = (...kinds: Case['kind'][]): Case[] =>
  kinds.flatMap((kind) => OPERATIONS.map((operation) => ({ operation, kind })));
const KILLED = cases('delay-after', 'delay');
// A polite end waits for calls under way, for as long as it may.
const ENDED = cases('delay-after');

const voice = await VoiceScene.set({
  seed: `large:${KILLED.length + ENDED.length}:2`,
  gatewayLimits: { identifyWindowMs: 0 },
  restLimits: { globalPerSecond: 5_000 },
});
const { scene } = voice;
const { client } = scene;
/** A dashboard's command whose process died is taken over soon. */
const environment = { DISCORD_REQUESTS_PER_SECOND: '1000', COMMAND_LEASE_SECONDS: '3' };
let bot: BotProcess = await scene.start(environment);
const places = voice.everywhere();

type FullRow = RoomRow & Lists;

/** A room with its owner, two guests, somebody on each list and somebody who has nothing to do with it. */
class Interrupted {
  readonly what: Case;
  readonly place: VoiceScene;
  hub = '';
  room = '';
  owner = '';
  guests: string[] = [];
  others: string[] = [];
  #command = '';
  /** Awaits that the call which the process has left behind is carried out. */
  #carriedOut = () => Promise.resolve<unknown>(undefined);

  constructor(what: Case, place: VoiceScene) {
    this.what = what;
    this.place = place;
  }

  async prepare(): Promise<void> {
    const { place } = this;
    if (this.what.operation === 'hub') return;
    this.hub = await place.hub({ ownerLeaves: 'keep', keepFor: 300 });
    this.owner = await place.person();
    this.room = await place.enter(this.owner, this.hub);
    this.guests = [await place.person(), await place.person()];
    this.others = [await place.person(), await place.person(), await place.person()];
    for (const userId of this.guests) place.join(userId, this.room);
    const [friend, foe] = this.others;
    await this.#update({ allowedUserIds: [friend], blockedUserIds: [foe] });
    if (['transfer', 'purge'].includes(this.what.operation)) await this.#update({ mode: 'closed' });
    await place.panel(this.room);
  }

  #update(changes: Record<string, unknown>) {
    return this.place.ask('room.update', { roomId: this.room, ...changes });
  }

  get #call(): { method: string; route: string } {
    const { id } = this.place.guild;
    switch (this.what.operation) {
      case 'mode':
      case 'transfer':
      case 'rename':
        return { method: 'PATCH', route: `/channels/${this.room}$` };
      case 'mute':
      case 'purge':
        return { method: 'PATCH', route: `/guilds/${id}/members/` };
      case 'hub':
        return { method: 'POST', route: `/guilds/${id}/channels$` };
    }
  }

  /** What somebody does; nobody waits for its end. */
  async #act(): Promise<void> {
    const { place, room, owner } = this;
    const hands = new Hands(scene, owner);
    const panel = room === '' ? undefined : await place.panel(room);
    switch (this.what.operation) {
      case 'mode':
        await hands.click(panel!, `room/mode/${room}/private`);
        return;
      case 'mute':
        await hands.click(panel!, `room/mode/${room}/conference`);
        return;
      case 'transfer': {
        const { message } = await hands.click(panel!, `room/transfer/${room}`);
        await hands.choose(message!, `room/owner/${room}`, [this.guests[0]!]);
        return;
      }
      case 'purge': {
        const { message } = await hands.click(panel!, `room/purge/${room}`);
        await hands.click(message!, `room/purge-now/${room}`);
        return;
      }
      case 'rename':
        await scene.database.insert(place.guild.id, 'room.update', { roomId: room, name: 'Autrement' });
        return;
      case 'hub':
        this.#command = await scene.database.insert(place.guild.id, 'hub.create', { name: 'Studio' });
        return;
    }
  }

  /** Brings it about that the bot is in the middle of it. */
  async begin(since: number, lateAt: number): Promise<void> {
    const { kind } = this.what;
    const { method, route } = this.#call;
    const ms = kind === 'delay-after' ? HELD_MS : Math.max(lateAt - Date.now(), 500);
    await client.weather('rest', { method, route, count: 1, kind, ms });
    // The answer goes down with the process.
    this.#act().catch(() => undefined);
    const concerns = (path: string) => new RegExp(route).test(path);
    const met = await scene.event(
      (event) => event.type === 'weather' && event.kind === kind && concerns(event.path),
      { since },
    );
    const { path } = met as { path: string };
    const isLate = (event: SandboxEvent) =>
      event.type === 'rest' && event.path === path && event.durationMs >= ms - 100;
    if (kind === 'delay-after') await this.place.call(method, new RegExp(route), since);
    else this.#carriedOut = () => scene.event(isLate, { since });
  }

  #row = async () => (await this.place.row(this.room)) as FullRow | undefined;

  /** Whoever the row does not admit cannot come in, and the others can; nobody is heard who may not speak. */
  async #disagreements(): Promise<string[]> {
    const { place, room } = this;
    const row = await this.#row();
    const channel = place.channel(room);
    if (row === undefined || channel === undefined) return ['the room is gone'];
    const found = [this.owner, ...this.guests, ...this.others].flatMap((userId) => {
      const may = admitted(row, place.guild, userId);
      const hidden = row.mode === 'private' || row.blocked_members.includes(userId);
      return [
        ...(place.canJoin(userId, room) === may ? [] : [`${userId} ${may ? 'cannot' : 'could'} come in`]),
        ...(!may && hidden && place.sees(userId, room) ? [`${userId} sees it`] : []),
      ];
    });
    for (const userId of [this.owner, ...this.guests]) {
      if (place.where(userId) !== room) continue;
      const may = mayBeHeard(row, place.guild, userId);
      if (place.isHeard(userId) !== may) found.push(`${userId} is ${may ? 'not ' : ''}heard`);
    }
    if (channel.name !== row.name) found.push(`it is called ${channel.name}, not ${row.name}`);
    return found;
  }

  async assertSetRight(): Promise<void> {
    const { place, hub, room } = this;
    await this.#carriedOut();
    if (this.what.operation === 'hub') return this.#assertHub();
    await expect.poll(() => this.#disagreements(), { timeout: PATIENCE_MS }).toEqual([]);
    expect(await place.rows(hub)).toHaveLength(1);
    expect(place.where(this.owner)).toBe(room);
    const row = (await this.#row())!;
    if (this.what.operation === 'transfer') expect([this.owner, this.guests[0]]).toContain(row.owner_id);
    else expect(row.owner_id).toBe(this.owner);
    if (this.what.operation !== 'purge')
      expect(this.guests.map((userId) => place.where(userId))).toEqual([room, room]);

    // What was begun can be brought to its end.
    const { purged } = await this.#update({ mode: 'private', purge: true });
    expect(purged).toBeDefined();
    const inside = () => place.world.voice.in(place.guild, room).map(({ user_id }) => user_id);
    const rightful = (await this.#row())!.owner_id;
    await expect.poll(inside, { timeout: PATIENCE_MS }).toEqual([rightful]);
    await expect.poll(() => this.#disagreements(), { timeout: PATIENCE_MS }).toEqual([]);

    place.leave(rightful!);
    await this.#assertNobodyStaysMuted();
    await place.assertNothingLeft(hub, PATIENCE_MS);
  }

  /** A mute stays on the member: whoever has gone is heard wherever he turns up next. */
  async #assertNobodyStaysMuted(): Promise<void> {
    const { place } = this;
    const lounge = await place.createChannel({ name: 'Salon' });
    const people = [this.owner, ...this.guests];
    for (const userId of people) place.join(userId, lounge);
    await place.happens(() => people.every((userId) => place.isHeard(userId)), 'all are heard', PATIENCE_MS);
    const remembered = () =>
      scene.database.query('SELECT user_id FROM voice_silences WHERE guild_id = $1', [place.guild.id]);
    await expect.poll(remembered, { timeout: PATIENCE_MS }).toEqual([]);
  }

  async #assertHub(): Promise<void> {
    const { place } = this;
    const { status, result } = await scene.database.finished(this.#command, PATIENCE_MS);
    const kept = await scene.database.query<{ channel_id: string }>(
      'SELECT channel_id FROM voice_hubs WHERE guild_id = $1',
      [place.guild.id],
    );
    const made = [...place.guild.channels.values()].filter(({ name }) => name === 'Studio');
    // Whether it was carried out or not is told, never guessed.
    if (status === 'done') expect(kept.map(({ channel_id }) => channel_id)).toEqual([result!.hubId]);
    else expect(result).toMatchObject({ ok: false, code: 'interrupted' });
    for (const { channel_id } of kept) expect(place.channel(channel_id)).toBeDefined();
    expect(made.length - kept.length, 'channels that are no hub').toBeLessThanOrEqual(1);
    // One that was left is a voice channel like any other, and can become a hub.
    const [stray] = made.filter(({ id }) => !kept.some(({ channel_id }) => channel_id === id));
    if (stray !== undefined) await place.ask('hub.create', { channelId: stray.id });
    const { hubs } = await place.ask('hub.list', {});
    expect((hubs as { hubId: string }[]).map(({ hubId }) => hubId).toSorted()).toEqual(
      made.map(({ id }) => id).toSorted(),
    );
  }
}

describe.each([
  ['SIGKILL', KILLED],
  ['SIGTERM', ENDED],
] as const)('%s in the middle of', (signal, all) => {
  const interrupted = all.map((what) => new Interrupted(what, places.shift()!));

  test('everything that people do, at once', async () => {
    await Promise.all(interrupted.map((one) => one.prepare()));
    const lateAt = Date.now() + LATE_MS;
    for (const one of interrupted) await one.begin(voice.seq, lateAt);
    bot.kill(signal);
    await bot.end();
    await client.weather('clear', {});
    bot = await scene.start(environment);
    await bot.logged(({ event }) => event === 'voice hubs known');
  }, 60_000);

  test.each(interrupted.map((one) => [one.what.operation, one.what.kind, one] as const))(
    '%s (%s)',
    (_operation, _kind, one) => one.assertSetRight(),
    90_000,
  );
});
