import { html, type TemplateResult } from 'lit';

const COLORS = ['#5865f2', '#3ba55d', '#c27c0e', '#e0457b', '#9b59b6', '#1f8b9b', '#d9534f', '#4f6fa8'];

function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? ['?'];
  const letters = words.length > 1 ? [words[0], words[1]] : [words[0]];
  return letters
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase();
}

const escapeXml = (text: string): string => text.replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const drawn = new Map<string, string>();

/** A picture of one's own for whoever bears `id`, as a data URI: initials on a colour that never changes. */
export function avatarUrl(id: string, name: string): string {
  const key = `${id}/${name}`;
  let url = drawn.get(key);
  if (!url) {
    const color = COLORS[Number(BigInt(id) % 1_000_003n) % COLORS.length];
    const picture =
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80"><rect width="80" height="80" fill="${color}"/>` +
      `<text x="40" y="41" fill="#fff" font-family="Noto Sans,Helvetica,Arial,sans-serif" font-size="33" font-weight="600" ` +
      `text-anchor="middle" dominant-baseline="central">${escapeXml(initials(name))}</text></svg>`;
    url = `data:image/svg+xml,${encodeURIComponent(picture)}`;
    drawn.set(key, url);
  }
  return url;
}

export function avatar(id: string, name: string, size: number): TemplateResult {
  return html`<img class="avatar" src=${avatarUrl(id, name)} width=${size} height=${size} alt="" />`;
}
