/** The servers that the hub benches play in: each with a category and a hub in it. */
import type { Sandbox } from '@vagrolant/sandbox/server';
import { createSandbox } from '@vagrolant/sandbox/server';

export const HUB_NAME = '➕ Créer un salon';
export const ANSWER_MS = 50;

export interface Server {
  guildId: string;
  hubId: string;
  /** A plain voice channel. */
  loungeId: string;
  /** Neither owner nor bot. */
  members: string[];
}

export interface Scene {
  sandbox: Sandbox;
  servers: Server[];
  join(server: Server, userId: string): void;
  leave(server: Server, userId: string): void;
  close(): Promise<void>;
}

/** @param perSecond the global limit */
export async function setScene(servers: number, members: number, perSecond: number): Promise<Scene> {
  const sandbox = await createSandbox({
    seed: `large:${servers}:${members + 2}`,
    restLimits: { globalPerSecond: perSecond },
    gatewayLimits: { identifyWindowMs: 0 },
  });
  const { world } = sandbox;
  const made = [...world.guilds.values()].map((guild): Server => {
    const owner = { userId: guild.ownerId };
    const category = world.channels.create(guild, { name: 'Salons', type: 4 }, owner);
    const hub = world.channels.create(guild, { name: HUB_NAME, type: 2, parent_id: category.id }, owner);
    const people = [...guild.members.keys()].filter((id) => id !== guild.ownerId && id !== world.bot.id);
    const lounge = [...guild.channels.values()].find(({ name }) => name === 'Salon vocal')!;
    return { guildId: guild.id, hubId: hub.id, loungeId: lounge.id, members: people };
  });
  return {
    sandbox,
    servers: made,
    join({ guildId, hubId }, userId) {
      const guild = world.guilds.get(guildId)!;
      world.voice.join(guild, guild.channels.get(hubId)!, userId);
    },
    leave: ({ guildId }, userId) => world.voice.leave(world.guilds.get(guildId)!, userId),
    close: () => sandbox.close(),
  };
}
