import type { Connection } from '../transport/connection.ts';

/** Back-pressure: with more unsent bytes than this, writers wait until the connection drains. */
const unsentLimitBytes = 256 * 1024;

/** Writes `bytes`. Resolves with true when there is room for more, with false when the connection is closed. */
export type Write = (bytes: Uint8Array) => Promise<boolean>;

/**
 * Writes to a connection, one task after the other, in the order of the calls: CHAT/1.0 has no frames, so while a file
 * is sent no other bytes may come between. After `close` nothing is written and nothing waits.
 */
export class Outgoing {
  readonly #connection: Pick<Connection, 'write' | 'unsentBytes'>;
  #tail: Promise<void> = Promise.resolve();
  #waitingForRoom: (() => void) | undefined;
  #closed = false;

  constructor(connection: Pick<Connection, 'write' | 'unsentBytes'>) {
    this.#connection = connection;
  }

  /** Sends `bytes` after all earlier tasks; resolves when there is room for more. */
  send(bytes: Uint8Array): Promise<void> {
    return this.run(async (write) => {
      await write(bytes);
    });
  }

  /** Runs `task` after all earlier ones; no other bytes come between those that it writes. Rejects as `task` does. */
  run(task: (write: Write) => Promise<void>): Promise<void> {
    const done = this.#tail.then(() => (this.#closed ? undefined : task((bytes) => this.#write(bytes))));
    // The caller gets the error; the next task runs all the same.
    this.#tail = done.catch(() => {});
    return done;
  }

  /** Resolves when all tasks so far are done. */
  idle(): Promise<void> {
    return this.#tail;
  }

  /** The connection's `onDrain`. */
  onDrain(): void {
    const waiting = this.#waitingForRoom;
    this.#waitingForRoom = undefined;
    waiting?.();
  }

  /** Drops what is not written yet. Idempotent. */
  close(): void {
    this.#closed = true;
    this.onDrain();
  }

  async #write(bytes: Uint8Array): Promise<boolean> {
    if (this.#closed) return false;
    this.#connection.write(bytes);
    if (this.#connection.unsentBytes > unsentLimitBytes) await this.#room();
    return !this.#closed;
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#waitingForRoom = resolve;
    });
  }
}
