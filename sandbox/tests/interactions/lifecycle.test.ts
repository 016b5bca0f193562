import { describe, expect, test } from 'vitest';
import { type Any, PING, useBot } from './support.ts';

let now = Date.now();
const bot = useBot({ now: () => now });
const button = (customId: string, more: object = {}) => ({
  type: 2,
  style: 1,
  label: 'Oui',
  custom_id: customId,
  ...more,
});
const row = (...components: object[]) => ({ type: 1, components });

describe('invocation', () => {
  test('carries who, where, what may be done and what is resolved', async () => {
    const [command] = await bot.register({
      name: 'salon',
      description: 'x',
      options: [
        {
          type: 1,
          name: 'ouvrir',
          description: 'x',
          options: [
            { type: 6, name: 'membre', description: 'x', required: true },
            { type: 7, name: 'lieu', description: 'x', channel_types: [2] },
            { type: 4, name: 'places', description: 'x', min_value: 1 },
            { type: 5, name: 'discret', description: 'x' },
          ],
        },
      ],
    });
    const { interaction, outcome } = await bot.run('salon', {
      subcommand: 'ouvrir',
      options: { membre: bot.it.member, lieu: bot.it.voice.id, places: 4, discret: true },
      locale: 'en-US',
    });
    expect(interaction).toMatchObject({
      type: 2,
      version: 1,
      application_id: bot.it.world.application.id,
      guild_id: bot.it.guild.id,
      channel_id: bot.it.text.id,
      channel: { id: bot.it.text.id, type: 0, permissions: expect.stringMatching(/^\d+$/) },
      locale: 'en-US',
      guild_locale: 'fr',
      context: 0,
      authorizing_integration_owners: { '0': bot.it.guild.id },
      member: { user: { id: bot.it.member, username: 'camille' } },
      data: {
        id: command.id,
        name: 'salon',
        type: 1,
        guild_id: bot.it.guild.id,
        options: [
          {
            type: 1,
            name: 'ouvrir',
            options: [
              { type: 6, name: 'membre', value: bot.it.member },
              { type: 7, name: 'lieu', value: bot.it.voice.id },
              { type: 4, name: 'places', value: 4 },
              { type: 5, name: 'discret', value: true },
            ],
          },
        ],
      },
    });
    const { world, guild, text, member } = bot.it;
    const permissions = (id: string) => world.permissions.inChannel(guild, text, id).toString();
    expect(interaction.member.permissions).toBe(permissions(member));
    expect(interaction.app_permissions).toBe(permissions(world.bot.id));
    const { resolved } = interaction.data;
    expect(resolved.users[member]).toMatchObject({ id: member });
    expect(resolved.members[member]).toMatchObject({ permissions: expect.any(String) });
    for (const key of ['user', 'deaf', 'mute']) expect(resolved.members[member]).not.toHaveProperty(key);
    expect(resolved.channels[bot.it.voice.id]).toMatchObject({
      type: 2,
      app_permissions: expect.any(String),
    });
    for (const key of ['bitrate', 'user_limit', 'rtc_region', 'permission_overwrites'])
      expect(resolved.channels[bot.it.voice.id]).not.toHaveProperty(key);
    expect(interaction.channel).not.toHaveProperty('permission_overwrites');
    expect(interaction).not.toHaveProperty('user');
    await bot.callback(interaction, { type: 4, data: { content: 'ok' } });
    await outcome;
  });

  test('options are held to their declaration', async () => {
    await bot.register({
      name: 'essai',
      description: 'x',
      options: [
        { type: 3, name: 'mot', description: 'x', required: true, min_length: 2, max_length: 4 },
        { type: 3, name: 'couleur', description: 'x', choices: [{ name: 'Bleu', value: 'bleu' }] },
        { type: 4, name: 'nombre', description: 'x', max_value: 3 },
        { type: 7, name: 'lieu', description: 'x', channel_types: [2] },
      ],
    });
    for (const options of [
      {},
      { mot: 'x' },
      { mot: 'xxxxx' },
      { mot: 'xx', couleur: 'rouge' },
      { mot: 'xx', nombre: 4 },
      { mot: 'xx', nombre: 1.5 },
      { mot: 'xx', lieu: bot.it.text.id },
      { mot: 'xx', inconnu: 1 },
    ]) {
      await expect(
        bot.run('essai', { options }).then((run) => run.outcome),
        JSON.stringify(options),
      ).rejects.toMatchObject({
        status: 400,
      });
    }
  });

  test('default_member_permissions and channel permissions decide who may', async () => {
    await bot.register(
      { name: 'admin', description: 'x', default_member_permissions: '0' },
      { name: 'moderer', description: 'x', default_member_permissions: String(1 << 13) },
    );
    const refusal = (name: string) =>
      expect(bot.run(name).then((run) => run.outcome)).rejects.toMatchObject({ status: 403 });
    await refusal('admin');
    await refusal('moderer');
    const role = await bot.it.control.people('create-role', {
      guildId: bot.it.guild.id,
      role: { name: 'Modération', permissions: String(1 << 13) },
    });
    await bot.it.control.people('set-member-roles', {
      guildId: bot.it.guild.id,
      userId: bot.it.member,
      roles: [role.id],
    });
    await refusal('admin');
    const { interaction, outcome } = await bot.run('moderer');
    await bot.callback(interaction, { type: 4, data: { content: 'ok' } });
    expect((await outcome).callbackType).toBe(4);
    const { interaction: byOwner, outcome: ownersOutcome } = await bot.run('admin', {
      userId: bot.it.guild.ownerId,
    });
    await bot.callback(byOwner, { type: 4, data: { content: 'ok' } });
    await ownersOutcome;
    await expect(bot.run('inconnu').then((run) => run.outcome)).rejects.toMatchObject({ status: 404 });
  });

  test('user and message commands carry their target', async () => {
    await bot.register({ name: 'Profil', type: 2 }, { name: 'Signaler', type: 3 });
    const user = await bot.run('Profil', { target: bot.it.guild.ownerId });
    expect(user.interaction.data).toMatchObject({
      type: 2,
      target_id: bot.it.guild.ownerId,
      resolved: { users: { [bot.it.guild.ownerId]: { id: bot.it.guild.ownerId } } },
    });
    await bot.callback(user.interaction, { type: 4, data: { content: 'ok' } });
    expect((await user.outcome).message.type).toBe(23);
    const written = { channelId: bot.it.text.id, userId: bot.it.member, content: 'un secret' };
    const { messageId } = await bot.it.control.people('write', written);
    const message = await bot.run('Signaler', { target: messageId });
    // The target of a message command keeps its content whatever the intents.
    expect(message.interaction.data.resolved.messages[messageId].content).toBe('un secret');
    await bot.callback(message.interaction, { type: 4, data: { content: 'ok' } });
    await message.outcome;
  });

  test('global commands work in a direct message, guild commands do not', async () => {
    const app = bot.it.world.application.id;
    await bot.it.call('POST', `/applications/${app}/commands`, PING);
    await bot.register({ name: 'ici', description: 'x' });
    const dm = bot.it.world.openDm(bot.it.member);
    await expect(bot.run('ici', { channelId: dm.id }).then((run) => run.outcome)).rejects.toMatchObject({
      status: 404,
    });
    const { interaction, outcome } = await bot.run('ping', { channelId: dm.id });
    expect(interaction).toMatchObject({ user: { id: bot.it.member }, context: 1, channel_id: dm.id });
    expect(interaction).not.toHaveProperty('member');
    expect(interaction).not.toHaveProperty('guild_id');
    await bot.callback(interaction, { type: 4, data: { content: 'ok' } });
    await outcome;
  });
});

