import { GatewayCloseCodes, GatewayOpcodes, type PresenceUpdateStatus } from 'discord-api-types/v10';
import type { RawData, WebSocket } from 'ws';
import type { NewSandboxEvent } from '../control/stream.ts';
import type { Weather } from '../control/weather.ts';
import type { SandboxContext } from '../context.ts';
import type { Guild, Member, Snowflake } from '../world/types.ts';
import type { World } from '../world/world.ts';
import { ENDS_SESSION, GatewayClose, closeReason } from './close_codes.ts';
import type { Encoder } from './compression.ts';
import { Connection } from './connection.ts';
import { Dispatcher } from './dispatcher.ts';
import { IdentifyGate } from './identify_gate.ts';
import { DISCORD_LIMITS, type GatewayLimits } from './limits.ts';
import { OPCODES } from './opcodes/index.ts';
import type { PresenceInput } from './opcodes/presence_update.ts';
import { ready } from './payloads.ts';
import { Presences } from './presences.ts';
import type { Session, SessionOptions } from './session.ts';
import { SessionStore } from './session_store.ts';
import type { Visibility } from './visibility.ts';

type What = Extract<NewSandboxEvent, { type: 'gateway' }>['what'];
type Noted = Partial<Omit<Extract<NewSandboxEvent, { type: 'gateway' }>, 'type' | 'what'>>;

/** Close codes by which a client gives its session up (Discord Docs/Gateway, "Initiating a Disconnect"). */
const GIVES_UP = new Set([1000, 1001]);

/** The gateway: its connections, its sessions, and what the opcodes do to them. */
export class Gateway {
  readonly world: World;
  readonly weather: Weather;
  readonly limits: GatewayLimits;
  readonly sessions: SessionStore;
  readonly identifyGate: IdentifyGate;
  readonly presences: Presences;
  #ctx: SandboxContext;
  #connections = new Set<Connection>();
  #dispatcher: Dispatcher;
  #memberLists = new Map<Snowflake, number>();

