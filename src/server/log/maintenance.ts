import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Entry, memoryBytes } from '../messages/entry.ts';
import { isFull } from '../sqlite/database-file.ts';
import { Eraser } from './eraser.ts';
import { Indexer } from './indexer.ts';
import type { Erased } from './log.ts';
import { Pruner } from './pruner.ts';
import type { IndexProgress } from './worker-messages.ts';

/** The writer is idle when no group came for this long. */
const idleMs = 50;
/** Duration of an indexing step without its commit. A group that arrives meanwhile waits that long. */
const stepMs = 2;
/** The idle writer indexes once the tail is this full: a few entries would touch nearly as many pages as many. */
const idleFill = 1 / 2;
/** A step takes this much longer for each multiple of the bound by which the tail exceeds it: so the tail stops growing. */
const excessMs = 50;
/** Pause between two steps of pruning, which is never urgent. */
const prunePauseMs = 10;
/** Pause of indexing or pruning after the disk was full. */
const fullRestMs = 1000;
/** A tail that exceeds its bound by so many multiples of it is not held in memory. */
const maxHeldExcess = 1;
/** How much text may be unindexed, as `memoryBytes` counts. The bound in entries is an option. */
const tailBytes = 16 * 1024 * 1024;
/** WAL size in pages of 4 KiB that triggers a checkpoint when idle, and when busy. */
const idleWalPages = 1_000;
const busyWalPages = 2_000;
/** Duration of a step while nobody waits for the writer yet. */
const openingStepMs = 100;
/** How long closing may continue to index. The next start indexes the rest. */
const closingMs = 1000;

/**
 * What the writer does besides committing: indexing, checkpoints and pruning. It indexes in short steps when idle. Between
 * commits it indexes only when the tail exceeds its bound, and then as much as keeps the tail from growing. It prunes in
 * short steps at a fixed pace, idle or not.
 */
export class Maintenance {
  readonly #database: DatabaseSync;
  readonly #indexer: Indexer;
  readonly #pruner: Pruner;
  readonly #walState: StatementSync;
  readonly #head: () => number;
  readonly #tailEntries: number;
  readonly #onError: (error: unknown) => void;
  #committedBytes = 0;
  #idle: NodeJS.Timeout | undefined;
  #nextStep: NodeJS.Immediate | undefined;
  #nextPruning: NodeJS.Timeout | undefined;
  #nextErasing: NodeJS.Timeout | undefined;
  #indexNotBeforeMs = 0;
  #pruneNotBeforeMs = 0;

  constructor(
    database: DatabaseSync,
    options: {
      readonly head: () => number;
      readonly tailEntries: number;
      readonly onError: (error: unknown) => void;
    },
  ) {
    this.#database = database;
    this.#indexer = new Indexer(database);
    this.#pruner = new Pruner(database, this.#indexer);
    this.#walState = database.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#head = options.head;
    this.#tailEntries = options.tailEntries;
    this.#onError = options.onError;
    this.#wait(idleMs);
  }

