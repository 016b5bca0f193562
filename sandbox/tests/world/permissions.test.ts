import { ChannelType, OverwriteType, PermissionFlagsBits as P } from 'discord-api-types/v10';
import { describe, expect, test } from 'vitest';
import { ALL_PERMISSIONS } from '../../src/world/permissions.ts';
import { seedWorld } from '../../src/world/seed.ts';
import type { Guild, GuildChannel } from '../../src/world/types.ts';
import type { World } from '../../src/world/world.ts';

const NOW = Date.UTC(2026, 0, 1);
const READ = P.ViewChannel | P.ReadMessageHistory;

interface Case {
  name: string;
  everyone?: bigint;
  /** Permissions of the two roles that the member has. */
  roles?: [bigint, bigint];
  type?: ChannelType;
  /** [whose, allow, deny] */
  overwrites?: ['everyone' | 'role1' | 'role2' | 'member' | 'stranger', bigint, bigint][];
  owner?: boolean;
  timeout?: number;
  expected: bigint;
}

const base = P.ViewChannel | P.SendMessages | P.ReadMessageHistory;
const voice = P.ViewChannel | P.Connect | P.Speak | P.ManageChannels;

const cases: Case[] = [
  { name: '@everyone alone', everyone: base, expected: base },
  {
    name: 'roles add to @everyone',
    everyone: base,
    roles: [P.AttachFiles, P.EmbedLinks],
    expected: base | P.AttachFiles | P.EmbedLinks,
  },
  {
    name: 'the owner has everything, whatever is denied',
    owner: true,
    overwrites: [['member', 0n, ALL_PERMISSIONS]],
    expected: ALL_PERMISSIONS,
  },
  {
    name: 'ADMINISTRATOR has everything',
    roles: [P.Administrator, 0n],
    overwrites: [['everyone', 0n, P.ViewChannel]],
    expected: ALL_PERMISSIONS,
  },
  {
    name: '@everyone denied',
    everyone: base,
    overwrites: [['everyone', 0n, P.ReadMessageHistory]],
    expected: base & ~P.ReadMessageHistory,
  },
  {
    name: '@everyone denied, allowed by a role',
    everyone: base,
    overwrites: [
      ['everyone', 0n, P.SendMessages],
      ['role1', P.SendMessages, 0n],
    ],
    expected: base,
  },
  {
    name: 'denied by one role, allowed by the other: allowed',
    everyone: base,
    overwrites: [
      ['role1', 0n, P.SendMessages],
      ['role2', P.SendMessages, 0n],
    ],
    expected: base,
  },
  {
    name: 'allowed by a role, denied to the member',
    everyone: base,
    overwrites: [
      ['role1', P.AddReactions, 0n],
      ['member', 0n, P.AddReactions],
    ],
    expected: base,
  },
  {
    name: 'denied by a role, allowed to the member',
    everyone: base,
    overwrites: [
      ['role1', 0n, P.SendMessages],
      ['member', P.SendMessages, 0n],
    ],
    expected: base,
  },
  {
    name: 'an overwrite for someone else does nothing',
    everyone: base,
    overwrites: [['stranger', P.AddReactions, base]],
    expected: base,
  },
  {
    name: 'no VIEW_CHANNEL, nothing',
    everyone: base | P.ManageChannels,
    overwrites: [['everyone', 0n, P.ViewChannel]],
    expected: 0n,
  },
  {
    name: 'no SEND_MESSAGES, nothing to attach',
    everyone: base | P.AttachFiles | P.EmbedLinks | P.MentionEveryone,
    overwrites: [['everyone', 0n, P.SendMessages]],
    expected: READ,
  },
  {
    name: 'voice without CONNECT: not even MANAGE_CHANNELS',
    everyone: voice,
    type: ChannelType.GuildVoice,
    overwrites: [['everyone', 0n, P.Connect]],
    expected: P.ViewChannel,
  },
  {
    name: 'text without CONNECT: no matter',
    everyone: base,
    overwrites: [['everyone', 0n, P.Connect]],
    expected: base,
  },
  { name: 'timed out: only reading', everyone: base | P.AddReactions, timeout: 1000, expected: READ },
  { name: 'a timeout that is over', everyone: base, timeout: -1000, expected: base },
  {
    name: 'an administrator cannot be timed out',
    roles: [P.Administrator, 0n],
    timeout: 1000,
    expected: ALL_PERMISSIONS,
  },
];

