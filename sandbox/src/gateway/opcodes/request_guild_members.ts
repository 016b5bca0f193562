import { GatewayIntentBits, GatewayOpcodes } from 'discord-api-types/v10';
import { GatewayCloseCodes } from 'discord-api-types/v10';
import { z } from 'zod';
import type { Guild, Member } from '../../world/types.ts';
import { GatewayClose } from '../close_codes.ts';
import type { Connection } from '../connection.ts';
import type { Gateway } from '../gateway.ts';
import type { Session } from '../session.ts';
import { decode } from './decode.ts';
import { snowflakeSchema } from './snowflake.ts';

const CHUNK = 1000;
const MAX_FOUND = 100;
const MAX_NONCE_BYTES = 32;

const requestSchema = z.object({
  guild_id: z.union([
    snowflakeSchema,
    z
      .array(snowflakeSchema)
      .length(1)
      .transform((ids) => ids[0] as string),
  ]),
  query: z.string().nullish(),
  limit: z.int().min(0).nullish(),
  presences: z.boolean().nullish(),
  user_ids: z.union([snowflakeSchema.transform((id) => [id]), z.array(z.unknown())]).nullish(),
  nonce: z.string().nullish(),
});

type Request = z.infer<typeof requestSchema>;

/** Op 8: GUILD_MEMBERS_CHUNK by prefix, by ids, or of everybody. */
export function requestGuildMembers(gateway: Gateway, connection: Connection, d: unknown): void {
  const request = decode(requestSchema, d);
  if (request.query == null && request.user_ids == null)
    throw new GatewayClose(GatewayCloseCodes.DecodeError);
  const session = connection.session;
  const guild = gateway.guildOfBot(request.guild_id);
  if (session === null || guild === undefined || guild.unavailable || !session.owns(guild.id)) return;

  const nonce = keptNonce(request.nonce);
  const everybody = request.user_ids == null && request.query === '' && (request.limit ?? 0) === 0;
  if (everybody) {
    if (!session.has(GatewayIntentBits.GuildMembers)) return;
    const retryAfterMs = gateway.memberListWaitMs(guild.id);
    if (retryAfterMs > 0) {
      gateway.dispatchTo(session, 'RATE_LIMITED', {
        opcode: GatewayOpcodes.RequestGuildMembers,
        retry_after: retryAfterMs / 1000,
        meta: { guild_id: guild.id, ...nonce },
      });
      return;
    }
  }
  const { members, notFound } = select(guild, request, everybody);
  sendChunks(gateway, session, guild, members, {
    ...(notFound !== undefined && { not_found: notFound }),
    ...nonce,
    presences: request.presences === true && session.has(GatewayIntentBits.GuildPresences),
  });
}

/** A nonce that is too long is dropped, not refused. */
function keptNonce(nonce: string | null | undefined): { nonce?: string } {
  return nonce != null && Buffer.byteLength(nonce) <= MAX_NONCE_BYTES ? { nonce } : {};
}

function select(
  guild: Guild,
  request: Request,
  everybody: boolean,
): { members: Member[]; notFound?: unknown[] } {
  if (everybody) return { members: [...guild.members.values()] };
  if (request.user_ids != null) {
    const members: Member[] = [];
    const notFound: unknown[] = [];
    for (const id of request.user_ids.slice(0, MAX_FOUND)) {
      const member = guild.members.get(String(id));
      if (member === undefined) notFound.push(id);
      else members.push(member);
    }
    return { members, notFound };
  }
  const prefix = (request.query ?? '').toLowerCase();
  const limit = Math.min(request.limit || MAX_FOUND, MAX_FOUND);
  const matches = (member: Member) =>
    member.user.username.toLowerCase().startsWith(prefix) ||
    (member.nick ?? '').toLowerCase().startsWith(prefix);
  return { members: [...guild.members.values()].filter(matches).slice(0, limit) };
}

function sendChunks(
  gateway: Gateway,
  session: Session,
  guild: Guild,
  members: Member[],
  extra: { not_found?: unknown[]; nonce?: string; presences: boolean },
): void {
  const { presences, ...rest } = extra;
  const count = Math.max(1, Math.ceil(members.length / CHUNK));
  for (let index = 0; index < count; index++) {
    const part = members.slice(index * CHUNK, (index + 1) * CHUNK);
    gateway.dispatchTo(session, 'GUILD_MEMBERS_CHUNK', {
      guild_id: guild.id,
      members: part,
      chunk_index: index,
      chunk_count: count,
      ...rest,
      ...(presences && { presences: gateway.presencesOf(guild, part) }),
    });
  }
}
