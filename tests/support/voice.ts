/** Voice hubs as members live them: they join, are moved, leave; and what table and Discord then say. */
import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { expect } from 'vitest';
import type { SandboxEvent } from '../../sandbox/src/control/api.ts';
import type { SandboxOptions } from '../../sandbox/src/server.ts';
import type { Guild, GuildChannel } from '../../sandbox/src/world/types.ts';
import { Scene } from './scene.ts';

export interface RoomRow {
  id: string;
  guild_id: string;
  hub_id: string;
  channel_id: string | null;
  owner_id: string | null;
  number: number;
  name: string;
  mode: string;
  panel_message_id: string | null;
  pending_name: string | null;
  pending_name_at: Date | null;
}

/** Settings by the names that the dashboard uses. */
export type HubSettings = Record<string, unknown>;

/** Not what these tests are about; its own test lowers it. */
const NO_GATES = { memberPerMinute: 20, guildPerMinute: 300 };
const TIMEOUT_MS = 10_000;
/** So long that whatever the weather holds back goes on only when it is released. */
export const HELD_MS = 600_000;

export class VoiceScene {
  readonly scene: Scene;
  #guildId: string;
  #nextPerson = 0;

  private constructor(scene: Scene, guildId = scene.guildId) {
    this.scene = scene;
    this.#guildId = guildId;
  }

  /** Discord's limits of one route are twenty times as wide unless `options` says otherwise. */
  static async set(options: SandboxOptions = {}): Promise<VoiceScene> {
    const restLimits = { bucketFactor: 20, globalPerSecond: 500, ...options.restLimits };
    return new VoiceScene(await Scene.set({ ...options, restLimits }));
  }

  /** The same in each server of the world. */
  everywhere(): VoiceScene[] {
    return [...this.world.guilds.keys()].map((id) => new VoiceScene(this.scene, id));
  }

  get world() {
    return this.scene.sandbox.world;
  }

