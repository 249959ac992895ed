import { LostError } from '../errors.ts';
import type { Link } from './link.ts';

/** Gives whoever goes on through reconnections the next connection. */
export class Links {
  #link: Link | undefined;
  #over: LostError | undefined;
  #wake: (() => void)[] = [];

  change(link: Link | undefined): void {
    this.#link = link;
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** There will be none any more. */
  end(why: string): void {
    this.#over = new LostError('closed', why);
    this.change(undefined);
  }

  /** Rejects with `LostError`, or with the reason of `signal`. */
  async next(signal: AbortSignal | undefined): Promise<Link> {
    while (this.#link === undefined) {
      if (this.#over !== undefined) throw this.#over;
      await this.changed(signal);
    }
    signal?.throwIfAborted();
    return this.#link;
  }

  /** Resolves when the connection is gone, or another is there, or `signal` aborts. */
  changed(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake.push(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}
