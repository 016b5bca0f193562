import { parse, rulesExtended, SimpleMarkdown } from 'discord-markdown-parser';
import { html, nothing, type TemplateResult } from 'lit';
import '@skyra/discord-components-core/discord-mention.js';
import '@skyra/discord-components-core/discord-spoiler.js';
import { cssColor, displayName, isForum, isThread, isVoice, memberOf } from '../discord.ts';
import { clock, clockSeconds, dateAndTime, fullDate, longDate, relative, shortDate, t } from '../i18n.ts';
import type { Store } from '../store.ts';

/** A node of the parser's tree; which fields it has depends on `type`. */
interface Node {
  type: string;
  content?: string | Node[];
  target?: string;
  id?: string;
  name?: string;
  fullName?: string;
  level?: number;
  lang?: string;
  timestamp?: string;
  format?: string;
  depth?: number;
  number?: string;
}

/** The parser knows no lists: one line of one is a node of its own. */
const listItem: (typeof rulesExtended)[string] = {
  order: 0.5,
  match: (source: string, state: { prevCapture?: RegExpExecArray | null }) =>
    /(^|\n)$/.test(state.prevCapture?.[0] ?? '')
      ? /^( *)(?:[-*]|(\d{1,9})\.) +([^\n]+)(?:\n|$)/.exec(source)
      : null,
  parse: (capture: string[], nested: (source: string, state: object) => unknown, state: object) => ({
    depth: Math.min(4, Math.floor((capture[1] ?? '').length / 2)),
    number: capture[2],
    content: nested(capture[3] ?? '', { ...state, inline: true }),
  }),
};

const parser = SimpleMarkdown.parserFor({ ...rulesExtended, listItem });

function read(text: string): Node[] {
  try {
    return parser(text, { inline: true }) as Node[];
  } catch {
    return parse(text) as Node[];
  }
}

/** Links lead out of the page, and only over HTTP. */
function link(target: string, content: unknown): unknown {
  if (!/^https?:\/\//i.test(target)) return content;
  return html`<a href=${target} target="_blank" rel="noopener noreferrer">${content}</a>`;
}

const TIME_FORMATS: Record<string, (date: Date) => string> = {
  t: clock,
  T: clockSeconds,
  d: shortDate,
  D: longDate,
  f: dateAndTime,
  F: fullDate,
  R: relative,
};

function timestamp(node: Node): unknown {
  const date = new Date(Number(node.timestamp) * 1000);
  if (Number.isNaN(date.getTime())) return node.timestamp;
  const shown = (TIME_FORMATS[node.format ?? 'f'] ?? dateAndTime)(date);
  return html`<time class="stamp" datetime=${date.toISOString()} title=${fullDate(date)}>${shown}</time>`;
}

function userMention(store: Store, id: string): TemplateResult {
  const user = store.state?.users.find((candidate) => candidate.id === id);
  const member = store.guild && memberOf(store.guild, id);
  const name = user ? displayName(user, member) : id;
  return html`<discord-mention type="user">${name}</discord-mention>`;
}

function channelMention(store: Store, id: string): TemplateResult {
  const channel = store.guild?.channels.find((candidate) => candidate.id === id);
  if (!channel) return html`<discord-mention type="channel">${id}</discord-mention>`;
  const type = isVoice(channel)
    ? 'voice'
    : isForum(channel)
      ? 'forum'
      : isThread(channel)
        ? 'thread'
        : 'channel';
  return html`<a class="plain" href="#${store.guildId}/${id}"
    ><discord-mention type=${type}>${channel.name}</discord-mention></a
  >`;
}

function roleMention(store: Store, id: string): TemplateResult {
  const role = store.guild?.roles.find((candidate) => candidate.id === id);
  return html`<discord-mention type="role" color=${role?.color ? cssColor(role.color) : '#c9cdfb'}
    >${role?.name ?? id}</discord-mention
  >`;
}

function inside(store: Store, node: Node): unknown {
  return typeof node.content === 'string' ? node.content : node.content?.map((child) => draw(store, child));
}

function heading(level: number | undefined, content: unknown): TemplateResult {
  if (level === 1) return html`<h3 class="h1">${content}</h3>`;
  return level === 2 ? html`<h4 class="h2">${content}</h4>` : html`<h5 class="h3">${content}</h5>`;
}

function draw(store: Store, node: Node): unknown {
  const content = inside(store, node);
  switch (node.type) {
    case 'text':
    case 'emoticon':
    case 'twemoji':
      return content ?? node.name;
    case 'br':
    case 'newline':
      return html`<br />`;
    case 'strong':
      return html`<strong>${content}</strong>`;
    case 'em':
      return html`<em>${content}</em>`;
    case 'underline':
      return html`<u>${content}</u>`;
    case 'strikethrough':
      return html`<s>${content}</s>`;
    case 'spoiler':
      return html`<discord-spoiler role="button" tabindex="0" aria-label=${t('spoiler')}
        >${content}</discord-spoiler
      >`;
    case 'inlineCode':
      return html`<code>${content}</code>`;
    case 'codeBlock':
      return html`<pre><code data-lang=${node.lang ?? nothing}>${content}</code></pre>`;
    case 'blockQuote':
      return html`<blockquote>${content}</blockquote>`;
    case 'heading':
      return heading(node.level, content);
    case 'subtext':
      return html`<small class="subtext">${content}</small>`;
    case 'listItem':
      return html`<div class="list-item" style="--depth:${node.depth ?? 0}">
        <span>${node.number ? `${node.number}.` : '•'}</span><span>${content}</span>
      </div>`;
    case 'url':
    case 'autolink':
    case 'link':
      return link(node.target ?? '', content);
    case 'user':
      return userMention(store, node.id ?? '');
    case 'channel':
      return channelMention(store, node.id ?? '');
    case 'role':
      return roleMention(store, node.id ?? '');
    case 'everyone':
    case 'here':
      return html`<discord-mention type="user">${node.type}</discord-mention>`;
    case 'emoji':
      return html`<span class="custom-emoji">:${node.name}:</span>`;
    case 'timestamp':
      return timestamp(node);
    case 'slashCommand':
      return html`<discord-mention type="slash">${node.fullName ?? node.name}</discord-mention>`;
    default:
      return content;
  }
}

/** Discord's Markdown as the page's elements; mentions by their names in the guild on show. */
export function markdown(store: Store, text: string): unknown {
  return read(text).map((node) => draw(store, node));
}
