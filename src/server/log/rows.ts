import type { SQLOutputValue } from 'node:sqlite';
import { type Draft, type Entry, type Message, recipientOf } from './entry.ts';

/**
 * Entries as rows of the table `entries`. Between the threads they travel as one flat list of cells, which costs
 * a seventh of what as many small objects cost.
 */
export type Cell = string | number | null;

const columns =
  'time_ms, sender, kind, recipient, text, terms, file_id, file_name, file_bytes, file_sha256, retry_id';

/** Cells of one draft, in the order of `columns`. */
export const cellsPerDraft = 11;

/** Changes nothing when the sender has sent a draft of that `retryId` before. */
export const insertEntry = `INSERT INTO entries (position, ${columns})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sender, retry_id) WHERE retry_id IS NOT NULL DO NOTHING`;
export const selectRetried = 'SELECT position FROM entries WHERE sender = ? AND retry_id = ?';
export const selectEntry = `SELECT position, ${columns} FROM entries`;
/** By the id of its file, at or before a position, unless it is forgotten. */
export const selectAttachment = `${selectEntry}
  WHERE file_id = ? AND position <= ? AND position > (SELECT forgotten_through FROM meta)`;

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
export function addCells(cells: Cell[], { timeMs, sender, message, retryId }: Draft): void {
  const to = recipientOf(message) ?? null;
  const retry = retryId ?? null;
  if (message.kind === 'attachment') {
    const { id, name, bytes, sha256 } = message.file;
    const terms = JSON.stringify(message.terms);
    cells.push(timeMs, sender, message.kind, to, null, terms, id, name, bytes, sha256, retry);
  } else {
    cells.push(timeMs, sender, message.kind, to, message.text, null, null, null, null, null, retry);
  }
}

/** The entry of a row that `selectEntry` gave as an array. */
export function entryOf(row: Record<string, SQLOutputValue>): Entry {
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
