import type { Connection } from '../transport/connection.ts';

/** Bytes that may wait for the system before a writer is held back. */
const unsentLimitBytes = 256 * 1024;

/** Resolves when there is room for more, with false when the connection is closed and nothing can be sent. */
export type Write = (bytes: Uint8Array) => Promise<boolean>;

/**
 * The writing side of a connection whose messages may not mix: while a file is being sent nothing else may go
 * out, as CHAT/1.0 has no frames. Tasks run one after the other in the order in which they were given; each
 * `write` resolves when there is room for more. After `close` nothing is written and nothing waits.
 */
export class Outgoing {
  readonly #connection: Pick<Connection, 'write' | 'unsentBytes'>;
  #tail: Promise<void> = Promise.resolve();
  #waitingForRoom: (() => void) | undefined;
  #closed = false;

  constructor(connection: Pick<Connection, 'write' | 'unsentBytes'>) {
    this.#connection = connection;
  }

  /** Sends `bytes` after everything before; resolves when there is room for more. */
  send(bytes: Uint8Array): Promise<void> {
    return this.run(async (write) => {
      await write(bytes);
    });
  }

  /** Runs `task` after everything before; no other bytes come between those that it writes. */
  run(task: (write: Write) => Promise<void>): Promise<void> {
    const done = this.#tail.then(() => (this.#closed ? undefined : task((bytes) => this.#write(bytes))));
    // The next task is not this one's victim; whoever gave the task sees its error.
    this.#tail = done.catch(() => {});
    return done;
  }

  /** Resolves when everything given so far has been handed to the connection. */
  idle(): Promise<void> {
    return this.#tail;
  }

  /** The connection's `onDrain`. */
  onDrain(): void {
    const waiting = this.#waitingForRoom;
    this.#waitingForRoom = undefined;
    waiting?.();
  }

  /** What has not been written is dropped. Idempotent. */
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
