/**
 * A stream of mixed commands from several guilds, and a count of what they did: the sandbox sees every effect, and at
 * the end each row's status, its result and its effects must agree, in order per guild and lane.
 */
import { expect } from 'vitest';
import type { SandboxEvent } from '../../sandbox/src/control/api.ts';
import type { Random } from './random.ts';
import { assertResult } from './contracts.ts';
import type { Scene } from './scene.ts';

const GUILDS = 5;
const ANNOUNCE_CHANNELS = 8;
const SEND_MESSAGES = 1n << 11n;
/** Of each hundred rows; `lock` comes with its `unlock`. */
const SHARES = { announce: 40, purge: 14, slowmode: 14, lock: 10, unlock: 10, listTextChannels: 12 } as const;

export type Action = keyof typeof SHARES;
export const ACTIONS = Object.keys(SHARES) as Action[];

const LANES: Record<Action, string> = {
  announce: 'announcements',
  purge: 'moderation',
  slowmode: 'moderation',
  lock: 'moderation',
  unlock: 'moderation',
  listTextChannels: 'reads',
};

interface Planned {
  number: number;
  guildId: string;
  action: Action;
  channelId: string;
  payload: Record<string, unknown>;
  /** Once inserted. */
  id?: string;
}

interface Ended {
  id: string;
  status: string;
  attempts: number;
  result: Record<string, unknown>;
}

export interface Tally {
  rows: number;
  done: number;
  errors: Record<string, number>;
  /** Claimed more than once. */
  repeated: number;
}

export class Workload {
  readonly rows: Planned[] = [];
  #scene: Scene;
  #random: Random;
  #guilds: string[];
  #inserted = 0;
  /** The row numbers that a channel's changes may come from: one, or a lock and its unlock. */
  #byChannel = new Map<string, Planned[]>();
  /** Row numbers in the order of their effects, by guild and lane. */
  #effects = new Map<string, number[]>();
  #messages = new Map<number, string[]>();
  #deleted = new Map<string, number>();
  #overwrites = new Map<string, string>();
  #stop: () => void;

