import type { Clock } from '../scheduling/clock.ts';
import type { Dial } from './connect-options.ts';
import type { FileFolder, SeekableFile, Sha256 } from './file-streams.ts';
import type { Place } from './place.ts';

/**
 * What the client needs from its platform. The client itself uses only the language and the names in
 * `web-globals.d.ts`, so that it can run in a browser as well as on Node. `src/client-node` implements this for Node.
 */
export interface Host {
  readonly dial: Dial;
  readonly files: HostFiles;
  /** Returns the store for an account's state, in `folder` or in the platform's usual place. */
  stateStore(account: StoredAccount, options: StateStoreOptions): StateStore;
}

export interface HostFiles {
  /** Opens the file at `path` for sending. Rejects with a system error, or with one whose message is for people. */
  open(path: string): Promise<SeekableFile>;
  folder(path: string): FileFolder;
  sha256(): Sha256;
}

/** An account, and its server in the form that `formatChatAddress` returns. */
export interface StoredAccount {
  readonly server: string;
  readonly name: string;
}

export interface StateStoreOptions {
  readonly folder: string | undefined;
  readonly clock: Clock;
  /** Called once, when the state cannot be stored; `problem` is for people. */
  onProblem(problem: string): void;
}

/** What a client stores for its next run. */
export interface AccountState {
  readonly place: Place;
  readonly token: string | undefined;
}

/** What a store found; no place where only the token is stored. */
export type StoredState = Pick<AccountState, 'token'> & {
  readonly place: Place | undefined;
  /** When it was stored, in milliseconds since 1970; undefined when the store does not know. */
  readonly storedMs?: number | undefined;
};

/** Stores the state of one account on one server. It avoids duplicates and gaps; a failure here never stops a chat. */
export interface StateStore {
  /** Resolves with the stored state, undefined if there is none, or the reason, for people, why it is unusable. */
  read(): Promise<StoredState | string | undefined>;
  /** Stores `state` soon; a later state replaces it. The promise resolves when the next entry may be handled. */
  keep(state: AccountState): void | Promise<void>;
  /** Stores the last state. Resolves when that is done or has failed. */
  close(): Promise<void>;
}
