/** What tests of panels begin with: a room with its posted panel, its owner and a guest. */
import { expect } from 'vitest';
import type { SeenMessage } from '../../sandbox/src/client.ts';
import type { BotProcess } from './bot.ts';
import { Hands, isWhispered, pressables, textOf } from './panel.ts';
import { VoiceScene } from './voice.ts';

export class PanelStage {
  readonly voice: VoiceScene;
  readonly bot: BotProcess;
  readonly hub: string;

  private constructor(voice: VoiceScene, bot: BotProcess, hub: string) {
    this.voice = voice;
    this.bot = bot;
    this.hub = hub;
  }

  static async set(): Promise<PanelStage> {
    const voice = await VoiceScene.set({ gatewayLimits: { identifyWindowMs: 0 } });
    const bot = await voice.scene.start();
    return new PanelStage(
      voice,
      bot,
      await voice.hub({ nameTemplate: 'Chez {member}', keepFor: 0, remember: false }),
    );
  }

  /** Whoever was there has left, and there is a new room with an owner and a guest in it. */
  async renew() {
    const { voice, hub } = this;
    for (const { user_id } of [...voice.guild.voiceStates.values()]) voice.leave(user_id);
    await voice.assertNothingLeft(hub);
    const owner = new Hands(voice.scene, await voice.person());
    const guest = new Hands(voice.scene, await voice.person());
    const room = await voice.enter(owner.userId, hub);
    voice.join(guest.userId, room);
    return { owner, guest, room, panel: await voice.panel(room) };
  }

  /** The posted panel as it now is. */
  async shown(room: string, panel: SeenMessage): Promise<SeenMessage> {
    const messages = await this.voice.scene.client.messages(room, { limit: 100 });
    return messages.find((message) => message.id === panel.id)!;
  }

  /** Awaits that the bot has heard who is in the room. */
  async present(...people: string[]): Promise<void> {
    const { voice, hub } = this;
    const members = async () =>
      ((await voice.ask('room.list', { hubId: hub })) as { rooms: { memberIds: string[] }[] }).rooms[0]!
        .memberIds;
    await expect.poll(members).toEqual(people);
  }

  /** The last knock that the room's owner was told of. */
  async asked(room: string): Promise<SeenMessage> {
    const knocks = async () =>
      (await this.voice.scene.written(room)).filter((message) =>
        pressables(message).some(({ custom_id }) => custom_id.startsWith(`room/answer/${room}`)),
      );
    await expect.poll(async () => (await knocks()).length).toBeGreaterThan(0);
    return (await knocks()).at(-1)!;
  }
}

/** Refused with one sentence, for that person alone. */
export function expectRefused(
  outcome: { message?: SeenMessage | undefined },
  sentence: RegExp | string,
): void {
  expect(isWhispered(outcome.message)).toBe(true);
  expect(textOf(outcome.message)).toMatch(sentence);
  expect(pressables(outcome.message)).toEqual([]);
}
