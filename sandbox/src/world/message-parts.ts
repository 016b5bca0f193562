/** What Discord makes of the parts of a message that an author sends: embeds, component ids, mentions. */
import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import type { APIAttachment, APIEmbed, APIMessageTopLevelComponent, APIUser } from 'discord-api-types/v10';
import { cloneJson } from './json.ts';
import type { AllowedMentions, Guild, Snowflake } from './types.ts';

type Json = Record<string, unknown>;

const text = (value: unknown): string | undefined => {
  const trimmed = typeof value === 'string' ? value.trim() : '';
  return trimmed === '' ? undefined : trimmed;
};

/** Drops keys without a value. */
const compact = (object: Json): Json =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));

/** Embeds as Discord stores them: trimmed, typed, and of those with one URL only the first. */
export function normalizeEmbeds(embeds: unknown[], attachments: APIAttachment[]): APIEmbed[] {
  const url = (value: unknown): string | undefined => {
    const name = typeof value === 'string' && value.startsWith('attachment://') ? value.slice(13) : undefined;
    if (name === undefined) return text(value);
    return attachments.find(({ filename }) => filename === name)?.url ?? (value as string);
  };
  const media = (value: unknown): Json | undefined => {
    const link = url((value as Json | null | undefined)?.['url']);
    return link === undefined ? undefined : { url: link, proxy_url: link, width: 0, height: 0, flags: 0 };
  };
  const seen = new Set<string>();
  const result: APIEmbed[] = [];
  for (const embed of embeds as Json[]) {
    const link = text(embed['url']);
    if (link !== undefined && seen.has(link)) continue;
    if (link !== undefined) seen.add(link);
    const footer = embed['footer'] as Json | null | undefined;
    const author = embed['author'] as Json | null | undefined;
    const timestamp = embed['timestamp'];
    result.push(
      compact({
        type: 'rich',
        url: link,
        title: text(embed['title']),
        description: text(embed['description']),
        color: embed['color'],
        timestamp: typeof timestamp === 'string' ? isoTimestamp(timestamp) : undefined,
        image: media(embed['image']),
        thumbnail: media(embed['thumbnail']),
        footer:
          text(footer?.['text']) &&
          compact({ text: text(footer?.['text']), icon_url: url(footer?.['icon_url']) }),
        author:
          text(author?.['name']) &&
          compact({
            name: text(author?.['name']),
            url: text(author?.['url']),
            icon_url: url(author?.['icon_url']),
          }),
        fields: (embed['fields'] as Json[] | null | undefined)?.map((field) => ({
          name: text(field['name']),
          value: text(field['value']),
          inline: field['inline'] ?? false,
        })),
        content_scan_version: 0,
      }) as unknown as APIEmbed,
    );
  }
  return result;
}

const isoTimestamp = (value: string): string => new Date(value).toISOString().replace('Z', '000+00:00');

/** Characters that count against the 6000 of all embeds of a message. */
export function embedLength(embeds: unknown[]): number {
  const length = (value: unknown) => [...(text(value) ?? '')].length;
  let sum = 0;
  for (const embed of embeds as Json[]) {
    sum += length(embed['title']) + length(embed['description']);
    sum += length((embed['footer'] as Json | null | undefined)?.['text']);
    sum += length((embed['author'] as Json | null | undefined)?.['name']);
    for (const field of (embed['fields'] as Json[] | null | undefined) ?? []) {
      sum += length(field['name']) + length(field['value']);
    }
  }
  return sum;
}

/** Whether an embed shows anything. */
export const embedIsEmpty = (embed: unknown): boolean => {
  const { type: _, color: __, ...rest } = embed as Json;
  return Object.values(rest).every(
    (value) =>
      value == null ||
      (typeof value === 'string' && value.trim() === '') ||
      (Array.isArray(value) && value.length === 0),
  );
};

/** Where components hold others. */
export function childrenOf(component: Json): Json[] {
  const single = (key: string) => (component[key] ? [component[key] as Json] : []);
  return [
    ...((component['components'] as Json[] | undefined) ?? []),
    ...single('component'),
    ...single('accessory'),
  ];
}

/** A copy in which every component without an id has the next free one, in reading order. */
export function withComponentIds(components: unknown[]): APIMessageTopLevelComponent[] {
  const copy = cloneJson(components) as Json[];
  const all: Json[] = [];
  const collect = (component: Json) => {
    all.push(component);
    childrenOf(component).forEach(collect);
  };
  copy.forEach(collect);
  const used = new Set(all.map((component) => component['id']).filter(Boolean));
  let next = 1;
  for (const component of all) {
    if (component['id']) continue;
    while (used.has(next)) next++;
    component['id'] = next++;
  }
  return copy as unknown as APIMessageTopLevelComponent[];
}

/** Mentions read in components too, where version 2 puts its text. */
export function textOf(content: string, components: unknown[]): string {
  const texts = [content];
  const collect = (component: Json) => {
    if (component['type'] === 10 && typeof component['content'] === 'string')
      texts.push(component['content']);
    childrenOf(component).forEach(collect);
  };
  (components as Json[]).forEach(collect);
  return texts.join('\n');
}

export interface Mentions {
  everyone: boolean;
  users: APIUser[];
  roles: Snowflake[];
}

/** Whom the text pings: what is written, what the author may, and what `allowed_mentions` lets through. */
export function findMentions(
  content: string,
  allowed: AllowedMentions | null | undefined,
  users: ReadonlyMap<Snowflake, APIUser>,
  guild: Guild | undefined,
  granted: bigint,
): Mentions {
  const open = (kind: 'users' | 'roles' | 'everyone') =>
    allowed == null || (allowed.parse ?? []).includes(kind);
  const lets = (kind: 'users' | 'roles', id: Snowflake) => open(kind) || (allowed?.[kind] ?? []).includes(id);
  const mayPingAll = guild === undefined || (granted & P.MentionEveryone) !== 0n;

  const userIds = new Set([...content.matchAll(/<@!?(\d{1,20})>/g)].map(([, id]) => id as string));
  const roleIds = new Set([...content.matchAll(/<@&(\d{1,20})>/g)].map(([, id]) => id as string));
  return {
    everyone: guild !== undefined && mayPingAll && open('everyone') && /@(everyone|here)\b/.test(content),
    users: [...userIds].flatMap((id) => {
      const user = users.get(id);
      return user !== undefined && lets('users', id) ? [user] : [];
    }),
    roles: [...roleIds].filter((id) => {
      const role = guild?.roles.get(id);
      return role !== undefined && lets('roles', id) && (mayPingAll || role.mentionable);
    }),
  };
}
