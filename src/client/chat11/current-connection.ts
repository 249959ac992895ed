import type { Clock } from '../../scheduling/clock.ts';
import { LostError } from '../errors.ts';
import type { Chat11Connection } from './chat11-connection.ts';

/** The connection in use, for transfers, which outlive it and wait for the next one. */
export class CurrentConnection {
  readonly #clock: Clock;
  #connection: Chat11Connection | undefined;
  #over: LostError | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  change(connection: Chat11Connection | undefined): void {
    this.#connection = connection;
    this.wake();
  }

  /** No connection will follow: `next` rejects from now on. */
  end(why: string): void {
    this.#over = new LostError('closed', why);
    this.change(undefined);
  }

  /** Throws `LostError` after `end`. */
  throwIfOver(): void {
    if (this.#over !== undefined) throw this.#over;
  }

  /** Wakes all waiters, so that they check their conditions again. */
  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Waits for a connection other than `last`, which has ended. Rejects with `LostError` or the reason of `signal`. */
  async next(signal: AbortSignal | undefined, last?: Chat11Connection): Promise<Chat11Connection> {
    for (;;) {
      signal?.throwIfAborted();
      this.throwIfOver();
      if (this.#connection !== undefined && this.#connection !== last) return this.#connection;
      await this.changed();
    }
  }

  /** Resolves after `delayMs`, or earlier at the next change. */
  async pause(delayMs: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = this.#clock.after(delayMs, over.resolve);
    await Promise.race([over.promise, this.changed()]);
    timer.cancel();
  }

  /** Resolves when the connection ends, another opens, or `wake` is called. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }
}