  constructor(ctx: SandboxContext) {
    this.#ctx = ctx;
    this.world = ctx.world;
    this.weather = ctx.weather;
    this.limits = { ...DISCORD_LIMITS, ...ctx.options.gatewayLimits };
    this.identifyGate = new IdentifyGate(this.limits.identifyWindowMs);
    this.sessions = new SessionStore(this.limits.resumeWithinMs, (session) => this.#sessionEnded(session));
    this.presences = new Presences(this.world);
    this.#dispatcher = new Dispatcher(this.world, this.weather, this.sessions, this.presences);
  }

  get full(): boolean {
    return this.#connections.size >= this.limits.maxConnections;
  }

  get visibility(): Visibility {
    return this.#dispatcher.visibility;
  }

  /** Takes up a WebSocket whose query was in order. */
  accept(
    socket: WebSocket,
    encoder: Encoder,
    { resumeUrl, atResumeUrl }: { resumeUrl: string; atResumeUrl: boolean },
  ): void {
    const connection = new Connection(socket, encoder, resumeUrl, this.limits, {
      stalled: (c) => this.weather.stalled(c.session?.shard[0]),
      lagMs: () => this.weather.lagMs,
      heartbeatTimeout: (c) => this.#heartbeatTimeout(c),
    });
    this.#connections.add(connection);
    socket.on('message', (data) => this.#receive(connection, data));
    socket.on('error', () => undefined); // 'close' follows, with the code
    socket.on('close', (code) => this.#closed(connection, code));
    this.record('connected', connection, { compress: encoder.name, atResumeUrl });
    connection.hello(this.weather.sessionLimits.heartbeatIntervalMs);
  }

  // What the opcodes do.

  open(connection: Connection, options: Omit<SessionOptions, 'id' | 'replayEvents'>): Session {
    const session = this.sessions.create({ ...options, replayEvents: this.limits.replayEvents });
    session.connection = connection;
    connection.session = session;
    return session;
  }

  /** READY, then every guild of the shard. */
  greet(session: Session, connection: Connection, withShard: boolean): void {
    const guilds = this.#guildsOf(session);
    this.dispatchTo(session, 'READY', ready(this.world, session, guilds, connection.resumeUrl, withShard));
    this.record('identified', connection, { compress: connection.compression });
    for (const guild of guilds) {
      if (!guild.unavailable) this.#dispatcher.dispatchGuildCreate(session, guild);
    }
  }

  /** Gives a session to a new connection and replays what it missed. */
  takeUp(session: Session, connection: Connection, missed: string[]): void {
    const previous = session.connection;
    if (previous !== null) {
      previous.session = null;
      previous.cut();
    }
    clearTimeout(session.expiry);
    session.connection = connection;
    connection.session = session;
    for (const text of missed) connection.sendText(text);
    this.dispatchTo(session, 'RESUMED', { _trace: [] });
    this.record('resumed', connection);
  }

  /**
   * Op 9; not resumable means that the session is gone. Either way the connection is without a session again,
   * so that the client may resume or identify on it.
   */
  invalidate(connection: Connection, resumable: boolean): void {
    const { session } = connection;
    this.record('invalid_session', connection);
    if (session !== null && resumable) {
      connection.session = null;
      this.sessions.disconnect(session);
    } else if (session !== null) this.sessions.end(session);
    connection.send(GatewayOpcodes.InvalidSession, resumable);
  }

  dispatchTo(session: Session, t: string, data: unknown): void {
    session.dispatch(t, JSON.stringify(data));
  }

  /** Sends an event that is not the world's (INTERACTION_CREATE) to the shards of its guild. */
  dispatch(t: string, guildId: Snowflake | undefined, data: unknown): void {
    this.#dispatcher.dispatch({ t, data, ...(guildId !== undefined && { guildId }) });
  }

  guildOfBot(guildId: Snowflake): Guild | undefined {
    const guild = this.world.guilds.get(guildId);
    return guild?.members.has(this.world.bot.id) ? guild : undefined;
  }

  guildsOfShard(id: number, count: number): number {
    let guilds = 0;
    for (const guild of this.world.guilds.values()) {
      if (Number((BigInt(guild.id) >> 22n) % BigInt(count)) === id) guilds++;
    }
    return guilds;
  }

  /** The bot joins, moves or (with null) leaves; where Discord would refuse, nothing happens. */
  moveBot(
    session: Session,
    guild: Guild,
    channelId: Snowflake | null,
    own: { selfMute: boolean; selfDeaf: boolean },
  ): void {
    const { voice, bot } = this.world;
    if (channelId === null) {
      voice.leave(guild, bot.id);
      return;
    }
    const channel = guild.channels.get(channelId);
    if (channel === undefined || !voice.canJoin(guild, channel, bot.id)) return;
    voice.join(guild, channel, bot.id, { ...own, sessionId: session.id });
  }

  setPresence(session: Session, presence: PresenceInput): void {
    this.#present(this.world.bot.id, presence, this.#guildsOf(session));
  }

  /** Told in every guild that this user shares with the bot. */
  setPresenceOf(userId: Snowflake, presence: PresenceInput): void {
    const { id: botId } = this.world.bot;
    this.#present(
      userId,
      presence,
      [...this.world.guilds.values()].filter(({ members }) => members.has(userId) && members.has(botId)),
    );
  }

  #present(userId: Snowflake, { status, activities }: PresenceInput, guilds: Guild[]): void {
    this.presences.set(userId, status as PresenceUpdateStatus, activities ?? []);
    for (const guild of guilds) {
      if (guild.unavailable) continue;
      const data = this.presences.update(guild, userId);
      this.#dispatcher.dispatch({ t: 'PRESENCE_UPDATE', guildId: guild.id, data });
    }
  }

  presencesOf(guild: Guild, members: Member[]): unknown[] {
    return this.presences.of(guild, members);
  }

  /** Milliseconds until the whole member list of this guild may be asked for again; 0 takes the turn. */
  memberListWaitMs(guildId: Snowflake): number {
    const now = this.world.now();
    const free = (this.#memberLists.get(guildId) ?? -Infinity) + this.limits.memberListEveryMs;
    if (free > now) return free - now;
    this.#memberLists.set(guildId, now);
    return 0;
  }

  // What the weather does.

  /** Connections of one shard, or all. */
  connections(shard?: number): Connection[] {
    return [...this.#connections].filter(
      (connection) => connection.open && (shard === undefined || connection.session?.shard[0] === shard),
    );
  }

  /** Ends connections with a close code, or by cutting TCP. */
  drop(shard: number | undefined, closeCode: number | undefined): number {
    const connections = this.connections(shard);
    for (const connection of connections) {
      const { session } = connection;
      if (closeCode === undefined) connection.cut();
      else connection.close(closeCode, closeReason(closeCode));
      if (session !== null && closeCode !== undefined && ENDS_SESSION.has(closeCode))
        this.sessions.end(session);
    }
    return connections.length;
  }

  /** Op 7, and the end of the connection a little later. */
  askReconnect(shard: number | undefined): number {
    const connections = this.connections(shard);
    for (const connection of connections) {
      connection.send(GatewayOpcodes.Reconnect, null);
      connection.later(this.limits.reconnectGraceMs, () =>
        connection.close(GatewayCloseCodes.UnknownError, closeReason(GatewayCloseCodes.UnknownError)),
      );
    }
    return connections.length;
  }

  askHeartbeat(shard: number | undefined): number {
    const connections = this.connections(shard);
    for (const connection of connections) connection.send(GatewayOpcodes.Heartbeat, null);
    return connections.length;
  }

  invalidSession(shard: number | undefined, resumable: boolean): number {
    const connections = this.connections(shard);
    for (const connection of connections) this.invalidate(connection, resumable);
    return connections.length;
  }

  rawFrame(shard: number | undefined, text: string): number {
    const connections = this.connections(shard);
    for (const connection of connections) connection.sendText(text);
    return connections.length;
  }

  /** Sends what a stall or a lag that has ended held back. */
  flush(): void {
    for (const connection of this.#connections) connection.flush();
  }

  /** Ends every session and connection with this code. */
  endEverything(code: number): void {
    for (const connection of this.connections()) connection.close(code, closeReason(code));
    this.sessions.endAll();
  }

  close(): void {
    this.#dispatcher.close();
    for (const connection of this.#connections) connection.cut();
    this.sessions.endAll();
  }

  record(what: What, connection: Connection, more: Noted = {}): void {
    const { session } = connection;
    this.#ctx.stream.push({
      type: 'gateway',
      what,
      ...(session !== null && { sessionId: session.id, shard: session.shard }),
      ...more,
    });
  }

  // What the socket does.

  #receive(connection: Connection, raw: RawData): void {
    if (!connection.open) return;
    try {
      if (!connection.sendWindow.take(performance.now()))
        throw new GatewayClose(GatewayCloseCodes.RateLimited);
      const { op, d } = parse(raw, this.limits.maxPayloadBytes);
      this.record('received', connection, { op });
      const opcode = OPCODES.get(op);
      if (opcode === undefined) throw new GatewayClose(GatewayCloseCodes.UnknownOpcode);
      if (connection.session === null && opcode.early !== true) {
        throw new GatewayClose(GatewayCloseCodes.NotAuthenticated);
      }
      opcode.handle(this, connection, d);
    } catch (error) {
      if (!(error instanceof GatewayClose)) throw error;
      connection.close(error.code, error.message);
    }
  }

  #closed(connection: Connection, code: number): void {
    this.#connections.delete(connection);
    connection.dispose();
    const closedBy = connection.closedByServer === null ? 'client' : 'server';
    this.record('closed', connection, { closedBy, closeCode: connection.closedByServer ?? code });
    const { session } = connection;
    if (session === null) return;
    if (closedBy === 'client' && GIVES_UP.has(code)) this.sessions.end(session);
    else this.sessions.disconnect(session);
  }

