import type { Answer, Call, Close } from '../sqlite/thread-calls.ts';
import type { AccountRows } from './account-rows.ts';
import type { NotWrittenError } from './accounts.ts';
import type { FollowRows } from './follow-rows.ts';
import type { TokenLimits, TokenRows } from './token-rows.ts';

/** The messages between `StoreThread` and its worker. */

export interface WorkerOptions {
  readonly file: string;
  readonly epoch: string;
  readonly head: number;
  readonly tokenLimits: TokenLimits;
  readonly endedFollowsKept: number;
}

/** The calls that the worker answers; its table `calls` says how. */
export type Calls = Pick<
  AccountRows,
  'create' | 'credential' | 'rehash' | 'setPassword' | 'changedElsewhere' | 'list' | 'noteLogin' | 'erase'
> &
  Pick<
    TokenRows,
    'addToken' | 'tokens' | 'removeToken' | 'useToken' | 'removedElsewhere' | 'removeIdleTokens'
  > &
  Pick<FollowRows, 'follows' | 'beginFollow' | 'endFollow' | 'changeFollows'>;

export type ToStore = Call<Calls> | Close;

export type FromStore =
  | { readonly kind: 'opened'; readonly names: readonly string[] }
  | { readonly kind: 'cannotOpen'; readonly problem: string }
  | Answer
  | { readonly kind: 'notWritten'; readonly id: number; readonly reason: NotWrittenError['reason'] }
  /** The storage failed; the thread has ended. */
  | { readonly kind: 'failed'; readonly error: Error };
