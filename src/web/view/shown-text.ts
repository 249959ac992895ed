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