  /** Discord Docs/Opcodes and Status Codes: after 4009 a client starts a new session. */
  #heartbeatTimeout(connection: Connection): void {
    const { session } = connection;
    connection.close(GatewayCloseCodes.SessionTimedOut, closeReason(GatewayCloseCodes.SessionTimedOut));
    if (session !== null) this.sessions.end(session);
  }

  #sessionEnded(session: Session): void {
    for (const guild of this.world.guilds.values()) {
      const state = guild.voiceStates.get(this.world.bot.id);
      if (state?.session_id === session.id) this.world.voice.leave(guild, this.world.bot.id);
    }
  }

  #guildsOf(session: Session): Guild[] {
    return [...this.world.guilds.values()].filter(
      (guild) => guild.members.has(this.world.bot.id) && session.owns(guild.id),
    );
  }
}

function parse(raw: RawData, maxBytes: number): { op: number; d: unknown } {
  const bytes = Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw as Buffer);
  if (bytes.length > maxBytes) throw new GatewayClose(GatewayCloseCodes.DecodeError);
  let payload: unknown;
  try {
    payload = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new GatewayClose(GatewayCloseCodes.DecodeError);
  }
  if (
    typeof payload !== 'object' ||
    payload === null ||
    !('op' in payload) ||
    !Number.isInteger(payload.op)
  ) {
    throw new GatewayClose(GatewayCloseCodes.DecodeError);
  }
  return { op: payload.op as number, d: 'd' in payload ? payload.d : null };
}
