import type { Entry } from './entry.ts';
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
  /** Answered with `forgotten` after each step; not sent again before the last. */
  | { readonly kind: 'forget'; readonly beforeMs: number }
  /** Nothing more will come: finish, let go of the file and end. */
  | { readonly kind: 'close' };

export type FromWriter =
  | {
      readonly kind: 'opened';
      readonly epoch: string;
      readonly head: number;
      readonly forgottenThrough: number;
    }
  | { readonly kind: 'cannotOpen'; readonly problem: string }
  /** The group has the positions from `first` on, but for its repeats. */
  | { readonly kind: 'committed'; readonly first: number; readonly repeats: Repeats }
  /** There was no room for any of the group but its repeats, which had been stored before. */
  | { readonly kind: 'full'; readonly repeats: Repeats }
  | { readonly kind: 'forgotten'; readonly through: number; readonly isDone: boolean }
  /** The worker does nothing any more. */
  | { readonly kind: 'failed'; readonly error: Error };

/** What a sender called something, if it was committed at or before `head`. */
export interface Retried {
  readonly sender: string;
  readonly retryId: string;
  readonly head: number;
}

export type ToReader =
  /** The writer has made the database what it must be. */
  | { readonly kind: 'open' }
  | { readonly kind: 'read'; readonly id: number; readonly query: Query; readonly head: number }
  | {
      readonly kind: 'attachmentBytes';
      readonly id: number;
      readonly sender: string;
      readonly sinceMs: number;
    }
  | { readonly kind: 'attachment'; readonly id: number; readonly fileId: string; readonly head: number }
  | (Retried & { readonly kind: 'positionOf'; readonly id: number })
  | { readonly kind: 'close' };

export type FromReader =
  | { readonly kind: 'opened' }
  | { readonly kind: 'cannotOpen'; readonly problem: string }
  | {
      readonly kind: 'page';
      readonly id: number;
      /** As `entriesOf` takes them. */
      readonly cells: readonly Cell[];
      readonly through: number;
      readonly forgottenThrough: number;
    }
  | { readonly kind: 'sum'; readonly id: number; readonly bytes: number }
  | { readonly kind: 'attachment'; readonly id: number; readonly entry: Entry | undefined }
  | { readonly kind: 'position'; readonly id: number; readonly position: number | undefined }
  /** `isDamage`: the log cannot be trusted any more. */
  | { readonly kind: 'readFailed'; readonly id: number; readonly error: Error; readonly isDamage: boolean };
