import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isPhrase, wordsOfPhrase } from '../../protocol/terms.ts';
import { everything } from '../../protocol/words.ts';
import { isCovered } from '../messages/carried.ts';
import type { Entry } from '../messages/entry.ts';
import type { KeySpan } from '../messages/keys.ts';
import { intersectPositions } from './intersect-positions.ts';
import type { Page, Query } from './log.ts';
import { mergePositions } from './merge-positions.ts';
import { cutPage } from './page.ts';
import { positionsIn } from './postings.ts';
import { entryOf, selectAttachment, selectEntry, selectRetried } from './rows.ts';
import { TailIndex } from './tail-index.ts';

/** Rows fetched by one query for a span: few at first, because a page takes few positions from most spans. */
const entryChunks = { first: 16, most: 512 };
/** A run may hold hundreds of positions. */
const runChunks = { first: 2, most: 64 };
/** Size of the cache of key ids. */
const maxKnownIds = 20_000;

type Order = 1 | -1;
type OrderedStatements = { readonly [order in Order]: StatementSync };

/** A page, and `Log.prunedThrough` at the time it was read. */
export interface PageRead {
  readonly page: Page;
  readonly prunedThrough: number;
}

/** The columns of `meta` that reading needs. */
type Meta = [indexedThrough: number, prunedThrough: number, droppedKeys: number];

/**
 * Answers queries: from the postings as far as the log is indexed, and from memory for the short tail after that. The time
 * depends on the size of the answer and on the number of spans, not on the length of the log.
 */
