import type { Entry } from '../messages/entry.ts';
import type { Answer, Call, Close } from '../sqlite/thread-calls.ts';
import type { Erased, Query } from './log.ts';
import type { Cell } from './rows.ts';

/** The messages between `SqliteLog` and its two workers. */

/** The drafts of a group that had been stored before: index in the group -> position. */
export type Repeats = ReadonlyMap<number, number>;

/** The `workerData` of both workers. */
export interface WorkerOptions {
  readonly file: string;
  /** These three: see `SqliteLogOptions`. */
  readonly maxPages: number | undefined;
  readonly tailEntries: number;
  readonly mark: { readonly epoch: string; readonly head: number } | undefined;
  /** The time between two `indexing`. */
  readonly progressMs: number;
}

/** How much of the log that is indexed before it opens is done: counts of positions. */
export interface IndexProgress {
  readonly done: number;
  readonly of: number;
}

export type ToWriter =
  /** Drafts in order; answered with `committed` or `full`. One group at a time. */
  | { readonly kind: 'group'; readonly cells: readonly Cell[] }
  /** Answered with `pruned` after each step. One at a time. */
  | { readonly kind: 'prune'; readonly beforeMs: number }
  /** Answered with `erased`. One at a time. */
  | { readonly kind: 'erase'; readonly sender: string }
  | Close;

export type FromWriter =
  | {
      readonly kind: 'opened';
      readonly epoch: string;
      readonly head: number;
      readonly prunedThrough: number;
    }
  | { readonly kind: 'cannotOpen'; readonly problem: string }
  /** The log is not open yet. */
  | { readonly kind: 'indexing'; readonly progress: IndexProgress }
  /** The group's drafts, except repeats, have positions from `first` on. */
  | { readonly kind: 'committed'; readonly first: number; readonly repeats: Repeats }
  /** There was no space; of the group only the repeats are stored, since earlier. */
  | { readonly kind: 'full'; readonly repeats: Repeats }
  | { readonly kind: 'pruned'; readonly through: number; readonly isDone: boolean }
  | { readonly kind: 'erased'; readonly erased: Erased }
  /** The storage failed; the worker has ended. */
  | { readonly kind: 'failed'; readonly error: Error };

/** A page, encoded for the other thread. */
export interface PageCells {
  /** See `cellsOf`. */
  readonly cells: readonly Cell[];
  readonly after: number;
  readonly through: number;
  readonly prunedThrough: number;
}

/** The reader's answers concern entries at or before `head`: no later one has been reported yet. */
export interface ReaderCalls {
  page(query: Query, head: number): PageCells;
  attachmentBytesSince(sender: string, sinceMs: number): number;
  attachment(fileId: string, head: number): Entry | undefined;
  positionOf(sender: string, retryId: string, head: number): number | undefined;
}

export type ToReader =
  /** The writer has created or migrated the database. */
  { readonly kind: 'open' } | Call<ReaderCalls> | Close;

export type FromReader =
  | { readonly kind: 'opened' }
  | { readonly kind: 'cannotOpen'; readonly problem: string }
  | Answer
  /** `isDamage`: the log cannot be trusted any more. */
  | { readonly kind: 'readFailed'; readonly id: number; readonly error: Error; readonly isDamage: boolean };
