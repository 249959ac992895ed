import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isFull } from '../sqlite/database-file.ts';
import { Indexer } from './indexer.ts';
import { Pruner } from './pruner.ts';

/** How long no group has come when the writer counts as idle. */
const idleMs = 50;
/** How long a step of indexing takes, without its commit: for so long a group that comes meanwhile waits. */
const stepMs = 2;
/** How full the tail must be for the idle writer to index it: few entries at a time would touch as many pages. */
const idleFill = 1 / 2;
/** How much longer it takes for each multiple of the bound that waits beyond it: the load decides where that settles. */
const excessMs = 50;
/** How long the log is left alone between two steps of pruning: nobody waits for it. */
const prunePauseMs = 10;
/** How long indexing and pruning rest after they found no space. */
const fullRestMs = 1000;
/** How much text may wait for the index, as `textBytes` counts; how many entries may is an option. */
const tailBytes = 16 * 1024 * 1024;
/** Pages of 4 KiB in the WAL that are worth a checkpoint when idle, and that force one when not. */
const idleWalPages = 1_000;
const busyWalPages = 2_000;
/** How long closing may go on indexing. What is left then is indexed after the next opening. */
const closingMs = 1000;

/**
 * What the writer does beside committing: it indexes and checkpoints. When it is idle, in small steps; in between
 * commits only once too much has come together, and then as much as keeps it from growing. Told to prune, it does
 * that in small steps at a pace of its own, idle or not.
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

  /** Called after each group, with how much text it brought. */
  afterGroup(textBytes: number): void {
    this.#committedBytes += textBytes;
    clearImmediate(this.#nextStep);
    try {
      const excess = this.#tailFill() - 1;
      if (excess > 0) this.#index(stepMs + excess * excessMs);
      if (this.#uncheckpointedPages() >= busyWalPages) this.#checkpoint('PASSIVE');
    } catch (error) {
      this.#onError(error);
      return;
    }
    this.#wait(idleMs);
  }

  /** The position through which the log has pruned. */
  get prunedThrough(): number {
    return this.#pruner.through;
  }

  /** Prunes as `Pruner` has it; `onStep` is told after each step whether it was the last. */
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

  /** Nothing is done any more on its own. */
  stop(): void {
    clearTimeout(this.#nextPruning);
    clearTimeout(this.#idle);
    clearImmediate(this.#nextStep);
  }

  /** Leaves everything in the one file, indexed as far as that goes quickly. */
  finish(): void {
    this.stop();
    const endMs = performance.now() + closingMs;
    while (this.#hasTail() && performance.now() < endMs && this.#index(stepMs));
    this.#checkpoint('TRUNCATE');
  }

  /** Gives whether nothing is left to do. */
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

  /** One step, and the next after what has come meanwhile. */
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

  /** How long the tail is: 1 is as long as it should ever be. */
  #tailFill(): number {
    const entries = this.#head() - this.#indexer.indexedThrough;
    // What was left from before this start is not counted in bytes: it is indexed first.
    const bytes = this.#committedBytes - this.#indexer.indexedBytes;
    return Math.max(entries / this.#tailEntries, bytes / tailBytes);
  }

  /** Whether there was space for it. A log that is full to the brim goes on without: reads take longer. */
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

  /** A full disk leaves everything in the WAL, where it is just as safe. */
  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#database.exec(`PRAGMA wal_checkpoint(${mode})`);
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }
}
