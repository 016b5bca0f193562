/** The two guilds of the default seed. */
import { ChannelType, OverwriteType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { APIOverwrite, APIRole } from 'discord-api-types/v10';
import type { ChannelDraft } from './channels.ts';
import { snowflakeAt } from './snowflake.ts';
import type { Guild, GuildChannel, Snowflake } from './types.ts';
import type { World } from './world.ts';

/** Ids of the seed are made as if on this day. */
export const SEED_DAY = Date.UTC(2024, 2, 14, 9, 0, 0);
const DAY_MS = 86_400_000;

/** What a sensible invitation of the bot asks for; not ADMINISTRATOR. */
export const BOT_PERMISSIONS =
  P.CreateInstantInvite |
  P.KickMembers |
  P.BanMembers |
  P.ManageChannels |
  P.AddReactions |
  P.ViewAuditLog |
  P.Stream |
  P.ViewChannel |
  P.SendMessages |
  P.ManageMessages |
  P.EmbedLinks |
  P.AttachFiles |
  P.ReadMessageHistory |
  P.MentionEveryone |
  P.UseExternalEmojis |
  P.Connect |
  P.Speak |
  P.MuteMembers |
  P.DeafenMembers |
  P.MoveMembers |
  P.UseVAD |
  P.ChangeNickname |
  P.ManageNicknames |
  P.ManageRoles |
  P.UseApplicationCommands |
  P.RequestToSpeak |
  P.ManageThreads |
  P.CreatePublicThreads |
  P.CreatePrivateThreads |
  P.SendMessagesInThreads |
  P.ModerateMembers |
  P.UseSoundboard |
  P.SetVoiceChannelStatus |
  P.PinMessages;

const PEOPLE: [username: string, displayed: string | null, nick?: string][] = [
  ['camille_d', 'Camille'],
  ['lucas.m', 'Lucas', 'Lulu'],
  ['ines_b', 'Inès'],
  ['hugo.r', 'Hugo'],
  ['manon_p', 'Manon'],
  ['theo.l', 'Théo'],
  ['lea_v', 'Léa', 'Léa la bricoleuse'],
  ['nathan_g', 'Nathan'],
  ['chloe.t', 'Chloé'],
  ['enzo_f', 'Enzo'],
  ['jade_n', 'Jade'],
  ['louis.c', 'Louis'],
  ['sarah_k', 'Sarah'],
  ['gabriel_a', 'Gabriel'],
  ['zoe_m', 'Zoé'],
  ['raphael.b', 'Raphaël'],
  ['alice_w', 'Alice'],
  ['arthur_j', null],
  ['emma_s', 'Emma'],
  ['jules_h', 'Jules'],
  ['rose_o', 'Rose'],
];
const BOTS: [username: string, displayed: string | null][] = [
  ['Jukebox', null],
  ['Compteur', null],
];

const SMALL_TALK = [
  'Bonjour tout le monde !',
  'Salut, quelqu’un pour une partie ce soir ?',
  'Je peux à partir de 20 h.',
  'Moi aussi, on se retrouve dans le salon vocal.',
  'Parfait, à tout à l’heure 👋',
  'J’ai mis le compte rendu dans #ressources.',
  'Merci, je regarde ça demain.',
  'Qui apporte le dessert samedi ?',
  'Une tarte aux pommes, promis.',
  'Excellente nouvelle 🎉',
];

/** Hands out ids of one guild, the same at every start. */
function idSource(firstMs: number): () => Snowflake {
  let n = 0;
  return () => snowflakeAt(firstMs + n * 60_000, n++);
}

const overwrite = (id: Snowflake, allow: bigint, deny: bigint): APIOverwrite => ({
  id,
  type: OverwriteType.Role,
  allow: allow.toString(),
  deny: deny.toString(),
});

function addRole(world: World, guild: Guild, fields: Partial<APIRole>): APIRole {
  return world.roles.create(guild, fields, { userId: guild.ownerId });
}

/** "Les Amis de Vagrolant": everything that a feature may meet. */
export function seedFriends(world: World): Guild {
  const nextId = idSource(SEED_DAY + DAY_MS);
  const owner = world.createUser({ id: nextId(), username: 'vagrolant_chef', globalName: 'Le chef' });
  const guild = world.guilds.create({
    id: nextId(),
    name: 'Les Amis de Vagrolant',
    ownerId: owner.id,
    features: ['COMMUNITY', 'NEWS'],
    description: 'Un serveur pour essayer Vagrolant.',
  });
  guild.roles.set(guild.id, {
    ...(guild.roles.get(guild.id) as APIRole),
    permissions: (BigInt(guild.roles.get(guild.id)?.permissions ?? 0) & ~P.MentionEveryone).toString(),
  });

  // Each new role comes in above @everyone and below the others: the lowest is made last.
  const moderation = addRole(world, guild, {
    id: nextId(),
    name: 'Modération',
    color: 0xe67e22,
    hoist: true,
    mentionable: true,
    permissions: (
      P.ManageMessages |
      P.KickMembers |
      P.BanMembers |
      P.ModerateMembers |
      P.MoveMembers |
      P.MuteMembers |
      P.ManageNicknames
    ).toString(),
  });
  const botRole = addRole(world, guild, {
    id: nextId(),
    name: world.bot.username,
    managed: true,
    permissions: BOT_PERMISSIONS.toString(),
    tags: { bot_id: world.bot.id },
  });
  const member = addRole(world, guild, { id: nextId(), name: 'Membre', color: 0x3498db, permissions: '0' });
  addRole(world, guild, {
    id: nextId(),
    name: 'Joueurs',
    color: 0x2ecc71,
    mentionable: true,
    permissions: '0',
  });
  addRole(world, guild, { id: nextId(), name: 'Annonces', mentionable: true, permissions: '0' });

  const people = PEOPLE.map(([username, displayed, nick], index) => {
    const user = world.createUser({ id: nextId(), username, globalName: displayed });
    const joined_at = world.timestamp(SEED_DAY + (index + 2) * DAY_MS);
    const roles = index < 2 ? [moderation.id, member.id] : index < 16 ? [member.id] : [];
    world.members.add(guild.id, user.id, { joined_at, roles, nick: nick ?? null });
    return user.id;
  });
  for (const [username, displayed] of BOTS) {
    const bot = world.createUser({ id: nextId(), username, globalName: displayed, bot: true });
    world.members.add(guild.id, bot.id, { joined_at: world.timestamp(SEED_DAY + 40 * DAY_MS) });
  }
  world.members.add(guild.id, world.bot.id, {
    roles: [botRole.id],
    joined_at: world.timestamp(SEED_DAY + 50 * DAY_MS),
  });

  const add = (draft: ChannelDraft, parent?: GuildChannel): GuildChannel =>
    world.channels.create(
      guild,
      { id: nextId(), ...draft, ...(parent && { parent_id: parent.id }) },
      { userId: owner.id },
    );
  const welcome = add({ name: 'Accueil', type: ChannelType.GuildCategory });
  const rules = add(
    {
      name: 'règlement',
      type: ChannelType.GuildText,
      topic: 'À lire en arrivant.',
      permission_overwrites: [overwrite(guild.id, 0n, P.SendMessages)],
    },
    welcome,
  );
  const news = add(
    {
      name: 'annonces',
      type: ChannelType.GuildAnnouncement,
      permission_overwrites: [
        overwrite(guild.id, 0n, P.SendMessages),
        overwrite(botRole.id, P.SendMessages | P.MentionEveryone, 0n),
      ],
    },
    welcome,
  );
  const chat = add({ name: 'Discussion', type: ChannelType.GuildCategory });
  const general = add({ name: 'général', type: ChannelType.GuildText, topic: 'On parle de tout.' }, chat);
  const resources = add({ name: 'ressources', type: ChannelType.GuildText }, chat);
  // The bot may read but not write here.
  add(
    {
      name: 'archives',
      type: ChannelType.GuildText,
      permission_overwrites: [
        overwrite(guild.id, 0n, P.SendMessages),
        overwrite(botRole.id, 0n, P.SendMessages),
      ],
    },
    chat,
  );
  add({ name: 'idées', type: ChannelType.GuildForum, topic: 'Une idée par fil.' }, chat);
  // The bot cannot see this one.
  const staff = add({
    name: 'coulisses',
    type: ChannelType.GuildText,
    permission_overwrites: [
      overwrite(guild.id, 0n, P.ViewChannel),
      overwrite(moderation.id, P.ViewChannel, 0n),
    ],
  });
  const voice = add({ name: 'Salons vocaux', type: ChannelType.GuildCategory });
  add({ name: '➕ Créer un salon', type: ChannelType.GuildVoice }, voice);
  const lounge = add({ name: 'Le canapé', type: ChannelType.GuildVoice, bitrate: 96_000 }, voice);
  add({ name: 'Duo', type: ChannelType.GuildVoice, user_limit: 2 }, voice);
  guild.systemChannelId = general.id;
  guild.rulesChannelId = rules.id;
  guild.publicUpdatesChannelId = staff.id;

  write(world, rules, [owner.id], ['1. Soyez aimables.\n2. Pas de publicité.'], SEED_DAY + 60 * DAY_MS);
  write(world, news, [owner.id], ['Bienvenue sur le nouveau serveur !'], SEED_DAY + 61 * DAY_MS);
  const old = Array.from({ length: 60 }, (_, n) => SMALL_TALK[n % SMALL_TALK.length] as string);
  write(world, general, people.slice(0, 7), old, SEED_DAY + 90 * DAY_MS, 3 * 3_600_000);
  write(world, general, people, SMALL_TALK.concat(SMALL_TALK), world.now() - 2 * DAY_MS, 7 * 60_000);
  write(world, resources, people.slice(2, 5), SMALL_TALK.slice(4, 8), world.now() - 5 * DAY_MS, 3_600_000);
  for (const userId of people.slice(3, 5)) world.voice.join(guild, lounge, userId);
  return guild;
}

/** "L'Atelier": a small guild in which the bot holds next to nothing. */
export function seedWorkshop(world: World): Guild {
  const nextId = idSource(SEED_DAY + 200 * DAY_MS);
  const owner = world.createUser({ id: nextId(), username: 'atelier_prop', globalName: 'Marguerite' });
  const guild = world.guilds.create({ id: nextId(), name: 'L’Atelier', ownerId: owner.id });
  const general = world.channels.create(guild, { id: nextId(), name: 'général' }, { userId: owner.id });
  world.channels.create(
    guild,
    { id: nextId(), name: 'Établi', type: ChannelType.GuildVoice },
    { userId: owner.id },
  );
  guild.systemChannelId = general.id;
  for (const [username, displayed] of [
    ['paul_menuisier', 'Paul'],
    ['odette_tisse', 'Odette'],
  ] as const) {
    world.members.add(guild.id, world.createUser({ id: nextId(), username, globalName: displayed }).id);
  }
  const role = world.roles.create(
    guild,
    {
      id: nextId(),
      name: world.bot.username,
      managed: true,
      permissions: P.ViewChannel.toString(),
      tags: { bot_id: world.bot.id },
    },
    { userId: owner.id },
  );
  world.members.add(guild.id, world.bot.id, { roles: [role.id] });
  write(world, general, [owner.id], ['Le bois est arrivé.'], SEED_DAY + 210 * DAY_MS);
  return guild;
}

/** Lines that were written from `fromMs` on, one every `stepMs`. */
function write(
  world: World,
  channel: GuildChannel,
  authors: Snowflake[],
  lines: string[],
  fromMs: number,
  stepMs = 60_000,
): void {
  for (const [n, content] of lines.entries()) {
    const at = fromMs + n * stepMs;
    if (at > world.now()) return;
    const message = world.messages.build(channel.id, authors[n % authors.length] as Snowflake, { content });
    world.messages.insert({ ...message, id: snowflakeAt(at, n % 4096), timestamp: world.timestamp(at) });
  }
}
