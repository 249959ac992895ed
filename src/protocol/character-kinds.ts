/** What a character is to the words around it. */
export const characterKinds = {
  /** Punctuation, symbols, and what only follows symbols to form an emoji: joiner, selectors, keycap, tags. */
  punctuation: 1,
  /** Letters, digits, and whatever else is none of the other kinds. */
  letter: 2,
  /** Belongs to the character before it. */
  mark: 3,
  /** A letter of a script that puts no spaces between words. */
  unspaced: 4,
  /** White space, and invisible characters that stand between words. */
  gap: 5,
} as const;

const punctuation = /\p{P}|\p{S}|\u200d|\ufe0e|\ufe0f|\u20e3|[\u{e0020}-\u{e007f}]/u;
const gap = /[\s\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;
const mark = /\p{M}/u;
/** Those for which Unicode's word boundaries need a dictionary. Some letters belong to several scripts. */
const unspaced =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

/** Caches each character's kind, 0 for unknown: a regular expression takes ten times as long. */
const knownKinds = new Uint8Array(0x11_0000);

/** Returns the kind of the character with this code point, one of `characterKinds`. */
export function kindOf(code: number): number {
  knownKinds[code] ||= findKind(String.fromCodePoint(code));
  return knownKinds[code] ?? 0;
}

function findKind(character: string): number {
  if (punctuation.test(character)) return characterKinds.punctuation;
  if (gap.test(character)) return characterKinds.gap;
  if (mark.test(character)) return characterKinds.mark;
  return unspaced.test(character) ? characterKinds.unspaced : characterKinds.letter;
}

export function isPunctuation(code: number): boolean {
  return kindOf(code) === characterKinds.punctuation;
}

/** How many UTF-16 units the character takes. */
export function unitsOf(code: number): number {
  return code > 0xffff ? 2 : 1;
}

/** Returns the character of `text` that ends at `end`. */
export function codeBefore(text: string, end: number): number {
  const code = end < 2 ? 0 : (text.codePointAt(end - 2) ?? 0);
  return code > 0xffff ? code : text.charCodeAt(end - 1);
}
