import type { Clock } from '../../scheduling/clock.ts';
import type { Key } from './keys.ts';

/** How long keys wait for a completion, which may ask a server: as long as one does not notice. */
const mostMs = 150;

/** Keys that are handled one after the other, and wait while one of them is being completed. */
export class KeyQueue {
  readonly #clock: Clock;
  readonly #handle: (key: Key) => void;
  readonly #keys: Key[] = [];
  #holds: Promise<unknown> | undefined;

  constructor(clock: Clock, handle: (key: Key) => void) {
    this.#clock = clock;
    this.#handle = handle;
  }

  add(keys: readonly Key[]): void {
    for (const key of keys) this.#keys.push(key);
    this.#run();
  }

  /** Keeps further keys until `done` settles, but not for long. */
  holdUntil(done: Promise<unknown>): void {
    this.#holds = done;
    const release = (): void => {
      timer.cancel();
      if (this.#holds !== done) return;
      this.#holds = undefined;
      this.#run();
    };
    const timer = this.#clock.after(mostMs, release);
    done.then(release, release);
  }

  /** Forgets the keys that wait. */
  clear(): void {
    this.#keys.length = 0;
  }

  #run(): void {
    while (this.#holds === undefined) {
      const key = this.#keys.shift();
      if (key === undefined) return;
      this.#handle(key);
    }
  }
}
