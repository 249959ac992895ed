/**
 * A text as it is; with its spaces taken out; as a list with a comma behind every character or word; or of terms as long as
 * they may be, no two of them alike.
 */
type Shape = 'text' | 'word' | 'list' | 'terms';

/** How much of a text: as many characters (code points) and bytes (UTF-8) as both allow. */
export interface Size {
  readonly characters?: number;
  readonly bytes?: number;
  readonly as?: Shape;
}

/** A text without end. */
export interface Text {
  readonly name: string;
  /** What comes at `index`: a character, or a word with the space behind it. */
  unit(index: number): string;
}

const repeated = (name: string, characters: string): Text => {
  const list = [...characters];
  return { name, unit: (index) => list[index % list.length] ?? '' };
};

/** Words of so many letters, none of which comes twice before all have come. */
const distinctWords = (name: string, letters: readonly string[], length: number): Text => ({
  name,
  unit(index) {
    let word = '';
    for (let rest = index, at = 0; at < length; at++, rest = Math.floor(rest / letters.length))
      word += letters[rest % letters.length];
    return `${word} `;
  },
});

const lettersFrom = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => String.fromCodePoint(first + at));

/**
 * What goes everywhere. The marks are of two classes in turns, so that putting them in order is work; wide ones have
 * four bytes.
 */
export const texts: readonly Text[] = [
  repeated('marks', '\u0301\u0316'),
  repeated('wide marks', '\u{1e944}\u{1e8d0}'),
  repeated('U+3300', '\u3300'),
  repeated('U+203C', '\u203c'),
  distinctWords('words', [...'abcdefghijklmnopqrstuvwxyz0123456789'], 3),
  repeated('punctuation', '?!'),
  repeated('spaces', ' '),
];

/** What is dearest where words are looked for, or where a text is put into ASCII. */
export const dearTexts: readonly Text[] = [
  ...texts,
  distinctWords('wide words', lettersFrom(0x10400, 40), 3),
  distinctWords('U+33xx words', lettersFrom(0x3300, 88), 16),
  repeated('joined words', 'a-'),
  repeated('mentions', '@a@'),
  // Words of scripts without spaces: a dictionary has them.
  { name: 'ideographs', unit: (index) => String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000)) },
  distinctWords('pairs of ideographs', lettersFrom(0x4e00, 300), 2),
  repeated('half-width kana', 'ｱｶﾞ-'),
  { name: 'syllables', unit: (index) => String.fromCodePoint(0xac00 + (index % 11_172)) },
];

const filled = new Map<string, string>();

/** As much of `text` as `size` allows. */
export function fill(text: Text, size: Size): string {
  const { characters = Infinity, bytes = Infinity, as = 'text' } = size;
  const key = [text.name, characters, bytes, as].join('/');
  const known = filled.get(key);
  if (known !== undefined) return known;
  const parts: string[] = [];
  let charactersLeft = characters;
  let bytesLeft = bytes;
  for (const character of charactersOf(text, as)) {
    charactersLeft--;
    bytesLeft -= Buffer.byteLength(character);
    if (charactersLeft < 0 || bytesLeft < 0) break;
    parts.push(character);
  }
  const made = parts.join('');
  filled.set(key, made);
  return made;
}

const termCharacters = 60;

function* charactersOf(text: Text, as: Shape): Generator<string> {
  if (as === 'terms') {
    for (let index = 0; ; index++) {
      const letters = fill(text, { characters: termCharacters, as: 'word' });
      yield* `${letters}${index.toString(36)},`;
    }
  }
  for (let index = 0; ; index++) {
    const unit = text.unit(index);
    const bare = unit.trimEnd();
    if (as === 'list') yield* `${bare},`;
    else if (as === 'word' && bare !== '') yield* bare;
    else yield* unit;
  }
}
