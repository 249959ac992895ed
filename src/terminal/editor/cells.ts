import { columnsOf, segmentsOf } from '../graphemes.ts';

/** One user-perceived character and the columns that it takes: 0, 1 or 2, as `string-width` counts them. */
export interface Cell {
  readonly text: string;
  readonly width: number;
}

const ascii = /^[\x20-\x7e]*$/;

/** Splits `text`, which has no control characters, into cells. */
export function cellsOf(text: string): Cell[] {
  if (ascii.test(text)) return [...text].map((character) => ({ text: character, width: 1 }));
  return Array.from(segmentsOf(text), ({ segment }) => ({
    text: segment,
    width: columnsOf(segment),
  }));
}

/** Returns how many columns `text`, which has no control characters, takes. */
export function widthOf(text: string): number {
  return cellsOf(text).reduce((sum, { width }) => sum + width, 0);
}

/** Returns `text` if it fits into `columns`; otherwise as much as fits, with `…` behind it. */
export function cutTo(text: string, columns: number): string {
  // Bounds the work on texts of strangers: a character rarely has more than 32 units.
  const most = 32 * (columns + 1);
  const cells = cellsOf(text.slice(0, most));
  const width = cells.reduce((sum, cell) => sum + cell.width, 0);
  if (width <= columns && text.length <= most) return text;
  let left = columns - 1;
  let result = '';
  for (const cell of cells) {
    left -= cell.width;
    if (left < 0) break;
    result += cell.text;
  }
  return columns > 0 ? `${result}…` : '';
}