describe('callback', () => {
  test('a message: 204, or with_response the whole; shown in the channel and dispatched', async () => {
    await bot.register(PING);
    const first = await bot.run('ping');
    expect(await bot.callback(first.interaction, { type: 4, data: { content: 'Pong' } })).toEqual({
      status: 204,
    });
    const outcome = await first.outcome;
    expect(outcome).toMatchObject({
      interactionId: first.interaction.id,
      callbackType: 4,
      message: {
        content: 'Pong',
        type: 20,
        author: { id: bot.it.world.bot.id },
        webhook_id: bot.it.world.application.id,
        interaction_metadata: { id: first.interaction.id, type: 2, user: { id: bot.it.member } },
      },
    });
    expect((await bot.client.dispatch('MESSAGE_CREATE')).d).toMatchObject({
      id: outcome.message.id,
      content: 'Pong',
    });
    const second = await bot.run('ping');
    const { status, body } = await bot.callback(
      second.interaction,
      { type: 4, data: { content: 'x' } },
      '?with_response=true',
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      interaction: {
        id: second.interaction.id,
        type: 2,
        response_message_id: body.resource.message.id,
        response_message_loading: false,
        response_message_ephemeral: false,
      },
      resource: { type: 4, message: { content: 'x' } },
    });
  });

  test('a second answer is 40060, a late one 10062, a stranger 10062', async () => {
    await bot.register(PING);
    const { interaction } = await bot.run('ping');
    const answer = { type: 4, data: { content: 'x' } };
    expect((await bot.callback(interaction, answer)).status).toBe(204);
    expect(await bot.callback(interaction, answer)).toMatchObject({ status: 400, body: { code: 40060 } });
    const late = await bot.run('ping');
    now += 3001;
    expect(await bot.callback(late.interaction, answer)).toMatchObject({
      status: 404,
      body: { code: 10062 },
    });
    expect(await bot.callback({ ...late.interaction, token: 'x' }, answer)).toMatchObject({
      body: { code: 10062 },
    });
    expect(await bot.callback({ ...late.interaction, id: bot.it.member }, answer)).toMatchObject({
      body: { code: 10062 },
    });
  });

  test('each kind of interaction takes its own kinds of answer', async () => {
    await bot.register(PING);
    const { interaction } = await bot.run('ping');
    for (const type of [1, 6, 8, 99]) {
      expect(await bot.callback(interaction, { type, data: {} }), String(type)).toMatchObject({
        status: 400,
        body: { code: 50035, errors: { type: { _errors: [{ code: 'BASE_TYPE_CHOICES' }] } } },
      });
    }
    // A refused answer leaves the interaction open.
    expect((await bot.callback(interaction, { type: 4, data: { content: 'x' } })).status).toBe(204);
    const { interaction: other } = await bot.run('ping');
    expect(await bot.callback(other, {})).toMatchObject({
      body: { errors: { type: { _errors: [{ code: 'BASE_TYPE_REQUIRED' }] } } },
    });
  });

  test('messages are held to the limits, with the path below data', async () => {
    await bot.register(PING);
    const answer = async (data: object) => {
      const { interaction } = await bot.run('ping');
      return bot.callback(interaction, { type: 4, data });
    };
    expect(await answer({ content: '' })).toMatchObject({ status: 400, body: { code: 50006 } });
    expect(await answer({ content: 'x'.repeat(2001) })).toMatchObject({
      body: { code: 50035, errors: { data: { content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } } },
    });
    const twice = await answer({ content: 'x', components: [row(button('a'), button('a'))] });
    expect(twice.body.errors.data.components[0].components[1].custom_id._errors[0].code).toBe(
      'COMPONENT_CUSTOM_ID_DUPLICATED',
    );
    const v2 = 1 << 15;
    const mixed = await answer({ content: 'x', flags: v2, components: [{ type: 10, content: 'y' }] });
    expect(mixed.body.errors.data.content._errors[0].code).toBe(
      'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
    );
    const many = await answer({
      flags: v2,
      components: Array.from({ length: 41 }, () => ({ type: 10, content: 'y' })),
    });
    expect(many.status).toBe(400);
    const legacy = await answer({ content: 'x', components: [{ type: 10, content: 'y' }] });
    expect(legacy.status).toBe(400);
    expect(
      (await answer({ flags: v2, components: [{ type: 17, components: [{ type: 10, content: 'y' }] }] }))
        .status,
    ).toBe(204);
  });

  test('the body of every kind of answer is held to the official schema', async () => {
    await bot.register(PING);
    const { interaction } = await bot.run('ping');
    const refused = async (body: object) => {
      const answer = await bot.callback(interaction, body);
      expect(answer.status, JSON.stringify(body)).toBe(400);
      return answer.body.errors.data;
    };
    expect((await refused({ type: 4, data: { embeds: [{ title: {} }] } })).embeds[0].title).toBeDefined();
    expect((await refused({ type: 5, data: { flags: 'x' } })).flags._errors[0].code).toBe(
      'NUMBER_TYPE_COERCE',
    );
    expect((await refused({ type: 9 }))._errors[0].code).toBe('BASE_TYPE_REQUIRED');
    expect((await refused({ type: 9, data: { title: 'x' } })).custom_id._errors[0].code).toBe(
      'BASE_TYPE_REQUIRED',
    );
    // Of the flags of a deferral EPHEMERAL counts, the others are no mistake.
    const deferral = { type: 5, data: { flags: (1 << 15) | 64 } };
    const { body } = await bot.callback(interaction, deferral, '?with_response=true');
    expect(body.resource.message.flags).toBe(64 | 128);
  });

  test('an edit leaves something to be seen, and keeps flags that are none of its business', async () => {
    await bot.register(PING);
    const { interaction } = await bot.run('ping');
    const data = { content: 'x', flags: 64 | (1 << 12) };
    await bot.callback(interaction, { type: 4, data });
    const original = '/messages/@original';
    expect((await bot.webhook('PATCH', interaction, original, { content: '' })).body.code).toBe(50006);
    const edited = await bot.webhook('PATCH', interaction, original, { content: 'y' });
    expect(edited.body).toMatchObject({ content: 'y', flags: data.flags });
  });

  test('an answer pings users alone unless told otherwise', async () => {
    await bot.register(PING);
    const role = await bot.it.control.people('create-role', {
      guildId: bot.it.guild.id,
      role: { name: 'r', mentionable: true },
    });
    const content = `<@${bot.it.member}> <@&${role.id}> @everyone`;
    const { interaction, outcome } = await bot.run('ping');
    await bot.callback(interaction, { type: 4, data: { content } });
    const { message } = await outcome;
    expect([message.mentions.length, message.mention_roles, message.mention_everyone]).toEqual([
      1,
      [],
      false,
    ]);
    const silent = await bot.run('ping');
    await bot.callback(silent.interaction, { type: 4, data: { content, allowed_mentions: { parse: [] } } });
    expect((await silent.outcome).message.mentions).toEqual([]);
  });
});

