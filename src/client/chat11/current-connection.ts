import type { Clock } from '../../scheduling/clock.ts';
import { LostError } from '../errors.ts';
import type { Chat11Connection } from './chat11-connection.ts';

/** Gives whoever goes on through reconnections the next connection. */
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

  /** There will be none any more. */
  end(why: string): void {
    this.#over = new LostError('closed', why);
    this.change(undefined);
  }

  /** Has everybody who waits look again. */
  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** A connection that is not `last`, which is over. Rejects with `LostError`, or with the reason of `signal`. */
  async next(signal: AbortSignal | undefined, last?: Chat11Connection): Promise<Chat11Connection> {
    for (;;) {
      signal?.throwIfAborted();
      if (this.#over !== undefined) throw this.#over;
      if (this.#connection !== undefined && this.#connection !== last) return this.#connection;
      await this.changed();
    }
  }

  /** Resolves after `delayMs`, or before for whatever reason there is to look again. */
  async pause(delayMs: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = this.#clock.after(delayMs, over.resolve);
    await Promise.race([over.promise, this.changed()]);
    timer.cancel();
  }

  /** Resolves when the connection is gone, or another is there, or somebody has to look again. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }
}
