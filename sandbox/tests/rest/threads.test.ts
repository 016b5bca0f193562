import { ChannelType, GatewayIntentBits, PermissionFlagsBits } from 'discord-api-types/v10';
import { expect, test } from 'vitest';
import { startRest } from './support.ts';

test('thread members: the bot comes and goes, others are brought in and sent out', async () => {
  const rest = await startRest();
  const started = await rest.calm('POST', `/channels/${rest.channel('général').id}/threads`, {
    name: 'fil',
    type: ChannelType.PublicThread,
  });
  const members = `/channels/${started.body.id}/thread-members`;
  const guest = rest.member('ines_b');
  const since = rest.sandbox.stream.seq;
  expect((await rest.calm('PUT', `${members}/${guest}`)).status).toBe(204);
  expect((await rest.calm('PUT', `${members}/${guest}`)).status).toBe(204);
  const ids = async () =>
    (await rest.calm('GET', members)).body.map(({ user_id }: { user_id: string }) => user_id).sort();
  expect(await ids()).toEqual([guest, rest.botId].sort());
  expect((await rest.calm('GET', `${members}/${guest}`)).body.id).toBe(started.body.id);
  expect((await rest.calm('DELETE', `${members}/@me`)).status).toBe(204);
  expect(await ids()).toEqual([guest]);
  expect((await rest.calm('PUT', `${members}/@me`)).status).toBe(204);
  expect((await rest.calm('DELETE', `${members}/${guest}`)).status).toBe(204);
  expect((await rest.calm('GET', `${members}/${guest}`)).body.code).toBe(10007);
  const told = rest.sandbox.stream
    .since(since)
    .flatMap((event) => (event.type === 'world' && event.t === 'THREAD_MEMBERS_UPDATE' ? [event.data] : []));
  expect(told).toMatchObject([
    { member_count: 2, added_members: [{ user_id: guest }] },
    { member_count: 1, removed_member_ids: [rest.botId] },
    { member_count: 2, added_members: [{ user_id: rest.botId }] },
    { member_count: 1, removed_member_ids: [guest] },
  ]);
  await rest.calm('PATCH', `/channels/${started.body.id}`, { archived: true });
  expect((await rest.calm('PUT', `${members}/${guest}`)).body.code).toBe(50083);
});

test('thread members: not of a channel; the list asks for the GUILD_MEMBERS intent', async () => {
  const rest = await startRest();
  const { id } = rest.channel('général');
  expect((await rest.calm('PUT', `/channels/${id}/thread-members/@me`)).body.code).toBe(50024);
  const started = await rest.calm('POST', `/channels/${id}/threads`, { name: 'fil', type: 11 });
  rest.sandbox.weather.allowedIntents &= ~GatewayIntentBits.GuildMembers;
  expect((await rest.calm('GET', `/channels/${started.body.id}/thread-members`)).body.code).toBe(50001);
});

test('a thread of one’s own: its slowmode and its lock are moderators’; locked, it is closed to all others', async () => {
  const rest = await startRest();
  const started = await rest.calm('POST', `/channels/${rest.channel('général').id}/threads`, {
    name: 'fil',
    type: ChannelType.PublicThread,
  });
  const path = `/channels/${started.body.id}`;
  const [kept, gone] = [
    (await rest.calm('POST', `${path}/messages`, { content: 'un' })).body.id,
    (await rest.calm('POST', `${path}/messages`, { content: 'deux' })).body.id,
  ];
  const role = [...rest.guild.roles.values()].find((one) => one.tags?.bot_id === rest.botId)!;
  const without = (taken: bigint) =>
    rest.sandbox.world.roles.edit(
      rest.guild,
      role.id,
      { permissions: (BigInt(role.permissions) & ~taken).toString() },
      { userId: rest.guild.ownerId },
    );
  without(PermissionFlagsBits.ManageThreads);
  const refused = async (method: string, below: string, body?: object) =>
    (await rest.calm(method, path + below, body)).body?.code;
  expect(await refused('PATCH', '', { rate_limit_per_user: 5 })).toBe(50013);
  expect(await refused('PATCH', '', { name: 'autre' })).toBeUndefined();
  const owner = { userId: rest.guild.ownerId };
  const set = (thread_metadata: object) =>
    rest.sandbox.world.threads.edit(started.body.id, { thread_metadata }, owner);

  set({ locked: true });
  expect(await refused('POST', '/messages', { content: 'trois' })).toBe(160005);
  expect(await refused('PATCH', `/messages/${kept}`, { content: 'trois' })).toBe(160005);
  expect(await refused('DELETE', `/messages/${gone}`)).toBeUndefined();
  set({ archived: true });
  expect(await refused('DELETE', `/messages/${kept}`)).toBe(160005);
  expect(await refused('POST', '/messages/bulk-delete', { messages: [kept, gone] })).toBe(160005);

  set({ archived: true, locked: false });
  const everyone = { id: rest.guild.id, type: 0, allow: '0', deny: String(1n << 38n) };
  rest.sandbox.world.channels.setOverwrite(rest.channel('général').id, everyone, owner);
  expect(await refused('PATCH', '', { archived: false })).toBe(50013);
});
