import type { Clock } from '../../scheduling/clock.ts';

/** What can be seen of a server that handles what it was sent: each changes only when it does something. */
export interface SignsOfLife {
  readonly bytesReceived: number;
  readonly unsentBytes: number;
}

const idleMs = 5_000;
const lookMs = 50;
/**
 * A server may slow a user down to ten messages a second (docs/operating.md). What it has not read yet then lies
 * in the systems between, where nothing of it can be seen; so every line sent is granted its tenth of a second.
 */
const lineMs = 100;

/** How long to wait for a server: as long as there are signs of life, and five seconds more. */
export class IdleTimeout {
  readonly #clock: Clock;
  readonly #server: SignsOfLife;
  #expectedHandledMs: number;

  constructor(clock: Clock, server: SignsOfLife) {
    this.#clock = clock;
    this.#server = server;
    this.#expectedHandledMs = clock.monotonicMs();
  }

  /** A line was sent, which the server has to handle before what comes after. */
  onLineSent(): void {
    this.#expectedHandledMs = Math.max(this.#expectedHandledMs, this.#clock.monotonicMs()) + lineMs;
  }

  /** Resolves with true when `event` does, or with false when there is no reason to hope for it any more. */
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
