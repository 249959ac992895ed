import type { Draft, Entry } from '../messages/entry.ts';
import type { KeySpan } from '../messages/keys.ts';

/**
 * The log: every message there ever was, in one order. This folder knows entries and keys; who is connected
 * and how anything looks on a wire is nothing to it.
 *
 * A message that was committed is on stable storage and stays there; one that was not is not there, except
 * after a failure of the storage itself, when nobody knows until the log is opened again.
 */
export interface Log {
  /** Names this log's run of positions: 32 hexadecimal digits, made with the log and kept with it. */
  readonly epoch: string;
  /** The position of the newest committed entry; 0 while there is none. */
  readonly head: number;
  /** Every entry at or before this position was pruned; 0 while none was. Kept with the log, and never falls. */
  readonly prunedThrough: number;

  /**
   * Hands a message over. Returns at once; the observer hears of it with its group, in the order of the
   * appends. `origin` comes back with it and means nothing to the log. After `close` began, or after a
   * failure, an append is refused (as `closed`).
   */
  append(draft: Draft, origin: Origin): void;

  /**
   * Committed entries that one of the spans covers, by the query's terms; none that was pruned, and when the page
   * is there `prunedThrough` accounts for what is missing in it. Rejects only when storage fails, and once `close`
   * began.
   */
  read(query: Query): Promise<Page>;

  /**
   * How many bytes of attachments `sender` has had committed since `sinceMs` (milliseconds since 1970).
   */
  attachmentBytesSince(sender: string, sinceMs: number): Promise<number>;

  /**
   * The committed entry that announced the file with this id (`StoredFile.id`). Rejects as `read` does.
   */
  attachment(id: string): Promise<Entry | undefined>;

  /** The position at which what `sender` called `retryId` is stored. Rejects as `read` does. */
  positionOf(sender: string, retryId: string): Promise<number | undefined>;

  /**
   * Prunes the entries from the log's beginning on that are older than `beforeMs` (milliseconds since 1970), up to the
   * first that is not: where time went backwards, nothing younger goes with what is old. Retry ids go with their
   * entries, positions never come back. In steps that hold up no commit; fulfilled after the last, or when the log
   * closed or failed meanwhile. Never rejects.
   */
  prune(beforeMs: number): Promise<void>;

  /**
   * Commits and reports what was appended, then lets go of the storage. On a slow disk, what has not begun to be
   * committed after `withinMs` is refused (as `closed`); without a bound all is committed. Idempotent.
   */
  close(withinMs?: number): Promise<void>;
}

/** Whoever appended; given back unread. */
export type Origin = object | undefined;

/** Whom the log tells, always later than the call that caused it, one group after another. */
export interface LogObserver {
  /** These are on stable storage now: the whole group, in position order. */
  onCommit(group: readonly Appended[]): void;
  /** These were not stored and never will be. `full`: no space; others may be stored later. */
  onRefuse(origins: readonly Origin[], reason: 'full' | 'closed'): void;
  /**
   * The storage failed in a way that leaves open what it holds. The log takes nothing any more; end the process
   * and open the log anew. Whoever waits for an answer gets none.
   */
  onFailure(error: Error): void;
}

export interface Appended {
  readonly entry: Entry;
  readonly origin: Origin;
  /**
   * The draft was stored before, under the same sender and `retryId`: `entry` has that position, and is not new. What
   * else it has is the draft's.
   */
  readonly isRepeat: boolean;
}

export interface Query {
  readonly spans: readonly KeySpan[];
  /** Only positions greater than this. */
  readonly after: number;
  /** Which of the matching entries when there are more than `limit`: the oldest or the newest. */
  readonly pick: 'oldest' | 'newest';
  /** At most this many entries. */
  readonly limit: number;
  /** And no further entry once their texts come to this many bytes (UTF-16 units count 2). */
  readonly maxBytes: number;
}

export interface Page {
  /** In position order, whichever end was picked; each once, however many spans cover it. */
  readonly entries: readonly Entry[];
  /**
   * With `pick: 'oldest'`: every matching entry at or before this position and after `query.after` is in
   * `entries`; at least the `head` of the moment `read` was called unless `limit` or `maxBytes` cut the page.
   */
  readonly through: number;
}
