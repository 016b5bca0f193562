import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  ContainerBuilder,
  EmbedBuilder,
  Events,
  MessageFlags,
  SectionBuilder,
  TextDisplayBuilder,
  type Client,
  type TextChannel,
} from 'discord.js';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventOf, rejection, useSandbox } from './support.ts';

const TWO_WEEKS_MS = 14 * 86_400_000;

describe('messages', () => {
  const it = useSandbox();
  let client: Client<true>;
  let channel: TextChannel;
  beforeAll(async () => {
    client = await it.login();
  });
  beforeEach(async () => {
    channel = await it.room(client);
  });

  test('are sent, seen, edited and deleted', async () => {
    const seen = eventOf(client, Events.MessageCreate, (message) => message.content === 'Bonjour à tous');
    const sent = await channel.send('Bonjour à tous');
    expect((await seen)[0].id).toBe(sent.id);
    const edited = eventOf(client, Events.MessageUpdate, (_, now) => now.id === sent.id);
    await sent.edit('Bonsoir à tous');
    expect((await edited)[1].content).toBe('Bonsoir à tous');
    expect((await edited)[1].editedTimestamp).not.toBe(null);
    const reply = await sent.reply('et merci');
    expect(reply.reference?.messageId).toBe(sent.id);
    const deleted = eventOf(client, Events.MessageDelete, (message) => message.id === sent.id);
    await sent.delete();
    await deleted;
    expect(await rejection(channel.messages.fetch({ message: sent.id, force: true }))).toMatchObject({
      code: 10008,
    });
  });

  test('carry embeds whole', async () => {
    const embed = new EmbedBuilder()
      .setTitle('Soirée jeux')
      .setDescription('Vendredi à **21 h**')
      .setColor(0x12ab9f)
      .addFields({ name: 'Où', value: 'au salon', inline: true })
      .setFooter({ text: 'pied' })
      .setTimestamp(1_700_000_000_000);
    const sent = await channel.send({ embeds: [embed] });
    const fetched = await channel.messages.fetch({ message: sent.id, force: true });
    expect(fetched.embeds[0]).toMatchObject({
      title: 'Soirée jeux',
      color: 0x12ab9f,
      footer: { text: 'pied' },
    });
    expect(fetched.embeds[0]?.fields).toEqual([{ name: 'Où', value: 'au salon', inline: true }]);
    expect(Date.parse(fetched.embeds[0]?.timestamp ?? '')).toBe(1_700_000_000_000);
    expect(await rejection(channel.send({ embeds: [{ title: 'x'.repeat(257) }] }))).toMatchObject({
      code: 50035,
    });
    expect(await rejection(channel.send('x'.repeat(2001)))).toMatchObject({ code: 50035 });
  });

  test('carry files that can be downloaded', async () => {
    const bytes = Buffer.from('le procès-verbal\n');
    const sent = await channel.send({
      files: [new AttachmentBuilder(bytes, { name: 'pv.txt', description: 'compte rendu' })],
    });
    const attachment = sent.attachments.first()!;
    expect(attachment).toMatchObject({ name: 'pv.txt', size: bytes.length, description: 'compte rendu' });
    const downloaded = await fetch(attachment.url);
    expect(Buffer.from(await downloaded.arrayBuffer())).toEqual(bytes);
  });

  test('with an enforced nonce are made once', async () => {
    const first = await channel.send({ content: 'une fois', nonce: 'une-fois-1', enforceNonce: true });
    const second = await channel.send({ content: 'deux fois', nonce: 'une-fois-1', enforceNonce: true });
    expect(second.id).toBe(first.id);
    expect(second.content).toBe('une fois');
    expect(first.nonce).toBe('une-fois-1');
  });

  test('of Components V2 come back as they went', async () => {
    const container = new ContainerBuilder()
      .setAccentColor(0xff8800)
      .addTextDisplayComponents(new TextDisplayBuilder().setContent('# Panneau'))
      .addSectionComponents(
        new SectionBuilder()
          .addTextDisplayComponents(new TextDisplayBuilder().setContent('Ouvrir le salon'))
          .setButtonAccessory(
            new ButtonBuilder().setCustomId('open').setLabel('Ouvrir').setStyle(ButtonStyle.Success),
          ),
      );
    const sent = await channel.send({ components: [container], flags: MessageFlags.IsComponentsV2 });
    expect(sent.flags.has(MessageFlags.IsComponentsV2)).toBe(true);
    const fetched = await channel.messages.fetch({ message: sent.id, force: true });
    const row = fetched.components[0]!.toJSON() as {
      type: number;
      accent_color: number;
      components: { type: number }[];
    };
    expect([row.type, row.accent_color, row.components.map((child) => child.type)]).toEqual([
      17,
      0xff8800,
      [10, 9],
    ]);
    const mixed = channel.send({
      content: 'non',
      components: [container],
      flags: MessageFlags.IsComponentsV2,
    });
    expect(await rejection(mixed)).toMatchObject({ code: 50035 });
    const twice = new ActionRowBuilder<ButtonBuilder>().addComponents(
      [1, 2].map((n) =>
        new ButtonBuilder().setCustomId('same').setLabel(`${n}`).setStyle(ButtonStyle.Primary),
      ),
    );
    expect(await rejection(channel.send({ content: 'deux', components: [twice] }))).toMatchObject({
      code: 50035,
    });
  });

  test('written by people arrive with their author and member', async () => {
    const userId = await it.someMember();
    const arrived = eventOf(client, Events.MessageCreate, (message) => message.author.id === userId);
    await it.control.people('write', {
      channelId: channel.id,
      userId,
      content: `salut <@${client.user.id}>`,
    });
    const [message] = await arrived;
    expect(message.mentions.users.has(client.user.id)).toBe(true);
    expect(message.member?.id).toBe(userId);
    const gone = eventOf(client, Events.MessageDelete, (deleted) => deleted.id === message.id);
    await it.control.people('delete-message', { channelId: channel.id, messageId: message.id, userId });
    await gone;
  });

  test('are listed by page', async () => {
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4]) ids.push((await channel.send(`n° ${n}`)).id);
    expect([...(await channel.messages.fetch({ limit: 2 })).keys()]).toEqual([ids[3], ids[2]]);
    expect([...(await channel.messages.fetch({ before: ids[2]!, limit: 50 })).keys()]).toEqual([
      ids[1],
      ids[0],
    ]);
    expect([...(await channel.messages.fetch({ after: ids[1]!, limit: 50 })).keys()].sort()).toEqual([
      ids[2],
      ids[3],
    ]);
  });

  test('are bulk-deleted, save those older than two weeks', async () => {
    const sent = [await channel.send('un'), await channel.send('deux'), await channel.send('trois')];
    const swept = eventOf(client, Events.MessageBulkDelete, (messages) => messages.size === 3);
    const deleted = await channel.bulkDelete(3);
    expect([...deleted.keys()].sort()).toEqual(sent.map(({ id }) => id).sort());
    expect([...(await swept)[0].keys()].sort()).toEqual(sent.map(({ id }) => id).sort());
    expect((await channel.messages.fetch()).size).toBe(0);

    const { guilds } = await it.control.state();
    for (const { id } of guilds.flatMap((guild) => guild.channels.filter(({ type }) => type === 0))) {
      const seen = await it.control.messages(id).catch(() => []);
      const old = seen.filter((message) => Date.now() - Date.parse(message.timestamp) > TWO_WEEKS_MS);
      if (old.length < 2 || !client.channels.cache.has(id)) continue;
      const target = client.channels.cache.get(id) as TextChannel;
      if (!target.permissionsFor(client.user)?.has('ManageMessages')) continue;
      expect(await rejection(target.bulkDelete(old.slice(0, 2).map((message) => message.id)))).toMatchObject({
        code: 50034,
      });
      expect(
        (
          await target.bulkDelete(
            old.slice(0, 2).map((message) => message.id),
            true,
          )
        ).size,
      ).toBe(0);
      return;
    }
    throw new Error('the seed has no messages older than two weeks where the bot may delete');
  });

  test('are not written where the bot may not', async () => {
    const guild = client.guilds.cache.get(it.ready.guildId)!;
    const silent = guild.channels.cache.find(
      (one) =>
        one.isTextBased() &&
        one.viewable &&
        one.type === 0 &&
        !one.permissionsFor(client.user)?.has('SendMessages'),
    ) as TextChannel | undefined;
    expect(silent).toBeDefined();
    expect(await rejection(silent!.send('non'))).toMatchObject({ code: 50013, status: 403 });
  });

  test('reactions come and go', async () => {
    const sent = await channel.send('réagir');
    const added = eventOf(client, Events.MessageReactionAdd, (reaction) => reaction.message.id === sent.id);
    await sent.react('👍');
    expect((await added)[0].emoji.name).toBe('👍');
    const fetched = await channel.messages.fetch({ message: sent.id, force: true });
    expect(fetched.reactions.cache.get('👍')).toMatchObject({ count: 1, me: true });
  });
});
