import type { Clock } from '../../../scheduling/clock.ts';

/** Signs of a working server: each changes only when the server does something. */
export interface SignsOfLife {
  readonly bytesReceived: number;
  readonly unsentBytes: number;
}

const idleMs = 5_000;
const lookMs = 50;
/**
 * A server's rate limit may slow a user down to ten messages a second (docs/operating.md). Lines that it has not read
 * yet are invisible in the buffers of the systems between, so each line extends the time-out by a tenth of a second.
 */
const lineMs = 100;

/** A time-out that ends five seconds after the server's last sign of life. */
export class IdleTimeout {
  readonly #clock: Clock;
  readonly #server: SignsOfLife;
  #expectedHandledMs: number;

  constructor(clock: Clock, server: SignsOfLife) {
    this.#clock = clock;
    this.#server = server;
    this.#expectedHandledMs = clock.monotonicMs();
  }

  /** Extends the time-out for a line that was sent. */
  onLineSent(): void {
    this.#expectedHandledMs = Math.max(this.#expectedHandledMs, this.#clock.monotonicMs()) + lineMs;
  }

  /** Resolves with true when `event` settles, with false when the server times out before. */
  waitFor(event: Promise<void>): Promise<boolean> {
    let isOver = false;
    return new Promise((resolve) => {
      const end = (came: boolean) => {
        isOver = true;
        resolve(came);
      };
      event.then(
        () => end(true),
        () => end(true),
      );
      this.#watch(
        () => isOver,
        () => end(false),
      );
    });
  }

  #watch(isOver: () => boolean, giveUp: () => void): void {
    let lastSignMs = this.#clock.monotonicMs();
    let last = this.#signs();
    const look = () => {
      if (isOver()) return;
      const nowMs = this.#clock.monotonicMs();
      const signs = this.#signs();
      if (signs !== last) lastSignMs = nowMs;
      last = signs;
      if (nowMs - Math.max(lastSignMs, this.#expectedHandledMs) > idleMs) giveUp();
      else this.#clock.after(lookMs, look);
    };
    look();
  }

  #signs(): string {
    return `${this.#server.bytesReceived} ${this.#server.unsentBytes}`;
  }
}
