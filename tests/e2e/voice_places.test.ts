/** Where rooms stand in the list of channels, as a client sorts it: by position, then by age. */
import { expect, test } from 'vitest';
import { VoiceScene } from '../support/voice.ts';

const voice = await VoiceScene.set();
await voice.scene.start();
const ROOM_CALLS = [
  'POST /guilds/{id}/channels',
  'PATCH /guilds/{id}/members/{id}',
  'POST /channels/{id}/messages',
];

/** The voice channels of the hub's category, from top to bottom. */
function order(hub: string): string[] {
  const parent = voice.channel(hub)!.parent_id;
  return [...voice.guild.channels.values()]
    .filter(({ type, parent_id }) => type === 2 && parent_id === parent)
    .sort((a, b) => a.position - b.position || (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
    .map(({ id }) => id);
}

/** A hub between two lounges, at this position. */
async function place(position: string, at: number) {
  const hub = await voice.hub({ position }, { position: at });
  const parent_id = voice.channel(hub)!.parent_id;
  const below = await voice.createChannel({ name: 'Plus bas', parent_id, position: at + 1 });
  return { hub, below };
}

async function twoRooms(hub: string): Promise<{ rooms: string[]; leave: () => Promise<void> }> {
  const people = [await voice.person(), await voice.person()];
  const rooms: string[] = [];
  for (const userId of people) {
    const since = voice.seq;
    const room = await voice.enter(userId, hub);
    await voice.panel(room);
    // The hub makes place for itself once; a room's life has no further call.
    const calls = voice.calls(since).filter((call) => call !== 'PATCH /guilds/{id}/channels');
    expect(calls).toEqual(ROOM_CALLS);
    rooms.push(room);
  }
  const leave = async () => {
    people.forEach((userId) => voice.leave(userId));
    await Promise.all(rooms.map((room) => voice.gone(room)));
  };
  return { rooms, leave };
}

test.each(['above', 'below', 'end'])('%s the hub', async (position) => {
  const { hub, below } = await place(position, 40);
  const { rooms, leave } = await twoRooms(hub);
  const expected = {
    above: [...rooms, hub, below],
    below: [hub, ...rooms, below],
    end: [hub, below, ...rooms],
  }[position];
  expect(order(hub)).toEqual(expected);
  await leave();
});

test('above a hub at the very top: it goes down once, with what stands below it', async () => {
  const { hub, below } = await place('above', 0);
  const moves = (since: number) =>
    voice.calls(since).filter((call) => call === 'PATCH /guilds/{id}/channels').length;
  // Made a hub at the top, it has made place for its rooms; somebody drags it up again.
  await expect.poll(() => voice.channel(hub)!.position).toBe(1);
  for (const [channelId, position] of [
    [hub, 0],
    [below, 1],
  ] as const)
    await voice.scene.client.people('edit-channel', { channelId, changes: { position } });
  const since = voice.seq;
  const { rooms, leave } = await twoRooms(hub);
  await voice.happens(() => order(hub)[2] === hub, 'the hub goes down');
  expect(order(hub)).toEqual([...rooms, hub, below]);
  expect(moves(since)).toBe(1);
  await leave();
  const later = voice.seq;
  const again = await twoRooms(hub);
  expect(order(hub)).toEqual([...again.rooms, hub, below]);
  expect(moves(later)).toBe(0);
  await again.leave();
});
