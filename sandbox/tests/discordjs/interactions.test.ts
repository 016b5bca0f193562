import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  ChannelSelectMenuBuilder,
  ContainerBuilder,
  Events,
  LabelBuilder,
  MentionableSelectMenuBuilder,
  MessageFlags,
  ModalBuilder,
  RoleSelectMenuBuilder,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextDisplayBuilder,
  TextInputBuilder,
  TextInputStyle,
  UserSelectMenuBuilder,
  type Client,
  type Interaction,
  type TextChannel,
  type MessageActionRowComponentBuilder,
} from 'discord.js';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventOf, rejection, useSandbox } from './support.ts';

const commands = [
  new SlashCommandBuilder()
    .setName('say')
    .setNameLocalizations({ fr: 'dire' })
    .setDescription('Says it')
    .addStringOption((option) => option.setName('text').setDescription('What').setRequired(true))
    .addIntegerOption((option) =>
      option.setName('times').setDescription('How often').setMinValue(1).setMaxValue(5),
    )
    .addUserOption((option) => option.setName('to').setDescription('To whom'))
    .addChannelOption((option) => option.setName('where').setDescription('Where'))
    .addBooleanOption((option) => option.setName('loud').setDescription('Loud')),
  new SlashCommandBuilder()
    .setName('find')
    .setDescription('Finds it')
    .addStringOption((option) =>
      option.setName('what').setDescription('What').setAutocomplete(true).setRequired(true),
    ),
  new SlashCommandBuilder()
    .setName('hub')
    .setDescription('Hubs')
    .addSubcommandGroup((group) =>
      group
        .setName('room')
        .setDescription('Rooms')
        .addSubcommand((sub) =>
          sub
            .setName('open')
            .setDescription('Opens')
            .addStringOption((o) => o.setName('name').setDescription('Name')),
        ),
    ),
];

const row = <T extends MessageActionRowComponentBuilder>(component: T) =>
  new ActionRowBuilder<T>().addComponents(component);
const button = (customId: string) =>
  row(new ButtonBuilder().setCustomId(customId).setLabel(customId).setStyle(ButtonStyle.Primary));

