import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  Events,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
  type Client,
  type GuildTextBasedChannel,
  type Interaction,
} from 'discord.js';
import type { Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SandboxClient } from '../../src/client.ts';
import { createSandbox } from '../../src/server.ts';
import { usePage } from './support.ts';

describe('the page', () => {
  const it = usePage();
  let client: Client<true>;
  let channel: GuildTextBasedChannel;
  let memberName: string;
  let memberId: string;

  beforeAll(async () => {
    client = await it.login();
    channel = client.channels.cache.get(await it.channelId('général')) as GuildTextBasedChannel;
    memberId = await it.someMember();
    const member = await channel.guild.members.fetch(memberId);
    memberName = member.displayName;
    await client.application.commands.set([
      new SlashCommandBuilder()
        .setName('greet')
        .setNameLocalizations({ fr: 'saluer' })
        .setDescription('Greets someone')
        .setDescriptionLocalizations({ fr: 'Salue quelqu’un' })
        .addStringOption((option) =>
          option
            .setName('name')
            .setNameLocalizations({ fr: 'nom' })
            .setDescription('Whom')
            .setDescriptionLocalizations({ fr: 'Qui saluer' })
            .setRequired(true),
        ),
      new SlashCommandBuilder()
        .setName('search')
        .setNameLocalizations({ fr: 'chercher' })
        .setDescription('Searches')
        .addStringOption((option) =>
          option.setName('what').setDescription('What').setRequired(true).setAutocomplete(true),
        ),
    ]);
  });
  afterEach(() => {
    client.removeAllListeners(Events.InteractionCreate);
  });

  const onInteraction = (answer: (interaction: Interaction<'cached'>) => Promise<unknown>): void => {
    client.on(Events.InteractionCreate, (interaction) => void answer(interaction as Interaction<'cached'>));
  };
  const openGeneral = async (page: Page): Promise<void> => {
    await page.getByRole('link', { name: 'général', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'général' }).waitFor();
  };
  const actAs = async (page: Page, name: string): Promise<void> => {
    await page.getByRole('combobox', { name: /^Agir en tant que/ }).click();
    await page.getByRole('combobox', { name: 'Rechercher' }).fill(name);
    await page.getByRole('option', { name }).first().click();
    await page.getByRole('combobox', { name: `Agir en tant que ${name}` }).waitFor();
  };

  test('lists the guilds, and the channels in Discord’s order', async () => {
    const page = await it.open();
    const { guilds } = await it.control.state();
    const buttons = page.locator('.rail .guild');
    expect(await buttons.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))).toEqual(
      guilds.map((guild) => guild.name),
    );
    const shown = await page
      .locator('.channels [data-channel-id]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-channel-id')));
    const guild = guilds.find(({ id }) => id === it.ready.guildId)!;
    const notThreads = guild.channels.filter(({ type }) => type < 10 || type > 12);
    // By default one acts as the owner, who sees everything.
    for (const { id } of notThreads) expect(shown).toContain(id);
    const place = (id: string): number => shown.indexOf(id);
    for (const category of notThreads.filter(({ type }) => type === 4)) {
      const inside = notThreads.filter((one) => 'parent_id' in one && one.parent_id === category.id);
      for (const child of inside) expect(place(child.id)).toBeGreaterThan(place(category.id));
      const voice = inside.filter(({ type }) => type === 2 || type === 13).map(({ id }) => place(id));
      const text = inside.filter(({ type }) => type === 0 || type === 5).map(({ id }) => place(id));
      if (voice.length > 0 && text.length > 0) expect(Math.min(...voice)).toBeGreaterThan(Math.max(...text));
    }
  });

  test('shows a message as it is posted, embed and all, and its changes', async () => {
    const page = await it.open();
    await openGeneral(page);
    const sent = await channel.send({
      content: 'Nouvelle **importante**',
      embeds: [
        {
          title: 'Soirée jeux',
          description: 'Vendredi',
          color: 0x12ab9f,
          fields: [{ name: 'Où', value: 'ici' }],
        },
      ],
    });
    const message = page.locator(`discord-message[data-message-id="${sent.id}"]`);
    await message.getByText('Soirée jeux').waitFor();
    expect(await message.locator('strong').first().textContent()).toBe('importante');
    expect(await message.getByText('Où').isVisible()).toBe(true);
    await sent.edit({ content: 'Corrigée' });
    await message.getByText('Corrigée').waitFor();
    await message.getByText('(modifié)').waitFor();
    await sent.delete();
    await message.waitFor({ state: 'detached' });
  });

  test('writes as the member that was chosen', async () => {
    const page = await it.open();
    await openGeneral(page);
    await actAs(page, memberName);
    await page.getByRole('combobox', { name: /^Envoyer un message/ }).fill('bonjour de la page');
    await page.keyboard.press('Enter');
    const message = page.locator('discord-message', { hasText: 'bonjour de la page' });
    await message.waitFor();
    const [written] = (await it.control.messages(channel.id)).filter(
      ({ content }) => content === 'bonjour de la page',
    );
    expect(written?.author.id).toBe(memberId);
  });

  test('a member’s click reaches the bot, and its update is seen', async () => {
    const page = await it.open();
    await openGeneral(page);
    await actAs(page, memberName);
    onInteraction(async (interaction) => {
      if (interaction.isButton())
        await interaction.update({ content: `cliqué par ${interaction.user.id}`, components: [] });
    });
    const button = new ButtonBuilder()
      .setCustomId('go')
      .setLabel('Cliquez ici')
      .setStyle(ButtonStyle.Success);
    await channel.send({
      content: 'panneau',
      components: [new ActionRowBuilder<ButtonBuilder>().addComponents(button)],
    });
    await page.getByRole('button', { name: 'Cliquez ici' }).click();
    await page.getByText(`cliqué par ${memberId}`).waitFor();
    expect(await page.getByRole('button', { name: 'Cliquez ici' }).count()).toBe(0);
  });

  test('a choice in a select is answered for that member’s eyes only, and can be dismissed', async () => {
    const page = await it.open();
    await openGeneral(page);
    await actAs(page, memberName);
    onInteraction(async (interaction) => {
      if (interaction.isStringSelectMenu()) {
        await interaction.reply({
          content: `choix : ${interaction.values.join(', ')}`,
          flags: MessageFlags.Ephemeral,
        });
      }
    });
    const select = new StringSelectMenuBuilder()
      .setCustomId('pick')
      .setPlaceholder('Vos jeux')
      .setMaxValues(2)
      .addOptions(['échecs', 'dames', 'go'].map((label) => ({ label, value: label })));
    await channel.send({
      components: [new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(select)],
    });
    await page.getByRole('combobox', { name: 'Vos jeux' }).click();
    await page.getByRole('option', { name: 'échecs' }).click();
    await page.getByRole('option', { name: 'go' }).click();
    await page.getByRole('button', { name: 'Valider (2)' }).click();
    const answer = page.locator('discord-message.ephemeral', { hasText: 'choix : échecs, go' });
    await answer.getByText('Visible par vous seul').waitFor();

    const owner = client.guilds.cache.get(it.ready.guildId)!.ownerId;
    const ownerName = (await channel.guild.members.fetch(owner)).displayName;
    await actAs(page, ownerName);
    await answer.waitFor({ state: 'detached' });
    await actAs(page, memberName);
    await answer.getByRole('button', { name: 'Masquer le message' }).click();
    await answer.waitFor({ state: 'detached' });
  });

  test('a slash command, in French, takes its option', async () => {
    const page = await it.open();
    await openGeneral(page);
    onInteraction(async (interaction) => {
      if (interaction.isChatInputCommand()) {
        await interaction.reply(`${interaction.locale}: bonjour ${interaction.options.getString('name')}`);
      }
    });
    await page.getByRole('combobox', { name: /^Envoyer un message/ }).fill('/sal');
    const offered = page.getByRole('option', { name: '/saluer' });
    await offered.getByText('Salue quelqu’un').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'nom' }).fill('Léa');
    await page.keyboard.press('Enter');
    await page
      .locator('discord-message', { hasText: 'fr: bonjour Léa' })
      .getByText('a utilisé /saluer')
      .waitFor();
  });

  test('completes an option while one types', async () => {
    const page = await it.open();
    await openGeneral(page);
    onInteraction(async (interaction) => {
      if (interaction.isAutocomplete()) {
        const typed = interaction.options.getFocused();
        await interaction.respond([{ name: `${typed}… peut-être ?`, value: `${typed}-42` }]);
      } else if (interaction.isChatInputCommand()) {
        await interaction.reply(`trouvé : ${interaction.options.getString('what')}`);
      }
    });
    await page.getByRole('combobox', { name: /^Envoyer un message/ }).fill('/chercher');
    await page.keyboard.press('Enter');
    const field = page.getByRole('combobox', { name: 'what' });
    await field.fill('pa');
    await page.locator('datalist option[value="pa… peut-être ?"]').waitFor({ state: 'attached' });
    await field.fill('pa… peut-être ?');
    await page.keyboard.press('Enter');
    await page.getByText('trouvé : pa-42').waitFor();
  });

  test('a modal opens, is filled in and submitted', async () => {
    const page = await it.open();
    await openGeneral(page);
    onInteraction(async (interaction) => {
      if (interaction.isButton()) {
        const input = new TextInputBuilder()
          .setCustomId('name')
          .setStyle(TextInputStyle.Short)
          .setMaxLength(30);
        await interaction.showModal(
          new ModalBuilder()
            .setCustomId('rename')
            .setTitle('Renommer le salon')
            .addLabelComponents(new LabelBuilder().setLabel('Nouveau nom').setTextInputComponent(input)),
        );
      } else if (interaction.isModalSubmit()) {
        await interaction.reply(`renommé : ${interaction.fields.getTextInputValue('name')}`);
      }
    });
    const button = new ButtonBuilder().setCustomId('ask').setLabel('Renommer').setStyle(ButtonStyle.Primary);
    await channel.send({ components: [new ActionRowBuilder<ButtonBuilder>().addComponents(button)] });
    await page.getByRole('button', { name: 'Renommer' }).click();
    const dialog = page.getByRole('dialog', { name: 'Renommer le salon' });
    await dialog.getByRole('textbox', { name: 'Nouveau nom' }).fill('Chez Léa');
    await dialog.getByRole('button', { name: 'Envoyer' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('renommé : Chez Léa').waitFor();
  });

  test('an application that does not answer is told of', async () => {
    const page = await it.open();
    await openGeneral(page);
    const button = new ButtonBuilder().setCustomId('mute').setLabel('Silence').setStyle(ButtonStyle.Danger);
    await channel.send({ components: [new ActionRowBuilder<ButtonBuilder>().addComponents(button)] });
    await page.getByRole('button', { name: 'Silence' }).click();
    await page.getByRole('alert').getByText('L’application n’a pas répondu à temps.').waitFor();
  });

  test('one joins and leaves a voice channel by clicking', async () => {
    const page = await it.open();
    await actAs(page, memberName);
    const voice = client.guilds.cache
      .get(it.ready.guildId)!
      .channels.cache.find((one) => one.type === 2 && one.permissionsFor(memberId)?.has('Connect') === true)!;
    await page.locator(`button[data-channel-id="${voice.id}"]`).click();
    const speaker = page.locator(`.speakers li[data-user-id="${memberId}"]`);
    await speaker.getByText(memberName).waitFor();
    expect(client.guilds.cache.get(it.ready.guildId)!.voiceStates.cache.get(memberId)?.channelId).toBe(
      voice.id,
    );
    await page.getByRole('button', { name: 'Quitter le salon vocal' }).click();
    await speaker.waitFor({ state: 'detached' });
  });

  test('hides what the member may not see, and says why one may not write', async () => {
    const page = await it.open();
    const category = await it.control.people('create-channel', {
      guildId: it.ready.guildId,
      channel: {
        name: 'secret',
        permission_overwrites: [{ id: it.ready.guildId, type: 0, allow: '0', deny: String(1 << 10) }],
      },
    });
    const quiet = await it.control.people('create-channel', {
      guildId: it.ready.guildId,
      channel: {
        name: 'silencieux',
        permission_overwrites: [{ id: memberId, type: 1, allow: '0', deny: String(1 << 11) }],
      },
    });
    const secret = page.locator(`[data-channel-id="${category.id}"]`);
    await secret.waitFor(); // the owner sees it, as soon as it is made
    await actAs(page, memberName);
    await secret.waitFor({ state: 'detached' });
    await page.locator(`[data-channel-id="${quiet.id}"]`).click();
    const box = page.getByRole('combobox', { name: 'Ce membre n’a pas la permission d’écrire' });
    expect(await box.isDisabled()).toBe(true);
  });

  test('says when the sandbox is gone, and comes back by itself', async () => {
    const first = await createSandbox({ port: 0, seed: 'default' });
    const page = await it.open({ url: first.ready.page });
    await openGeneral(page);
    await first.close();
    await page.getByRole('alert').getByText('Le bac à sable ne répond plus').waitFor();

    const second = await createSandbox({ port: Number(new URL(first.ready.page).port), seed: 'default' });
    try {
      await page.getByText('Le bac à sable ne répond plus').waitFor({ state: 'detached' });
      const control = new SandboxClient(second.ready.control);
      await control.people('write', { channelId: channel.id, userId: memberId, content: 'de retour' });
      await page.getByText('de retour').waitFor();
    } finally {
      await page.close();
      await second.close();
    }
  });

  test('speaks English to those who do, and switches', async () => {
    const page = await it.open({ locale: 'en-US' });
    await page.getByRole('combobox', { name: /^Message #|may not write/ }).waitFor();
    await page.getByRole('button', { name: /Switch to French/ }).click();
    await page.getByRole('combobox', { name: /^Envoyer un message|n’a pas la permission/ }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
  });

  test('is used without a mouse', async () => {
    const page = await it.open();
    await openGeneral(page);
    onInteraction(async (interaction) => {
      if (interaction.isButton()) await interaction.update({ content: 'au clavier', components: [] });
    });
    const button = new ButtonBuilder().setCustomId('key').setLabel('Touche').setStyle(ButtonStyle.Primary);
    await channel.send({ components: [new ActionRowBuilder<ButtonBuilder>().addComponents(button)] });
    const press = page.getByRole('button', { name: 'Touche' });
    await press.focus();
    await page.keyboard.press('Enter');
    await page.locator('discord-message', { hasText: 'au clavier' }).waitFor();

    const actor = page.getByRole('combobox', { name: /^Agir en tant que/ });
    await actor.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.type(memberName);
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: `Agir en tant que ${memberName}` }).waitFor();
    const focusable = page.locator(
      'button:visible, a:visible, input:visible, textarea:visible, [role=combobox]:visible',
    );
    for (const one of await focusable.all()) {
      const name = await one.evaluate('(e) => e.getAttribute("aria-label") || e.textContent.trim()');
      expect(name, await one.evaluate('(e) => e.outerHTML')).not.toBe('');
    }
  });

  test('fits a phone: the channels are a drawer', async () => {
    const page = await it.open({ width: 390, height: 780 });
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(390);
    await page.getByRole('button', { name: 'Afficher les salons' }).click();
    await page.getByRole('link', { name: 'général', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'général' }).waitFor();
    await page.locator('.drawer').waitFor({ state: 'hidden' });
  });
});
