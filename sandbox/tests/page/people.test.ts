import { Events, SlashCommandBuilder, type Client } from 'discord.js';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { usePage } from './support.ts';

describe('the page, as one person sees it', () => {
  const it = usePage();
  let client: Client<true>;
  let memberId: string;

  beforeAll(async () => {
    client = await it.login();
    memberId = await it.someMember();
    await client.application.commands.set([
      new SlashCommandBuilder()
        .setName('tidy')
        .setNameLocalizations({ fr: 'ranger' })
        .setDescription('Tidies up')
        .addIntegerOption((option) =>
          option.setName('amount').setDescription('How much').setRequired(true).setMaxValue(10),
        ),
      new SlashCommandBuilder()
        .setName('reign')
        .setDescription('For those who manage the server')
        .setDefaultMemberPermissions(32n),
    ]);
  });

  const openAs = async (userId: string, channel = 'général'): Promise<Page> => {
    const page = await it.open();
    await page.evaluate((id) => localStorage.setItem('sandbox.actor', id), userId);
    await page.goto(`${it.ready.page}#${it.ready.guildId}/${await it.channelId(channel)}`);
    await page.reload();
    await page.locator('.channels .channel').first().waitFor();
    return page;
  };
  const offered = async (page: Page): Promise<string[]> => {
    await page.locator('textarea').fill('/');
    await page.locator('#command-list [role=option]').first().waitFor();
    return page.locator('#command-list [role=option] b').allInnerTexts();
  };

  test('is offered the commands that it may use', async () => {
    expect(await offered(await openAs(memberId))).toEqual(['/ranger']);
    const { guilds } = await it.control.state();
    const { ownerId } = guilds.find(({ id }) => id === it.ready.guildId)!;
    expect(await offered(await openAs(ownerId))).toEqual(['/ranger', '/reign']);
  });

  test('knows a command by its own language’s name, and what it may not send stays where it is', async () => {
    client.once(Events.InteractionCreate, (interaction) => {
      if (interaction.isChatInputCommand()) void interaction.reply('Voilà.');
    });
    const page = await openAs(memberId);
    await page.locator('textarea').fill('/ranger');
    await page.keyboard.press('Enter');
    const amount = page.locator('form.command-form [name=amount]');
    await amount.fill('11');
    await page.getByRole('button', { name: 'Exécuter' }).click();
    expect(await page.locator('form.command-form [name=amount]:out-of-range').count()).toBe(1);
    await amount.fill('3');
    await page.getByRole('button', { name: 'Exécuter' }).click();
    await page.getByText('a utilisé /ranger').waitFor();
  });

  test('reads the status of a voice channel, who may not speak, and which one is closed to it', async () => {
    const voice = await it.channelId('Le canapé');
    const page = await openAs(memberId);
    const row = page.locator('.channel', { has: page.locator(`[data-channel-id="${voice}"]`) });
    await client.rest.put(`/channels/${voice}/voice-status`, { body: { status: 'On joue du jazz' } });
    await row.getByText('On joue du jazz').waitFor();
    await page.reload();
    await row.getByText('On joue du jazz').waitFor();
    await client.rest.put(`/channels/${voice}/voice-status`, { body: { status: null } });
    await row.getByText('On joue du jazz').waitFor({ state: 'detached' });

    const everyone = { id: it.ready.guildId, type: 0, allow: '0', deny: String(1n << 21n) };
    await it.control.people('edit-channel', {
      channelId: voice,
      changes: { permission_overwrites: [everyone] },
    });
    await row.locator('.channel-name').click();
    await page.locator(`.speakers [data-user-id="${memberId}"]`).getByLabel('micro coupé').waitFor();
    await it.control.people('leave-voice', { guildId: it.ready.guildId, userId: memberId });

    const closed = { ...everyone, deny: String(1n << 20n) };
    await it.control.people('edit-channel', {
      channelId: voice,
      changes: { permission_overwrites: [closed] },
    });
    await page.getByTitle('Ce membre ne peut pas entrer dans Le canapé').click();
    await page.getByText('Ce membre ne peut pas entrer dans ce salon vocal').waitFor();
    await row.hover();
    await page.getByRole('button', { name: 'Ouvrir la discussion de Le canapé' }).click();
    await page.getByText('n’est ouverte qu’à ceux qui peuvent y entrer').waitFor();
  });
});
