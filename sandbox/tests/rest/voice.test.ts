import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { describe, expect, test } from 'vitest';
import type { WorldEvent } from '../../src/world/types.ts';
import { startRest } from './support.ts';
import type { Rest } from './support.ts';

const denied = (id: string, bits: bigint, type = 0) => ({ id, type, allow: '0', deny: bits.toString() });
const allowed = (id: string, bits: bigint, type = 0) => ({ id, type, allow: bits.toString(), deny: '0' });

/** A sandbox, a member who sits nowhere, and short ways to what these tests look at. */
async function startVoice() {
  const rest = await startRest();
  const { sandbox, guild, botId } = rest;
  const { world } = sandbox;
  const events: WorldEvent[] = [];
  world.on((event) => event.t !== 'GUILD_AUDIT_LOG_ENTRY_CREATE' && events.push(event));
  const userId = rest.member('ines_b');
  return {
    ...rest,
    world,
    events,
    userId,
    join: (name: string, who = userId) => world.voice.join(guild, rest.channel(name), who),
    state: (who = userId) => guild.voiceStates.get(who),
    patch: (body: object, who = userId) => rest.calm('PATCH', `/guilds/${guild.id}/members/${who}`, body),
    overwrite: (name: string, overwrite: ReturnType<typeof denied>) =>
      world.channels.setOverwrite(rest.channel(name).id, overwrite, { userId: guild.ownerId }),
    /** Takes these permissions from the bot's own role. */
    without(bits: bigint) {
      const role = [...guild.roles.values()].find(({ tags }) => tags?.bot_id === botId)!;
      const permissions = (BigInt(role.permissions) & ~bits).toString();
      world.roles.edit(guild, role.id, { permissions }, { userId: guild.ownerId });
    },
  };
}

describe('moving a member', () => {
  test('asks for MOVE_MEMBERS where they sit and where they go', async () => {
    const { join, patch, overwrite, channel, guild, botId, state } = await startVoice();
    join('Le canapé');
    overwrite('Le canapé', denied(botId, P.MoveMembers, 1));
    expect((await patch({ channel_id: channel('Duo').id })).body.code).toBe(50013);
    expect((await patch({ channel_id: null })).body.code).toBe(50013);
    overwrite('Le canapé', allowed(guild.id, 0n));
    overwrite('Le canapé', allowed(botId, P.MoveMembers, 1));
    overwrite('Duo', denied(botId, P.MoveMembers, 1));
    expect((await patch({ channel_id: channel('Duo').id })).body.code).toBe(50013);
    overwrite('Duo', denied(botId, P.ViewChannel, 1));
    expect((await patch({ channel_id: channel('Duo').id })).body.code).toBe(50001);
    expect(state()?.channel_id).toBe(channel('Le canapé').id);
  });

  test('goes past a full channel, and past what the member may not enter', async () => {
    const { join, patch, overwrite, channel, guild, member, state, botId } = await startVoice();
    join('Duo', member('hugo.r'));
    join('Duo', member('manon_p'));
    join('Le canapé');
    overwrite('Duo', denied(guild.id, P.Connect));
    overwrite('Duo', allowed(botId, P.Connect, 1));
    expect((await patch({ channel_id: channel('Duo').id })).status).toBe(200);
    expect(state()?.channel_id).toBe(channel('Duo').id);
  });

  test('of somebody who is not connected is 40032, also to disconnect them', async () => {
    const { patch, channel } = await startVoice();
    for (const channel_id of [channel('Duo').id, null])
      expect(await patch({ channel_id })).toMatchObject({ status: 400, body: { code: 40032 } });
  });
});