describe('deferral', () => {
  test('thinking, then filled by @original; waitForFinal waits for it', async () => {
    await bot.register(PING);
    const { interaction, outcome } = await bot.run('ping', { waitForFinal: true });
    const { body } = await bot.callback(interaction, { type: 5 }, '?with_response=true');
    expect(body).toMatchObject({
      interaction: { response_message_loading: true },
      resource: { message: { flags: 128 } },
    });
    expect((await bot.webhook('GET', interaction, '/messages/@original')).body).toMatchObject({
      content: '',
      flags: 128,
    });
    const edited = await bot.webhook('PATCH', interaction, '/messages/@original', { content: 'fini' });
    expect(edited).toMatchObject({
      status: 200,
      body: { content: 'fini', flags: 0, edited_timestamp: null },
    });
    expect(await outcome).toMatchObject({ callbackType: 5, message: { content: 'fini' } });
    const again = await bot.webhook('PATCH', interaction, '/messages/@original', { content: 'encore' });
    expect(again.body.edited_timestamp).not.toBeNull();
  });

  test('the first follow-up fills the placeholder and its own flags do not count', async () => {
    await bot.register(PING);
    const { interaction } = await bot.run('ping');
    const { body } = await bot.callback(
      interaction,
      { type: 5, data: { flags: 64 | 4 } },
      '?with_response=true',
    );
    expect(body.resource.message.flags).toBe(64 | 128);
    const first = await bot.webhook('POST', interaction, '', { content: 'un' });
    expect(first.body).toMatchObject({ id: body.resource.message.id, content: 'un', flags: 64 });
    const second = await bot.webhook('POST', interaction, '', { content: 'deux' });
    expect(second.body.id).not.toBe(first.body.id);
    expect(second.body.flags).toBe(0);
  });

  test('without an answer the outcome says so after the time given', async () => {
    const brief = await import('../gateway/support.ts').then(({ startFixture }) =>
      startFixture({ interactionLimits: { initialMs: 20 } }),
    );
    const app = brief.world.application.id;
    await brief.call('POST', `/applications/${app}/commands`, PING);
    const outcome = await brief.control.people('command', {
      channelId: brief.text.id,
      userId: brief.member,
      name: 'ping',
    });
    expect(outcome.callbackType).toBeNull();
    const expired = await brief.control.waitFor(
      (event) => event.type === 'interaction' && event.what === 'expired',
    );
    expect(expired).toMatchObject({ interactionId: outcome.interactionId, userId: brief.member });
    await brief.close();
  });
});

