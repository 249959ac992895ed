import type { Draft, Entry } from '../messages/entry.ts';

/** Identifies one append of this process. */
export type Ticket = number;

/**
 * Messages go in here, and committed entries come out, in one order. The log of a server that runs alone is its own bus. The
 * bus of several nodes would also report the entries that others appended: those have no ticket here.
 */
export interface Bus {
  /** The position of the newest committed entry; 0 while there is none. */
  readonly head: number;

  /**
   * Appends a message and returns at once. The observer is notified later, in the order of the appends, and gets the
   * ticket back. Once `close` began or the storage failed, appends are refused (as `closed`).
   */
  append(draft: Draft, ticket?: Ticket): void;
}

/** Notified of results, one group after another, never during the call that caused them. */
export interface BusObserver {
  /** The whole group is on stable storage. In position order. */
  onCommit(group: readonly Committed[]): void;
  /** These were not stored and will not be. `full`: there was no space; later messages may be stored. */
  onRefuse(tickets: readonly (Ticket | undefined)[], reason: 'full' | 'closed'): void;
  /**
   * The storage failed and it is unknown what it holds. The log accepts nothing more: end the process and open the log
   * again. Pending appends get no answer.
   */
  onFailure(error: Error): void;
}

export interface Committed {
  readonly entry: Entry;
  /** Undefined when another process appended it. */
  readonly ticket: Ticket | undefined;
  /**
   * The message was stored earlier, with the same sender and `retryId`: `entry` has the position of that one, and
   * nothing new was stored. The rest of `entry` comes from this draft.
   */
  readonly isRepeat: boolean;
}