function scene(spec: Case): { world: World; guild: Guild; channel: GuildChannel; userId: string } {
  const { world, guildId } = seedWorld('empty', () => NOW);
  const guild = world.guilds.get(guildId) as Guild;
  const actor = { userId: guild.ownerId };
  world.roles.edit(guild, guild.id, { permissions: (spec.everyone ?? 0n).toString() }, actor);
  const roles = (spec.roles ?? [0n, 0n]).map(
    (permissions) => world.roles.create(guild, { permissions: permissions.toString() }, actor).id,
  );
  const userId = spec.owner ? guild.ownerId : world.createUser({ username: 'membre' }).id;
  world.members.add(guild.id, userId, { roles });
  if (spec.timeout !== undefined) {
    world.members.edit(
      guild,
      userId,
      { communication_disabled_until: world.timestamp(NOW + spec.timeout) },
      actor,
    );
  }
  const ids = {
    everyone: guild.id,
    role1: roles[0] as string,
    role2: roles[1] as string,
    member: userId,
    stranger: world.bot.id,
  };
  const channel = world.channels.create(
    guild,
    {
      name: 'salon',
      type: spec.type ?? ChannelType.GuildText,
      permission_overwrites: (spec.overwrites ?? []).map(([whose, allow, deny]) => ({
        id: ids[whose],
        type: whose === 'member' || whose === 'stranger' ? OverwriteType.Member : OverwriteType.Role,
        allow: allow.toString(),
        deny: deny.toString(),
      })),
    },
    actor,
  );
  return { world, guild, channel, userId };
}

describe('permissions in a channel', () => {
  test.each(cases)('$name', (spec) => {
    const { world, guild, channel, userId } = scene(spec);
    expect(world.permissions.inChannel(guild, channel, userId)).toBe(spec.expected);
  });
});

test('a stranger has none', () => {
  const { world, guild, channel } = scene({ name: '', everyone: base, expected: 0n });
  const stranger = world.createUser({ username: 'dehors' });
  expect(world.permissions.inGuild(guild, stranger.id)).toBe(0n);
  expect(world.permissions.inChannel(guild, channel, stranger.id)).toBe(0n);
});

test('a thread follows its parent; a private one is seen by its members and moderators alone', () => {
  const { world, guild, channel, userId } = scene({ name: '', everyone: base, expected: 0n });
  const open = world.threads.create(
    guild,
    channel,
    { name: 'ouvert', type: ChannelType.PublicThread },
    { userId: guild.ownerId },
  );
  const shut = world.threads.create(
    guild,
    channel,
    { name: 'fermé', type: ChannelType.PrivateThread },
    { userId: guild.ownerId },
  );
  expect(world.permissions.inChannel(guild, open, userId)).toBe(base);
  expect(world.permissions.canView(guild, open, userId)).toBe(true);
  expect(world.permissions.canView(guild, shut, userId)).toBe(false);
  expect(world.permissions.canView(guild, shut, guild.ownerId)).toBe(true);
  world.channels.setOverwrite(
    channel.id,
    { id: guild.id, type: 0, allow: P.ManageThreads.toString(), deny: '0' },
    { userId },
  );
  expect(world.permissions.canView(guild, shut, userId)).toBe(true);
});

test('in a thread files and links go by SEND_MESSAGES_IN_THREADS', () => {
  const everyone = base | P.AttachFiles;
  const { world, guild, channel, userId } = scene({ name: '', everyone, expected: 0n });
  const actor = { userId: guild.ownerId };
  const thread = world.threads.create(guild, channel, { name: 'fil' }, actor);
  expect(world.permissions.inChannel(guild, thread, userId) & P.AttachFiles).toBe(0n);
  world.roles.edit(guild, guild.id, { permissions: (everyone | P.SendMessagesInThreads).toString() }, actor);
  expect(world.permissions.inChannel(guild, thread, userId) & P.AttachFiles).toBe(P.AttachFiles);
});