  get guild(): Guild {
    return this.world.guilds.get(this.#guildId)!;
  }

  get seq(): number {
    return this.scene.sandbox.stream.seq;
  }

  /** Somebody new in the server: neither owner nor moderator, and in no voice channel. */
  async person(username = `personne_${++this.#nextPerson}`, guildId = this.guild.id): Promise<string> {
    return (await this.scene.client.people('join-guild', { guildId, username })).userId;
  }

  channel(id: string, guild = this.guild): GuildChannel | undefined {
    return guild.channels.get(id);
  }

  async createChannel(fields: Record<string, unknown>, guildId = this.guild.id): Promise<string> {
    const channel = { type: 2, name: 'x', ...fields };
    return (await this.scene.client.people('create-channel', { guildId, channel })).id;
  }

  /** So many text channels, made by hand at once; their ids. */
  createChannels(count: number, fields: { parent_id?: string } = {}): string[] {
    const by = { userId: this.guild.ownerId };
    return Array.from({ length: count }, () => {
      const channel = { type: 0, name: `salon-${this.guild.channels.size}`, ...fields };
      return this.world.channels.create(this.guild, channel, by).id;
    });
  }

  deleteChannels(ids: string[]): void {
    for (const id of ids) this.world.channels.delete(id, { userId: this.guild.ownerId });
  }

  /** A dashboard's command, on somebody's behalf or not, that must be done; its result. */
  async ask(
    action: string,
    payload: unknown,
    guildId = this.guild.id,
    requestedBy: string | null = null,
  ): Promise<Record<string, unknown>> {
    const row = await this.scene.database.command(guildId, action, payload, requestedBy);
    expect(row, JSON.stringify(row.result)).toMatchObject({ status: 'done' });
    return row.result!;
  }

  /** Makes a voice channel (in a category of its own, unless told) and a hub of it; the channel's id. */
  async hub(
    settings: HubSettings = {},
    fields: Record<string, unknown> = {},
    guildId = this.guild.id,
  ): Promise<string> {
    const parent_id = await this.createChannel({ type: 4, name: 'Hub' }, guildId);
    const channelId = await this.createChannel({ name: '➕ Nouveau', parent_id, ...fields }, guildId);
    // The bot learns of what was made for it by events, which are on their way.
    const deadline = Date.now() + TIMEOUT_MS;
    for (;;) {
      const payload = { channelId, ...NO_GATES, ...settings };
      const { status, result } = await this.scene.database.command(guildId, 'hub.create', payload);
      if (status === 'done') return channelId;
      if (!/^unknown_/.test(result!.code!) || Date.now() > deadline)
        throw new Error(`no hub: ${result!.reason}`);
    }
  }

  /** How a member changes his own room. */
  change(owner: string, roomId: string, fields: Record<string, unknown>): Promise<Record<string, unknown>> {
    return this.ask('room.update', { roomId, ...fields }, this.guild.id, owner);
  }

  /** @throws when that member could not connect there */
  join(userId: string, channelId: string, guild = this.guild): void {
    const channel = guild.channels.get(channelId);
    if (channel === undefined || !this.world.voice.canJoin(guild, channel, userId))
      throw new Error(`${userId} cannot join ${channel?.name ?? channelId}`);
    this.world.voice.join(guild, channel, userId);
  }

  canJoin(userId: string, channelId: string): boolean {
    const channel = this.channel(channelId);
    return channel !== undefined && this.world.voice.canJoin(this.guild, channel, userId);
  }

  sees(userId: string, channelId: string): boolean {
    const channel = this.channel(channelId);
    return channel !== undefined && this.world.permissions.canView(this.guild, channel, userId);
  }

  /** Whether others in the channel hear this member. */
  isHeard(userId: string): boolean {
    const state = this.guild.voiceStates.get(userId);
    return state !== undefined && !state.mute && !state.suppress;
  }

  leave(userId: string, guild = this.guild): void {
    this.world.voice.leave(guild, userId);
  }

  where(userId: string, guild = this.guild): string | undefined {
    return guild.voiceStates.get(userId)?.channel_id;
  }

  /** Joins the hub and awaits the move; the room's id. */
  async enter(userId: string, hubId: string): Promise<string> {
    this.join(userId, hubId);
    return this.moved(userId, hubId);
  }

  /** Awaits that the member is in voice, but no longer in the hub. */
  async moved(userId: string, hubId: string, timeoutMs = TIMEOUT_MS): Promise<string> {
    await this.happens(
      () => ![undefined, hubId].includes(this.where(userId)),
      'the member is moved',
      timeoutMs,
    );
    return this.where(userId)!;
  }

  /** Awaits what events of the sandbox bring about; looked at with each of them. */
  async happens(holds: () => boolean, what: string, timeoutMs = TIMEOUT_MS): Promise<void> {
    if (holds()) return;
    try {
      await this.scene.event(() => holds(), { since: this.seq, timeoutMs });
    } catch (error) {
      throw new Error(`it does not happen that ${what}: ${(error as Error).message}`, { cause: error });
    }
  }

  async gone(channelId: string): Promise<void> {
    await this.happens(() => this.channel(channelId) === undefined, 'the room is deleted');
  }

  /** Rooms that there are or that are being made, but not those given up whose channel may still turn up. */
  rows(hubId?: string): Promise<RoomRow[]> {
    return this.scene.database.query<RoomRow>(
      'SELECT * FROM voice_rooms WHERE given_up_at IS NULL AND ($1::bigint IS NULL OR hub_id = $1) ORDER BY id',
      [hubId ?? null],
    );
  }

  async row(channelId: string): Promise<RoomRow | undefined> {
    return (await this.rows()).find((row) => row.channel_id === channelId);
  }

  /** REST calls since then that name this guild or one of its channels, as `METHOD /path`; ids become `{id}`. */
  calls(since: number): string[] {
    return this.scene.sandbox.stream
      .since(since)
      .filter((event) => event.type === 'rest')
      .filter(({ path }) => /^\/(guilds|channels)\//.test(path))
      .map(({ method, path }) => `${method} ${path.replace(/\d{15,20}/g, '{id}')}`);
  }

  /** Once the bot knows what has happened meanwhile, the one call goes on that the weather holds back. */
  async release(): Promise<void> {
    await this.scene.heard();
    await expect.poll(() => this.scene.client.weather('release', {})).toEqual({ released: 1 });
  }

  /** The first REST call after `since` that fits. */
  call(method: string, route: RegExp, since: number): Promise<SandboxEvent> {
    return this.scene.event(
      (event) => event.type === 'rest' && event.method === method && route.test(event.path),
      { since },
    );
  }

  /** The room's panel, once it stands. */
  async panel(roomId: string) {
    const posted = async () => (await this.scene.written(roomId))[0];
    await expect.poll(posted, { timeout: TIMEOUT_MS }).toBeDefined();
    return (await posted())!;
  }

  /** Every row has its channel, every voice channel in the hub's category is the hub or has its row. */
  async assertNothingLeft(hubId: string, timeout = TIMEOUT_MS): Promise<void> {
    await expect.poll(() => this.rows(hubId), { timeout }).toEqual([]);
    const parent = this.channel(hubId)?.parent_id;
    const inCategory = () =>
      [...this.guild.channels.values()].filter(({ parent_id }) => parent_id === parent).map(({ id }) => id);
    await expect.poll(inCategory, { timeout }).toEqual([hubId]);
  }
}

/** An overwrite as the world keeps it. */
export const overwrite = (id: string, type: 0 | 1, { allow = 0n, deny = 0n }) => ({
  id,
  type,
  allow: allow.toString(),
  deny: deny.toString(),
});

export { P };
