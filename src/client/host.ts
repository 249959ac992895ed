import type { Clock } from '../scheduling/clock.ts';
import type { Dial } from './client.ts';
import type { FileFolder, SeekableFile, Sha256 } from './file-streams.ts';

/**
 * What the client needs of the machine that it runs on. The client itself uses nothing but the language and the names
 * in `web-globals.d.ts`, so that it runs in a browser as well as on Node, whose part is `src/client-node`.
 */
export interface Host {
  readonly dial: Dial;
  readonly files: HostFiles;
  /** Where the state of an account is kept: in `folder`, or where the host usually has such things. */
  stateStore(account: StoredAccount, options: StateStoreOptions): StateStore;
}

export interface HostFiles {
  /** Opens the file at `path` for sending. Rejects with the system's error, or with one that is for people. */
  open(path: string): Promise<SeekableFile>;
  folder(path: string): FileFolder;
  sha256(): Sha256;
}

/** An account, and the server that has it as `formatChatAddress` writes it. */
export interface StoredAccount {
  readonly server: string;
  readonly name: string;
}

export interface StateStoreOptions {
  readonly folder: string | undefined;
  readonly clock: Clock;
  /** Hears once that nothing can be stored, in words for people. */
  onProblem(problem: string): void;
}

/** How far somebody has heard everything: a position in a server's run of positions. */
export interface Place {
  readonly position: number;
  readonly epoch: string;
}

/** What outlives a process. */
export interface AccountState {
  readonly place: Place;
  readonly token: string | undefined;
}

/** The state of one account on one server. It saves repetitions and gaps, and is nothing that a chat could fail for. */
export interface StateStore {
  /** What an earlier run kept; undefined when there is nothing, or why it cannot be used, in words for people. */
  read(): Promise<AccountState | string | undefined>;
  /** To be stored soon. */
  keep(state: AccountState): void;
  /** Resolves when what was to be stored is, or cannot be. */
  close(): Promise<void>;
}
