import type { Connection, ConnectionHandlers } from '../../src/transport/connection.ts';

/**
 * A connection whose peer is the test: it reads exactly when the test says so, and the system between takes
 * `capacityBytes`.
 */
export class SlowConnection implements Connection {
  readonly remoteAddress = '192.0.2.1';
  readonly isLoopback = false;
  readonly isEncrypted = false;
  readonly #capacityBytes: number;
  /** What the peer has read with `drain`. */
  readonly read: Uint8Array[] = [];
  /** One element a write, as it was written. */
  readonly writes: Uint8Array[] = [];
  isPaused = false;
  isEnded = false;
  /** Also after an orderly end of both directions. */
  isDestroyed = false;
  #hasPeerEnded = false;
  #unread: Uint8Array[] = [];
  #writtenBytes = 0;
  #handlers: ConnectionHandlers | undefined;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** Bytes that were written and that the peer has not read. */
  get unreadBytes(): number {
    return this.#unread.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  get unsentBytes(): number {
    return Math.max(0, this.unreadBytes - this.#capacityBytes);
  }

  get sentBytes(): number {
    return this.#writtenBytes - this.unsentBytes;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
  }

  write(bytes: Uint8Array): void {
    if (this.isEnded || this.isDestroyed) return;
    const copy = Uint8Array.from(bytes);
    this.#writtenBytes += bytes.length;
    this.#unread.push(copy);
    // What the system takes at once may change afterwards, and nothing else.
    this.writes.push(this.unsentBytes > 0 ? bytes : copy);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.isEnded = true;
    this.#closeIfOver();
  }

  destroy(): void {
    this.#close();
  }

  /** The peer reads the next `count` writes. */
  drain(count = Number.POSITIVE_INFINITY): void {
    this.#reads(() => this.read.push(...this.#unread.splice(0, count)));
  }

  /** The peer reads at most so many bytes of the next write. */
  take(most: number): Uint8Array {
    const [next = new Uint8Array()] = this.#unread;
    this.#reads(() => this.#unread.splice(0, 1, ...(next.length > most ? [next.subarray(most)] : [])));
    return next.subarray(0, most);
  }

  /** The peer has sent `bytes`. */
  receive(bytes: Uint8Array): void {
    if (!this.isDestroyed) this.#handlers?.onData(bytes);
  }

  /** The peer sends no more. */
  receiveEnd(): void {
    if (this.#hasPeerEnded || this.isDestroyed) return;
    this.#hasPeerEnded = true;
    this.#handlers?.onEnd();
    this.#closeIfOver();
  }

  /** The peer is gone, and did not read everything. */
  breakOff(error: Error): void {
    this.#close(error);
  }

  #reads(read: () => void): void {
    const wasBlocked = this.unsentBytes > 0;
    read();
    if (wasBlocked && this.unsentBytes === 0 && !this.isDestroyed) this.#handlers?.onDrain();
    this.#closeIfOver();
  }

  #closeIfOver(): void {
    if (this.isEnded && this.#hasPeerEnded && this.#unread.length === 0) this.#close();
  }

  #close(error?: Error): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    queueMicrotask(() => this.#handlers?.onClose(error));
  }
}
