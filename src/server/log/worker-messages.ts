import type { Entry } from '../messages/entry.ts';
import type { Answer, Call, Close } from '../sqlite/thread-calls.ts';
import type { Query } from './log.ts';
import type { Cell } from './rows.ts';

/** What the log's threads say to each other: `SqliteLog` to its two workers, and these to it. */

/** Which of a group's drafts had been stored before: their index in the group, and their position. */
export type Repeats = ReadonlyMap<number, number>;

/** What both workers are started with. */
export interface WorkerOptions {
  readonly file: string;
  /** See `SqliteLogOptions`. */
  readonly maxPages: number | undefined;
  readonly tailEntries: number;
  /** How far a log of this epoch had come: one that is behind gets a new epoch. */
  readonly mark: { readonly epoch: string; readonly head: number } | undefined;
}

export type ToWriter =
  /** Some drafts, in order; answered with `committed` or `full`, one group after another. */
  | { readonly kind: 'group'; readonly cells: readonly Cell[]; readonly textBytes: number }
  /** Answered with `pruned` after each step; not sent again before the last. */
  | { readonly kind: 'prune'; readonly beforeMs: number }
  | Close;

export type FromWriter =
  | {
      readonly kind: 'opened';
      readonly epoch: string;
      readonly head: number;
      readonly prunedThrough: number;
    }
  | { readonly kind: 'cannotOpen'; readonly problem: string }
  /** The group has the positions from `first` on, but for its repeats. */
  | { readonly kind: 'committed'; readonly first: number; readonly repeats: Repeats }
  /** There was no room for any of the group but its repeats, which had been stored before. */
  | { readonly kind: 'full'; readonly repeats: Repeats }
  | { readonly kind: 'pruned'; readonly through: number; readonly isDone: boolean }
  /** The worker does nothing any more. */
  | { readonly kind: 'failed'; readonly error: Error };

/** A page on its way between threads. */
export interface PageCells {
  /** As `entriesOf` takes them. */
  readonly cells: readonly Cell[];
  readonly through: number;
  readonly prunedThrough: number;
}

/** What the reader thread answers, of what was committed at or before `head`: nobody has been told of more yet. */
export interface ReaderCalls {
  page(query: Query, head: number): PageCells;
  attachmentBytesSince(sender: string, sinceMs: number): number;
  attachment(fileId: string, head: number): Entry | undefined;
  positionOf(sender: string, retryId: string, head: number): number | undefined;
}

export type ToReader =
  /** The writer has made the database what it must be. */
  { readonly kind: 'open' } | Call<ReaderCalls> | Close;

export type FromReader =
  | { readonly kind: 'opened' }
  | { readonly kind: 'cannotOpen'; readonly problem: string }
  | Answer
  /** `isDamage`: the log cannot be trusted any more. */
  | { readonly kind: 'readFailed'; readonly id: number; readonly error: Error; readonly isDamage: boolean };
