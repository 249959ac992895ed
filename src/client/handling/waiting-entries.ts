import type { Entry } from '../entries.ts';
import type { EntrySource } from './handle.ts';

/** What every `EntrySource` has: one reader at a time, and who waits for a change. */
export abstract class WaitingEntries implements EntrySource {
  #isClaimed = false;
  #ending: { readonly why: string | undefined } | undefined;
  #changed = Promise.withResolvers<void>();

  abstract open(): void;
  abstract ready(): Promise<void>;
  abstract first(): Entry | undefined;
  abstract done(): Promise<void>;

  get ending(): { readonly why: string | undefined } | undefined {
    return this.#ending;
  }

  claim(): () => void {
    if (this.#isClaimed) throw new Error('Entries are handled already: by one handle or messages at a time');
    this.#isClaimed = true;
    this.open();
    return () => {
      this.#isClaimed = false;
    };
  }

  changed(signal: AbortSignal | undefined): Promise<void> {
    if (signal === undefined) return this.#changed.promise;
    const over = Promise.withResolvers<void>();
    const stop = (): void => over.resolve();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    void this.#changed.promise.then(stop);
    return over.promise.finally(() => signal.removeEventListener('abort', stop));
  }

  /** Wakes whoever waits. */
  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** The client is closed. */
  end(why: string | undefined): void {
    this.#ending ??= { why };
    this.wake();
  }
}