describe('follow-ups', () => {
  test('are made, read, changed and deleted by the token, with no Authorization', async () => {
    await bot.register(PING);
    const { interaction } = await bot.run('ping');
    await bot.callback(interaction, { type: 4, data: { content: 'un' } });
    const { status, body: message } = await bot.webhook('POST', interaction, '', { content: 'deux' });
    expect(status).toBe(200);
    const path = `/messages/${message.id}`;
    expect((await bot.webhook('GET', interaction, path)).body.content).toBe('deux');
    expect((await bot.webhook('PATCH', interaction, path, { content: 'trois' })).body.content).toBe('trois');
    expect((await bot.webhook('DELETE', interaction, path)).status).toBe(204);
    expect(await bot.webhook('GET', interaction, path)).toMatchObject({ status: 404, body: { code: 10008 } });
    expect((await bot.webhook('DELETE', interaction, '/messages/@original')).status).toBe(204);
    expect(await bot.it.control.messages(bot.it.text.id)).toEqual([]);
  });

  test('may be for one person alone', async () => {
    await bot.register(PING);
    const { interaction } = await bot.run('ping');
    await bot.callback(interaction, { type: 4, data: { content: 'un' } });
    const { body } = await bot.webhook('POST', interaction, '', { content: 'deux', flags: 64 });
    expect(body.flags).toBe(64);
    const contents = async (as: string) =>
      (await bot.it.control.messages(bot.it.text.id, { as })).map(({ content }) => content);
    expect(await contents(bot.it.member)).toEqual(['un', 'deux']);
    expect(await contents(bot.it.guild.ownerId)).toEqual(['un']);
    const edited = await bot.webhook('PATCH', interaction, `/messages/${body.id}`, { content: 'trois' });
    expect(edited.body).toMatchObject({ content: 'trois', flags: 64 });
  });

  test('other messages are out of reach', async () => {
    await bot.register(PING);
    const { interaction } = await bot.run('ping');
    await bot.callback(interaction, { type: 4, data: { content: 'un' } });
    const { body: own } = await bot.it.call('POST', `/channels/${bot.it.text.id}/messages`, { content: 'x' });
    expect(await bot.webhook('PATCH', interaction, `/messages/${own.id}`, { content: 'y' })).toMatchObject({
      body: { code: 10008 },
    });
  });

  test('10015 before the first answer and for another application, 50027 after 15 minutes', async () => {
    await bot.register(PING);
    const { interaction } = await bot.run('ping');
    const follow = (of: Any) => bot.webhook('POST', of, '', { content: 'x' });
    expect(await follow(interaction)).toMatchObject({ status: 404, body: { code: 10015 } });
    await bot.callback(interaction, { type: 4, data: { content: 'un' } });
    expect(await follow({ ...interaction, application_id: bot.it.member })).toMatchObject({
      body: { code: 10015 },
    });
    now += 15 * 60_000;
    expect((await follow(interaction)).status).toBe(200);
    now += 1;
    expect(await follow(interaction)).toMatchObject({ status: 401, body: { code: 50027 } });
  });
});

