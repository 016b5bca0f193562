/** Watches what the bot does while a storm is on, and holds against it what it must have known. */
import type { SandboxEvent } from '../../../sandbox/src/control/api.ts';
import type { Scene } from '../scene.ts';
import { Dues } from './dues.ts';
import type { DueKind, Whose } from './dues.ts';
import { Knowledge } from './knowledge.ts';
import { placeOf } from './places.ts';
import type { Place } from './places.ts';

type EventOf<T extends SandboxEvent['type']> = Extract<SandboxEvent, { type: T }>;
type Call = EventOf<'rest'>;

/** Where somebody is, and where he was before he moved or left. */
interface Seat {
  now: string | null;
  before: string | null;
}

/** Events that the bot will not be told. */
export interface Loss {
  t: RegExp;
  left: number;
}

/** What the bot sends when it makes a room, or moves or disconnects somebody. */
interface HubCall {
  parent_id?: string;
  channel_id?: string | null;
  permission_overwrites?: { id: string; type: number }[];
}

export class Witness {
  /** What the bot should not have done. */
  readonly wrongs: string[] = [];
  /** Calls that Discord forbade: thousands of these have it shut out the bot. */
  forbidden = 0;
  /** Ends the watch. */
  readonly stop: () => void;
  #scene: Scene;
  #places: readonly Place[];
  #trace: (said: object) => void;
  #knowledge = new Knowledge();
  #dues = new Dues();
  #seats = new Map<string, Seat>();
  #losses: Loss[] = [];
  /** Of whom, or of which server, the bot does not know everything until its next session. */
  #untold = new Set<string>();
  #deletable = new Set<string>();
  /** How often administrators were told of what keeps a hub from working. */
  #notices = new Map<string, number>();

