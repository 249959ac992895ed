import { visible } from '../text.ts';
import { cutTo, widthOf } from './cells.ts';
import type { Choice } from './completion.ts';
import { emptyDraft } from './draft.ts';
import type { View } from './effects.ts';
import { windowOf, wrapDraft } from './layout.ts';
import { questionText } from './lines-question.ts';
import type { Block, Row } from './painter.ts';

/** What a block shows besides the draft, and the room for it. */
export interface Surroundings {
  readonly prompt: string;
  /** Texts for the rows above the prompt, the first five of which are shown. */
  readonly pending: readonly string[];
  readonly columns: number;
  readonly rows: number;
  /** The first row of the draft that the last block showed. */
  readonly top: number;
  readonly dim: (text: string) => string;
}

const maxPendingRows = 5;
const maxPreviewRows = 4;
/** At most this part of the screen's rows are the draft's, so that one sees what others say. */
const draftShare = 2 / 3;

/**
 * Returns the block for `view`: what is pending, the rows of the draft around the cursor, and the candidates of a
 * completion. It leaves at least one row of the screen free, if there are two.
 */
export function blockOf(view: View, around: Surroundings): Block & { readonly top: number } {
  const { columns } = around;
  const most = Math.max(1, around.rows - 1);
  const mostDraft = Math.max(1, Math.floor(around.rows * draftShare));
  const shown = windowOf(rowsOf(view, around.prompt, columns), Math.min(most, mostDraft), around.top);
  const left = most - shown.rows.length;
  const below = left > 0 && view.choice !== undefined ? [choiceRow(view.choice, columns)] : [];
  const room = left - below.length;
  const above =
    view.question === undefined
      ? summary(around.pending, maxPendingRows, room)
      : summary(view.question.text.split('\n'), maxPreviewRows, room);
  const dimmed = (text: string): Row => ({ text: cutTo(oneRow(text), columns), style: around.dim });
  const rows = [...above.map(dimmed), ...shown.rows.map((text) => ({ text })), ...below.map(dimmed)];
  const cursor = { row: shown.cursor.row + above.length, column: shown.cursor.column };
  return { rows, cursor, top: shown.top };
}

function rowsOf({ draft, search, question }: View, prompt: string, columns: number) {
  if (question !== undefined) return wrapDraft(`${questionText(question)} `, emptyDraft, columns);
  if (search === undefined) return wrapDraft(prompt, draft, columns);
  const kind = search.isFound ? 'search' : 'search: nothing found';
  return wrapDraft(`(${kind}) '${visible(search.part)}': `, draft, columns);
}

/** Rows for `texts`, at most `most` and one that says how many more there are. */
function summary(texts: readonly string[], most: number, room: number): string[] {
  if (room <= 0 || texts.length === 0) return [];
  const fits = texts.length <= Math.min(most, room);
  const first = texts.slice(0, fits ? texts.length : Math.min(most, room - 1));
  const more = texts.length - first.length;
  return more === 0 ? first : [...first, `and ${more.toLocaleString('en')} more`];
}

/** The candidates in one row, from one on so that the chosen one is seen. */
function choiceRow({ candidates, chosen }: Choice, columns: number): string {
  const texts = candidates.map((candidate, index) => {
    const text = oneRow(candidate.trim());
    return index === chosen ? `[${text}]` : text;
  });
  let from = 0;
  const end = chosen === undefined ? 1 : chosen + 1;
  while (from < end - 1 && widthOf(texts.slice(from, end).join('  ')) > columns - 4) from += 1;
  return `${from > 0 ? '… ' : ''}${texts.slice(from).join('  ')}`;
}

function oneRow(text: string): string {
  return visible(text).replaceAll('\t', ' ');
}
