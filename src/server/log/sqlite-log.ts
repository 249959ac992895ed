import { LogCounts } from '../counts/log-counts.ts';
import type { Draft, Entry } from '../messages/entry.ts';
import { startThread, type Thread } from '../sqlite/thread.ts';
import type { BusObserver, Ticket } from './bus.ts';
import { type Group, GroupQueue } from './group.ts';
import type { Erased, Log, Page, Query } from './log.ts';
import { opened } from './opened.ts';
import { Reads } from './reads.ts';
import type {
  FromReader,
  FromWriter,
  IndexProgress,
  Repeats,
  ToReader,
  ToWriter,
  WorkerOptions,
} from './worker-messages.ts';

export interface SqliteLogOptions {
  /** The database file, created if need be in an existing folder. SQLite adds `FILE-wal` and `FILE-shm`. */
  readonly file: string;
  readonly observer: BusObserver;
  /** Maximum size in pages of 4 KiB. By default only the disk limits it. */
  readonly maxPages?: number;
  /** Entries that may be unindexed before commits wait for the index. */
  readonly tailEntries?: number;
  /**
   * The head that a log of this epoch is known to have had. If the log is behind, it has lost entries and gets a new epoch,
   * so that clients do not take new entries for ones they know.
   */
  readonly mark?: { readonly epoch: string; readonly head: number } | undefined;
  /** Called every two seconds, or `progressMs`, while the log is indexed again before it opens. */
  readonly onIndexing?: ((progress: IndexProgress) => void) | undefined;
  readonly progressMs?: number;
  /** Counts what the log does. */
  readonly counts?: LogCounts;
}

/**
 * Opens the log in an SQLite database, and creates it if need be. Rejects with a `LogOpenError`. The caller makes sure that
 * one process at a time has the file open.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<Log> {
  const { file, maxPages, tailEntries = 16_384, mark, progressMs = 2_000, onIndexing } = options;
  const { observer, counts = new LogCounts() } = options;
  const workers: WorkerOptions = { file, maxPages, tailEntries, mark, progressMs };
  const writer = startThread<ToWriter, FromWriter>(import.meta.url, 'writer-worker', 'log writer', workers);
  const reader = startThread<ToReader, FromReader>(import.meta.url, 'reader-worker', 'log reader', workers);
  try {
    const { epoch, head, prunedThrough } = await opened(writer, (message) => {
      if (message.kind === 'indexing') onIndexing?.(message.progress);
      return message.kind === 'indexing';
    });
    reader.tell({ kind: 'open' });
    await opened(reader);
    return new SqliteLog({ observer, counts, writer, reader, epoch, head, prunedThrough });
  } catch (error) {
    writer.terminate();
    reader.terminate();
    await Promise.all([writer.ended, reader.ended]);
    throw error;
  }
}

interface Parts {
  readonly observer: BusObserver;
  readonly counts: LogCounts;
  readonly writer: Thread<ToWriter, FromWriter>;
  readonly reader: Thread<ToReader, FromReader>;
  readonly epoch: string;
  readonly head: number;
  readonly prunedThrough: number;
}

/**
 * The main thread's side of the log; the database is used only by the two threads. At most one group is being committed, and
 * the next one gathers meanwhile. No timer delays a message: a single one is sent at the end of the turn.
 */
class SqliteLog implements Log {
  readonly epoch: string;
  readonly #observer: BusObserver;
  readonly #counts: LogCounts;
  readonly #writer: Thread<ToWriter, FromWriter>;
  readonly #reads: Reads;
  readonly #waiting = new GroupQueue();
  #committing: Group | undefined;
  #isSendScheduled = false;
  #refused: (Ticket | undefined)[] = [];
  #head: number;
  #prunedThrough: number;
  /** The end of the last prune that was requested, and of the one that the writer works on; one runs at a time. */
  #pruning: Promise<void> = Promise.resolve();
  #pruned = Promise.withResolvers<void>();
  /** As for pruning. */
  #erasing: Promise<unknown> = Promise.resolve();
  #erased: PromiseWithResolvers<Erased> | undefined;
  #state: 'open' | 'closing' | 'closed' | 'failed' = 'open';
  #closed: Promise<void> | undefined;
  readonly #drained = Promise.withResolvers<void>();

