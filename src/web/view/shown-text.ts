/**
 * Characters that nobody sees and that change what others look like: directions, fillers, tags, and the like. Joiners
 * and variation selectors stay: scripts and emoji need them.
 */
const unseen =
  /[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cc}(?<!\t)|\p{Cs}/gu;
/** More marks on one letter than any language has would cover the lines around it. */
const manyMarks = /(\p{M}{4})\p{M}+/gu;

/** What a stranger wrote, with what nobody would see written out: `\u{202e}`. */
export function shownText(text: string): string {
  return text
    .replaceAll(unseen, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replaceAll(manyMarks, '$1');
}

/** Marks, and scripts whose letters may be higher than a line. */
const tall =
  /\p{M}|[^\p{ASCII}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Hani}\p{sc=Hang}\p{sc=Hira}\p{sc=Kana}\u00a0-\u00bf\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u3000-\u3020]/u;

/** Whether `text` may reach out of its lines. To cut all texts at their lines would take a fifth of a millisecond a frame. */
export const isTall = (text: string): boolean => tall.test(text);
