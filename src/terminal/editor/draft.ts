import { segmentsOf } from '../graphemes.ts';

/** A text and a cursor in it. The cursor is an index in UTF-16 units, never within a user-perceived character. */
export interface Draft {
  readonly text: string;
  readonly cursor: number;
}

/** Where an edit ends that begins at the cursor. */
export type Motion = (draft: Draft) => number;

export const emptyDraft: Draft = { text: '', cursor: 0 };

/** Control characters except TAB and line feed, line separators, and halves of surrogate pairs. */
const unwanted = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]|\p{Cs}/gu;
const wordCharacter = /[\p{L}\p{N}\p{M}]/u;

/** Returns `text` as a draft may have it: with line feeds as its only line ends, and no other control character but TAB. */
export function cleaned(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(unwanted, '');
}

export function draftOf(text: string): Draft {
  return { text, cursor: text.length };
}

/** Inserts `text` at the cursor. */
export function insert({ text, cursor }: Draft, inserted: string): Draft {
  const whole = text.slice(0, cursor) + inserted + text.slice(cursor);
  return { text: whole, cursor: boundaryFrom(whole, cursor + inserted.length) };
}

/** Removes what is between the cursor and `other`. */
export function removeTo({ text, cursor }: Draft, other: number): Draft {
  return replace(text, Math.min(cursor, other), Math.max(cursor, other), '');
}

/** Replaces a range, and puts the cursor behind what replaces it. */
export function replace(text: string, from: number, to: number, by: string): Draft {
  const whole = text.slice(0, from) + by + text.slice(to);
  return { text: whole, cursor: boundaryFrom(whole, from + by.length) };
}

export const left: Motion = ({ text, cursor }) => {
  if (cursor === 0) return 0;
  return segmentsOf(text).containing(cursor - 1)?.index ?? 0;
};

export const right: Motion = ({ text, cursor }) => {
  const next = segmentsOf(text).containing(cursor);
  return next === undefined ? text.length : next.index + next.segment.length;
};

/** The beginning of the row: after the line feed before the cursor. */
export const rowStart: Motion = ({ text, cursor }) =>
  cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1;

export const rowEnd: Motion = ({ text, cursor }) => {
  const end = text.indexOf('\n', cursor);
  return end < 0 ? text.length : end;
};

/** As `rowEnd`, but from the end of a row over its line feed. */
export const rowEndOrNext: Motion = (draft) => {
  const end = rowEnd(draft);
  return end === draft.cursor ? right(draft) : end;
};

/** As `rowStart`, but from the beginning of a row over the line feed before it. */
export const rowStartOrPrevious: Motion = (draft) => {
  const start = rowStart(draft);
  return start === draft.cursor ? left(draft) : start;
};

/** The beginning of the word before the cursor; a word is letters, digits and marks. */
export const wordLeft: Motion = ({ text, cursor }) =>
  skipLeft(text, cursor, (one) => wordCharacter.test(one));

/** The end of the word after the cursor. */
export const wordRight: Motion = ({ text, cursor }) => {
  let place = cursor;
  let isWithin = false;
  for (const { segment } of segmentsOf(text.slice(cursor))) {
    const isWord = wordCharacter.test(segment);
    if (isWithin && !isWord) break;
    isWithin = isWord;
    place += segment.length;
  }
  return place;
};

/** The beginning of the piece between white space before the cursor. */
export const pieceLeft: Motion = ({ text, cursor }) => skipLeft(text, cursor, (one) => one.trim() !== '');

/** Swaps the characters around the cursor, or the last two at the end of a row, and moves behind them. */
export function transposed(draft: Draft): Draft {
  const { text } = draft;
  const middle = draft.cursor === rowEnd(draft) ? left(draft) : draft.cursor;
  const from = left({ text, cursor: middle });
  const to = right({ text, cursor: middle });
  const before = text.slice(from, middle);
  const after = text.slice(middle, to);
  if (before === '' || after === '' || before === '\n' || after === '\n') return draft;
  return replace(text, from, to, after + before);
}

/**
 * Moves to the row above (`by` -1) or below (1), to the same number of characters from its beginning; undefined when
 * there is none.
 */
export function toRow(draft: Draft, by: -1 | 1): Draft | undefined {
  const { text } = draft;
  const start = rowStart(draft);
  const edge = by < 0 ? start - 1 : rowEnd(draft) + 1;
  if (edge < 0 || edge > text.length) return undefined;
  const targetStart = by < 0 ? rowStart({ text, cursor: edge }) : edge;
  const row = text.slice(targetStart, rowEnd({ text, cursor: targetStart }));
  const characters = [...segmentsOf(text.slice(start, draft.cursor))].length;
  const length = [...segmentsOf(row)]
    .slice(0, characters)
    .reduce((sum, { segment }) => sum + segment.length, 0);
  return { text, cursor: targetStart + length };
}

/** Returns `place`, or the end of the user-perceived character within which it is. */
function boundaryFrom(text: string, place: number): number {
  const at = segmentsOf(text).containing(place);
  return at === undefined || at.index === place ? place : at.index + at.segment.length;
}

function skipLeft(text: string, cursor: number, isWithin: (character: string) => boolean): number {
  let place = cursor;
  const step = () => left({ text, cursor: place });
  while (place > 0 && !isWithin(text.slice(step(), place))) place = step();
  while (place > 0 && isWithin(text.slice(step(), place))) place = step();
  return place;
}
