import { ByteQueue } from '../protocol/byte-queue.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Connection } from './connection.ts';

/**
 * A connection's bytes, for a reader that takes them when it wants: take what is there, and when that is not
 * enough await `more`. While the reader is busy elsewhere the connection is paused, so that the peer feels it and no
 * more than a piece or two gather here.
 */
export class Input {
  readonly #connection: Pick<Connection, 'pause' | 'resume'>;
  readonly #queue = new ByteQueue();
  readonly #budget: ByteBudget | undefined;
  #counted = 0;
  #paused = false;
  #ended = false;
  #waiting: ((more: boolean) => void) | undefined;

  /** `budget`: counts what all inputs hold together. */
  constructor(connection: Pick<Connection, 'pause' | 'resume'>, budget?: ByteBudget) {
    this.#connection = connection;
    this.#budget = budget;
  }

  /** Bytes that are here and not taken. */
  get length(): number {
    return this.#queue.length;
  }

  /** True when nothing more will come; what is here can still be taken. */
  get ended(): boolean {
    return this.#ended;
  }

  takeLine(): Uint8Array | undefined {
    const line = this.#queue.takeLine();
    this.#count();
    return line;
  }

  takeBytes(most: number): Uint8Array {
    const bytes = this.#queue.takeBytes(most);
    this.#count();
    return bytes;
  }

  /** The connection is over: what is here is not taken any more. */
  release(): void {
    this.#queue.takeBytes(this.#queue.length);
    this.#count();
  }

  peek(): Uint8Array {
    return this.#queue.peek();
  }

  /** Waits for bytes that were not here before: true when some came, false when none will. One waiter at a time. */
  more(): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    if (this.#paused) {
      this.#paused = false;
      this.#connection.resume();
    }
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** The connection's `onData`. */
  push(chunk: Uint8Array): void {
    if (this.#ended) return;
    this.#queue.push(chunk);
    this.#count();
    if (this.#waiting !== undefined) this.#wake(true);
    else if (!this.#paused) {
      this.#paused = true;
      this.#connection.pause();
    }
  }

  /** Nothing more comes: the peer ended or closed, or the reader is to stop waiting. Idempotent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake(false);
  }

  #count(): void {
    this.#budget?.hold(this.#queue.length - this.#counted);
    this.#counted = this.#queue.length;
  }

  #wake(more: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(more);
  }
}

/**
 * Gives the memory of a piece that nobody will look at again back at once. The garbage collector would let some 64 MiB
 * of such pieces gather while a large file passes. A piece that shares its memory with others is left alone.
 */
export function freeBytes(piece: Uint8Array): void {
  const { buffer } = piece;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === piece.length) buffer.transfer(0);
}
