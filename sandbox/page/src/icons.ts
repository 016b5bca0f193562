import { svg, type SVGTemplateResult } from 'lit';

const icon = (path: SVGTemplateResult): SVGTemplateResult =>
  svg`<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`;

export const icons = {
  text: icon(svg`<path d="M10 3 8 21M16 3l-2 18M4 8.5h17M3 15.5h17" />`),
  announcement: icon(
    svg`<path d="M4 10v4a1 1 0 0 0 1 1h3l9 5V4L8 9H5a1 1 0 0 0-1 1ZM8 15l1.5 5.5M20.5 10v4" />`,
  ),
  voice: icon(
    svg`<path d="M11 5 6.5 9H3v6h3.5L11 19V5Z" fill="currentColor" /><path d="M15 9a4.5 4.5 0 0 1 0 6M18 6a9 9 0 0 1 0 12" />`,
  ),
  stage: icon(
    svg`<circle cx="12" cy="12" r="2.5" fill="currentColor" /><path d="M7.5 16.5a6.5 6.5 0 1 1 9 0M5 19.5a10.5 10.5 0 1 1 14 0M10 17h4l-1 4h-2Z" />`,
  ),
  forum: icon(svg`<path d="M4 4h12v9H9l-4 3.5V13H4ZM19 8h1.5v9H20v3.5L16.5 17H11" />`),
  locked: icon(svg`<path d="M5 11h14v10H5Z" fill="currentColor" /><path d="M8 11V8a4 4 0 0 1 8 0v3" />`),
  thread: icon(svg`<path d="M5 4v9a3 3 0 0 0 3 3h11M15 12l4 4-4 4" />`),
  chat: icon(svg`<path d="M4 4h16v12H10l-5 4.5V16H4Z" />`),
  chevron: icon(svg`<path d="m7 10 5 5 5-5" />`),
  menu: icon(svg`<path d="M4 6h16M4 12h16M4 18h16" />`),
  close: icon(svg`<path d="m6 6 12 12M18 6 6 18" />`),
  muted: icon(
    svg`<path d="M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3ZM6 11a6 6 0 0 0 12 0M12 17v4" /><path d="M4 3l16 18" stroke="#f23f43" />`,
  ),
  deafened: icon(
    svg`<path d="M4 15v-3a8 8 0 0 1 16 0v3M4 14h3v6H4ZM17 14h3v6h-3Z" /><path d="M4 3l16 18" stroke="#f23f43" />`,
  ),
  hangUp: icon(
    svg`<path d="M3 14c5-5.5 13-5.5 18 0l-2.5 3-4-2v-2.5a9 9 0 0 0-5 0V15l-4 2Z" fill="currentColor" />`,
  ),
  trash: icon(svg`<path d="M4 6h16M9 6V4h6v2M6 6l1 14h10l1-14M10 10v6M14 10v6" />`),
  send: icon(svg`<path d="M4 4l17 8-17 8 3-8Zm3 8h7" />`),
  eye: icon(
    svg`<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" /><circle cx="12" cy="12" r="3" />`,
  ),
  bot: icon(svg`<rect x="4" y="8" width="16" height="12" rx="3" /><path d="M12 4v4M9 13v2M15 13v2" />`),
  link: icon(svg`<path d="M14 4h6v6M20 4l-9 9M18 14v6H4V6h6" />`),
  file: icon(svg`<path d="M6 3h8l4 4v14H6ZM14 3v4h4" />`),
  role: icon(svg`<path d="M12 3l8 3v6c0 4.5-3.5 7.5-8 9-4.5-1.5-8-4.5-8-9V6Z" />`),
  slash: icon(svg`<rect x="3" y="3" width="18" height="18" rx="4" /><path d="m14 7-4 10" />`),
} as const;

export function channelIcon(type: number): SVGTemplateResult {
  if (type === 5) return icons.announcement;
  if (type === 2) return icons.voice;
  if (type === 13) return icons.stage;
  if (type === 15 || type === 16) return icons.forum;
  if (type >= 10 && type <= 12) return icons.thread;
  return icons.text;
}
