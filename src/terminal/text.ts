/** Escapes untrusted text for a terminal. */

const plain = /^[\t\x20-\x7e]*$/;
/**
 * One unit of text: a hidden character, or a base with its marks. Hidden are controls but TAB, lone surrogates, line
 * and paragraph separators, and everything that Unicode lets a renderer ignore (bidi controls, zero-width space, tag
 * characters, fillers) except marks and joiners.
 */
const unit =
  /(?<hidden>(?![\t\p{M}\u200c\u200d])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{DI}\ufff9-\ufffb])|(?<base>[^\p{M}\u200c\u200d])?(?<marks>[\p{M}\u200c\u200d]*)/gu;
/** The characters after which a joiner is kept: letters and marks of scripts that join, and emoji. */
const joining =
  /[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{Emoji_Modifier}\p{M}]|(?![\u0000-\u05ff])\p{L}/u;
const maxMarks = 4;

/**
 * Returns `text` in a form that is safe to print on one line. Everything that could control the terminal, or reorder or
 * hide what it shows, is escaped as in `\u{1b}`, so no control character but TAB is left. At most four marks are kept
 * per character.
 */
export function visible(text: string): string {
  if (plain.test(text)) return text;
  let result = '';
  for (const { groups } of text.matchAll(unit)) {
    if (groups?.hidden !== undefined) result += written(groups.hidden);
    else result += (groups?.base ?? '') + visibleMarks(groups?.base, groups?.marks ?? '');
  }
  return result;
}

function visibleMarks(base: string | undefined, marks: string): string {
  let result = '';
  let previous = base;
  let count = 0;
  for (const mark of marks) {
    const isJoiner = mark === '\u200c' || mark === '\u200d';
    // Without a base it would combine with what is printed before it.
    if (base === undefined || base === '\t') result += written(mark);
    else if (isJoiner) result += previous !== undefined && joining.test(previous) ? mark : written(mark);
    else if (++count <= maxMarks) result += mark;
    previous = mark;
  }
  return result;
}

function written(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