  /** @param trace gets what is wrong at the moment in which it happens */
  constructor(scene: Scene, places: readonly Place[], trace: (said: object) => void) {
    this.#scene = scene;
    this.#places = places;
    this.#trace = trace;
    this.stop = scene.sandbox.stream.on((event) => this.#see(event));
  }

  /** What happens about now the bot may not hear of. */
  trouble(): void {
    this.#knowledge.trouble();
  }

  /** The bot is being told everything anew. */
  told(): void {
    this.#knowledge.told();
  }

  /** Those in voice of whom the bot need not know yet where they are. */
  get unknown(): string[] {
    return this.#places.flatMap(({ guild }) =>
      [...guild.voiceStates.values()]
        .filter(({ user_id, channel_id }) => channel_id && !this.#knowledge.includes(user_id, channel_id))
        .map(({ user_id }) => user_id),
    );
  }

  /** The bot may not know what it has done, or what it did was undone: there, or everywhere. */
  excuse(guildId?: string): void {
    this.#dues.excuse(guildId);
  }

  /** Somebody asks for it that this room or hub is deleted, whoever is in it. */
  mayDelete(channelId: string): void {
    this.#deletable.add(channelId);
  }

  /** So many events of a kind are about to be lost. */
  loses(t: RegExp, count: number): Loss {
    const loss = { t, left: count };
    this.#losses.push(loss);
    return loss;
  }

  /** The bot was asked whether it has read every event, and now says so. */
  breathed(asked: number): void {
    this.#knowledge.breathed(asked, Date.now());
    this.#dues.settle(this.#knowledge.until, (whose) => this.#waits(whose));
  }

  /** What administrators were told more often than that: every process may say it once. */
  toldMoreThan(times: number): [notice: string, times: number][] {
    return [...this.#notices].filter(([, often]) => often > times);
  }

  #waits({ guildId, categoryId, userId }: Whose): boolean {
    const place = placeOf(this.#places, guildId);
    const channel = place.guild.channels.get(place.guild.voiceStates.get(userId)?.channel_id ?? '');
    return channel !== undefined && place.isHub(channel.id) && channel.parent_id === categoryId;
  }

  #see(event: SandboxEvent): void {
    switch (event.type) {
      case 'gateway':
        if (event.what === 'identified') this.#untold.clear();
        break;
      case 'world':
        this.#seeLoss(event);
        if (event.t === 'VOICE_STATE_UPDATE') this.#seeMove(event);
        if (event.t === 'CHANNEL_DELETE') this.#judgeDeletion(event);
        break;
      case 'weather': {
        // What the bot asked for is done, or it is not: it cannot tell.
        const guildId = /^(cut-after|status)$/.test(event.kind) && /^\/guilds\/(\d+)/.exec(event.path)?.[1];
        if (guildId) this.excuse(guildId);
        break;
      }
      case 'rest':
        if (event.status === 403) this.forbidden++;
        if (event.status < 300) this.#seeCall(event);
    }
  }

  #seeLoss({ t, guildId, data }: EventOf<'world'>): void {
    const loss = this.#losses.find((one) => one.left > 0 && one.t.test(t));
    if (loss === undefined || this.#scene.sandbox.world.guilds.get(guildId!)?.unavailable !== false) return;
    const { user_id } = data as { user_id?: string };
    loss.left--;
    this.#untold.add(user_id === undefined ? guildId! : `${guildId} ${user_id}`);
  }

  #seeMove({ at, guildId, data }: EventOf<'world'>): void {
    const { user_id: userId, channel_id: now } = data as { user_id: string; channel_id: string | null };
    const place = placeOf(this.#places, guildId!);
    const categoryOf = (channelId: string | null) => {
      const channel = channelId === null ? undefined : place.guild.channels.get(channelId);
      return channel && place.isHub(channel.id) ? channel.parent_id! : undefined;
    };
    const key = `${place.guildId} ${userId}`;
    const before = this.#seats.get(key)?.now ?? null;
    if (now === before) return;
    this.#seats.set(key, { now, before });
    if (now !== null) this.#knowledge.joined(userId, now);
    const [left, joined] = [categoryOf(before), categoryOf(now)];
    if (left !== undefined) this.#dues.left({ guildId: place.guildId, categoryId: left, userId }, at);
    if (joined !== undefined) this.#dues.joined({ guildId: place.guildId, categoryId: joined, userId }, at);
  }

  /** Deleting a room with people in it is right where a button, or its hub's policy, asks for it. */
  #judgeDeletion({ data }: EventOf<'world'>): void {
    const { id, guild_id, parent_id } = data as { id: string; guild_id: string; parent_id: string | null };
    const place = placeOf(this.#places, guild_id);
    if (place.roomsEndWithOwner(parent_id) || this.#deletable.has(id)) return;
    for (const userId of place.inside(id))
      if (this.#knowledge.includes(userId, id))
        this.#wrong(`room ${id} is deleted although ${userId} is known to be in it`);
  }

  #seeCall(call: Call): void {
    const body = (call.requestBody ?? {}) as HubCall & { content?: string };
    if (
      call.method === 'POST' &&
      /^\/channels\/\d+\/messages$/.test(call.path) &&
      body.content?.includes('⚠️')
    )
      this.#notices.set(body.content, (this.#notices.get(body.content) ?? 0) + 1);
    if (body.channel_id === null) this.#judgeDisconnection(call);
    else if (call.auditLogReason === 'voice hub') this.#judgeHub(call, body);
  }

  #judgeDisconnection({ path }: Call): void {
    const [, guildId, userId = ''] = /^\/guilds\/(\d+)\/members\/(\d+)$/.exec(path) ?? [];
    const from = this.#seats.get(`${guildId} ${userId}`)?.before;
    if (this.#places.some(({ lounge }) => lounge === from) && this.#knowledge.includes(userId, from!))
      this.#wrong(`${userId} is disconnected from a channel that is none of the bot's`);
  }

  #judgeHub({ method, path }: Call, body: HubCall): void {
    const [, guildId, what, moved] = /^\/guilds\/(\d+)\/(channels|members)(?:\/(\d+))?$/.exec(path) ?? [];
    if (what === 'channels' && method === 'POST') {
      // The bot's own overwrite comes first, then the owner's.
      const [, owner] = body.permission_overwrites!.filter(({ type }) => type === 1);
      this.#spend('made', { guildId: guildId!, categoryId: body.parent_id!, userId: owner!.id });
    } else if (what === 'members' && body.channel_id) {
      const parent = this.#scene.sandbox.world.guilds.get(guildId!)!.channels.get(body.channel_id)?.parent_id;
      if (parent != null) this.#spend('moved', { guildId: guildId!, categoryId: parent, userId: moved! });
    }
  }

  #spend(kind: DueKind, whose: Whose): void {
    const { guildId, categoryId, userId } = whose;
    if (this.#untold.has(guildId) || this.#untold.has(`${guildId} ${userId}`)) return;
    if (this.#dues.spend(kind, whose)) return;
    this.#wrong(
      `a room is ${kind} once too often (guild, category, member: ${guildId} ${categoryId} ${userId})`,
    );
  }

  #wrong(what: string): void {
    this.wrongs.push(what);
    this.#trace({ wrong: what, seq: this.#scene.sandbox.stream.seq });
  }
}
