import type { Entry } from '../messages/entry.ts';
import type { KeySpan } from '../messages/keys.ts';
import type { Bus } from './bus.ts';

/**
 * The log: all messages, in one order. This folder knows entries and keys, but neither connections nor wires.
 *
 * A committed message is on stable storage and stays there until it is pruned. A message that was not committed is not
 * stored; only after a failure of the storage itself is that unknown until the log is opened again.
 */
export interface Log extends Bus {
  /** Identifies this log's sequence of positions: 32 hexadecimal digits, created and stored with the log. */
  readonly epoch: string;
  /** Every entry at or before this position was pruned; 0 while none was. Stored with the log; never decreases. */
  readonly prunedThrough: number;

  /**
   * Returns committed entries that a span of the query covers. Pruned entries are missing, and by the time this resolves
   * `prunedThrough` accounts for them. Rejects only when the storage fails, and once `close` began.
   */
  read(query: Query): Promise<Page>;

  /** Returns how many bytes of attachments `sender` had committed since `sinceMs` (milliseconds since 1970). */
  attachmentBytesSince(sender: string, sinceMs: number): Promise<number>;

  /** Returns the committed entry that announced the file with this `StoredFile.id`. Rejects as `read` does. */
  attachment(id: string): Promise<Entry | undefined>;

  /** Returns the position of the entry that `sender` appended with this `retryId`. Rejects as `read` does. */
  positionOf(sender: string, retryId: string): Promise<number | undefined>;

  /**
   * Deletes entries from the beginning of the log, up to the first that is not older than `beforeMs` (milliseconds since
   * 1970). If the clock once went backwards, old entries after that one stay. Retry ids are deleted with their entries;
   * positions are never reused. Works in short steps, so that commits are not delayed. Resolves after the last step, or
   * when the log closes or fails. Never rejects.
   */
  prune(beforeMs: number): Promise<void>;

  /**
   * Deletes every entry of `sender` up to the `head` at the time of the call, with its retry id and what the index has of
   * it, and overwrites them in the file, as far as SQLite can. Their positions stay empty. Works in short steps, except the
   * last, which writes a small log anew. Rejects when the storage fails, and when the log closes before it is done.
   */
  erase(sender: string): Promise<Erased>;

  /**
   * Commits and reports what was appended, then releases the storage. After `withinMs`, messages whose commit has not
   * begun are refused (as `closed`); without it all are committed, however slow the disk is. Idempotent.
   */
  close(withinMs?: number): Promise<void>;
}

/** What `Log.erase` did. `files`: the ids of the files that the entries announced; the caller removes them. */
export interface Erased {
  readonly entries: number;
  readonly files: readonly string[];
  /**
   * Whether the file was written anew. Otherwise it may hold copies of single words that SQLite left when it moved them
   * earlier.
   */
  readonly isCompact: boolean;
}

export interface Query {
  readonly spans: readonly KeySpan[];
  /** Exclusive lower bound of positions. */
  readonly after: number;
  /** Which matching entries to return when there are more than `limit`. */
  readonly pick: 'oldest' | 'newest';
  /** Maximum number of entries. */
  readonly limit: number;
  /** No further entry is added once the texts have this many bytes (2 for each UTF-16 unit). */
  readonly maxBytes: number;
}

export interface Page {
  /** In position order with either `pick`; once each, however many spans cover an entry. */
  readonly entries: readonly Entry[];
  /**
   * `entries` holds every matching entry with `after` < position <= `through`, which are `query.after` and at least the
   * `head` at the time of the call, unless the page is cut: by `limit`, by `maxBytes`, or after many entries that were read
   * in vain, as they have a phrase's words but not the phrase. Then `through` (`pick: 'oldest'`) or `after` (`'newest'`) says
   * where the next page begins.
   */
  readonly after: number;
  readonly through: number;
}
