import { matchesIn } from '../../protocol/matches.ts';

/** A part of a text that is drawn in one way. */
export interface TextPart {
  readonly text: string;
  /** It is a word that brought the message. */
  readonly isMarked?: boolean;
  /** It is the address of a page. */
  readonly isLink?: boolean;
  /** It is a name among words that run from right to left, which would move its `@` to its end. */
  readonly isName?: boolean;
}

/**
 * The blocks of Unicode whose characters run from right to left unless said otherwise: those with R or AL in the `@missing`
 * lines of https://www.unicode.org/Public/17.0.0/ucd/extracted/DerivedBidiClass.txt
 */
const runsFromRight =
  /[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** Not what follows the `@` of a mail address: set apart from what stands before it, it would change places with it. */
const mention = /(?<![\p{L}\p{N}_.+-])@[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,18}[A-Za-z0-9])?/gu;

const address = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u007f]{1,2000}/giu;
/** What follows an address in a sentence. */
const afterAddress = '.,;:!?)]}»”’';

/** Splits `text` at the words of `terms`, and at addresses of pages. */
export function partsOf(text: string, terms: readonly string[]): readonly TextPart[] {
  const parts: TextPart[] = [];
  const plain = runsFromRight.test(text) ? addNames : addPlain;
  let at = 0;
  for (const found of text.matchAll(address)) {
    const link = withoutEnd(found[0]);
    if (!URL.canParse(link)) continue;
    addMarked(text.slice(at, found.index), terms, parts, plain);
    parts.push({ text: link, isLink: true });
    at = found.index + link.length;
  }
  addMarked(text.slice(at), terms, parts, plain);
  return parts;
}

type AddParts = (text: string, parts: TextPart[]) => void;

function addMarked(text: string, terms: readonly string[], parts: TextPart[], plain: AddParts): void {
  let at = 0;
  for (const { start, end } of terms.length === 0 ? [] : matchesIn(text, terms)) {
    if (end <= at) continue;
    const from = Math.max(at, start);
    plain(text.slice(at, from), parts);
    parts.push({ text: text.slice(from, end), isMarked: true });
    at = end;
  }
  plain(text.slice(at), parts);
}

const addPlain: AddParts = (text, parts) => {
  if (text !== '') parts.push({ text });
};

const addNames: AddParts = (text, parts) => {
  let at = 0;
  for (const found of text.matchAll(mention)) {
    addPlain(text.slice(at, found.index), parts);
    parts.push({ text: found[0], isName: true });
    at = found.index + found[0].length;
  }
  addPlain(text.slice(at), parts);
};

const wordBreak = /[\s"'`“”‘’«»()[\]{}<>]/u;
const beginsWord = /[\p{L}\p{N}@]/u;
const endsWord = /[\p{L}\p{N}]/u;

/** `written` without punctuation around it. A regular expression would take quadratic time for much punctuation. */
function bare(written: string): string {
  const characters = [...written];
  const start = characters.findIndex((character) => beginsWord.test(character));
  const end = characters.findLastIndex((character) => endsWord.test(character));
  return start < 0 ? '' : characters.slice(start, end + 1).join('');
}

/** `written`, an address, without the punctuation of the sentence that it stands in. */
function withoutEnd(written: string): string {
  let end = written.length;
  while (end > 0 && afterAddress.includes(written[end - 1] ?? '')) end--;
  return written.slice(0, end);
}

/** The word of `text` around `offset` (UTF-16 units), without punctuation around it; undefined between words. */
export function wordAt(text: string, offset: number): string | undefined {
  let start = offset;
  while (start > 0 && !wordBreak.test(text[start - 1] ?? ' ')) start--;
  let end = offset;
  while (end < text.length && !wordBreak.test(text[end] ?? ' ')) end++;
  const word = bare(text.slice(start, end));
  return word === '' || [...word].length > 64 ? undefined : word;
}

/** The words of `text` that somebody may want to follow, each once, at most `most`. */
export function wordsToOffer(text: string, most: number): readonly string[] {
  const words = new Set<string>();
  for (const written of text.slice(0, 2_000).split(/\s+/u)) {
    const word = bare(written);
    if ([...word].length >= 3 && [...word].length <= 64) words.add(word.toLowerCase());
    if (words.size === most) break;
  }
  return [...words];
}
