import type { Frame } from './frame.ts';
import type { FrameQueue } from './frame-queue.ts';

/**
 * What a reader is told once it has caught up. It says that all entries before it were sent, so it goes with them: when
 * they are dropped because the reader lags again, it is dropped too, and is told anew behind them.
 */
export class CaughtUp {
  readonly #queue: FrameQueue;
  #tell: (() => Uint8Array) | undefined;
  #queued: Frame | undefined;

  /** `tell` returns what to send. */
  constructor(queue: FrameQueue, tell: () => Uint8Array) {
    this.#queue = queue;
    this.#tell = tell;
  }

  /** Queues it, if it is still to be told, behind the entries through `position`. */
  push(position: number): void {
    if (this.#tell === undefined) return;
    // In memory of its own, so the queue keeps this very frame (see `withOwnMemory`).
    this.#queued = { bytes: Uint8Array.from(this.#tell()), position };
    this.#queue.push(this.#queued);
  }

  /** Call it before the queue drops what the log can supply again. */
  beforeDrop(): void {
    if (this.#queued !== undefined && !this.#queue.holds(this.#queued)) this.#tell = undefined;
    this.#queued = undefined;
  }
}
