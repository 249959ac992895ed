import type { Connection, ConnectionHandlers } from '../../transport/connection.ts';

const nothing = new Uint8Array(0);

/** A connection whose first bytes one reader looks at before it hands the connection to those who `attach`. */
export class Handover implements Connection {
  readonly #connection: Connection;
  readonly closed: Promise<void>;
  #held: Uint8Array = nothing;
  #handlers: ConnectionHandlers | undefined;
  #isOver = false;
  #isEnded = false;
  #end: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  /** Call it synchronously once the connection opens, or events are missed. */
  constructor(connection: Connection) {
    this.#connection = connection;
    this.closed = new Promise((resolve) => {
      connection.attach({
        onData: (chunk) => this.#onData(chunk),
        onDrain: () => this.#handlers?.onDrain(),
        onEnd: () => {
          this.#isEnded = true;
          this.#handlers?.onEnd();
          this.stop();
        },
        onClose: (error) => {
          this.#end = { error };
          this.#handlers?.onClose(error);
          this.stop();
          resolve();
        },
      });
    });
  }

  /** What has arrived and nobody has taken. */
  get held(): Uint8Array {
    return this.#held;
  }

  skip(count: number): void {
    this.#held = this.#held.subarray(count);
  }

  /** Resolves with true when bytes arrive, with false when none will, or after `stop`. */
  async more(): Promise<boolean> {
    const { length } = this.#held;
    if (!this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#held.length > length;
  }

  /** Ends the waiting for `more`. */
  stop(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** Passes on what is held, and everything that comes. */
  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    const held = this.#held;
    this.#held = nothing;
    if (held.length > 0) handlers.onData(held);
    if (this.#isEnded) handlers.onEnd();
    if (this.#end !== undefined) handlers.onClose(this.#end.error);
  }

  #onData(chunk: Uint8Array): void {
    if (this.#handlers !== undefined) {
      this.#handlers.onData(chunk);
      return;
    }
    const held = new Uint8Array(this.#held.length + chunk.length);
    held.set(this.#held);
    held.set(chunk, this.#held.length);
    // After `stop` nobody looks any more.
    if (!this.#isOver) this.#held = held;
    this.#wake?.();
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
    return this.#connection.unsentBytes;
  }

  get sentBytes(): number {
    return this.#connection.sentBytes;
  }

  write(bytes: Uint8Array): void {
    this.#connection.write(bytes);
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  end(): void {
    this.#connection.end();
  }

  destroy(): void {
    this.#connection.destroy();
  }
}
