import type { Connection, ConnectionHandlers } from '../../src/transport/connection.ts';

/** A connection whose peer reads exactly when a test says so; the system between takes `capacityBytes`. */
export class SlowConnection implements Connection {
  readonly remoteAddress = '192.0.2.1';
  readonly isLoopback = false;
  readonly #capacityBytes: number;
  /** What the peer has read. */
  readonly read: Uint8Array[] = [];
  /** One element a write, as it was written. */
  readonly writes: Uint8Array[] = [];
  isDestroyed = false;
  isEnded = false;
  #unread: Uint8Array[] = [];
  #writtenBytes = 0;
  #handlers: ConnectionHandlers | undefined;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  get unsentBytes(): number {
    const unread = this.#unread.reduce((sum, bytes) => sum + bytes.length, 0);
    return Math.max(0, unread - this.#capacityBytes);
  }

  get sentBytes(): number {
    return this.#writtenBytes - this.unsentBytes;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
  }

  write(bytes: Uint8Array): void {
    this.writes.push(bytes);
    this.#writtenBytes += bytes.length;
    this.#unread.push(Uint8Array.from(bytes));
  }

  /** The peer reads the next `count` writes. */
  drain(count = Number.POSITIVE_INFINITY): void {
    const blocked = this.unsentBytes > 0;
    this.read.push(...this.#unread.splice(0, count));
    if (blocked && this.unsentBytes === 0) this.#handlers?.onDrain();
  }

  /** The peer reads so many bytes of the next write. */
  drainBytes(count: number): void {
    const [first] = this.#unread;
    if (first === undefined || first.length <= count) throw new Error('use drain');
    this.#unread[0] = first.subarray(count);
  }

  pause(): void {}
  resume(): void {}

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.#handlers?.onClose();
  }
}
