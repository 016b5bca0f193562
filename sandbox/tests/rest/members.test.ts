import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { describe, expect, test } from 'vitest';
import { startRest } from './support.ts';

const DAY_MS = 86_400_000;

describe('roles of a member', () => {
  test('only those below the bot, never managed ones or @everyone', async () => {
    const { calm, guild, member, role } = await startRest();
    const path = (roleName: string) =>
      `/guilds/${guild.id}/members/${member('arthur_j')}/roles/${role(roleName)}`;
    expect((await calm('PUT', path('Joueurs'))).status).toBe(204);
    expect(guild.members.get(member('arthur_j'))?.roles).toEqual([role('Joueurs')]);
    expect((await calm('PUT', path('Modération'))).body.code).toBe(50013);
    expect((await calm('PUT', path('Vagrolant'))).body.code).toBe(50013);
    expect((await calm('PUT', path('@everyone'))).body.code).toBe(50028);
    expect((await calm('DELETE', path('Joueurs'))).status).toBe(204);
    expect(guild.members.get(member('arthur_j'))?.roles).toEqual([]);
    const unknown = `/guilds/${guild.id}/members/${member('arthur_j')}/roles/1`;
    expect((await calm('PUT', unknown)).body.code).toBe(10011);
    expect((await calm('PUT', `/guilds/${guild.id}/members/1/roles/${role('Joueurs')}`)).body.code).toBe(
      10013,
    );
  });

  test('the whole list: what stays is not asked about', async () => {
    const { calm, guild, member, role } = await startRest();
    const path = `/guilds/${guild.id}/members/${member('lucas.m')}`;
    const kept = [role('Modération'), role('Membre'), role('Annonces')];
    expect((await calm('PATCH', path, { roles: kept })).body.roles).toEqual(kept);
    expect((await calm('PATCH', path, { roles: [] })).body.code).toBe(50013);
  });
});

describe('voice moves', () => {
  test('into a channel that the bot can enter; null disconnects', async () => {
    const { calm, guild, channel, member } = await startRest();
    const path = `/guilds/${guild.id}/members/${member('hugo.r')}`;
    expect((await calm('PATCH', path, { channel_id: channel('Duo').id })).status).toBe(200);
    expect(guild.voiceStates.get(member('hugo.r'))?.channel_id).toBe(channel('Duo').id);
    expect((await calm('PATCH', path, { channel_id: channel('général').id })).body.code).toBe(50035);
    expect((await calm('PATCH', path, { channel_id: '1' })).body.code).toBe(10003);
    expect((await calm('PATCH', path, { channel_id: null })).status).toBe(200);
    expect(guild.voiceStates.has(member('hugo.r'))).toBe(false);
    expect(await calm('PATCH', path, { channel_id: channel('Duo').id })).toMatchObject({
      status: 400,
      body: { code: 40032 },
    });
    expect((await calm('PATCH', path, { mute: true })).body.code).toBe(40032);
  });

  test('not where the bot cannot connect', async () => {
    const { calm, sandbox, guild, channel, member } = await startRest();
    const { id } = channel('Duo');
    sandbox.world.channels.setOverwrite(
      id,
      { id: guild.id, type: 0, allow: '0', deny: P.Connect.toString() },
      { userId: guild.ownerId },
    );
    const answer = await calm('PATCH', `/guilds/${guild.id}/members/${member('hugo.r')}`, { channel_id: id });
    expect(answer).toMatchObject({ status: 403, body: { code: 50013 } });
  });
});

test('timeouts: at most 28 days, never for owner or administrators', async () => {
  const { calm, sandbox, guild, member } = await startRest();
  const until = (days: number) => ({
    communication_disabled_until: new Date(sandbox.world.now() + days * DAY_MS).toISOString(),
  });
  const path = `/guilds/${guild.id}/members/${member('arthur_j')}`;
  expect((await calm('PATCH', path, until(29))).body.code).toBe(50035);
  expect((await calm('PATCH', path, until(1))).status).toBe(200);
  expect(sandbox.world.permissions.inGuild(guild, member('arthur_j'))).toBe(
    P.ViewChannel | P.ReadMessageHistory,
  );
  expect(
    (await calm('PATCH', path, { communication_disabled_until: null })).body.communication_disabled_until,
  ).toBeNull();
  expect((await calm('PATCH', `/guilds/${guild.id}/members/${guild.ownerId}`, until(1))).body.code).toBe(
    50013,
  );
});

