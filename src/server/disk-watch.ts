import type { Clock, Timer } from '../scheduling/clock.ts';

const lookEveryMs = 5_000;

/**
 * Whether messages may still be stored: they stop before the disk is full, so that accounts, logins and the operator's
 * own work have room. Looks now and then, as asking costs a system call: the reserve has to last for as long as that.
 */
export class DiskWatch {
  readonly #freeBytes: () => Promise<number>;
  readonly #reserveBytes: number;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #isLow = false;
  #isStopped = false;

  /** `freeBytes`: what the disk of the data folder has; where that cannot be told, messages are stored. */
  constructor(clock: Clock, reserveBytes: number, freeBytes: () => Promise<number>) {
    this.#clock = clock;
    this.#reserveBytes = reserveBytes;
    this.#freeBytes = freeBytes;
  }

  get isLow(): boolean {
    return this.#isLow;
  }

  /** Looks for the first time, and then every five seconds until it is stopped. */
  async start(): Promise<void> {
    const free = await this.#freeBytes().catch(() => Number.POSITIVE_INFINITY);
    this.#isLow = free < this.#reserveBytes;
    if (!this.#isStopped) this.#timer = this.#clock.after(lookEveryMs, () => void this.start());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }
}
