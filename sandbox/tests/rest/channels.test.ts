import { ChannelType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import { describe, expect, test } from 'vitest';
import { startRest } from './support.ts';

const own = (id: string, allow: bigint, deny = 0n) => ({
  id,
  type: 1,
  allow: allow.toString(),
  deny: deny.toString(),
});

describe('who may', () => {
  test('a hidden channel is 50001, and is left out of the list', async () => {
    const { call, guild, channel } = await startRest();
    const { id } = channel('coulisses');
    expect(await call('GET', `/channels/${id}`)).toMatchObject({ status: 403, body: { code: 50001 } });
    expect(await call('PATCH', `/channels/${id}`, { name: 'x' })).toMatchObject({
      status: 403,
      body: { code: 50001 },
    });
    const { body } = await call('GET', `/guilds/${guild.id}/channels`);
    expect(body.map((one: { id: string }) => one.id)).not.toContain(id);
    expect(body).toHaveLength(guild.channels.size - 1);
  });

  test('a hidden category counts as seen through a channel in it', async () => {
    const { call, guild, sandbox, channel, botId } = await startRest();
    const { id } = channel('Discussion');
    const actor = { userId: guild.ownerId };
    sandbox.world.channels.setOverwrite(
      id,
      { id: guild.id, type: 0, allow: '0', deny: P.ViewChannel.toString() },
      actor,
    );
    const listed = async () =>
      (await call('GET', `/guilds/${guild.id}/channels`)).body.map((one: { id: string }) => one.id);
    expect(await listed()).toContain(id);
    for (const child of guild.channels.values()) {
      if (child.parent_id !== id) continue;
      sandbox.world.channels.setOverwrite(child.id, own(botId, 0n, P.ViewChannel), actor);
    }
    expect(await listed()).not.toContain(id);
  });

  test('a channel of a guild without the bot is 50001 as well', async () => {
    const { call, sandbox, guild, channel } = await startRest();
    const { id } = channel('général');
    sandbox.world.guilds.removeBot(guild);
    expect((await call('GET', `/channels/${id}`)).body.code).toBe(50001);
    expect((await call('GET', `/guilds/${guild.id}`)).body.code).toBe(10004);
  });

  test('CONNECT denied takes MANAGE_CHANNELS along', async () => {
    const { call, sandbox, guild, channel } = await startRest();
    const { id } = channel('Duo');
    const deny = P.Connect.toString();
    sandbox.world.channels.setOverwrite(
      id,
      { id: guild.id, type: 0, allow: '0', deny },
      { userId: guild.ownerId },
    );
    expect((await call('DELETE', `/channels/${id}`)).body.code).toBe(50013);
  });

  test("a community's channels cannot be deleted", async () => {
    const { call, channel } = await startRest();
    expect(await call('DELETE', `/channels/${channel('règlement').id}`)).toMatchObject({
      status: 400,
      body: { code: 50074 },
    });
  });
});

describe('creation', () => {
  test('201, defaults filled in, names as the type wants them', async () => {
    const { call, guild, channel } = await startRest();
    const parent_id = channel('Salons vocaux').id;
    const voice = await call('POST', `/guilds/${guild.id}/channels`, {
      name: 'Salon de Léa',
      type: 2,
      parent_id,
      user_limit: 5,
    });
    expect(voice).toMatchObject({
      status: 201,
      body: { name: 'Salon de Léa', type: 2, parent_id, user_limit: 5, bitrate: 64_000, rtc_region: null },
    });
    const text = await call('POST', `/guilds/${guild.id}/channels`, { name: 'Le Coin Lecture' });
    expect(text.body).toMatchObject({
      name: 'le-coin-lecture',
      type: 0,
      topic: null,
      nsfw: false,
      last_message_id: null,
    });
  });

  test('the reason goes to the audit log', async () => {
    const { call, guild } = await startRest();
    const { body } = await call(
      'POST',
      `/guilds/${guild.id}/channels`,
      { name: 'x' },
      { 'x-audit-log-reason': encodeURIComponent('salon créé') },
    );
    const log = await call('GET', `/guilds/${guild.id}/audit-logs?action_type=10&limit=1`);
    expect(log.body.audit_log_entries).toMatchObject([
      { target_id: body.id, reason: 'salon créé', action_type: 10 },
    ]);
  });

  test('50074 and 30013 are told', async () => {
    const { call, sandbox, guild } = await startRest();
    while (guild.channels.size < 500)
      sandbox.world.channels.create(guild, { name: 'x' }, { userId: guild.ownerId });
    expect(await call('POST', `/guilds/${guild.id}/channels`, { name: 'x' })).toMatchObject({
      status: 400,
      body: { code: 30013 },
    });
  });
});

describe('overwrites', () => {
  test('on creation: only bits that the bot holds, and never MANAGE_ROLES', async () => {
    const { calm, guild, botId } = await startRest();
    const create = (allow: bigint, deny = 0n) =>
      calm('POST', `/guilds/${guild.id}/channels`, {
        name: 'x',
        type: 2,
        permission_overwrites: [own(botId, allow, deny)],
      });
    expect((await create(P.Connect | P.ManageChannels)).status).toBe(201);
    expect((await create(P.ManageWebhooks)).body.code).toBe(50013);
    expect((await create(0n, P.ManageGuild)).body.code).toBe(50013);
    expect((await create(P.ManageRoles)).body.code).toBe(50013);
  });

  test('ids may be numbers, to the last digit', async () => {
    const { call, guild, botId } = await startRest();
    const body = `{"name":"x","permission_overwrites":[{"id":${botId},"type":1,"allow":1024,"deny":"0"}]}`;
    const { status, body: made } = await call('POST', `/guilds/${guild.id}/channels`, body);
    expect(status).toBe(201);
    expect(made.permission_overwrites).toEqual([own(botId, P.ViewChannel)]);
  });

  test('PUT replaces one as a whole; DELETE takes it away', async () => {
    const { calm, guild, channel } = await startRest();
    const { id } = channel('ressources');
    const path = `/channels/${id}/permissions/${guild.id}`;
    expect((await calm('PUT', path, { type: 0, allow: '1024', deny: '2048' })).status).toBe(204);
    expect((await calm('PUT', path, { type: 0, allow: '64' })).status).toBe(204);
    expect(channel('ressources').permission_overwrites).toEqual([
      { id: guild.id, type: 0, allow: '64', deny: '0' },
    ]);
    expect((await calm('DELETE', path)).status).toBe(204);
    expect(channel('ressources').permission_overwrites).toEqual([]);
    expect(await calm('DELETE', path)).toMatchObject({ status: 404, body: { code: 10009 } });
    expect((await calm('PUT', `/channels/${id}/permissions/1`, { type: 0 })).body.code).toBe(10009);
  });

  test('bits that the bot lacks stay closed to it, unless an overwrite gives it MANAGE_ROLES', async () => {
    const { calm, sandbox, guild, channel, botId } = await startRest();
    const { id } = channel('ressources');
    const path = `/channels/${id}/permissions/${guild.id}`;
    const body = { type: 0, deny: P.ManageWebhooks.toString() };
    expect((await calm('PUT', path, body)).body.code).toBe(50013);
    const overwrite = own(botId, P.ManageRoles);
    sandbox.world.channels.setOverwrite(id, overwrite, { userId: guild.ownerId });
    expect((await calm('PUT', path, body)).status).toBe(204);
  });

  test('PATCH replaces the list; what stays as it was needs no permission', async () => {
    const { calm, sandbox, guild, channel, role } = await startRest();
    const { id } = channel('ressources');
    const foreign = { id: role('Modération'), type: 0, allow: P.ManageWebhooks.toString(), deny: '0' };
    sandbox.world.channels.setOverwrite(id, foreign, { userId: guild.ownerId });
    const added = { id: guild.id, type: 0, allow: '0', deny: P.AddReactions.toString() };
    expect((await calm('PATCH', `/channels/${id}`, { permission_overwrites: [foreign, added] })).status).toBe(
      200,
    );
    expect(channel('ressources').permission_overwrites).toEqual([foreign, added]);
    expect((await calm('PATCH', `/channels/${id}`, { permission_overwrites: [added] })).body.code).toBe(
      50013,
    );
  });

  test("lock_permissions takes over the category's", async () => {
    const { calm, guild, channel } = await startRest();
    const parent = channel('Accueil');
    await calm('PUT', `/channels/${parent.id}/permissions/${guild.id}`, { type: 0, deny: '64' });
    const moves = [{ id: channel('ressources').id, parent_id: parent.id, lock_permissions: true }];
    expect((await calm('PATCH', `/guilds/${guild.id}/channels`, moves)).status).toBe(204);
    expect(channel('ressources')).toMatchObject({
      parent_id: parent.id,
      permission_overwrites: [{ id: guild.id, deny: '64' }],
    });
  });
});

describe('voice', () => {
  test('the status needs a voice channel and, from outside, MANAGE_CHANNELS', async () => {
    const { calm, sandbox, guild, channel, botId } = await startRest();
    expect(
      (await calm('PUT', `/channels/${channel('général').id}/voice-status`, { status: 'x' })).body.code,
    ).toBe(50024);
    const { id } = channel('Duo');
    expect((await calm('PUT', `/channels/${id}/voice-status`, { status: 'x'.repeat(501) })).body.code).toBe(
      50035,
    );
    expect((await calm('PUT', `/channels/${id}/voice-status`, { status: 'à deux' })).status).toBe(204);
    expect(guild.voiceStatuses.get(id)).toBe('à deux');
    const without = own(botId, 0n, P.ManageChannels);
    sandbox.world.channels.setOverwrite(id, without, { userId: guild.ownerId });
    expect((await calm('PUT', `/channels/${id}/voice-status`, { status: 'x' })).body.code).toBe(50013);
    sandbox.world.voice.join(guild, channel('Duo'), botId);
    expect((await calm('PUT', `/channels/${id}/voice-status`, { status: null })).status).toBe(204);
    expect(guild.voiceStatuses.has(id)).toBe(false);
  });

  test('a type only turns between text and announcements', async () => {
    const { calm, channel } = await startRest();
    const convert = (name: string, type: ChannelType) =>
      calm('PATCH', `/channels/${channel(name).id}`, { type });
    expect((await convert('général', ChannelType.GuildAnnouncement)).body.type).toBe(5);
    expect((await convert('Duo', ChannelType.GuildText)).body.code).toBe(50035);
  });
});

describe('positions of many', () => {
  test('one channel changes its category at a time', async () => {
    const { calm, guild, channel } = await startRest();
    const parent_id = channel('Accueil').id;
    const moves = ['général', 'ressources'].map((name) => ({ id: channel(name).id, parent_id }));
    expect(await calm('PATCH', `/guilds/${guild.id}/channels`, moves)).toMatchObject({
      status: 400,
      body: { code: 40009, message: 'Only one channel can have a parent_id modified at a time' },
    });
    expect(channel('général').parent_id).not.toBe(parent_id);
    // The category that it has is no change.
    const [first] = moves;
    const second = { id: channel('ressources').id, parent_id: channel('ressources').parent_id, position: 9 };
    expect((await calm('PATCH', `/guilds/${guild.id}/channels`, [first, second])).status).toBe(204);
    expect(channel('général').parent_id).toBe(parent_id);
  });

  test('who does not manage a channel, or where it goes, gives it a position but no category', async () => {
    const { calm, guild, sandbox, channel, botId } = await startRest();
    const path = `/guilds/${guild.id}/channels`;
    const hidden = channel('coulisses').id;
    expect((await calm('PATCH', path, [{ id: hidden, position: 7 }])).status).toBe(204);
    const into = (id: string) => calm('PATCH', path, [{ id, parent_id: channel('Accueil').id }]);
    expect(await into(hidden)).toMatchObject({ status: 403, body: { code: 50001 } });
    const overwrite = own(botId, 0n, P.ManageChannels);
    sandbox.world.channels.setOverwrite(channel('Accueil').id, overwrite, { userId: guild.ownerId });
    expect(await into(channel('ressources').id)).toMatchObject({ status: 403, body: { code: 50001 } });
  });
});

test('a channel has a thousand overwrites at most', async () => {
  const { calm, guild, sandbox, channel, member } = await startRest();
  const { id } = channel('général');
  const permission_overwrites = Array.from({ length: 1000 }, (_, n) =>
    own(String(10n ** 17n + BigInt(n)), 0n),
  );
  sandbox.world.channels.edit(id, { permission_overwrites }, { userId: guild.ownerId });
  const put = (who: string) =>
    calm('PUT', `/channels/${id}/permissions/${who}`, { type: 1, allow: '0', deny: '0' });
  expect(await put(member('ines_b'))).toMatchObject({ status: 400, body: { code: 30060 } });
});
