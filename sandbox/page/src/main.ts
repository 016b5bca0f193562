import { render } from 'lit';
import './styles/layout.css';
import './styles/sidebar.css';
import './styles/messages.css';
import './styles/controls.css';
import { currentLanguage } from './i18n.ts';
import { Store } from './store.ts';
import { app, loadContent } from './views/app.ts';

const root = document.getElementById('app') as HTMLElement;
let drawn = false;
let queued = false;

const NEAR_END_PX = 120;

/** Draws everything once per frame however often the store changed; one who reads the newest keeps up with it. */
function draw(): void {
  queued = false;
  const scroller = root.querySelector('.scroller');
  const atEnd = !scroller || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
  const channelBefore = root.dataset['channel'];
  if (!drawn) root.replaceChildren();
  drawn = true;
  render(app(store), root);
  const shown = root.querySelector('.scroller') ?? undefined;
  if (shown && shown !== observed) {
    resized.disconnect();
    resized.observe((observed = shown));
  }
  root.dataset['channel'] = store.channelId ?? '';
  root.dataset['connection'] = store.connection;
  document.documentElement.lang = currentLanguage();
  if (atEnd || channelBefore !== store.channelId) followEnd();
}

/** Messages grow after they are drawn (custom elements, pictures), so the end is followed a little longer. */
function followEnd(): void {
  const scroller = root.querySelector('.scroller');
  if (!scroller) return;
  const toEnd = (): void => scroller.scrollTo({ top: scroller.scrollHeight });
  toEnd();
  requestAnimationFrame(() => requestAnimationFrame(toEnd));
}

/** What is written below takes room from the messages: one who reads the newest keeps seeing them. */
let heightBefore = 0;
const resized = new ResizeObserver(([entry]) => {
  const { target: scroller, contentRect } = entry as ResizeObserverEntry;
  const lost = heightBefore - contentRect.height;
  heightBefore = contentRect.height;
  const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  if (lost > 0 && left < NEAR_END_PX + lost) followEnd();
});
let observed: Element | undefined;

const store = new Store(() => {
  if (queued) return;
  queued = true;
  requestAnimationFrame(draw);
});
store.onChange();
void store.connect();
void loadContent().then(store.onChange);
