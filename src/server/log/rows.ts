import type { SQLOutputValue } from 'node:sqlite';
import { type Draft, type Entry, type Message, recipientOf } from '../messages/entry.ts';

/**
 * Entries as rows of the table `entries`. Between the threads they travel as one flat list of cells, which costs
 * a seventh of what as many small objects cost.
 */
export type Cell = string | number | null;

/** Those that every draft fills. */
const textColumns = 'time_ms, sender, retry_id, kind, recipient, text';
const fileColumns = 'terms, file_id, file_name, file_bytes, file_sha256';

/** Cells of one draft, in the order of `textColumns`, then of `fileColumns`. */
export const cellsPerDraft = 11;
/** So many of them are all that a draft without a file has. */
export const cellsPerText = 6;

const insert = (columns: string): string => `INSERT INTO entries (position, ${columns})
  VALUES (?${', ?'.repeat(columns.split(',').length)})
  ON CONFLICT (sender, retry_id) WHERE retry_id IS NOT NULL DO NOTHING`;
/** Changes nothing when the sender has sent a draft of that `retryId` before. */
export const insertText = insert(textColumns);
/** The same. */
export const insertFile = insert(`${textColumns}, ${fileColumns}`);
export const selectRetried = 'SELECT position FROM entries WHERE sender = ? AND retry_id = ?';
export const selectEntry = `SELECT position, time_ms, sender, kind, recipient, text, ${fileColumns} FROM entries`;
/** By the id of its file, at or before a position, unless it is pruned. */
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

/** Entries on their way between threads, a `Row` behind the other. */
export function cellsOf(entries: readonly Entry[]): Cell[] {
  const cells: Cell[] = [];
  for (const { position, timeMs, sender, message } of entries) {
    cells.push(position, timeMs, sender);
    addMessage(cells, message);
  }
  return cells;
}

/** What `cellsOf` was given. */
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
    cells.push(message.kind, to, message.text, null, null, null, null, null);
  }
}

/** The entry of a row that `selectEntry` gave as an array. */
export function entryOf(row: Record<string, SQLOutputValue> | readonly Cell[]): Entry {
  // The statement returns arrays, which its type does not tell; the table is STRICT and only we write it.
  const cells = row as unknown as Row;
  return { position: cells[0], timeMs: cells[1], sender: cells[2], message: messageOf(cells) };
}

function messageOf(row: Row): Message {
  const [, , , kind, to, text, terms, id, name, bytes, sha256] = row;
  switch (kind) {
    case 'text':
    case 'broadcast':
      return { kind, text: text ?? '' };
    case 'private':
      return { kind, to: to ?? '', text: text ?? '' };
    case 'attachment':
      return {
        kind,
        terms: JSON.parse(terms ?? '[]') as string[],
        ...(to !== null && { to }),
        file: { id: id ?? '', name: name ?? '', bytes: bytes ?? 0, sha256: sha256 ?? '' },
      };
    default:
      throw new Error(`the log holds a message of an unknown kind: ${kind}`);
  }
}