describe('ephemeral messages', () => {
  test('only their person sees them, and no event tells of them', async () => {
    await bot.register(PING);
    const { interaction, outcome } = await bot.run('ping');
    await bot.callback(interaction, {
      type: 4,
      data: { content: 'pour toi', flags: 64, components: [row(button('a'))] },
    });
    const { message } = await outcome;
    expect(message).toMatchObject({ flags: 64, ephemeralFor: bot.it.member });
    const seen = async (as?: string) =>
      (await bot.it.control.messages(bot.it.text.id, as ? { as } : {})).length;
    expect([await seen(bot.it.member), await seen(bot.it.guild.ownerId), await seen()]).toEqual([1, 0, 0]);
    expect((await bot.it.call('GET', `/channels/${bot.it.text.id}/messages/${message.id}`)).body.code).toBe(
      10008,
    );
    await bot.client.settle();
    expect(bot.client.named('MESSAGE_CREATE')).toEqual([]);
    const on = { channelId: bot.it.text.id, messageId: message.id, customId: 'a' };
    await expect(
      bot.it.control.people('click', { ...on, userId: bot.it.guild.ownerId }),
    ).rejects.toMatchObject({ status: 404 });
    const click = bot.it.control.people('click', { ...on, userId: bot.it.member });
    const clicked = await bot.next();
    expect(clicked.message).toMatchObject({ id: message.id, flags: 64 });
    expect(clicked.message).not.toHaveProperty('ephemeralFor');
    await bot.callback(clicked, { type: 7, data: { content: 'changé', components: [] } });
    expect((await click).message).toMatchObject({ content: 'changé', flags: 64 });
  });
});
