import { AuditLogEvent } from 'discord-api-types/v10';
import { randomBytes } from 'node:crypto';
import type { Actor, Guild, GuildChannel, Snowflake } from './types.ts';
import type { World } from './world.ts';

export interface Invite {
  code: string;
  guildId: Snowflake;
  channelId: Snowflake;
  inviterId: Snowflake;
  maxAge: number;
  maxUses: number;
  temporary: boolean;
  createdAt: number;
}

/** Kept at most: the oldest make room. */
const MAX_INVITES = 1000;

export class Invites {
  #world: World;
  #byCode = new Map<string, Invite>();

  constructor(world: World) {
    this.#world = world;
  }

  create(
    guild: Guild,
    channel: GuildChannel,
    fields: { maxAge: number; maxUses: number; temporary: boolean },
    actor: Actor,
  ): Invite {
    const invite: Invite = {
      code: randomBytes(6).toString('base64url'),
      guildId: guild.id,
      channelId: channel.id,
      inviterId: actor.userId,
      createdAt: this.#world.now(),
      ...fields,
    };
    this.#byCode.set(invite.code, invite);
    if (this.#byCode.size > MAX_INVITES) this.#byCode.delete(this.#byCode.keys().next().value as string);
    this.#world.emit({
      t: 'INVITE_CREATE',
      guildId: guild.id,
      channelId: channel.id,
      data: {
        code: invite.code,
        type: 0,
        guild_id: guild.id,
        channel_id: channel.id,
        created_at: this.#world.timestamp(invite.createdAt),
        inviter: this.#world.users.get(actor.userId),
        max_age: invite.maxAge,
        max_uses: invite.maxUses,
        temporary: invite.temporary,
        uses: 0,
        expires_at:
          invite.maxAge === 0 ? null : this.#world.timestamp(invite.createdAt + invite.maxAge * 1000),
      },
    });
    this.#world.audit.write(guild, actor, AuditLogEvent.InviteCreate, null, [
      { key: 'code', new_value: invite.code },
      { key: 'channel_id', new_value: channel.id },
      { key: 'max_age', new_value: invite.maxAge },
      { key: 'max_uses', new_value: invite.maxUses },
    ]);
    return invite;
  }
}
