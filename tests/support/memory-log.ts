import { randomBytes } from 'node:crypto';
import type { BusObserver, Committed, Ticket } from '../../src/server/log/bus.ts';
import type { Erased, Log, Page, Query } from '../../src/server/log/log.ts';
import { cutPage } from '../../src/server/log/page.ts';
import { isCovered } from '../../src/server/messages/carried.ts';
import type { Draft, Entry } from '../../src/server/messages/entry.ts';

/** The content of a `MemoryLog`; pass it to the next one to open the same log again. */
export class MemoryStore {
  readonly epoch = randomBytes(16).toString('hex');
  readonly entries: Entry[] = [];
  head = 0;
  prunedThrough = 0;
  /** Positions of entries with a retry id, by sender and id. */
  readonly retries = new Map<string, number>();
}

/** A log in memory, the smallest that fulfils the contract. */
export class MemoryLog implements Log {
  readonly #observer: BusObserver;
  readonly #store: MemoryStore;
  #waiting: { readonly draft: Draft; readonly ticket: Ticket | undefined }[] = [];
  #closing: Promise<void> | undefined;

  constructor(observer: BusObserver, store: MemoryStore = new MemoryStore()) {
    this.#observer = observer;
    this.#store = store;
  }

  get epoch(): string {
    return this.#store.epoch;
  }

  get head(): number {
    return this.#store.head;
  }

  get prunedThrough(): number {
    return this.#store.prunedThrough;
  }

  append(draft: Draft, ticket: Ticket | undefined): void {
    if (this.#closing !== undefined) {
      queueMicrotask(() => this.#observer.onRefuse([ticket], 'closed'));
      return;
    }
    if (this.#waiting.length === 0) queueMicrotask(() => this.#commit());
    this.#waiting.push({ draft, ticket });
  }

  async read(query: Query): Promise<Page> {
    this.#assertOpen();
    const matching = this.#store.entries.filter(
      (entry) => entry.position > query.after && isCovered(entry, query.spans),
    );
    return cutPage(query.pick === 'oldest' ? matching : matching.reverse(), query, this.head);
  }

  async attachmentBytesSince(sender: string, sinceMs: number): Promise<number> {
    this.#assertOpen();
    let bytes = 0;
    for (const { message, ...entry } of this.#store.entries) {
      if (message.kind !== 'attachment' || entry.sender !== sender || entry.timeMs < sinceMs) continue;
      bytes += message.file.bytes;
    }
    return bytes;
  }

  async attachment(id: string): Promise<Entry | undefined> {
    this.#assertOpen();
    return this.#store.entries.find(({ message }) => message.kind === 'attachment' && message.file.id === id);
  }

  async positionOf(sender: string, retryId: string): Promise<number | undefined> {
    this.#assertOpen();
    return this.#store.retries.get(retryKey(sender, retryId));
  }

  async prune(beforeMs: number): Promise<void> {
    if (this.#closing !== undefined) return;
    const { entries, retries } = this.#store;
    const kept = entries.findIndex(({ timeMs }) => timeMs >= beforeMs);
    const pruned = entries.splice(0, kept === -1 ? entries.length : kept);
    this.#store.prunedThrough = pruned.at(-1)?.position ?? this.#store.prunedThrough;
    for (const [key, position] of retries) if (position <= this.prunedThrough) retries.delete(key);
  }

  async erase(sender: string): Promise<Erased> {
    this.#assertOpen();
    const { entries, retries } = this.#store;
    const own = entries.filter((entry) => entry.sender === sender);
    this.#store.entries.splice(0, entries.length, ...entries.filter((entry) => entry.sender !== sender));
    for (const [key, position] of retries)
      if (own.some((entry) => entry.position === position)) retries.delete(key);
    const files = own.flatMap(({ message }) => (message.kind === 'attachment' ? [message.file.id] : []));
    return { entries: own.length, files, isCompact: true };
  }

  close(): Promise<void> {
    this.#closing ??= Promise.resolve().then(() => this.#commit());
    return this.#closing;
  }

  #commit(): void {
    if (this.#waiting.length === 0) return;
    const group: Committed[] = [];
    for (const { draft, ticket } of this.#waiting) {
      const { timeMs, sender, message, retryId } = draft;
      const key = retryId === undefined ? undefined : retryKey(sender, retryId);
      const repeated = key === undefined ? undefined : this.#store.retries.get(key);
      const entry = { position: repeated ?? ++this.#store.head, timeMs, sender, message };
      if (repeated === undefined) this.#store.entries.push(entry);
      if (key !== undefined) this.#store.retries.set(key, entry.position);
      group.push({ entry, ticket, isRepeat: repeated !== undefined });
    }
    this.#waiting = [];
    this.#observer.onCommit(group);
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new Error('the log is closed');
  }
}

function retryKey(sender: string, retryId: string): string {
  return JSON.stringify([sender, retryId]);
}
