/** What the frame of the page does without for its first paint: all that draws Discord's own content. */
export { messages } from './messages.ts';
export { modal } from './modal.ts';
