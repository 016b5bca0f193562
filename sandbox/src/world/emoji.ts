/** A picture of Unicode's, with or without its variation selectors; a digit or a word is none. */
export function isEmoji(text: string): boolean {
  return [text, text.replace(/\uFE0F/gu, ''), `${text}\uFE0F`].some((one) => /^\p{RGI_Emoji}$/v.test(one));
}