  /** Prepares guilds and channels for `count` rows, of these actions; before any bot is started. */
  constructor(scene: Scene, random: Random, count: number, actions: readonly Action[]) {
    this.#scene = scene;
    this.#random = random;
    const { world, stream } = scene.sandbox;
    this.#guilds = [...world.guilds.values()].slice(0, GUILDS).map(({ id }) => id);
    const announce = this.#guilds.map((guildId) =>
      Array.from({ length: ANNOUNCE_CHANNELS }, (_, n) => this.#channel(guildId, `annonces-${n}`)),
    );
    const bag = actions.flatMap((action) => Array<Action>(SHARES[action]).fill(action));
    const locked = this.#guilds.map(() => [] as string[]);
    while (this.rows.length < count) {
      const guild = random.below(this.#guilds.length);
      const guildId = this.#guilds[guild]!;
      let action = random.pick(bag);
      // A lock is followed by its unlock later, and none comes without.
      if (action === 'unlock' && locked[guild]!.length === 0) action = 'lock';
      const number = this.rows.length;
      const channelId =
        action === 'announce'
          ? random.pick(announce[guild]!)
          : action === 'unlock'
            ? locked[guild]!.shift()!
            : this.#channel(guildId, `${action}-${number}`);
      if (action === 'lock') locked[guild]!.push(channelId);
      this.#plan({ number, guildId, action, channelId, payload: this.#payload(action, number, channelId) });
    }
    this.#stop = stream.on((event) => this.#observe(event));
  }

  get left(): number {
    return this.rows.length - this.#inserted;
  }

  /** Inserts the next row as a dashboard does. */
  async insertNext(): Promise<void> {
    const row = this.rows[this.#inserted++]!;
    row.id = await this.#scene.database.insert(row.guildId, row.action, row.payload);
  }

  /** Until every row has come to its end. @throws when some are stuck */
  async finished(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (const { id } of this.rows.slice(0, this.#inserted)) {
      await this.#scene.database.finished(id!, Math.max(deadline - Date.now(), 1));
    }
  }

  #plan(row: Planned): void {
    this.rows.push(row);
    const known = this.#byChannel.get(row.channelId);
    if (known) known.push(row);
    else this.#byChannel.set(row.channelId, [row]);
  }

  #channel(guildId: string, name: string): string {
    const { world } = this.#scene.sandbox;
    const guild = world.guilds.get(guildId)!;
    const everyone = { id: guildId, type: 0 as const };
    const overwrites = this.#random.pick([
      [],
      [{ ...everyone, allow: String(SEND_MESSAGES), deny: '0' }],
      [{ ...everyone, allow: '0', deny: String(1n << 6n) }],
    ]);
    const draft = { name, type: 0, permission_overwrites: name.startsWith('lock') ? overwrites : [] };
    const { id } = world.channels.create(guild, draft, { userId: guild.ownerId });
    this.#overwrites.set(id, overwritesOf(draft.permission_overwrites));
    return id;
  }

  #payload(action: Action, number: number, channelId: string): Record<string, unknown> {
    switch (action) {
      case 'announce':
        return { channelId, message: `annonce ${number}`, embed: null };
      case 'purge': {
        // One or two chunks; twice as many are there, so that a purge that is repeated deletes too many.
        const amount = this.#random.pick([1, 5, 40, 130]);
        this.#fill(channelId, 2 * amount);
        return { channelId, amount, mode: 'count' };
      }
      case 'slowmode':
        return { channelId, duration: 1 + this.#random.below(21_600) };
      case 'lock':
      case 'unlock':
        return { channelId };
      case 'listTextChannels':
        return {};
    }
  }

  #fill(channelId: string, count: number): void {
    const { world } = this.#scene.sandbox;
    const author = world.guilds.get(world.channelGuild.get(channelId)!)!.ownerId;
    for (let n = 0; n < count; n++) {
      world.messages.insert(world.messages.build(channelId, author, { content: `bavardage ${n}` }));
    }
  }

  #observe(event: SandboxEvent): void {
    if (event.type === 'world') this.#observeWorld(event.t, event.data as Record<string, unknown>);
    else if (event.type === 'rest' && event.status < 300) this.#observeRest(event);
  }

  #observeWorld(t: string, data: Record<string, unknown>): void {
    const rows = this.#byChannel.get(String(data.channel_id)) ?? [];
    if (t === 'MESSAGE_CREATE') {
      const number = Number(/^annonce (\d+)$/.exec(String(data.content))?.[1] ?? NaN);
      if (Number.isNaN(number)) return;
      this.#messages.set(number, [...(this.#messages.get(number) ?? []), String(data.id)]);
      this.#effect(this.rows[number]!);
    } else if (t === 'MESSAGE_DELETE' || t === 'MESSAGE_DELETE_BULK') {
      const count = t === 'MESSAGE_DELETE' ? 1 : (data.ids as string[]).length;
      const channelId = String(data.channel_id);
      this.#deleted.set(channelId, (this.#deleted.get(channelId) ?? 0) + count);
      for (const row of rows) this.#effect(row);
    }
  }

  #observeRest({ method, path, requestBody }: Extract<SandboxEvent, { type: 'rest' }>): void {
    const [, channelId, rest] = /^\/channels\/(\d+)(\/permissions\/\d+)?$/.exec(path) ?? [];
    const rows = this.#byChannel.get(channelId ?? '') ?? [];
    if (method === 'PATCH' && rows[0]?.action === 'slowmode') this.#effect(rows[0]);
    if (rest === undefined || !['PUT', 'DELETE'].includes(method)) return;
    const target = rest.split('/').at(-1)!;
    const deny = BigInt((requestBody as { deny?: string } | undefined)?.deny ?? '0');
    // The bot's own overwrite comes with the lock and goes with the unlock.
    const locks =
      target === this.#scene.sandbox.world.bot.id ? method === 'PUT' : (deny & SEND_MESSAGES) !== 0n;
    const row = rows.find(({ action }) => action === (locks ? 'lock' : 'unlock'));
    if (row) this.#effect(row);
  }

  #effect({ guildId, action, number }: Planned): void {
    const lane = `${guildId} ${LANES[action]}`;
    const seen = this.#effects.get(lane) ?? [];
    if (seen.at(-1) !== number) this.#effects.set(lane, [...seen, number]);
  }

  /** @throws when anything was lost, doubled, stuck or out of order */
  async verify(): Promise<Tally> {
    this.#stop();
    const ended = await this.#scene.database.query<Ended>(
      'SELECT id, status, attempts, result FROM commands',
    );
    const byId = new Map(ended.map((row) => [row.id, row]));
    const tally: Tally = { rows: 0, done: 0, errors: {}, repeated: 0 };
    for (const planned of this.rows.slice(0, this.#inserted)) {
      const row = byId.get(planned.id!)!;
      const about = `row ${planned.number}, ${planned.action}, ${JSON.stringify(row)}`;
      expect(['done', 'error'], about).toContain(row.status);
      assertResult(planned.action, row.status, row.result);
      tally.rows++;
      if (row.attempts > 1) tally.repeated++;
      if (row.status === 'done') tally.done++;
      else {
        const code = String(row.result.code);
        // Only two deaths over it, or the first over what must not be repeated, keep a row from being done.
        expect([code, row.attempts], about).toEqual(['interrupted', 2]);
        tally.errors[code] = (tally.errors[code] ?? 0) + 1;
      }
      this.#compare(planned, row, about);
    }
    this.#compareLocks(byId);
    for (const [lane, seen] of this.#effects) {
      // Repeating is no new beginning: whatever a row does comes before what the next one does.
      expect(seen, `order of effects in ${lane}`).toEqual([...seen].sort((a, b) => a - b));
    }
    return tally;
  }

  /** What one row says and what it did. */
  #compare({ number, action, channelId, guildId, payload }: Planned, row: Ended, about: string): void {
    const done = row.status === 'done';
    const { world } = this.#scene.sandbox;
    const channel = world.guilds.get(guildId)!.channels.get(channelId)!;
    if (action === 'announce') {
      const sent = this.#messages.get(number) ?? [];
      if (done) expect(sent, about).toEqual([row.result.messageId]);
      else expect(sent.length, about).toBeLessThanOrEqual(1);
    } else if (action === 'purge') {
      const deleted = this.#deleted.get(channelId) ?? 0;
      const told = Number(row.result.deleted ?? 0);
      if (done) expect([deleted, told], about).toEqual([payload.amount, payload.amount]);
      else expect(deleted, about).toBeLessThanOrEqual(payload.amount as number);
      expect(told, about).toBeLessThanOrEqual(deleted);
    } else if (action === 'slowmode') {
      if (done) expect(channel.rate_limit_per_user, about).toBe(payload.duration);
    } else if (action === 'listTextChannels' && done) {
      const listed = (row.result.channels as { id: string }[]).map(({ id }) => id);
      expect(listed, about).toContain(channelId);
    }
  }

  #compareLocks(byId: Map<string, Ended>): void {
    for (const [channelId, rows] of this.#byChannel) {
      const [lock, unlock] = rows;
      if (lock?.action !== 'lock') continue;
      const guild = this.#scene.sandbox.world.guilds.get(lock.guildId)!;
      const overwrites = guild.channels.get(channelId)!.permission_overwrites ?? [];
      const status = (row?: Planned) => (row?.id === undefined ? undefined : byId.get(row.id)!.status);
      if (status(unlock) === 'done') {
        expect(overwritesOf(overwrites), `#${lock.number} unlocked`).toBe(this.#overwrites.get(channelId));
      } else if (unlock?.id === undefined && status(lock) === 'done') {
        const everyone = overwrites.find(({ id }) => id === guild.id);
        expect(BigInt(everyone?.deny ?? 0) & SEND_MESSAGES, `#${lock.number} locked`).toBe(SEND_MESSAGES);
      }
    }
  }
}

const overwritesOf = (overwrites: readonly { id: string; allow: string; deny: string }[]): string =>
  JSON.stringify(
    overwrites.map(({ id, allow, deny }) => [id, allow, deny]).sort(([a], [b]) => (a! < b! ? -1 : 1)),
  );
