import { segmentsOf } from '../graphemes.ts';
import { visible } from '../text.ts';
import { type Cell, cellsOf } from './cells.ts';
import type { Draft } from './draft.ts';

/** Rows of a terminal, each no wider than it, and the place of the cursor among them. */
export interface Rows {
  readonly rows: readonly string[];
  /** `row` counts from 0; `column` is less than the terminal's number of columns. */
  readonly cursor: { readonly row: number; readonly column: number };
}

const tabStop = 8;
/** In front of each line of a draft after the first. */
const indent = '  ';

/**
 * Wraps the prompt and the draft behind it into rows of `columns`. Control characters, and what hides or reorders text,
 * are shown escaped; a TAB as spaces. A character of two columns never stands across the end of a row.
 */
export function wrapDraft(prompt: string, { text, cursor }: Draft, columns: number): Rows {
  const wrapping = new Wrapping(Math.max(1, columns));
  for (const cell of cellsOf(visible(prompt))) wrapping.add(cell);
  let place = 0;
  for (const character of charactersOf(text)) {
    if (place === cursor) wrapping.markCursor();
    place += character.length;
    if (character === '\n') {
      wrapping.breakRow();
      for (const cell of cellsOf(indent)) wrapping.add(cell);
    } else if (character === '\t') wrapping.addTab();
    else for (const cell of shownCells(character)) wrapping.add(cell);
  }
  if (cursor >= place) wrapping.markCursor();
  return wrapping.result;
}

/**
 * Returns the `most` rows, from `top` on, among which the cursor is; `top` is where the window was before, and moves as
 * little as possible.
 */
export function windowOf({ rows, cursor }: Rows, most: number, top: number): Rows & { readonly top: number } {
  const last = Math.max(0, rows.length - most);
  const first = Math.min(last, Math.max(cursor.row - most + 1, Math.min(top, cursor.row)));
  return {
    rows: rows.slice(first, first + most),
    cursor: { row: cursor.row - first, column: cursor.column },
    top: first,
  };
}

class Wrapping {
  readonly #columns: number;
  readonly #rows: string[] = [];
  #row = '';
  #width = 0;
  #cursor = { row: 0, column: 0 };

  constructor(columns: number) {
    this.#columns = columns;
  }

  get result(): Rows {
    const rows = [...this.#rows, this.#row];
    // The cursor may be in the row after one that is full.
    while (rows.length <= this.#cursor.row) rows.push('');
    return { rows, cursor: this.#cursor };
  }

  add({ text, width }: Cell): void {
    if (this.#width + width > this.#columns && this.#width > 0) this.breakRow();
    this.#row += text;
    this.#width += width;
  }

  addTab(): void {
    if (this.#width === this.#columns) this.breakRow();
    const width = Math.min(tabStop - (this.#width % tabStop), this.#columns - this.#width);
    this.add({ text: ' '.repeat(width), width });
  }

  breakRow(): void {
    this.#rows.push(this.#row);
    this.#row = '';
    this.#width = 0;
  }

  /** The cursor is before the next character. */
  markCursor(): void {
    const row = this.#rows.length;
    const isFull = this.#width >= this.#columns;
    this.#cursor = isFull ? { row: row + 1, column: 0 } : { row, column: this.#width };
  }
}

const ascii = /^[\t\n\x20-\x7e]*$/;
const maxKnown = 4_096;
/** How characters are shown: to find out takes a hundred times as long as to look it up. */
const known = new Map<string, readonly Cell[]>();
/** The characters of the last text: most drawings are of the same one. */
let last = { text: '', characters: [] as readonly string[] };

function shownCells(character: string): readonly Cell[] {
  const found = known.get(character);
  if (found !== undefined) return found;
  const cells = cellsOf(visible(character));
  if (known.size >= maxKnown) known.clear();
  // A character may have marks without end.
  if (character.length <= 32) known.set(character, cells);
  return cells;
}

function charactersOf(text: string): readonly string[] {
  if (text === last.text) return last.characters;
  const isAscii = ascii.test(text);
  const characters = isAscii ? [...text] : Array.from(segmentsOf(text), ({ segment }) => segment);
  last = { text, characters };
  return characters;
}
