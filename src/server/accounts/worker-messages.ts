import type { Answer, Call } from '../sqlite/thread-calls.ts';
import type { AccountRows } from './account-rows.ts';
import type { NotWrittenError } from './accounts.ts';
import type { FollowRows } from './follow-rows.ts';
import type { TokenLimits, TokenRows } from './token-rows.ts';

/** What the thread of the accounts and `StoreThread` say to each other. */

export interface WorkerOptions {
  readonly file: string;
  readonly epoch: string;
  readonly tokenLimits: TokenLimits;
  readonly endedFollowsKept: number;
}

/** What the thread can be asked to do with its rows. */
export type Calls = Omit<AccountRows, 'useEpoch' | 'names'> & TokenRows & FollowRows;

export type ToStore =
  | Call<Calls>
  /** Nothing more will come: let go of the file and end. */
  | { readonly kind: 'close' };

export type FromStore =
  | { readonly kind: 'opened'; readonly names: readonly string[] }
  | { readonly kind: 'cannotOpen'; readonly problem: string }
  | Answer
  | { readonly kind: 'notWritten'; readonly id: number; readonly reason: NotWrittenError['reason'] }
  /** The thread does nothing any more. */
  | { readonly kind: 'failed'; readonly error: Error };
