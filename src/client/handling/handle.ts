import type { Clock } from '../../scheduling/clock.ts';
import { elapsed } from '../../scheduling/elapsed.ts';
import type { Entry } from '../entries.ts';
import { LostError } from '../errors.ts';

/** Handles one entry. It is handled when this returns, or the promise resolves. */
export type Handler = (entry: Entry) => void | Promise<void>;

/**
 * What to do with an entry whose handler failed. `stop`: `handle` rejects with the handler's error, and the entry comes
 * again at the next start. `skip`: the entry counts as handled. `retryInMs`: handle it again after that time; newer
 * entries wait.
 */
export type ErrorDecision = 'stop' | 'skip' | { readonly retryInMs: number };

export interface HandleOptions {
  /**
   * Decides about an entry whose handler failed, `failures` times in a row by now. By default `stop`. If this fails
   * too, `handle` rejects with its error.
   */
  readonly onError?: (
    error: unknown,
    entry: Entry,
    failures: number,
  ) => ErrorDecision | Promise<ErrorDecision>;
  /** Stops: the entry under way is still finished, then `handle` resolves. The client stays open. */
  readonly signal?: AbortSignal;
}

/** Entries that are handled one at a time, in order. An entry stays the first until `done`. */
export interface EntrySource {
  /** Resolves when the place is kept from which the next start goes on. */
  ready(): Promise<void>;
  /** The first entry that waits; undefined when none does now. Reads older ones again if need be. */
  first(): Entry | undefined;
  /** The first entry is handled. Resolves when the place is kept. */
  done(): Promise<void>;
  /** Resolves when an entry may have come or the client has ended, and when `signal` aborts. */
  changed(signal: AbortSignal | undefined): Promise<void>;
  /** Set once the client is closed; `why` is undefined after `close()`. */
  readonly ending: { readonly why: string | undefined } | undefined;
  /** The client is closed. Only the first call counts. */
  end(why: string | undefined): void;
  /** From now on entries wait here. */
  open(): void;
  /** Opens, and begins to handle. Returns a function that ends that. Throws when somebody handles entries already. */
  claim(): () => void;
}

/**
 * Implements `Client.handle`. Resolves when `signal` aborts or the client is closed by its user; rejects with the
 * handler's error, and with `LostError` when the client ends for another reason.
 */
export async function handleEntries(
  source: EntrySource,
  clock: Clock,
  handler: Handler,
  options: HandleOptions,
): Promise<void> {
  const release = source.claim();
  try {
    await source.ready();
    for (;;) {
      const entry = await nextEntry(source, options.signal);
      if (entry === undefined || !(await isHandled(source, clock, entry, handler, options))) return;
      await source.done();
    }
  } finally {
    release();
  }
}

/** Implements `Client.messages`. Asking for the next entry says that the previous one is handled. */
export async function* iterateEntries(
  source: EntrySource,
  signal: AbortSignal | undefined,
): AsyncGenerator<Entry, void, void> {
  const release = source.claim();
  try {
    await source.ready();
    for (;;) {
      const entry = await nextEntry(source, signal);
      if (entry === undefined) return;
      yield entry;
      await source.done();
    }
  } finally {
    release();
  }
}

/** Resolves with undefined when the user stops; rejects when the client is over for another reason. */
async function nextEntry(source: EntrySource, signal: AbortSignal | undefined): Promise<Entry | undefined> {
  for (;;) {
    if (signal?.aborted === true) return undefined;
    if (source.ending !== undefined) {
      const { why } = source.ending;
      if (why === undefined) return undefined;
      throw new LostError('closed', why);
    }
    const changed = source.changed(signal);
    const entry = source.first();
    if (entry !== undefined) return entry;
    await changed;
  }
}

/** Resolves with false when it was stopped before the entry was handled. */
async function isHandled(
  source: EntrySource,
  clock: Clock,
  entry: Entry,
  handler: Handler,
  { onError, signal }: HandleOptions,
): Promise<boolean> {
  for (let failures = 1; ; failures++) {
    try {
      await handler(entry);
      return true;
    } catch (error) {
      // The user closed the client, which ended the handler's own requests.
      if (isClosedByUser(source) && error instanceof LostError) return false;
      const decision = (await onError?.(error, entry, failures)) ?? 'stop';
      if (decision === 'stop') throw error;
      if (decision === 'skip') return true;
      if (!(await isTimeOver(source, clock, decision.retryInMs, signal))) return false;
    }
  }
}

/** Waits. Resolves with false when it was stopped, or the client closed, before the time was over. */
async function isTimeOver(
  source: EntrySource,
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const over = new AbortController();
  const waited = elapsed(clock, ms, over.signal).then(() => over.abort());
  while (!over.signal.aborted && source.ending === undefined && signal?.aborted !== true) {
    await Promise.race([waited, source.changed(signal)]);
  }
  const isOver = over.signal.aborted;
  over.abort();
  return isOver && source.ending === undefined && signal?.aborted !== true;
}

const isClosedByUser = ({ ending }: EntrySource): boolean => ending !== undefined && ending.why === undefined;