describe('who joins', () => {
  test.each<[string, (rest: Awaited<ReturnType<typeof startVoice>>) => void, boolean]>([
    ['may, as a rule', () => {}, true],
    [
      'is refused without CONNECT',
      ({ overwrite, guild }) => overwrite('Duo', denied(guild.id, P.Connect)),
      false,
    ],
    [
      'is refused without VIEW_CHANNEL',
      ({ overwrite, guild }) => overwrite('Duo', denied(guild.id, P.ViewChannel)),
      false,
    ],
    [
      'is refused by an overwrite of their own',
      ({ overwrite, userId }) => overwrite('Duo', denied(userId, P.Connect, 1)),
      false,
    ],
    [
      'is refused while timed out',
      ({ world, guild, userId }) =>
        world.members.edit(
          guild,
          userId,
          { communication_disabled_until: world.timestamp(world.now() + 60_000) },
          { userId: guild.ownerId },
        ),
      false,
    ],
    [
      'is refused where it is full',
      ({ join, member }) => {
        join('Duo', member('hugo.r'));
        join('Duo', member('manon_p'));
      },
      false,
    ],
    [
      'comes in where it is full with MOVE_MEMBERS there',
      ({ join, member, overwrite, userId }) => {
        join('Duo', member('hugo.r'));
        join('Duo', member('manon_p'));
        overwrite('Duo', allowed(userId, P.MoveMembers, 1));
      },
      true,
    ],
  ])('%s', async (_, prepare, expected) => {
    const voice = await startVoice();
    prepare(voice);
    expect(voice.world.voice.canJoin(voice.guild, voice.channel('Duo'), voice.userId)).toBe(expected);
  });

  test('is told of with the member inside', async () => {
    const { join, events, userId, channel, guild } = await startVoice();
    join('Duo');
    expect(events.find(({ t }) => t === 'VOICE_STATE_UPDATE')?.data).toMatchObject({
      guild_id: guild.id,
      channel_id: channel('Duo').id,
      user_id: userId,
      member: { user: { id: userId }, roles: expect.any(Array), joined_at: expect.any(String) },
      mute: false,
      deaf: false,
      self_mute: false,
      suppress: false,
      session_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });
});

describe('SPEAK counts when a member joins or moves, and not again', () => {
  test('who comes without it is suppressed, and stays so when it is given', async () => {
    const { join, overwrite, guild, state } = await startVoice();
    overwrite('Duo', denied(guild.id, P.Speak));
    join('Duo');
    expect(state()?.suppress).toBe(true);
    overwrite('Duo', allowed(guild.id, 0n));
    expect(state()?.suppress).toBe(true);
    join('Le canapé');
    expect(state()?.suppress).toBe(false);
  });

  test('who is inside goes on speaking when it is taken', async () => {
    const { join, overwrite, guild, state, world, channel, userId } = await startVoice();
    join('Duo');
    overwrite('Duo', denied(guild.id, P.Speak));
    expect(state()?.suppress).toBe(false);
    world.voice.join(guild, channel('Duo'), userId, { selfMute: true });
    expect(state()).toMatchObject({ suppress: false, self_mute: true });
  });

  test('unmuting the suppressed lets them be heard until they move', async () => {
    const { join, overwrite, guild, state, patch } = await startVoice();
    overwrite('Duo', denied(guild.id, P.Speak));
    join('Duo');
    expect((await patch({ mute: false })).status).toBe(200);
    expect(state()?.suppress).toBe(false);
    join('Le canapé');
    join('Duo');
    expect(state()?.suppress).toBe(true);
  });
});

describe('muting on the server', () => {
  test('stays with the member, wherever they go and whenever they return', async () => {
    const { join, patch, guild, userId, state, world } = await startVoice();
    join('Duo');
    expect((await patch({ mute: true, deaf: true })).body).toMatchObject({ mute: true, deaf: true });
    world.voice.leave(guild, userId);
    expect(await patch({ mute: false })).toMatchObject({ status: 400, body: { code: 40032 } });
    join('Le canapé');
    expect(state()).toMatchObject({ mute: true, deaf: true });
    await patch({ mute: false, deaf: false });
    expect(state()).toMatchObject({ mute: false, deaf: false });
  });

  test('asks for its permission in the guild and where they sit', async () => {
    const { join, patch, overwrite, botId, without } = await startVoice();
    join('Duo');
    overwrite('Duo', denied(botId, P.MuteMembers, 1));
    expect((await patch({ mute: true })).body.code).toBe(50013);
    expect((await patch({ deaf: true })).status).toBe(200);
    without(P.DeafenMembers);
    expect((await patch({ deaf: false })).body.code).toBe(50013);
  });
});

test('a deleted channel puts out those inside: first the channel, then each of them', async () => {
  const { calm, channel, events, guild, join } = await startVoice();
  join('Le canapé');
  const { id } = channel('Le canapé');
  const inside = [...guild.voiceStates.values()].filter(({ channel_id }) => channel_id === id);
  expect(inside).toHaveLength(3);
  events.length = 0;
  expect((await calm('DELETE', `/channels/${id}`)).status).toBe(200);
  expect(events.map(({ t }) => t)).toEqual(['CHANNEL_DELETE', ...inside.map(() => 'VOICE_STATE_UPDATE')]);
  expect(events.slice(1).map(({ data }) => (data as { channel_id: null }).channel_id)).toEqual(
    inside.map(() => null),
  );
  expect(guild.voiceStates.size).toBe(0);
});

test('who leaves the guild takes their overwrites along, and comes back without any', async () => {
  const { world, guild, userId, overwrite, channel, events, join, calm } = await startVoice();
  overwrite('Duo', denied(userId, P.Connect, 1));
  join('Le canapé');
  events.length = 0;
  world.members.remove(guild, userId);
  expect(events.map(({ t }) => t)).toEqual(['GUILD_MEMBER_REMOVE', 'VOICE_STATE_UPDATE', 'CHANNEL_UPDATE']);
  expect(channel('Duo').permission_overwrites).toEqual([]);
  const path = `/channels/${channel('Duo').id}/permissions/${userId}`;
  expect((await calm('PUT', path, { type: 1, deny: P.Connect.toString() })).status).toBe(204);
  expect(channel('Duo').permission_overwrites).toEqual([denied(userId, P.Connect, 1)]);
  world.members.add(guild.id, userId);
  expect(channel('Duo').permission_overwrites).toEqual([]);
  expect(world.voice.canJoin(guild, channel('Duo'), userId)).toBe(true);
});

describe('new voice channels', () => {
  const create = ({ calm, guild }: Rest, body: object) =>
    calm('POST', `/guilds/${guild.id}/channels`, { name: 'x', type: 2, ...body });

  test('take the overwrites of their category unless they bring their own', async () => {
    const voice = await startVoice();
    const parent_id = voice.channel('Salons vocaux').id;
    const category = denied(voice.guild.id, P.Stream);
    voice.overwrite('Salons vocaux', category);
    expect((await create(voice, { parent_id })).body.permission_overwrites).toEqual([category]);
    const own = allowed(voice.botId, P.Connect, 1);
    const made = await create(voice, { parent_id, permission_overwrites: [own] });
    expect(made.body.permission_overwrites).toEqual([own]);
  });

  test('ask for MANAGE_CHANNELS in the category too', async () => {
    const voice = await startVoice();
    voice.overwrite('Salons vocaux', denied(voice.botId, P.ManageChannels, 1));
    expect((await create(voice, { parent_id: voice.channel('Salons vocaux').id })).body.code).toBe(50013);
  });

  test('have a bitrate as the boosts allow, a region that exists, and a limit of 99', async () => {
    const voice = await startVoice();
    const most = async (tier: number, bitrate: number) => {
      voice.world.guilds.edit(voice.guild, { premiumTier: tier }, { userId: voice.guild.ownerId });
      expect((await create(voice, { bitrate })).status).toBe(201);
      const more = await create(voice, { bitrate: bitrate + 1 });
      expect(more.body.errors.bitrate._errors[0].code).toBe('NUMBER_TYPE_MAX');
    };
    await most(0, 96_000);
    await most(1, 128_000);
    await most(2, 256_000);
    await most(3, 384_000);
    expect((await create(voice, { bitrate: 7_999 })).body.code).toBe(50035);
    expect((await create(voice, { user_limit: 100 })).body.code).toBe(50035);
    expect((await create(voice, { rtc_region: 'atlantide' })).body.code).toBe(50035);
    expect((await create(voice, { rtc_region: 'rotterdam' })).body.rtc_region).toBe('rotterdam');
  });

  test('stand where they are told to, also beside another; else at the end', async () => {
    const voice = await startVoice();
    const { position } = voice.channel('Le canapé');
    expect((await create(voice, { position })).body.position).toBe(position);
    expect(voice.channel('Le canapé').position).toBe(position);
    expect((await create(voice, {})).body.position).toBe(voice.channel('Duo').position + 1);
  });

  test('several are placed by one call, and those that stay cause no event', async () => {
    const voice = await startVoice();
    const [lounge, duo] = [voice.channel('Le canapé'), voice.channel('Duo')];
    voice.events.length = 0;
    const answer = await voice.calm('PATCH', `/guilds/${voice.guild.id}/channels`, [
      { id: lounge.id, position: duo.position },
      { id: duo.id, position: duo.position },
    ]);
    expect(answer.status).toBe(204);
    expect(voice.events.map(({ t, channelId }) => [t, channelId])).toEqual([['CHANNEL_UPDATE', lounge.id]]);
  });

  test('a category is full with 50, for a new channel and for one that moves in', async () => {
    const voice = await startVoice();
    const actor = { userId: voice.guild.ownerId };
    const parent_id = voice.world.channels.create(voice.guild, { name: 'pleine', type: 4 }, actor).id;
    for (let n = 0; n < 50; n++)
      voice.world.channels.create(voice.guild, { name: 'x', type: 2, parent_id }, actor);
    for (const refused of [
      await create(voice, { parent_id }),
      await voice.calm('PATCH', `/channels/${voice.channel('Duo').id}`, { parent_id }),
    ]) {
      expect(refused).toMatchObject({ status: 400, body: { code: 50035 } });
      expect(refused.body.errors.parent_id._errors[0].code).toBe('CHANNEL_PARENT_MAX_CHANNELS');
    }
  });
});

test('a name changes twice in ten minutes; limit and overwrites go on', async () => {
  const { calm, channel, guild, pass } = await startVoice();
  const path = `/channels/${channel('Duo').id}`;
  for (const name of ['un', 'deux']) expect((await calm('PATCH', path, { name })).status).toBe(200);
  const third = await calm('PATCH', path, { name: 'trois', user_limit: 3 });
  expect(third.status).toBe(429);
  expect(third.body.retry_after).toBe(560);
  expect(third.headers['retry-after']).toBe('560');
  expect(guild.channels.get(path.split('/')[2]!)).toMatchObject({ name: 'deux', user_limit: 2 });
  expect((await calm('PATCH', path, { user_limit: 3 })).status).toBe(200);
  pass(third.body.retry_after * 1000 - 40_000);
  expect((await calm('PATCH', path, { name: 'trois' })).status).toBe(200);
});

test('the chat of a voice channel is open to those who could connect', async () => {
  const { calm, channel, overwrite, guild } = await startVoice();
  const path = `/channels/${channel('Duo').id}/messages`;
  const { status, body } = await calm('POST', path, { content: 'bonjour' });
  expect([status, body.channel_id]).toEqual([200, channel('Duo').id]);
  overwrite('Duo', denied(guild.id, P.Connect));
  expect((await calm('POST', path, { content: 'bonjour' })).body.code).toBe(50013);
});

test('who has closed their messages is 50007', async () => {
  const { calm, world, userId } = await startVoice();
  const dm = await calm('POST', '/users/@me/channels', { recipient_id: userId });
  world.closedDms.add(userId);
  const path = `/channels/${dm.body.id}/messages`;
  expect(await calm('POST', path, { content: 'x' })).toMatchObject({ status: 403, body: { code: 50007 } });
  world.closedDms.delete(userId);
  expect((await calm('POST', path, { content: 'x' })).status).toBe(200);
});

test('during an outage the guild and its channels answer 503, other guilds as ever', async () => {
  const { calm, world, guild, channel } = await startVoice();
  world.guilds.setOutage(guild, true);
  for (const path of [`/guilds/${guild.id}/channels`, `/channels/${channel('Duo').id}`])
    expect(await calm('GET', path)).toMatchObject({ status: 503, body: { code: 130000 } });
  const other = [...world.guilds.keys()].find((id) => id !== guild.id);
  expect((await calm('GET', `/guilds/${other}`)).status).toBe(200);
  world.guilds.setOutage(guild, false);
  expect((await calm('GET', `/guilds/${guild.id}/channels`)).status).toBe(200);
});

test('where somebody is can only be read of a channel that one could enter', async () => {
  const { calm, guild, sandbox, channel, member, botId } = await startRest();
  const hugo = member('hugo.r');
  const path = `/guilds/${guild.id}/voice-states/${hugo}`;
  expect((await calm('GET', path)).body.channel_id).toBe(channel('Le canapé').id);
  const shut = (deny: bigint) =>
    sandbox.world.channels.setOverwrite(
      channel('Le canapé').id,
      { id: botId, type: 1, allow: '0', deny: deny.toString() },
      { userId: guild.ownerId },
    );
  shut(P.Connect);
  expect(await calm('GET', path)).toMatchObject({ status: 403, body: { code: 50013 } });
  shut(P.ViewChannel);
  expect(await calm('GET', path)).toMatchObject({ status: 403, body: { code: 50001 } });
});
