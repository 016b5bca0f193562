import { describe, expect, test } from 'vitest';
import { type Any, PING, useBot } from './support.ts';

/** The sandbox's clock stands still: a slow machine makes no answer late. */
const NOW = Date.UTC(2026, 10, 21);
const bot = useBot({ now: () => NOW });
const row = (...components: object[]) => ({ type: 1, components });
const button = (customId: string, more: object = {}) => ({
  type: 2,
  style: 1,
  label: 'x',
  custom_id: customId,
  ...more,
});

async function post(components: object[], more: object = {}): Promise<Any> {
  const { status, body } = await bot.it.call('POST', `/channels/${bot.it.text.id}/messages`, {
    content: 'choisis',
    components,
    ...more,
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const on = (message: Any, customId: string) => ({
  channelId: bot.it.text.id,
  messageId: message.id as string,
  userId: bot.it.member,
  customId,
});

describe('buttons', () => {
  test('a click carries the message; 7 changes it, 6 leaves it to @original', async () => {
    const message = await post([row(button('compter'))]);
    const click = bot.it.control.people('click', on(message, 'compter'));
    const interaction = await bot.next();
    expect(interaction).toMatchObject({
      type: 3,
      data: { component_type: 2, custom_id: 'compter', id: message.components[0].components[0].id },
      message: { id: message.id, content: 'choisis' },
    });
    await bot.callback(interaction, { type: 7, data: { content: 'un' } });
    expect(await click).toMatchObject({ callbackType: 7, message: { id: message.id, content: 'un' } });
    expect((await bot.client.dispatch('MESSAGE_UPDATE')).d).toMatchObject({ id: message.id, content: 'un' });

    const second = bot.it.control.people('click', on(message, 'compter'));
    const deferred = await bot.next();
    await bot.callback(deferred, { type: 6 });
    expect(await second).toMatchObject({ callbackType: 6 });
    const edited = await bot.webhook('PATCH', deferred, '/messages/@original', { content: 'deux' });
    expect(edited.body).toMatchObject({ id: message.id, content: 'deux' });
  });

  test('4 answers with a reply to the message', async () => {
    const message = await post([row(button('a'))]);
    const click = bot.it.control.people('click', on(message, 'a'));
    await bot.callback(await bot.next(), { type: 4, data: { content: 'vu' } });
    expect((await click).message).toMatchObject({
      type: 19,
      message_reference: { message_id: message.id },
      interaction_metadata: { type: 3, interacted_message_id: message.id },
    });
  });

  test('what cannot be clicked cannot be clicked', async () => {
    const message = await post([
      row(button('eteint', { disabled: true }), {
        type: 2,
        style: 5,
        label: 'x',
        url: 'https://example.org',
      }),
      row({ type: 5, custom_id: 'liste' }),
    ]);
    const refusal = (body: ReturnType<typeof on>) =>
      bot.it.control.people('click', body).then(
        () => null,
        (error: { status: number }) => error.status,
      );
    expect(await refusal(on(message, 'eteint'))).toBe(403);
    expect(await refusal(on(message, 'liste'))).toBe(400);
    expect(await refusal(on(message, 'nulle-part'))).toBe(404);
    expect(await refusal(on({ id: '999999999999999999' }, 'eteint'))).toBe(404);
    const { messageId } = await bot.it.control.people('write', {
      channelId: bot.it.text.id,
      userId: bot.it.member,
      content: 'sans bouton',
    });
    expect(await refusal(on({ id: messageId }, 'eteint'))).toBe(400);
  });

  test('a button deep in components v2', async () => {
    const message = await post(
      [
        {
          type: 17,
          components: [
            { type: 9, components: [{ type: 10, content: 'texte' }], accessory: button('accessoire') },
            row(button('dedans')),
          ],
        },
      ],
      { content: undefined, flags: 1 << 15 },
    );
    for (const customId of ['accessoire', 'dedans']) {
      const click = bot.it.control.people('click', on(message, customId));
      const interaction = await bot.next();
      expect(interaction.data.custom_id).toBe(customId);
      await bot.callback(interaction, { type: 6 });
      await click;
    }
    const click = bot.it.control.people('click', on(message, 'dedans'));
    const interaction = await bot.next();
    expect((await bot.callback(interaction, { type: 7, data: { content: 'plus de v2' } })).status).toBe(400);
    await bot.callback(interaction, { type: 7, data: { components: [{ type: 10, content: 'fini' }] } });
    expect((await click).message).toMatchObject({
      flags: 1 << 15,
      components: [{ type: 10, content: 'fini' }],
    });
  });
});

describe('select menus', () => {
  const choose = (message: Any, customId: string, values: string[]) =>
    bot.it.control.people('choose', { ...on(message, customId), values });

  test('options by value, within their number', async () => {
    const options = ['a', 'b', 'c'].map((value) => ({ label: value, value }));
    const message = await post([row({ type: 3, custom_id: 'mots', min_values: 1, max_values: 2, options })]);
    for (const values of [[], ['a', 'b', 'c'], ['d'], ['a', 'a']]) {
      await expect(choose(message, 'mots', values), values.join()).rejects.toMatchObject({ status: 400 });
    }
    const outcome = choose(message, 'mots', ['a', 'c']);
    const interaction = await bot.next();
    expect(interaction.data).toMatchObject({ component_type: 3, custom_id: 'mots', values: ['a', 'c'] });
    expect(interaction.data).not.toHaveProperty('resolved');
    await bot.callback(interaction, { type: 6 });
    await outcome;
  });

  test('people, roles and channels are resolved', async () => {
    const role = await bot.it.control.people('create-role', {
      guildId: bot.it.guild.id,
      role: { name: 'r' },
    });
    const message = await post([
      row({ type: 5, custom_id: 'gens' }),
      row({ type: 6, custom_id: 'roles' }),
      row({ type: 7, custom_id: 'tous', max_values: 2 }),
      row({ type: 8, custom_id: 'salons', channel_types: [2] }),
    ]);
    const { member, voice, text } = bot.it;
    for (const [customId, values, kinds] of [
      ['gens', [member], ['users', 'members']],
      ['roles', [role.id], ['roles']],
      ['tous', [member, role.id], ['users', 'members', 'roles']],
      ['salons', [voice.id], ['channels']],
    ] as const) {
      const outcome = choose(message, customId, [...values]);
      const interaction = await bot.next();
      expect(Object.keys(interaction.data.resolved).sort(), customId).toEqual([...kinds].sort());
      await bot.callback(interaction, { type: 6 });
      await outcome;
    }
    await expect(choose(message, 'salons', [text.id])).rejects.toMatchObject({ status: 400 });
  });
});

describe('modals', () => {
  const text = (customId: string, more: object = {}) => ({ type: 4, custom_id: customId, style: 1, ...more });
  const label = (component: object) => ({ type: 18, label: 'Libellé', component });
  const modal = (...components: object[]) => ({
    type: 9,
    data: { custom_id: 'fiche', title: 'Fiche', components },
  });

  async function open(answer: object): Promise<Any> {
    await bot.register(PING);
    const { interaction, outcome } = await bot.run('ping');
    const { status, body } = await bot.callback(interaction, answer);
    expect(status, JSON.stringify(body)).toBe(204);
    return outcome;
  }

  test('are shown, filled and submitted once', async () => {
    const options = ['x', 'y', 'z'].map((value) => ({ label: value, value }));
    const outcome = await open(
      modal(
        { type: 10, content: 'Bonjour' },
        label(text('nom', { min_length: 2, max_length: 10 })),
        label({ type: 3, custom_id: 'choix', options, max_values: 2 }),
        label({ type: 5, custom_id: 'qui', required: false }),
        row(text('ancien', { label: 'Ancien', required: false })),
      ),
    );
    expect(outcome).toMatchObject({ callbackType: 9, modal: { custom_id: 'fiche', title: 'Fiche' } });
    const submit = (values: Record<string, string | string[]>, userId = bot.it.member) =>
      bot.it.control.people('submit-modal', { interactionId: outcome.interactionId, userId, values });
    await expect(submit({ nom: 'x', choix: ['x'] })).rejects.toMatchObject({ status: 400 });
    await expect(submit({ nom: 'abc', choix: ['w'] })).rejects.toMatchObject({ status: 400 });
    await expect(submit({ nom: 'abc', choix: ['x'], inconnu: 'x' })).rejects.toMatchObject({ status: 400 });
    await expect(submit({ nom: 'abc', choix: ['x'] }, bot.it.guild.ownerId)).rejects.toMatchObject({
      status: 404,
    });

    const submitted = submit({ nom: 'Camille', choix: ['x', 'z'], qui: [bot.it.member] });
    const interaction = await bot.next();
    expect(interaction).toMatchObject({
      type: 5,
      data: {
        custom_id: 'fiche',
        components: [
          { type: 10 },
          { type: 18, component: { type: 4, custom_id: 'nom', value: 'Camille' } },
          { type: 18, component: { type: 3, custom_id: 'choix', values: ['x', 'z'] } },
          { type: 18, component: { type: 5, custom_id: 'qui', values: [bot.it.member] } },
          { type: 1, components: [{ type: 4, custom_id: 'ancien', value: '' }] },
        ],
        resolved: { users: { [bot.it.member]: {} } },
      },
    });
    // A modal cannot answer a modal, and without a message there is none to update.
    for (const type of [9, 7, 6])
      expect((await bot.callback(interaction, { type, data: {} })).status).toBe(400);
    await bot.callback(interaction, { type: 4, data: { content: 'merci' } });
    expect((await submitted).message).toMatchObject({
      content: 'merci',
      interaction_metadata: {
        type: 5,
        triggering_interaction_metadata: { type: 2, id: outcome.interactionId },
      },
    });
    await expect(submit({ nom: 'abc', choix: ['x'] })).rejects.toMatchObject({ status: 403 });
  });

  test('radio groups, checkboxes', async () => {
    const options = ['x', 'y'].map((value) => ({ label: value, value }));
    const outcome = await open(
      modal(
        label({ type: 21, custom_id: 'radio', options }),
        label({ type: 22, custom_id: 'cases', options, min_values: 1 }),
        label({ type: 23, custom_id: 'case' }),
      ),
    );
    const submit = (values: Record<string, string | string[]>) =>
      bot.it.control.people('submit-modal', {
        interactionId: outcome.interactionId,
        userId: bot.it.member,
        values,
      });
    await expect(submit({ radio: 'x' })).rejects.toMatchObject({ status: 400 });
    await expect(submit({ cases: ['x'] })).rejects.toMatchObject({ status: 400 });
    const submitted = submit({ radio: 'y', cases: ['x', 'y'], case: 'true' });
    const interaction = await bot.next();
    expect(
      interaction.data.components.map(({ component }: Any) => component.value ?? component.values),
    ).toEqual(['y', ['x', 'y'], true]);
    await bot.callback(interaction, { type: 4, data: { content: 'ok' } });
    await submitted;
  });

  test('from a button, the message comes along and can be updated', async () => {
    const message = await post([row(button('ouvrir'))]);
    const click = bot.it.control.people('click', on(message, 'ouvrir'));
    await bot.callback(await bot.next(), modal(label(text('nom'))));
    const { interactionId } = await click;
    const submitted = bot.it.control.people('submit-modal', {
      interactionId,
      userId: bot.it.member,
      values: { nom: 'x' },
    });
    const interaction = await bot.next();
    expect(interaction.message.id).toBe(message.id);
    await bot.callback(interaction, { type: 7, data: { content: 'rempli' } });
    expect((await submitted).message).toMatchObject({ id: message.id, content: 'rempli' });
  });

  test.each([
    ['no title', { type: 9, data: { custom_id: 'a', components: [label(text('a'))] } }],
    ['no components', modal()],
    ['six components', modal(...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => label(text(id))))],
    ['one custom id twice', modal(label(text('a')), label(text('a')))],
    ['a text input of the old kind without label', modal(row(text('a')))],
    ['a button', modal(row(button('a')))],
    [
      'an option with a word for an emoji',
      modal(
        label({ type: 3, custom_id: 'a', options: [{ label: 'x', value: 'x', emoji: { name: 'tada' } }] }),
      ),
    ],
    ['a disabled component', modal(label({ type: 5, custom_id: 'a', disabled: true }))],
    [
      'an answer that is required, with nothing in it',
      modal(label({ type: 5, custom_id: 'a', min_values: 0 })),
    ],
    [
      'a long title',
      { type: 9, data: { custom_id: 'a', title: 'x'.repeat(46), components: [label(text('a'))] } },
    ],
  ])('%s is refused', async (_, answer) => {
    await bot.register(PING);
    const { interaction } = await bot.run('ping');
    expect(await bot.callback(interaction, answer)).toMatchObject({
      status: 400,
      body: { code: 50035, errors: { data: {} } },
    });
  });
});

describe('autocompletion', () => {
  test('sends what is typed, takes at most 25 choices of the right kind, and leaves no message', async () => {
    await bot.register({
      name: 'musique',
      description: 'x',
      options: [
        { type: 3, name: 'titre', description: 'x', required: true, autocomplete: true },
        { type: 4, name: 'rang', description: 'x', autocomplete: true },
        { type: 5, name: 'vite', description: 'x' },
      ],
    });
    const ask = (focused: string, options: Record<string, string | number | boolean>) =>
      bot.it.control.people('autocomplete', {
        channelId: bot.it.text.id,
        userId: bot.it.member,
        name: 'musique',
        focused,
        options,
      });
    const outcome = ask('titre', { titre: 'la v', vite: true });
    const interaction = await bot.next();
    expect(interaction).toMatchObject({
      type: 4,
      data: {
        options: [
          { type: 3, name: 'titre', value: 'la v', focused: true },
          { type: 5, name: 'vite', value: true },
        ],
      },
    });
    const choices = [{ name: 'La vie en rose', value: 'rose' }];
    const many = Array.from({ length: 26 }, (_, n) => ({ name: `n${n}`, value: `n${n}` }));
    expect((await bot.callback(interaction, { type: 8, data: { choices: many } })).body.code).toBe(50035);
    const none = await bot.callback(interaction, { type: 8 });
    expect(none.body.errors.data._errors[0].code).toBe('BASE_TYPE_REQUIRED');
    expect((await bot.callback(interaction, { type: 4, data: { content: 'x' } })).body.code).toBe(50035);
    expect((await bot.callback(interaction, { type: 8, data: { choices } })).status).toBe(204);
    expect(await outcome).toMatchObject({ callbackType: 8, choices });
    expect((await bot.webhook('GET', interaction, '/messages/@original')).body.code).toBe(10015);

    const numbers = ask('rang', { titre: 'x', rang: '1' });
    const rank = await bot.next();
    const bare = await bot.callback(rank, { type: 8, data: {} });
    expect(bare.body.errors.data.choices._errors[0].code).toBe('BASE_TYPE_REQUIRED');
    const odd = await bot.callback(rank, { type: 8, data: { choices: [{ name: ['x'] }] } });
    expect(odd.body.errors.data.choices[0]).toMatchObject({ name: {}, value: {} });
    const wrong = await bot.callback(rank, { type: 8, data: { choices } });
    expect(wrong.body.errors.data.choices[0].value).toBeDefined();
    await bot.callback(rank, { type: 8, data: { choices: [{ name: 'un', value: 1 }] } });
    await numbers;
    await expect(ask('vite', {})).rejects.toMatchObject({ status: 400 });
  });
});
