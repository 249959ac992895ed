import type { Timer } from '../../scheduling/clock.ts';
import type { Connection, ConnectionHandlers } from '../../transport/connection.ts';

/** Time between two lines, and between the last one and the end of the connection. */
const gapMs = 50;
const lineFeed = 10;

/**
 * A connection to a client that takes each read for one message: it gets lines without their line end, each in a write
 * of its own, with a gap after each so that two do not arrive in one read. `unsentBytes` counts the gap as
 * back-pressure, so no more than what is written at once waits here.
 */
export class RawConnection implements Connection {
  readonly #connection: Connection;
  readonly #after: (delayMs: number, action: () => void) => Timer;
  readonly #onDrain: () => void;
  readonly #lines: Uint8Array[] = [];
  #linesBytes = 0;
  /** Runs during a gap. */
  #gap: Timer | undefined;
  #isEnding = false;

  /** `onDrain` is called as the handler of `connection` would be. */
  constructor(
    connection: Connection,
    after: (delayMs: number, action: () => void) => Timer,
    onDrain: () => void,
  ) {
    this.#connection = connection;
    this.#after = after;
    this.#onDrain = onDrain;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get isLoopback(): boolean {
    return this.#connection.isLoopback;
  }

  get isEncrypted(): boolean {
    return this.#connection.isEncrypted;
  }

  get unsentBytes(): number {
    return this.#connection.unsentBytes + this.#linesBytes + (this.#gap === undefined ? 0 : 1);
  }

  get sentBytes(): number {
    return this.#connection.sentBytes;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#connection.attach(handlers);
  }

  write(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; ) {
      const found = bytes.indexOf(lineFeed, start);
      const end = found < 0 ? bytes.length : found;
      if (end > start) this.#lines.push(bytes.subarray(start, end));
      this.#linesBytes += end - start;
      start = end + 1;
    }
    if (this.#gap === undefined) this.#writeNext();
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  end(): void {
    this.#isEnding = true;
    if (this.#gap === undefined) this.#writeNext();
  }

  destroy(): void {
    this.#gap?.cancel();
    this.#connection.destroy();
  }

  #writeNext(): void {
    const line = this.#lines.shift();
    if (line === undefined) {
      if (this.#isEnding) this.#connection.end();
      return;
    }
    this.#linesBytes -= line.length;
    this.#connection.write(line);
    this.#gap = this.#after(gapMs, () => {
      this.#gap = undefined;
      this.#writeNext();
      if (this.unsentBytes === 0) this.#onDrain();
    });
  }
}
