/**
 * What happened in a run, as its clients saw it. All times are milliseconds of one monotonic clock. A message is known by
 * its id, a word that no other message has.
 */
export interface History {
  readonly sends: readonly Send[];
  readonly follows: readonly FollowChange[];
  readonly readings: readonly Reading[];
  /** What the messages at the end are, read over CHAT/1.1 from the beginning. */
  readonly stored: readonly Stored[];
  /** The messages at these positions have been deleted, because they were older than the retention. */
  readonly prunedThrough: number;
  readonly faults: readonly Fault[];
  /** After the last fault everybody came back, and everything that was sent got its answer. */
  readonly isSettled: boolean;
  /** What SQLite says about the files, without its `ok`. */
  readonly damage: readonly string[];
}

export type Wire = 'CHAT/1.0' | 'CHAT/1.1' | 'verbs' | 'library';

export interface Send {
  readonly id: string;
  readonly from: string;
  /** The connection, or the client over all its connections. */
  readonly device: string;
  readonly wire: Wire;
  /** The recipient of a private message. */
  readonly to?: string;
  /** The terms by which it reaches somebody; `@all` for everybody. Without those that its sender's name makes. */
  readonly terms: readonly string[];
  readonly beganMs: number;
  /** Of the file, if it is an attachment: 64 hexadecimal digits. */
  readonly sha256?: string;
  /** Missing while nobody knows what came of it. */
  outcome?: Outcome;
}

export type Outcome =
  | { readonly kind: 'stored'; readonly atMs: number; readonly position: number | undefined }
  /** The server said that it is not stored and never will be. */
  | { readonly kind: 'refused'; readonly atMs: number; readonly why: string };

/** A request to follow or unfollow. Without `endedMs` nobody knows what came of it. */
export interface FollowChange {
  readonly user: string;
  readonly term: string;
  readonly isFollow: boolean;
  readonly beganMs: number;
  endedMs?: number;
}

export interface Got {
  readonly id: string;
  readonly from: string;
  readonly to: string | undefined;
  /** Undefined where the protocol has none. */
  readonly position: number | undefined;
  readonly atMs: number;
}

/** What one device was shown, in order: by one connection, or by a client that resumes over many. */
export interface Reading {
  readonly device: string;
  readonly user: string;
  readonly wire: Wire;
  /** `live`: what arrived. `history`: what was asked for, which includes the user's own messages. */
  readonly kind: 'live' | 'history';
  /** Everything later belongs to it: positions after this one, or, where there are none, messages begun after `beganMs`. */
  readonly after: number | undefined;
  readonly beganMs: number;
  readonly got: readonly Got[];
  /** Positions of which the server said that they can no longer be read. Both ends included. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** How often the server said that its log is another one. */
  readonly resets: number;
  /** It lasted to the end of the run, and then waited: nothing may be missing. Otherwise nothing before the last. */
  readonly isComplete: boolean;
}

export interface Stored {
  readonly position: number;
  readonly id: string;
  readonly from: string;
  readonly to: string | undefined;
  /** Of an attachment, of the bytes that were fetched; or why they could not be. */
  readonly sha256?: string;
}

export interface Fault {
  /** `kill`, `kill at after-commit`, `freeze`, `cut`, … */
  readonly name: string;
  readonly atMs: number;
  /** How long it took, from when the server was started again, until a message was acknowledged. */
  recoveryMs?: number;
}