  /**
   * Indexes until the tail is within its bound. It exceeds it only when a new version has discarded the index. Then the log
   * opens later: a reader would hold the keys of the whole log in memory, and a group would wait for half of it. Calls
   * `onStep` after each step.
   */
  catchUp(onStep: (indexed: IndexProgress) => void): void {
    const first = this.#indexer.indexedThrough;
    while (this.#tailFill() > 1 && this.#index(openingStepMs)) {
      onStep({ done: this.#indexer.indexedThrough - first, of: this.#head() - first });
      if (this.#uncheckpointedPages() >= busyWalPages) this.#checkpoint('PASSIVE');
    }
  }

  /** Call after each group, with what it stored. */
  afterGroup(entries: readonly Entry[]): void {
    for (const { message } of entries) this.#committedBytes += memoryBytes(message);
    clearImmediate(this.#nextStep);
    try {
      const excess = this.#tailFill() - 1;
      if (excess < maxHeldExcess) this.#indexer.hold(entries);
      else this.#indexer.letGo();
      if (excess > 0) this.#index(stepMs + excess * excessMs);
      if (this.#uncheckpointedPages() >= busyWalPages) this.#checkpoint('PASSIVE');
    } catch (error) {
      this.#onError(error);
      return;
    }
    this.#wait(idleMs);
  }

  /** As `Log.prunedThrough`. */
  get prunedThrough(): number {
    return this.#pruner.through;
  }

  /** Prunes until done, as `Pruner.step` does. `onStep` learns after each step whether it was the last. */
  prune(beforeMs: number, onStep: (isDone: boolean) => void): void {
    this.#nextPruning = setTimeout(() => {
      try {
        const isDone = this.#pruneStep(beforeMs);
        onStep(isDone);
        if (!isDone) this.prune(beforeMs, onStep);
      } catch (error) {
        this.#onError(error);
      }
    }, prunePauseMs);
  }

  /** Erases what `sender` has stored until now. `onDone` learns what was erased. */
  erase(sender: string, onDone: (erased: Erased) => void): void {
    const eraser = new Eraser(this.#database, this.#indexer, sender, this.#head());
    const step = (): void => {
      try {
        // A key that is being indexed cannot be dropped.
        while (this.#hasTail()) this.#indexer.step(this.#head(), openingStepMs);
        const isDone = eraser.step();
        this.#pruner.reload();
        if (isDone) onDone(eraser.finish());
        else this.#nextErasing = setTimeout(step, prunePauseMs);
      } catch (error) {
        if (isFull(error)) this.#nextErasing = setTimeout(step, fullRestMs);
        else this.#onError(error);
      }
    };
    this.#nextErasing = setTimeout(step, 0);
  }

  /** Cancels all timers. */
  stop(): void {
    clearTimeout(this.#nextErasing);
    clearTimeout(this.#nextPruning);
    clearTimeout(this.#idle);
    clearImmediate(this.#nextStep);
  }

  /** Indexes for a bounded time, then moves everything from the WAL into the database file. */
  finish(): void {
    this.stop();
    const endMs = performance.now() + closingMs;
    while (this.#hasTail() && performance.now() < endMs && this.#index(stepMs));
    this.#checkpoint('TRUNCATE');
  }

  /** Returns whether nothing is left to prune. */
  #pruneStep(beforeMs: number): boolean {
    if (performance.now() < this.#pruneNotBeforeMs) return false;
    try {
      const outcome = this.#pruner.step(beforeMs, stepMs);
      if (outcome === 'unindexed') this.#index(stepMs);
      if (this.#uncheckpointedPages() >= busyWalPages) this.#checkpoint('PASSIVE');
      return outcome === 'done';
    } catch (error) {
      if (!isFull(error)) throw error;
      this.#pruneNotBeforeMs = performance.now() + fullRestMs;
      return false;
    }
  }

  #wait(ms: number): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#onIdle(), ms);
  }

  /** One step; the next follows after the messages that arrived meanwhile. */
  #onIdle(): void {
    try {
      if (this.#tailFill() >= idleFill) {
        if (this.#index(stepMs)) this.#nextStep = setImmediate(() => this.#onIdle());
        else this.#wait(fullRestMs);
      } else if (this.#uncheckpointedPages() >= idleWalPages) this.#checkpoint('PASSIVE');
    } catch (error) {
      this.#onError(error);
    }
  }

  #hasTail(): boolean {
    return this.#indexer.indexedThrough < this.#head();
  }

  /** The length of the unindexed tail; 1 is its bound. */
  #tailFill(): number {
    const entries = this.#head() - this.#indexer.indexedThrough;
    // Entries of earlier runs are not counted in bytes: they are indexed first.
    const bytes = this.#committedBytes - this.#indexer.indexedBytes;
    return Math.max(entries / this.#tailEntries, bytes / tailBytes);
  }

  /** Returns whether there was space. On a full disk the log works without the index; reads take longer. */
  #index(ms: number): boolean {
    if (performance.now() < this.#indexNotBeforeMs) return false;
    try {
      this.#indexer.step(this.#head(), ms);
      return true;
    } catch (error) {
      if (!isFull(error)) throw error;
      this.#indexNotBeforeMs = performance.now() + fullRestMs;
      return false;
    }
  }

  #uncheckpointedPages(): number {
    const { log, checkpointed } = this.#walState.get() ?? {};
    return Number(log) - Number(checkpointed);
  }

  /** On a full disk everything stays in the WAL, where it is just as safe. */
  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#database.exec(`PRAGMA wal_checkpoint(${mode})`);
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }
}
