import type { Clock, Timer } from '../scheduling/clock.ts';

const lookEveryMs = 5_000;

/**
 * Watches the free disk space. Messages are refused before the disk is full, so that accounts, logins and the operator
 * still have room. It looks at intervals, because each look costs a system call: the reserve must last until the next
 * one.
 */
export class DiskWatch {
  readonly #freeBytes: () => Promise<number>;
  readonly #reserveBytes: number;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #isLow = false;
  #isStopped = false;

  /** `freeBytes` returns the free bytes on the data folder's disk; when it rejects, messages are stored. */
  constructor(clock: Clock, reserveBytes: number, freeBytes: () => Promise<number>) {
    this.#clock = clock;
    this.#reserveBytes = reserveBytes;
    this.#freeBytes = freeBytes;
  }

  get isLow(): boolean {
    return this.#isLow;
  }

  /** Looks at once, and then every five seconds until stopped. */
  async start(): Promise<void> {
    const free = await this.#freeBytes().catch(() => Number.POSITIVE_INFINITY);
    this.#isLow = free <= this.#reserveBytes;
    if (!this.#isStopped) this.#timer = this.#clock.after(lookEveryMs, () => void this.start());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }
}
