/** What must hold once a storm is over: the rows, Discord and the rules say the same. */
import { expect } from 'vitest';
import type { TestDatabase } from '../database.ts';
import { P } from '../voice.ts';
import type { RoomRow, VoiceScene } from '../voice.ts';
import { placeOf } from './places.ts';
import type { Place } from './places.ts';
import { admitted, mayBeHeard } from './rules.ts';
import type { Lists } from './rules.ts';

/** A room whose making a crash interrupted is given up after some seconds, a hub that Discord refuses waits longer. */
export const CALM_MS = 50_000;

type FullRow = RoomRow & Lists & { user_limit: number };

export function mustBeNone(what: string, found: unknown[]): void {
  expect(found, `${what}:\n${found.map((one) => JSON.stringify(one)).join('\n')}`).toEqual([]);
}

/** Waits until nothing of that kind is found any more. The error says what was found last. */
export async function untilNone(what: string, find: () => unknown[] | Promise<unknown[]>): Promise<void> {
  let found: unknown[] = [];
  const look = async () => (found = await find()).length;
  await expect
    .poll(look, { timeout: CALM_MS, interval: 250 })
    .toBe(0)
    .catch(() => mustBeNone(what, found));
}

export class Agreement {
  #world: VoiceScene['world'];
  #database: TestDatabase;
  #places: readonly Place[];

  constructor({ world, scene }: VoiceScene, places: readonly Place[]) {
    this.#world = world;
    this.#database = scene.database;
    this.#places = places;
  }

  /** Rooms that there are or that are being made. */
  rows(): Promise<FullRow[]> {
    return this.#database.query<FullRow>('SELECT * FROM voice_rooms WHERE given_up_at IS NULL ORDER BY id');
  }

  async reached(when: string): Promise<void> {
    await untilNone(`does not agree ${when}`, () => this.#discord());
  }

  /** Those who sit where the rules forbid. */
  async misplaced(): Promise<string[]> {
    return (await this.rows()).flatMap((row) => {
      const place = placeOf(this.#places, row.guild_id);
      return place.inside(row.channel_id!).filter((userId) => !admitted(row, place.guild, userId));
    });
  }

  /** Everything that does not hold now, one line each. */
  async #discord(): Promise<string[]> {
    const rows = await this.rows();
    const found: string[] = rows.flatMap((row) => this.#wrongRoom(row));
    for (const place of this.#places) {
      for (const id of place.rooms)
        if (!rows.some(({ channel_id }) => channel_id === id)) found.push(`channel ${id} has no row`);
      for (const [index, hub] of place.hubs.entries())
        for (const userId of place.inside(hub)) found.push(`${userId} waits in hub ${index}`);
      found.push(...(await this.#wrongVoices(place, rows)));
    }
    return found;
  }

  #wrongRoom(row: FullRow): string[] {
    const place = placeOf(this.#places, row.guild_id);
    const name = `room ${row.channel_id ?? `(row ${row.id})`} of hub ${place.hubs.indexOf(row.hub_id)}`;
    if (row.channel_id === null || !place.guild.channels.has(row.channel_id))
      return [`${name} has no channel`];
    if (place.inside(row.channel_id).length === 0) return [`${name} is empty`];
    return [...wrongSettings(place, row, name), ...this.#wrongAccess(place, row, name)];
  }

  /** Discord's overwrites let in those whom the rules admit, and nobody else. */
  #wrongAccess({ guild, people }: Place, row: FullRow, name: string): string[] {
    const channel = guild.channels.get(row.channel_id!)!;
    return people.flatMap((userId) => {
      const granted = this.#world.permissions.inChannel(guild, channel, userId);
      const may = admitted(row, guild, userId);
      const sees = (granted & P.ViewChannel) !== 0n;
      if (may && (granted & P.Connect) === 0n) return [`${name}: ${userId} is shut out`];
      if (may) return [];
      if ((granted & P.Connect) !== 0n) return [`${name}: ${userId} could come in`];
      const hidden = row.mode === 'private' || row.blocked_members.includes(userId);
      return hidden && sees ? [`${name}: ${userId} sees it`] : [];
    });
  }

  /** Whoever is muted must be, or is remembered as to be unmuted once he is back in voice. */
  async #wrongVoices(place: Place, rows: FullRow[]): Promise<string[]> {
    const remembered = await this.#database.query<{ user_id: string }>(
      'SELECT user_id FROM voice_silences WHERE guild_id = $1',
      [place.guildId],
    );
    const { guild } = place;
    return place.people.flatMap((userId) => {
      const state = guild.voiceStates.get(userId);
      if (state === undefined) {
        const muted = guild.members.get(userId)?.mute === true;
        const known = remembered.some(({ user_id }) => user_id === userId);
        return muted && !known ? [`${userId} is away, muted and forgotten`] : [];
      }
      const room = rows.find(({ channel_id }) => channel_id === state.channel_id);
      const heard = !state.mute && !state.suppress;
      const may = room === undefined || mayBeHeard(room, guild, userId);
      if (may && !heard) return [`${userId} is silenced in ${room ? `a ${room.mode} room` : 'no room'}`];
      return !may && heard ? [`${userId} is heard in a conference`] : [];
    });
  }
}

/** What the row says of its channel is what Discord has. */
function wrongSettings({ guild }: Place, row: FullRow, name: string): string[] {
  const channel = guild.channels.get(row.channel_id!)!;
  return [
    ...(channel.name === row.name ? [] : [`${name} is called ${channel.name}, not ${row.name}`]),
    ...(channel.user_limit === row.user_limit ? [] : [`${name}: its limit is ${channel.user_limit}`]),
  ];
}
