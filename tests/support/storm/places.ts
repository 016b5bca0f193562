/** The servers that a storm goes over. */
import type { Guild } from '../../../sandbox/src/world/types.ts';
import type { VoiceScene } from '../voice.ts';
import type { Chance } from './chance.ts';

/** What the hubs of each server are made with. Until its return window ends a former owner may come in: shorter than the calm. */
const HUBS = [
  { ownerLeaves: 'transfer', returnWindow: 2, nameTemplate: '{member}' },
  { ownerLeaves: 'keep', keepFor: 1, returnWindow: 3, emptyGrace: 1, nameTemplate: 'Salon {n}' },
  { ownerLeaves: 'delete', returnWindow: 1, defaultMode: 'closed' },
];
const DELETED_WITH_OWNER = HUBS.findIndex(({ ownerLeaves }) => ownerLeaves === 'delete');

/** A server, its hubs, the rooms that come of them, and the people who go in and out. */
export class Place {
  readonly guildId: string;
  /** In the order of HUBS; some are replaced by others while the storm is on. */
  readonly hubs: string[] = [];
  readonly lounge: string;
  /** A text channel. */
  readonly square: string;
  readonly people: string[];
  /** What some of the people have. */
  role = '';
  #voice: VoiceScene;
  /** Hubs that are no more, or not yet. */
  #aside = new Set<string>();

  private constructor(voice: VoiceScene, guild: Guild) {
    const first = (type: number) => [...guild.channels.values()].find((channel) => channel.type === type)!.id;
    this.#voice = voice;
    this.guildId = guild.id;
    this.lounge = first(2);
    this.square = first(0);
    this.people = [...guild.members.values()]
      .filter(({ user }) => !user.bot && user.id !== guild.ownerId)
      .map(({ user }) => user.id);
  }

  /** One of each server of the world; the bot makes their hubs. */
  static async everywhere(voice: VoiceScene): Promise<Place[]> {
    const places = [...voice.world.guilds.values()].map((guild) => new Place(voice, guild));
    for (const place of places) await place.#furnish();
    return places;
  }

  async #furnish(): Promise<void> {
    const { guildId } = this;
    for (const settings of HUBS) this.hubs.push(await this.#voice.hub(settings, {}, guildId));
    const role = { name: 'Cercle', permissions: '0' };
    this.role = (await this.#voice.scene.client.people('create-role', { guildId, role })).id;
  }

  get guild(): Guild {
    return this.#voice.world.guilds.get(this.guildId)!;
  }

  isHub(channelId: string): boolean {
    return this.hubs.includes(channelId) || this.#aside.has(channelId);
  }

  /** Voice channels that are neither hub nor lounge. */
  get rooms(): string[] {
    return [...this.guild.channels.values()]
      .filter(({ id, type }) => type === 2 && id !== this.lounge && !this.isHub(id))
      .map(({ id }) => id);
  }

  inside(channelId: string): string[] {
    return this.#voice.world.voice.in(this.guild, channelId).map(({ user_id }) => user_id);
  }

  /** Somebody who is in a room, and in which. */
  someone(chance: Chance): [room: string, userId: string] | [] {
    const room = chance.oneOf(this.rooms.filter((id) => this.inside(id).length > 0));
    return room === undefined ? [] : [room, chance.oneOf(this.inside(room))!];
  }

  /** One is deleted, by hand or by the dashboard, and another comes in its place. */
  async replaceHub(index: number, byHand: boolean): Promise<void> {
    const { guild, guildId, hubs } = this;
    const { world, scene } = this.#voice;
    const [hubId, actor] = [hubs[index]!, { userId: guild.ownerId }];
    const { parent_id } = guild.channels.get(hubId)!;
    this.#aside.add(hubId);
    const command = { hubId, deleteChannel: true };
    // Where the command comes to nothing, somebody does it himself.
    if (!byHand) await scene.database.command(guildId, 'hub.delete', command).catch(() => undefined);
    if (guild.channels.has(hubId)) world.channels.delete(hubId, actor);
    const { id } = world.channels.create(guild, { type: 2, name: '➕ Encore', parent_id }, actor);
    this.#aside.add(id);
    for (let attempt = 0; attempt < 5; attempt++) {
      const made = { channelId: id, memberPerMinute: 20, guildPerMinute: 300, ...HUBS[index] };
      const { status, result } = await scene.database.command(guildId, 'hub.create', made);
      if (status === 'done' || result!.code === 'already_a_hub') {
        hubs[index] = id;
        return;
      }
    }
  }

  /** Whether rooms of this category end when their owner leaves, whoever else is in them. */
  roomsEndWithOwner(categoryId: string | null): boolean {
    return categoryId === this.guild.channels.get(this.hubs[DELETED_WITH_OWNER]!)?.parent_id;
  }
}

export const placeOf = (places: readonly Place[], guildId: string): Place =>
  places.find((place) => place.guildId === guildId)!;
