import { columnsOf as columnsOfText, segmentsOf } from './graphemes.ts';
import type { Line, Span } from './line.ts';

/** A grapheme (what a reader takes for one character), and how many columns it takes. */
interface Glyph {
  readonly text: string;
  readonly columns: number;
  /** The span that it is from. */
  readonly span: Span;
}

/** What is not broken unless it is longer than a row, and the white space in front of it. */
interface Word {
  readonly space: readonly Glyph[];
  readonly glyphs: readonly Glyph[];
}

const tabColumns = 4;
/** A word that is longer than a row begins in the row before if that has room for so many columns. */
const worthwhileColumns = 8;

/**
 * Breaks a line into rows of at most `columns` columns; only a single grapheme can be wider. Breaks at white space,
 * which is dropped there, and beside wide characters; a word that is longer than a row is broken anywhere. All rows but
 * the first begin with `indent` spaces, or fewer in a narrow terminal, but at least one: what others wrote never gets to
 * the first column. TABs become spaces. Texts have to be escaped.
 */
export function wrapped(line: Line, columns: number, indent: number): Line[] {
  const rows = new Rows(columns, Math.min(indent, Math.max(1, Math.floor(columns / 3))));
  for (const word of wordsOf(glyphsOf(line))) rows.add(word);
  return rows.finish();
}

class Rows {
  readonly #columns: number;
  readonly #indent: number;
  readonly #rows: Glyph[][] = [];
  #row: Glyph[] = [];
  #used = 0;

  constructor(columns: number, indent: number) {
    this.#columns = columns;
    this.#indent = indent;
  }

  add({ space, glyphs }: Word): void {
    const spaceColumns = columnsOf(space);
    const wordColumns = columnsOf(glyphs);
    const left = this.#columns - this.#used - spaceColumns;
    if (wordColumns <= left) {
      this.#put(space);
      this.#put(glyphs);
      return;
    }
    const isLong = wordColumns > this.#columns - this.#indent;
    if (isLong && left >= Math.min(worthwhileColumns, this.#columns - this.#indent)) this.#put(space);
    else if (this.#row.length > 0) this.#break();
    for (const glyph of glyphs) {
      if (this.#used + glyph.columns > this.#columns && !this.#isFresh) this.#break();
      this.#put([glyph]);
    }
  }

  finish(): Line[] {
    return [...this.#rows, this.#row].map((glyphs, at) => {
      const spans = spansOf(glyphs);
      return at === 0 ? spans : [{ text: ' '.repeat(this.#indent) }, ...spans];
    });
  }

  get #isFresh(): boolean {
    return this.#row.length === 0;
  }

  #put(glyphs: readonly Glyph[]): void {
    for (const glyph of glyphs) {
      this.#row.push(glyph);
      this.#used += glyph.columns;
    }
  }

  #break(): void {
    this.#rows.push(this.#row);
    this.#row = [];
    this.#used = this.#indent;
  }
}

const ascii = /^[\t\x20-\x7e]*$/;

function glyphsOf(line: Line): Glyph[] {
  const glyphs: Glyph[] = [];
  for (const span of line) {
    const { text } = span;
    const isAscii = ascii.test(text);
    for (const grapheme of isAscii ? text : graphemesOf(text)) {
      if (grapheme === '\t') {
        for (let at = 0; at < tabColumns; at++) glyphs.push({ text: ' ', columns: 1, span });
      } else glyphs.push({ text: grapheme, columns: isAscii ? 1 : widthOf(grapheme), span });
    }
  }
  return glyphs;
}

function* graphemesOf(text: string): Generator<string> {
  for (const { segment } of segmentsOf(text)) yield segment;
}

/** Measuring takes a microsecond or more. The number of graphemes is not bounded, so that of the known ones is. */
const knownWidths = new Map<string, number>();
const maxKnown = 4_096;

function widthOf(grapheme: string): number {
  const known = knownWidths.get(grapheme);
  if (known !== undefined) return known;
  const width = columnsOfText(grapheme);
  if (knownWidths.size >= maxKnown) knownWidths.clear();
  knownWidths.set(grapheme, width);
  return width;
}

/** White space at which a line may break: not the spaces that are made to prevent that. */
const breaking = /^[^\S\u00a0\u202f]+$/u;
/** These do not begin a row. */
const closing = /^[\p{Pe}\p{Pf}\p{Po}ー々]/u;
/** These do not end a row. */
const opening = /^[\p{Ps}\p{Pi}]/u;

function wordsOf(glyphs: readonly Glyph[]): Word[] {
  const words: Word[] = [];
  let space: Glyph[] = [];
  let word: Glyph[] = [];
  const end = (): void => {
    if (word.length === 0) return;
    words.push({ space, glyphs: word });
    space = [];
    word = [];
  };
  for (const glyph of glyphs) {
    if (breaking.test(glyph.text)) {
      end();
      space.push(glyph);
      continue;
    }
    const last = word.at(-1);
    if (last !== undefined && isBreakBetween(last, glyph)) end();
    word.push(glyph);
  }
  end();
  if (space.length > 0) words.push({ space, glyphs: [] });
  return words;
}

/** Scripts of wide characters have no spaces between words. */
function isBreakBetween(before: Glyph, after: Glyph): boolean {
  if (before.columns < 2 && after.columns < 2) return false;
  return !closing.test(after.text) && !opening.test(before.text);
}

function columnsOf(glyphs: readonly Glyph[]): number {
  let columns = 0;
  for (const glyph of glyphs) columns += glyph.columns;
  return columns;
}

function spansOf(glyphs: readonly Glyph[]): Line {
  const spans: Span[] = [];
  let of: Span | undefined;
  let text = '';
  for (const glyph of glyphs) {
    if (glyph.span !== of) {
      if (of !== undefined) spans.push({ ...of, text });
      of = glyph.span;
      text = '';
    }
    text += glyph.text;
  }
  if (of !== undefined) spans.push({ ...of, text });
  return spans;
}
