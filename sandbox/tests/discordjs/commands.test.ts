import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  PermissionFlagsBits as P,
  SlashCommandBuilder,
  type Client,
} from 'discord.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { rejection, useSandbox } from './support.ts';

const ping = new SlashCommandBuilder()
  .setName('ping')
  .setNameLocalizations({ fr: 'ping' })
  .setDescription('Latency')
  .setDescriptionLocalizations({ fr: 'Temps de réponse' });

const room = new SlashCommandBuilder()
  .setName('room')
  .setNameLocalizations({ fr: 'salon' })
  .setDescription('Rooms')
  .setDefaultMemberPermissions(P.ManageChannels)
  .addSubcommand((sub) =>
    sub
      .setName('create')
      .setDescription('Makes a room')
      .addStringOption((option) =>
        option.setName('name').setDescription('Its name').setRequired(true).setMaxLength(30),
      )
      .addIntegerOption((option) =>
        option.setName('size').setDescription('Seats').setMinValue(1).setMaxValue(99),
      ),
  );

describe('commands', () => {
  const it = useSandbox();
  let client: Client<true>;
  beforeAll(async () => {
    client = await it.login();
  });

  test('are registered globally, with localizations', async () => {
    const registered = await client.application.commands.set([ping, room]);
    expect(registered.map((command) => command.name).sort()).toEqual(['ping', 'room']);
    const fetched = await client.application.commands.fetch({ withLocalizations: true });
    const again = fetched.find((command) => command.name === 'room')!;
    expect(again.nameLocalizations).toEqual({ fr: 'salon' });
    expect(again.defaultMemberPermissions?.has(P.ManageChannels)).toBe(true);
    expect(again.options[0]).toMatchObject({ type: ApplicationCommandOptionType.Subcommand, name: 'create' });
    expect((await it.control.state()).commands['global']?.length).toBe(2);
  });

  test('are registered in a guild, edited and deleted', async () => {
    const guild = client.guilds.cache.get(it.ready.guildId)!;
    const created = await guild.commands.create(ping);
    expect(created.guildId).toBe(guild.id);
    const { version } = created; // discord.js brings the object itself up to date
    const edited = await guild.commands.edit(created, { description: 'Answer time' });
    expect([edited.id, edited.description]).toEqual([created.id, 'Answer time']);
    expect(edited.version).not.toBe(version);
    const again = await guild.commands.create({ name: 'ping', description: 'Upsert' });
    expect(again.id).toBe(created.id);
    await guild.commands.create({ name: 'Nommer', type: ApplicationCommandType.User });
    expect((await guild.commands.fetch()).size).toBe(2);
    await guild.commands.delete(created);
    expect(await rejection(guild.commands.fetch(created.id))).toMatchObject({ code: 10063 });
    await guild.commands.set([]);
    expect((await guild.commands.fetch()).size).toBe(0);
  });

  test('that Discord would refuse are refused', async () => {
    const wrong = [
      { name: 'Majuscule', description: 'x' },
      { name: 'x'.repeat(33), description: 'x' },
      { name: 'vide', description: '' },
      {
        name: 'ordre',
        description: 'x',
        options: [
          { type: 3, name: 'a', description: 'x', required: false },
          { type: 3, name: 'b', description: 'x', required: true },
        ],
      },
    ];
    for (const command of wrong) {
      const route = `/applications/${client.application.id}/commands` as const;
      expect(await rejection(client.rest.post(route, { body: command }))).toMatchObject({
        code: 50035,
        status: 400,
      });
    }
  });
});