test('who stands higher cannot be renamed, kicked or banned', async () => {
  const { calm, guild, member } = await startRest();
  const moderator = `/guilds/${guild.id}/members/${member('camille_d')}`;
  expect((await calm('PATCH', moderator, { nick: 'x' })).body.code).toBe(50013);
  expect((await calm('DELETE', moderator)).body.code).toBe(50013);
  expect((await calm('PUT', `/guilds/${guild.id}/bans/${member('camille_d')}`, {})).body.code).toBe(50013);
  const ordinary = `/guilds/${guild.id}/members/${member('ines_b')}`;
  expect((await calm('PATCH', ordinary, { nick: 'x'.repeat(33) })).body.code).toBe(50035);
  expect((await calm('PATCH', ordinary, { nick: 'Nini' })).body.nick).toBe('Nini');
  expect((await calm('DELETE', ordinary)).status).toBe(204);
  expect((await calm('GET', ordinary)).body.code).toBe(10007);
});

test('bans are kept with their reason until lifted', async () => {
  const { calm, guild, member } = await startRest();
  const userId = member('ines_b');
  const path = `/guilds/${guild.id}/bans/${userId}`;
  expect((await calm('PUT', path, { delete_message_seconds: 604_801 })).body.code).toBe(50035);
  expect((await calm('PUT', path, undefined, { 'x-audit-log-reason': 'pub' })).status).toBe(204);
  expect((await calm('GET', path)).body).toMatchObject({ reason: 'pub', user: { id: userId } });
  expect((await calm('DELETE', path)).status).toBe(204);
  expect((await calm('GET', path)).body.code).toBe(10026);
});

test('the list is paged by id, one by default; the search goes by prefix', async () => {
  const { calm, guild } = await startRest();
  expect((await calm('GET', `/guilds/${guild.id}/members`)).body).toHaveLength(1);
  const seen: string[] = [];
  for (let after = '0'; ;) {
    const { body } = await calm('GET', `/guilds/${guild.id}/members?limit=10&after=${after}`);
    if (body.length === 0) break;
    for (const { user } of body) seen.push((after = user.id));
  }
  expect(new Set(seen).size).toBe(guild.members.size);
  const found = await calm('GET', `/guilds/${guild.id}/members/search?query=L%C3%A9a&limit=5`);
  expect(found.body.map(({ user }: { user: { username: string } }) => user.username)).toEqual(['lea_v']);
  expect((await calm('GET', `/guilds/${guild.id}/members?limit=1001`)).body.code).toBe(50035);
});

describe('roles', () => {
  test("only with permissions of the bot's own, and below its highest", async () => {
    const { calm, guild, role } = await startRest();
    const path = `/guilds/${guild.id}/roles`;
    expect((await calm('POST', path, { name: 'x', permissions: P.Administrator.toString() })).body.code).toBe(
      50013,
    );
    const made = await calm('POST', path, {
      name: 'x',
      permissions: P.Connect.toString(),
      color: 255,
      hoist: true,
    });
    expect(made).toMatchObject({
      status: 200,
      body: { name: 'x', permissions: '1048576', color: 255, hoist: true, position: 1 },
    });
    expect((await calm('PATCH', `${path}/${made.body.id}`, { name: 'y' })).body.name).toBe('y');
    expect((await calm('PATCH', `${path}/${role('Modération')}`, { name: 'y' })).body.code).toBe(50013);
    expect((await calm('PATCH', path, [{ id: made.body.id, position: 3 }])).body).toContainEqual(
      expect.objectContaining({ id: made.body.id, position: 3 }),
    );
    expect((await calm('PATCH', path, [{ id: made.body.id, position: 99 }])).body.code).toBe(50013);
    expect((await calm('DELETE', `${path}/${role('Vagrolant')}`)).body.code).toBe(50028);
    expect((await calm('DELETE', `${path}/${made.body.id}`)).status).toBe(204);
    expect((await calm('DELETE', `${path}/${made.body.id}`)).body.code).toBe(10011);
  });
});

test('a timeout puts its member out of voice', async () => {
  const { calm, sandbox, guild, member } = await startRest();
  const hugo = member('hugo.r');
  const since = sandbox.stream.seq;
  const until = new Date(sandbox.world.now() + DAY_MS).toISOString();
  await calm('PATCH', `/guilds/${guild.id}/members/${hugo}`, { communication_disabled_until: until });
  expect(guild.voiceStates.has(hugo)).toBe(false);
  const told = sandbox.stream
    .since(since)
    .flatMap((event) => (event.type === 'world' && event.t === 'VOICE_STATE_UPDATE' ? [event.data] : []));
  expect(told).toMatchObject([{ user_id: hugo, channel_id: null }]);
});