  constructor({ observer, counts, writer, reader, epoch, head, prunedThrough }: Parts) {
    this.epoch = epoch;
    this.#observer = observer;
    this.#counts = counts;
    this.#writer = writer;
    this.#head = head;
    this.#prunedThrough = prunedThrough;
    this.#reads = new Reads(reader, (error) => this.#fail(error));
    writer.listen((message) => this.#onMessage(message));
    void writer.ended.then(({ error }) => {
      if (this.#state !== 'closed' || error !== undefined) {
        this.#fail(error ?? new Error("the log's writer thread ended"));
      }
    });
  }

  get head(): number {
    return this.#head;
  }

  get prunedThrough(): number {
    return this.#prunedThrough;
  }

  append(draft: Draft, ticket: Ticket | undefined): void {
    if (this.#state !== 'open') {
      this.#refuseClosed(ticket);
      return;
    }
    this.#waiting.add(draft, ticket);
    if (this.#committing === undefined && !this.#isSendScheduled) {
      this.#isSendScheduled = true;
      // After this turn of the event loop has read the other sockets: their messages join the group.
      setImmediate(() => {
        this.#isSendScheduled = false;
        this.#send();
      });
    }
  }

  async read(query: Query): Promise<Page> {
    const { page, prunedThrough } = await this.#reads.page(query, this.#head);
    // The writer's own message may come later.
    this.#prunedThrough = Math.max(this.#prunedThrough, prunedThrough);
    return page;
  }

  attachmentBytesSince(sender: string, sinceMs: number): Promise<number> {
    return this.#reads.attachmentBytesSince(sender, sinceMs);
  }

  attachment(id: string): Promise<Entry | undefined> {
    return this.#reads.attachment(id, this.#head);
  }

  positionOf(sender: string, retryId: string): Promise<number | undefined> {
    return this.#reads.positionOf(sender, retryId, this.#head);
  }

  prune(beforeMs: number): Promise<void> {
    this.#pruning = this.#pruning.then(() => {
      if (this.#state !== 'open') return;
      this.#pruned = Promise.withResolvers();
      this.#writer.tell({ kind: 'prune', beforeMs });
      return this.#pruned.promise;
    });
    return this.#pruning;
  }

  erase(sender: string): Promise<Erased> {
    const erased = this.#erasing.then(() => {
      if (this.#state !== 'open') throw new Error('the log is closed');
      this.#erased = Promise.withResolvers();
      this.#writer.tell({ kind: 'erase', sender });
      return this.#erased.promise;
    });
    this.#erasing = erased.catch(() => {});
    return erased;
  }

  close(withinMs?: number): Promise<void> {
    this.#closed ??= this.#close(withinMs);
    return this.#closed;
  }

  async #close(withinMs: number | undefined): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      if (this.#committing === undefined && !this.#isSendScheduled) this.#drained.resolve();
      const late = withinMs === undefined ? undefined : setTimeout(() => this.#refuseWaiting(), withinMs);
      await this.#drained.promise;
      clearTimeout(late);
    }
    // The reader first: the last connection to close removes the WAL, and the reader's cannot write.
    await this.#reads.close();
    if (this.#state === 'closing') {
      this.#state = 'closed';
      this.#writer.tell({ kind: 'close' });
    }
    await this.#writer.ended;
    this.#pruned.resolve();
    this.#erased?.reject(new Error('the log is closed'));
    this.#tellRefused();
  }

  #send(): void {
    if (this.#committing !== undefined || this.#state === 'failed') return;
    const group = this.#waiting.take();
    this.#committing = group;
    this.#counts.committingSinceMs = group && performance.now();
    if (group === undefined) return;
    this.#writer.tell({ kind: 'group', cells: group.cells() });
  }

  #onMessage(message: FromWriter): void {
    const group = this.#committing;
    if (this.#state === 'failed') return;
    if (message.kind === 'failed') {
      this.#fail(message.error);
      return;
    }
    if (message.kind === 'erased') {
      this.#erased?.resolve(message.erased);
      return;
    }
    if (message.kind === 'pruned') {
      this.#prunedThrough = Math.max(this.#prunedThrough, message.through);
      if (message.isDone) this.#pruned.resolve();
      return;
    }
    if (group === undefined) return;
    this.#committing = undefined;
    if (message.kind === 'committed') this.#counts.committed(group.tickets.length - message.repeats.size);
    // Gives the writer work again before this thread handles the result.
    this.#send();
    if (message.kind === 'committed') {
      const appended = group.committed(message.first, message.repeats);
      this.#head = message.first + appended.length - message.repeats.size - 1;
      this.#observer.onCommit(appended);
    } else if (message.kind === 'full') this.#tellFull(group, message.repeats);
    if (this.#committing === undefined && this.#state === 'closing') this.#drained.resolve();
  }

  #tellFull(group: Group, repeats: Repeats): void {
    for (const { stored, refused } of group.refused(repeats)) {
      if (stored !== undefined) this.#observer.onCommit(stored);
      else this.#observer.onRefuse(refused, 'full');
    }
  }

  #refuseWaiting(): void {
    for (let group = this.#waiting.take(); group !== undefined; group = this.#waiting.take()) {
      this.#observer.onRefuse(group.tickets, 'closed');
    }
    if (this.#committing === undefined) this.#drained.resolve();
  }

  #refuseClosed(ticket: Ticket | undefined): void {
    if (this.#refused.push(ticket) > 1) return;
    setImmediate(() => this.#tellRefused());
  }

  #tellRefused(): void {
    const tickets = this.#refused;
    this.#refused = [];
    if (tickets.length > 0) this.#observer.onRefuse(tickets, 'closed');
  }

  /** Acknowledges nothing more. Pending appends get no answer, because their outcome is unknown. */
  #fail(error: Error): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.#committing = undefined;
    this.#writer.terminate();
    this.#reads.fail(error);
    this.#drained.resolve();
    this.#pruned.resolve();
    this.#erased?.reject(error);
    this.#observer.onFailure(error);
  }
}
