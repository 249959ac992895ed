import type { SQLOutputValue } from 'node:sqlite';
import { type Draft, type Entry, type Message, recipientOf } from '../messages/entry.ts';

/**
 * Entries as rows of the table `entries`. Between threads they are one flat list of cells, which costs a seventh of the same
 * entries as objects.
 */
export type Cell = string | number | null;

/** Columns that every draft fills. */
const textColumns = 'time_ms, sender, retry_id, kind, recipient, text';
const fileColumns = 'terms, file_id, file_name, file_bytes, file_sha256';

/** Cells of a draft: those of `textColumns`, then those of `fileColumns`. */
export const cellsPerDraft = 11;
/** Cells of a draft without a file, and without names that it means. */
export const cellsPerText = 6;

const insert = (columns: string): string => `INSERT INTO entries (position, ${columns})
  VALUES (?${', ?'.repeat(columns.split(',').length)})
  ON CONFLICT (sender, retry_id) WHERE retry_id IS NOT NULL DO NOTHING`;
/** Deduplicates: changes nothing when the sender has stored a draft with this `retryId` before (see `Committer`). */
export const insertText = insert(textColumns);
/** As `insertText`. */
export const insertFile = insert(`${textColumns}, ${fileColumns}`);
export const selectRetried = 'SELECT position FROM entries WHERE sender = ? AND retry_id = ?';
export const selectEntry = `SELECT position, time_ms, sender, kind, recipient, text, ${fileColumns} FROM entries`;
/** Selects by file id, at or before a position, unless pruned. */
export const selectAttachment = `${selectEntry}
  WHERE file_id = ? AND position <= ? AND position > (SELECT forgotten_through FROM meta)`;

const cellsPerEntry = 11;

type Row = [
  position: number,
  timeMs: number,
  sender: string,
  kind: string,
  recipient: string | null,
  text: string | null,
  terms: string | null,
  fileId: string | null,
  fileName: string | null,
  fileBytes: number | null,
  fileSha256: string | null,
];

/** Adds the draft's cells to `cells`. */
export function addDraft(cells: Cell[], { timeMs, sender, message, retryId }: Draft): void {
  cells.push(timeMs, sender, retryId ?? null);
  addMessage(cells, message);
}

/** Encodes entries for another thread, one `Row` after the other. */
export function cellsOf(entries: readonly Entry[]): Cell[] {
  const cells: Cell[] = [];
  for (const { position, timeMs, sender, message } of entries) {
    cells.push(position, timeMs, sender);
    addMessage(cells, message);
  }
  return cells;
}

/** Decodes the drafts of a group that were stored from position `first` on: all but `repeats`, by their index. */
export function storedOf(
  cells: readonly Cell[],
  first: number,
  repeats: ReadonlyMap<number, unknown>,
): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < cells.length; at += cellsPerDraft) {
    if (repeats.has(at / cellsPerDraft)) continue;
    // A draft is a row without a position, and with a retry id behind its sender.
    const row = cells.slice(at, at + cellsPerDraft).copyWithin(1, 0, 2);
    row[0] = first + entries.length;
    entries.push(entryOf(row));
  }
  return entries;
}

/** Decodes what `cellsOf` returned. */
export function entriesOf(cells: readonly Cell[]): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < cells.length; at += cellsPerEntry) {
    entries.push(entryOf(cells.slice(at, at + cellsPerEntry)));
  }
  return entries;
}

function addMessage(cells: Cell[], message: Message): void {
  const to = recipientOf(message) ?? null;
  if (message.kind === 'attachment') {
    const { id, name, bytes, sha256 } = message.file;
    cells.push(message.kind, to, null, JSON.stringify(message.terms), id, name, bytes, sha256);
  } else {
    const meant =
      message.kind === 'text' && message.meant !== undefined ? JSON.stringify(message.meant) : null;
    cells.push(message.kind, to, message.text, meant, null, null, null, null);
  }
}

/** Decodes a row of `selectEntry`, which must be an array. What the disk has changed becomes a `damaged` message. */
export function entryOf(row: Record<string, SQLOutputValue> | readonly Cell[]): Entry {
  // The statement returns arrays; its type does not say so. The table is STRICT, so each cell has its type.
  const cells = row as unknown as Row;
  const message = messageOf(cells) ?? damagedTo(cells[4]);
  return { position: cells[0], timeMs: cells[1], sender: cells[2], message };
}

/** A private message stays one. */
const damagedTo = (to: string | null): Message => ({ kind: 'damaged', ...(to !== null && { to }), text: '' });

/** Returns undefined for a row that nobody has stored like this. */
function messageOf(row: Row): Message | undefined {
  const [, , , kind, to, text, terms, id, name, bytes, sha256] = row;
  const list = terms === null ? [] : listIn(terms);
  if (list === undefined) return undefined;
  if (kind === 'attachment') {
    if (id === null || name === null || bytes === null || sha256 === null) return undefined;
    return { kind, terms: list, ...(to !== null && { to }), file: { id, name, bytes, sha256 } };
  }
  if (text === null) return undefined;
  switch (kind) {
    case 'text':
      // The column of an attachment's terms: both are what the message goes to besides its words.
      return { kind, text, ...(terms !== null && { meant: list }) };
    case 'broadcast':
      return { kind, text };
    case 'private':
      return to === null ? undefined : { kind, to, text };
    default:
      return undefined;
  }
}

function listIn(json: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}
