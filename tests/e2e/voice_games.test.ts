/** Rooms that are called after what their owner plays, with the intent for presences and without. */
import { expect, test } from 'vitest';
import { Hands, textOf } from '../support/panel.ts';
import { VoiceScene } from '../support/voice.ts';

/** A name that nobody asked for waits a few seconds, in which it may change once more. */
const SETTLED = { timeout: 20_000 };
const REQUEST_MEMBERS = 8;
const nameTemplate = '{member} · {game}';

const voice = await VoiceScene.set({ gatewayLimits: { identifyWindowMs: 0 } });
const { scene } = voice;
const PRESENCES = { ENABLE_PRESENCES: 'true' };
let bot = await scene.start(PRESENCES);
const hub = await voice.hub({ nameTemplate });

const plays = (userId: string, ...names: string[]) =>
  scene.client.people('set-presence', {
    userId,
    activities: [{ name: 'Une chanson', type: 2 }, ...names.map((name) => ({ name }))],
  });
const nameOf = (room: string) => voice.channel(room)!.name;
/** Names that Discord was sent for a channel, in order. */
const renames = (room: string, since: number): string[] =>
  scene.sandbox.stream.since(since).flatMap((event) => {
    if (event.type !== 'rest' || event.method !== 'PATCH' || event.path !== `/channels/${room}`) return [];
    const { name } = event.requestBody as { name?: string };
    return name === undefined ? [] : [name];
  });
async function end(room: string, ...people: string[]): Promise<void> {
  people.forEach((userId) => voice.leave(userId));
  await voice.gone(room);
}

test('a room is called after the game from the start, and without one nothing hangs in the air', async () => {
  const [player, other] = [await voice.person('camille_joue'), await voice.person('zoe_parle')];
  await plays(player, 'Échecs', 'Un autre');
  const since = voice.seq;
  const [played, plain] = [await voice.enter(player, hub), await voice.enter(other, hub)];
  expect(nameOf(played)).toBe('camille_joue · Échecs');
  expect(nameOf(plain)).toBe('zoe_parle');
  expect([...renames(played, since), ...renames(plain, since)]).toEqual([]);
  await end(played, player);
  await end(plain, other);
});

test('the name follows: changes within seconds are one, and people have a name left', async () => {
  const player = await voice.person('leo');
  const room = await voice.enter(player, hub);
  expect(nameOf(room)).toBe('leo');
  const since = voice.seq;
  await plays(player, 'Lanceur');
  await plays(player, 'Go');
  await expect.poll(() => nameOf(room), SETTLED).toBe('leo · Go');
  expect(renames(room, since)).toEqual(['leo · Go']);
  // The next change of the kind waits, a person's own name does not.
  await plays(player, 'Dames');
  const rooms = async () =>
    (await voice.ask('room.list', {})).rooms as { roomId: string; nextName?: string; name: string }[];
  const listed = async () => (await rooms()).find(({ roomId }) => roomId === room)!;
  await expect.poll(async () => (await listed()).nextName, SETTLED).toBe('leo · Dames');
  await voice.ask('room.update', { roomId: room, name: 'Chez moi' });
  await expect.poll(() => nameOf(room), SETTLED).toBe('Chez moi');
  // Chosen by hand, it stays, whatever is played.
  await plays(player, 'Échecs');
  await expect.poll(async () => (await listed()).nextName ?? '', SETTLED).toBe('');
  expect(renames(room, since)).toEqual(['leo · Go', 'Chez moi']);
  await end(room, player);
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a game begun while the bot is away (%s) is caught up with',
  async (signal) => {
    const player = await voice.person(`rejoue_${signal.toLowerCase()}`);
    await plays(player, 'Go');
    const room = await voice.enter(player, hub);
    await expect.poll(async () => (await voice.row(room))?.panel_message_id ?? null, SETTLED).not.toBeNull();
    bot.kill(signal);
    await bot.exited;
    await plays(player, 'Dames');
    bot = await scene.start(PRESENCES);
    await expect.poll(() => nameOf(room), SETTLED).toContain('Dames');
    await end(room, player);
  },
);

test('without presences nobody is asked, the room has its name all the same, and administrators are told', async () => {
  await bot.stop();
  bot = await scene.start();
  const player = await voice.person('sans_jeu');
  await plays(player, 'Go');
  const since = voice.seq;
  const room = await voice.enter(player, hub);
  expect(nameOf(room)).toBe('sans_jeu');
  const asked = scene.sandbox.stream
    .since(since)
    .filter((event) => event.type === 'gateway' && event.what === 'received' && event.op === REQUEST_MEMBERS);
  expect(asked).toEqual([]);
  const administrator = new Hands(scene, voice.guild.ownerId);
  const general = scene.channel('général');
  expect(textOf((await administrator.hub(general, 'doctor')).message)).toContain('ENABLE_PRESENCES=true');
  const config = await administrator.hub(general, 'config', { hub });
  expect(textOf(config.message)).toContain('le bot ne reçoit pas les présences');
  await end(room, player);
});