describe('interactions', () => {
  const it = useSandbox();
  let client: Client<true>;
  let channel: TextChannel;
  let userId: string;
  let failure: unknown;

  beforeAll(async () => {
    client = await it.login();
    userId = await it.someMember();
    await client.application.commands.set(commands);
  });
  beforeEach(async () => {
    channel = await it.room(client);
  });
  afterEach(() => {
    client.removeAllListeners(Events.InteractionCreate);
    if (failure !== undefined) throw failure;
  });

  /** The bot's part of one test; what it throws fails the test. Resolves when the first answer is complete. */
  const bot = (answer: (interaction: Interaction<'cached'>) => Promise<unknown>): Promise<unknown> => {
    failure = undefined;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    client.on(Events.InteractionCreate, (interaction) => {
      answer(interaction as Interaction<'cached'>)
        .catch((error: unknown) => (failure = error))
        .finally(() => resolve(undefined));
    });
    return promise;
  };
  const command = (name: string, options: Record<string, string | number | boolean> = {}, more = {}) =>
    it.control.people('command', { channelId: channel.id, userId, name, options, ...more });
  const click = async (customId: string, more = {}) => {
    const message = await channel.send({ content: 'panneau', components: [button(customId)] });
    const outcome = await it.control.people('click', {
      channelId: channel.id,
      messageId: message.id,
      userId,
      customId,
      ...more,
    });
    return { message, outcome };
  };

  test('a slash command with options of every kind is answered', async () => {
    const seen: unknown[] = [];
    void bot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const { options } = interaction;
      seen.push(options.getString('text'), options.getInteger('times'), options.getUser('to')?.id);
      seen.push(options.getChannel('where')?.id, options.getBoolean('loud'), options.getMember('to')?.id);
      seen.push(
        interaction.locale,
        interaction.user.id,
        interaction.channelId,
        interaction.memberPermissions.has('ViewChannel'),
      );
      await interaction.reply(`${options.getString('text')} !`);
    });
    const shown = eventOf(client, Events.MessageCreate, (message) => message.content === 'bonjour !');
    const outcome = await command(
      'say',
      { text: 'bonjour', times: 2, to: userId, where: channel.id, loud: true },
      { locale: 'fr' },
    );
    expect(seen).toEqual(['bonjour', 2, userId, channel.id, true, userId, 'fr', userId, channel.id, true]);
    expect(outcome).toMatchObject({ callbackType: 4, message: { content: 'bonjour !' } });
    expect((await shown)[0].interactionMetadata?.user.id).toBe(userId);
  });

  test('a subcommand in a group reaches the bot as one', async () => {
    void bot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const path = [
        interaction.options.getSubcommandGroup(),
        interaction.options.getSubcommand(),
        interaction.options.getString('name'),
      ];
      await interaction.reply(path.join('/'));
    });
    const outcome = await command('hub', { name: 'Léa' }, { subcommand: 'room open' });
    expect(outcome.message?.content).toBe('room/open/Léa');
  });

  test('an ephemeral answer is seen by its addressee alone, and by no gateway event', async () => {
    void bot(async (interaction) => {
      if (interaction.isChatInputCommand())
        await interaction.reply({ content: 'rien que vous', flags: MessageFlags.Ephemeral });
    });
    const dispatched: string[] = [];
    client.on(Events.MessageCreate, (message) => dispatched.push(message.content));
    const outcome = await command('say', { text: 'x' });
    expect(outcome.message).toMatchObject({ content: 'rien que vous', ephemeralFor: userId });
    const { guilds } = await it.control.state();
    const own = await it.control.messages(channel.id, { as: userId });
    const others = await it.control.messages(channel.id, { as: guilds[0]!.ownerId });
    expect(own.some((message) => message.content === 'rien que vous')).toBe(true);
    expect(others.some((message) => message.content === 'rien que vous')).toBe(false);
    const after = eventOf(client, Events.MessageCreate, (message) => message.content === 'après');
    await channel.send('après');
    await after;
    expect(dispatched).toEqual(['après']);
    client.removeAllListeners(Events.MessageCreate);
  });

  test('a deferral is edited, followed up, read and deleted', async () => {
    const contents: string[] = [];
    const answered = bot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply();
      await interaction.editReply('presque');
      contents.push((await interaction.fetchReply()).content);
      const followUp = await interaction.followUp('et encore');
      contents.push((await interaction.webhook.editMessage(followUp.id, 'et toujours')).content);
      await interaction.deleteReply(followUp.id);
      await interaction.editReply('fini');
      contents.push((await interaction.fetchReply()).content);
    });
    const done = eventOf(client, Events.MessageUpdate, (_, now) => now.content === 'fini');
    const outcome = await command('say', { text: 'x' }, { waitForFinal: true });
    expect(outcome).toMatchObject({ callbackType: 5, message: { content: 'presque' } });
    const [, now] = await done;
    expect(now.flags.has(MessageFlags.Loading)).toBe(false);
    await answered;
    expect(contents).toEqual(['presque', 'et toujours', 'fini']);
  });

  test('an ephemeral deferral stays ephemeral', async () => {
    void bot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply({ flags: MessageFlags.Ephemeral });
      await interaction.editReply('tout bas');
    });
    const outcome = await command('say', { text: 'x' }, { waitForFinal: true });
    expect(outcome.message).toMatchObject({ content: 'tout bas', ephemeralFor: userId });
  });

  test('a follow-up may be for the addressee alone when the answer was for all', async () => {
    const answered = bot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.reply('pour tous');
      await interaction.followUp({ content: 'pour vous', flags: MessageFlags.Ephemeral });
    });
    await command('say', { text: 'x' });
    await answered;
    const contents = async (as?: string) =>
      (await it.control.messages(channel.id, as ? { as } : {})).map((message) => message.content);
    expect(await contents(userId)).toEqual(['pour tous', 'pour vous']);
    expect(await contents()).toEqual(['pour tous']);
  });

  test('a button inside Components V2 updates its message, which stays V2', async () => {
    const panel = (state: string) =>
      new ContainerBuilder()
        .addTextDisplayComponents(new TextDisplayBuilder().setContent(state))
        .addActionRowComponents(button('toggle'));
    void bot(async (interaction) => {
      if (interaction.isButton())
        await interaction.update({ components: [panel('fermé')], flags: MessageFlags.IsComponentsV2 });
    });
    const message = await channel.send({ components: [panel('ouvert')], flags: MessageFlags.IsComponentsV2 });
    const outcome = await it.control.people('click', {
      channelId: channel.id,
      messageId: message.id,
      userId,
      customId: 'toggle',
    });
    expect(outcome.callbackType).toBe(7);
    const now = await channel.messages.fetch({ message: message.id, force: true });
    expect(now.flags.has(MessageFlags.IsComponentsV2)).toBe(true);
    expect(JSON.stringify(now.components[0]?.toJSON())).toContain('fermé');
  });

  test('autocompletion brings choices', async () => {
    void bot(async (interaction) => {
      if (!interaction.isAutocomplete()) return;
      const { name, value } = interaction.options.getFocused(true);
      await interaction.respond([{ name: `${name}: ${value}`, value: `${value}!` }]);
    });
    const outcome = await it.control.people('autocomplete', {
      channelId: channel.id,
      userId,
      name: 'find',
      options: { what: 'pa' },
      focused: 'what',
    });
    expect(outcome).toMatchObject({ callbackType: 8, choices: [{ name: 'what: pa', value: 'pa!' }] });
  });

  test('a button updates its message', async () => {
    void bot(async (interaction) => {
      if (interaction.isButton())
        await interaction.update({ content: `cliqué par ${interaction.user.id}`, components: [] });
    });
    const { message, outcome } = await click('go');
    expect(outcome).toMatchObject({
      callbackType: 7,
      message: { id: message.id, content: `cliqué par ${userId}` },
    });
    const fetched = await channel.messages.fetch({ message: message.id, force: true });
    expect([fetched.content, fetched.components.length]).toEqual([`cliqué par ${userId}`, 0]);
  });

  test('a button deferred without a spinner is edited later', async () => {
    void bot(async (interaction) => {
      if (!interaction.isButton()) return;
      await interaction.deferUpdate();
      await interaction.editReply({ content: 'plus tard', components: [] });
    });
    const updated = eventOf(client, Events.MessageUpdate, (_, now) => now.content === 'plus tard');
    const { message, outcome } = await click('later');
    expect(outcome.callbackType).toBe(6);
    expect((await updated)[1].id).toBe(message.id);
  });

  test.each([
    [
      'string',
      (id: string) =>
        new StringSelectMenuBuilder()
          .setCustomId(id)
          .addOptions(['a', 'b', 'c'].map((v) => ({ label: v, value: v })))
          .setMaxValues(2),
    ],
    ['user', (id: string) => new UserSelectMenuBuilder().setCustomId(id)],
    ['role', (id: string) => new RoleSelectMenuBuilder().setCustomId(id)],
    ['mentionable', (id: string) => new MentionableSelectMenuBuilder().setCustomId(id)],
    ['channel', (id: string) => new ChannelSelectMenuBuilder().setCustomId(id)],
  ] as const)('a %s select brings its values', async (kind, build) => {
    const guild = client.guilds.cache.get(it.ready.guildId)!;
    const roleId = guild.roles.cache.find((role) => role.id !== guild.id)!.id;
    const values = {
      string: ['a', 'c'],
      user: [userId],
      role: [roleId],
      mentionable: [roleId],
      channel: [channel.id],
    }[kind];
    let resolved: unknown;
    void bot(async (interaction) => {
      if (!interaction.isAnySelectMenu()) return;
      if (interaction.isUserSelectMenu()) resolved = interaction.members.first()?.id;
      if (interaction.isRoleSelectMenu()) resolved = interaction.roles.first()?.id;
      if (interaction.isMentionableSelectMenu()) resolved = interaction.roles.first()?.id;
      if (interaction.isChannelSelectMenu()) resolved = interaction.channels.first()?.id;
      if (interaction.isStringSelectMenu()) resolved = interaction.values[0];
      await interaction.reply({ content: interaction.values.join(','), flags: MessageFlags.Ephemeral });
    });
    const message = await channel.send({
      content: kind,
      components: [row(build(`pick-${kind}`) as UserSelectMenuBuilder)],
    });
    const choose = (chosen: string[]) =>
      it.control.people('choose', {
        channelId: channel.id,
        messageId: message.id,
        userId,
        customId: `pick-${kind}`,
        values: chosen,
      });
    expect((await choose(values)).message?.content).toBe(values.join(','));
    expect(resolved).toBe(values[0]);
    if (kind === 'string') await expect(choose(['z'])).rejects.toThrow();
    await expect(choose([])).rejects.toThrow();
  });

  test('a modal opens from a button and its values come back', async () => {
    const modal = new ModalBuilder()
      .setCustomId('rename')
      .setTitle('Renommer')
      .addLabelComponents(
        new LabelBuilder()
          .setLabel('Nouveau nom')
          .setTextInputComponent(
            new TextInputBuilder().setCustomId('name').setStyle(TextInputStyle.Short).setMaxLength(20),
          ),
        new LabelBuilder()
          .setLabel('Qui')
          .setUserSelectMenuComponent(new UserSelectMenuBuilder().setCustomId('who').setRequired(false)),
      );
    void bot(async (interaction) => {
      if (interaction.isButton()) await interaction.showModal(modal);
      if (interaction.isModalSubmit()) {
        const who = interaction.fields.getSelectedUsers('who')?.first()?.id;
        await interaction.reply(`${interaction.fields.getTextInputValue('name')} ${who}`);
      }
    });
    const { outcome } = await click('ask');
    expect(outcome).toMatchObject({ callbackType: 9, modal: { custom_id: 'rename', title: 'Renommer' } });
    const submit = (values: Record<string, string | string[]>) =>
      it.control.people('submit-modal', { interactionId: outcome.interactionId, userId, values });
    await expect(submit({ name: 'x'.repeat(21) })).rejects.toThrow();
    expect((await submit({ name: 'Chez Léa', who: [userId] })).message?.content).toBe(`Chez Léa ${userId}`);
  });

  test('a modal of the old kind, in action rows, updates the message it came from', async () => {
    const input = new TextInputBuilder()
      .setCustomId('why')
      .setLabel('Pourquoi')
      .setStyle(TextInputStyle.Paragraph);
    void bot(async (interaction) => {
      if (interaction.isButton()) {
        await interaction.showModal(
          new ModalBuilder()
            .setCustomId('why')
            .setTitle('Motif')
            .addComponents(new ActionRowBuilder<TextInputBuilder>().addComponents(input)),
        );
      }
      if (interaction.isModalSubmit() && interaction.isFromMessage()) {
        await interaction.update({ content: interaction.fields.getTextInputValue('why'), components: [] });
      }
    });
    const { message, outcome } = await click('why');
    const done = await it.control.people('submit-modal', {
      interactionId: outcome.interactionId,
      userId,
      values: { why: 'parce que' },
    });
    expect(done).toMatchObject({ callbackType: 7, message: { id: message.id, content: 'parce que' } });
  });

  test('a second answer is refused with 40060', async () => {
    let second: { code?: unknown } | undefined;
    void bot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const route = `/interactions/${interaction.id}/${interaction.token}/callback` as const;
      await client.rest.post(route, { body: { type: 4, data: { content: 'une' } }, auth: false });
      second = await rejection(
        client.rest.post(route, { body: { type: 4, data: { content: 'deux' } }, auth: false }),
      );
      await interaction.webhook.send('suite');
    });
    const followed = eventOf(client, Events.MessageCreate, (message) => message.content === 'suite');
    expect((await command('say', { text: 'x' })).message?.content).toBe('une');
    await followed;
    expect(second).toMatchObject({ code: 40060, status: 400 });
  });

  test('nobody answers: the token is dead after three seconds', async () => {
    let late: Interaction<'cached'> | undefined;
    void bot(async (interaction) => {
      late = interaction;
    });
    const outcome = await command('say', { text: 'x' });
    expect(outcome.callbackType).toBe(null);
    if (!late?.isChatInputCommand()) throw new Error('the bot saw no command');
    expect(await rejection(late.reply('trop tard'))).toMatchObject({ code: 10062, status: 404 });
  });
});
