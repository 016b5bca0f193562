/** The worlds that the sandbox starts with. Ids are the same at every start; recent messages follow the clock. */
import { randomBytes } from 'node:crypto';
import type { APIUser } from 'discord-api-types/v10';
import { BOT_PERMISSIONS, SEED_DAY, seedFriends, seedWorkshop } from './seed_guilds.ts';
import { snowflakeAt } from './snowflake.ts';
import type { Guild, Snowflake } from './types.ts';
import { World } from './world.ts';

const APPLICATION_ID = snowflakeAt(SEED_DAY, 1);
const DEVELOPER_ID = snowflakeAt(SEED_DAY, 2);
const MAX_LARGE = 5000;
const MAX_MEMBERS = 200_000;

export interface SeededWorld {
  world: World;
  /** The guild that the ready line names. */
  guildId: Snowflake;
}

/** @throws RangeError for a seed that does not exist */
export function seedWorld(seed: string, now?: () => number): SeededWorld {
  const world = newWorld(now);
  if (seed === 'default') {
    const guild = seedFriends(world);
    seedWorkshop(world);
    return { world, guildId: guild.id };
  }
  if (seed === 'empty') return { world, guildId: plainGuild(world, 0, 0).id };
  const large = /^large:(\d{1,5})(?::(\d{1,6}))?$/.exec(seed);
  const count = Number(large?.[1]);
  const members = Number(large?.[2] ?? 10);
  if (!large || count < 1 || count > MAX_LARGE || count * members > MAX_MEMBERS) {
    throw new RangeError(
      `unknown seed ${seed}: default, empty or large:N[:members], ${MAX_MEMBERS} members in all`,
    );
  }
  const first = plainGuild(world, 0, members);
  for (let n = 1; n < count; n++) plainGuild(world, n, members);
  return { world, guildId: first.id };
}

/** The application and its bot, whose token has the form that Discord's have. */
function newWorld(now?: () => number): World {
  const bot: APIUser = {
    id: APPLICATION_ID,
    username: 'Vagrolant',
    discriminator: '4217',
    global_name: null,
    avatar: null,
    bot: true,
    public_flags: 0 as NonNullable<APIUser['public_flags']>,
  };
  const part = (text: string) => Buffer.from(text).toString('base64url');
  const world = new World({
    application: {
      id: APPLICATION_ID,
      name: 'Vagrolant',
      description: '',
      // GATEWAY_PRESENCE_LIMITED, GATEWAY_GUILD_MEMBERS_LIMITED, GATEWAY_MESSAGE_CONTENT_LIMITED.
      flags: (1 << 13) | (1 << 15) | (1 << 19),
      ownerId: DEVELOPER_ID,
      verifyKey: randomBytes(32).toString('hex'),
    },
    bot,
    botToken: `${part(bot.id)}.${randomBytes(4).toString('base64url')}.${randomBytes(28).toString('base64url')}`,
    now,
  });
  world.createUser({ id: DEVELOPER_ID, username: 'developpeuse', globalName: 'La développeuse' });
  return world;
}

/** The n-th guild of a crowd: an owner, the bot, members and two channels. */
function plainGuild(world: World, n: number, members: number): Guild {
  // A prime step, so that the ids fall on every shard whatever their number.
  const day = SEED_DAY + (n + 1) * 1009;
  const owner = world.createUser({ id: snowflakeAt(day, 1), username: `owner_${n}` });
  const guild = world.guilds.create({
    id: snowflakeAt(day),
    name: n === 0 ? 'Vide' : `Serveur ${n}`,
    ownerId: owner.id,
  });
  if (members > 0) {
    guild.name = `Serveur ${n}`;
    world.channels.create(guild, { id: snowflakeAt(day, 2), name: 'général', type: 0 }, { userId: owner.id });
    world.channels.create(
      guild,
      { id: snowflakeAt(day, 3), name: 'Salon vocal', type: 2 },
      { userId: owner.id },
    );
  }
  for (let m = 2; m < members; m++) {
    const user = world.createUser({
      id: snowflakeAt(day + Math.floor(m / 1000), 10 + (m % 1000)),
      username: `membre_${n}_${m}`,
    });
    world.members.add(guild.id, user.id, { joined_at: world.timestamp(day + m) });
  }
  world.guilds.inviteBot(guild, BOT_PERMISSIONS);
  return guild;
}