export class Reader {
  readonly #database: DatabaseSync;
  readonly #tail = new TailIndex();
  readonly #ids = new Map<string, number>();
  /** How many keys had been dropped when the ids were cached. */
  #droppedKeys = 0;
  readonly #selectMeta: StatementSync;
  readonly #selectKey: StatementSync;
  readonly #selectEntry: StatementSync;
  readonly #selectTail: StatementSync;
  readonly #selectRuns: OrderedStatements;
  readonly #selectEverything: OrderedStatements;
  readonly #sumAttachments: StatementSync;
  readonly #selectAttachment: StatementSync;
  readonly #selectRetried: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const prepare = (sql: string): StatementSync => {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    const inBothOrders = (sql: string): OrderedStatements => ({
      1: prepare(`${sql} ORDER BY position ASC LIMIT ?`),
      [-1]: prepare(`${sql} ORDER BY position DESC LIMIT ?`),
    });
    this.#selectMeta = prepare('SELECT indexed_through, forgotten_through, dropped_keys FROM meta');
    this.#selectKey = database.prepare('SELECT id FROM keys WHERE key = ?');
    this.#selectEntry = prepare(`${selectEntry} WHERE position = ?`);
    this.#selectTail = prepare(`${selectEntry} WHERE position > ? ORDER BY position`);
    const runs = 'SELECT last, gaps FROM postings WHERE key_id = ?1 AND last > ?2 AND last <=';
    // The last run that overlaps the range may end after it.
    const end = 'ifnull((SELECT min(last) FROM postings WHERE key_id = ?1 AND last >= ?3), ?3)';
    this.#selectRuns = {
      1: prepare(`${runs} ${end} ORDER BY last ASC LIMIT ?4`),
      [-1]: prepare(`${runs} ${end} ORDER BY last DESC LIMIT ?4`),
    };
    // Must agree with `carriesEverything`.
    this.#selectEverything = inBothOrders(
      'SELECT position FROM entries WHERE recipient IS NULL AND position > ? AND position <= ?',
    );
    this.#sumAttachments = database.prepare(
      `SELECT ifnull(sum(file_bytes), 0) AS bytes FROM entries
       WHERE file_bytes IS NOT NULL AND sender = ? AND time_ms >= ?`,
    );
    this.#selectAttachment = prepare(selectAttachment);
    this.#selectRetried = database.prepare(selectRetried);
  }

  /** Returns a page of entries at or before `head`. Throws as SQLite does. */
  read(query: Query, head: number): PageRead {
    // One transaction, so that `indexed_through`, postings and tail belong to the same snapshot.
    this.#database.exec('BEGIN');
    try {
      // The statement returns arrays; its type does not say so.
      const meta = this.#selectMeta.get() as unknown as Meta;
      const [, prunedThrough, droppedKeys] = meta;
      if (droppedKeys !== this.#droppedKeys) this.#ids.clear();
      this.#droppedKeys = droppedKeys;
      const spans = narrowedSpans(query, prunedThrough, head);
      // Positions of words are those of entries that carry them; those of a phrase's words together have to be looked at.
      const isWanted = spans.some(({ key }) => isPhrase(key))
        ? (entry: Entry): boolean => isCovered(entry, spans)
        : undefined;
      const candidates = this.#candidates(spans, query, meta);
      return { page: cutPage(candidates, query, head, isWanted), prunedThrough };
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  attachmentBytesSince(sender: string, sinceMs: number): number {
    return Number(this.#sumAttachments.get(sender, sinceMs)?.bytes);
  }

  /** Returns the entry at or before `head` that announced the file. Throws as SQLite does. */
  attachment(fileId: string, head: number): Entry | undefined {
    const row = this.#selectAttachment.get(fileId, head);
    return row && entryOf(row);
  }

  /** As `Log.positionOf`, at or before `head`. Throws as SQLite does. */
  positionOf(sender: string, retryId: string, head: number): number | undefined {
    const position = this.#selectRetried.get(sender, retryId)?.position;
    return typeof position === 'number' && position <= head ? position : undefined;
  }

  *#candidates(spans: readonly KeySpan[], query: Query, [indexedThrough]: Meta): Generator<Entry> {
    if (spans.some(({ key, through }) => key !== everything && through > indexedThrough)) {
      this.#followTail(indexedThrough);
    }
    const order = query.pick === 'oldest' ? 1 : -1;
    const sources = spans.map((span) => this.#positions(span, indexedThrough, order));
    for (const position of mergePositions(sources, order)) {
      const row = this.#selectEntry.get(position);
      if (row !== undefined) yield entryOf(row);
    }
  }

  #followTail(indexedThrough: number): void {
    this.#tail.follow(indexedThrough);
    for (const row of this.#selectTail.iterate(this.#tail.through)) this.#tail.add(entryOf(row));
  }

  #positions(span: KeySpan, indexedThrough: number, order: Order): Generator<number> {
    const ofKey = this.#positionsOfKey(span, indexedThrough, order);
    if (!isPhrase(span.key)) return ofKey;
    const words = [...new Set(wordsOfPhrase(span.key))];
    const ofWords = words.map((key) => this.#positionsOfKey({ ...span, key }, indexedThrough, order));
    // Files carry the phrases that they were sent to.
    return mergePositions([ofKey, intersectPositions(ofWords, order)], order);
  }

  *#positionsOfKey(
    { key, after, through }: KeySpan,
    indexedThrough: number,
    order: Order,
  ): Generator<number> {
    if (key === everything) {
      const select = this.#selectEverything[order];
      const read = (...range: [number, number, number]): PositionRow[] => arrays(select.all(...range));
      yield* inChunks({ low: after, high: through, order }, entryChunks, read, (row) => row);
      return;
    }
    const boundary = Math.min(Math.max(indexedThrough, after), through);
    if (order === -1) yield* this.#tail.positions(key, boundary, through, order);
    const id = boundary > after ? this.#idOf(key) : undefined;
    if (id !== undefined) {
      const select = this.#selectRuns[order];
      const read = (...range: [number, number, number]): RunRow[] => arrays(select.all(id, ...range));
      yield* inChunks({ low: after, high: boundary, order }, runChunks, read, ([last, gaps]) =>
        positionsIn({ last, gaps }),
      );
    }
    if (order === 1) yield* this.#tail.positions(key, boundary, through, order);
  }

  /** Returns undefined while no indexed entry carries the key. */
  #idOf(key: string): number | undefined {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#selectKey.get(key)?.id;
    if (typeof id !== 'number') return undefined;
    if (this.#ids.size >= maxKnownIds) this.#ids.clear();
    this.#ids.set(key, id);
    return id;
  }
}

/** Clips the query's spans to what it asks for and drops those that become empty. */
function narrowedSpans(query: Query, prunedThrough: number, head: number): KeySpan[] {
  return query.spans
    .map(({ key, after, through }) => ({
      key,
      after: Math.max(after, query.after, prunedThrough),
      through: Math.min(through, head),
    }))
    .filter(({ after, through }) => after < through);
}

type PositionRow = [position: number];
type RunRow = [last: number, gaps: Uint8Array];

/** Casts the rows of a statement that returns arrays; its type does not say so. */
function arrays<Row>(rows: unknown[]): Row[] {
  return rows as Row[];
}

interface Range {
  /** (low, high] */
  readonly low: number;
  readonly high: number;
  readonly order: Order;
}

/**
 * Yields the positions in a range, in its order, and reads rows in chunks. `read` returns at most `limit` rows that overlap
 * (low, high]; `positionsOf` returns the positions of a row, descending.
 */
function* inChunks<Row>(
  range: Range,
  chunks: { readonly first: number; readonly most: number },
  read: (low: number, high: number, limit: number) => Row[],
  positionsOf: (row: Row) => number[],
): Generator<number> {
  let { low, high } = range;
  for (let limit = chunks.first; low < high; limit = Math.min(2 * limit, chunks.most)) {
    const rows = read(low, high, limit);
    for (const row of rows) {
      const falling = positionsOf(row);
      const wanted = falling.filter((position) => position > low && position <= high);
      yield* range.order === 1 ? wanted.reverse() : wanted;
      if (range.order === 1) low = falling[0] ?? low;
      else high = (falling.at(-1) ?? high) - 1;
    }
    if (rows.length < limit) return;
  }
}
