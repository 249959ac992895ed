import { ByteQueue } from '../protocol/byte-queue.ts';
import { TelnetAnswers } from '../protocol/telnet.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Connection } from './connection.ts';

/**
 * A connection's incoming bytes, for a reader that takes them at its own pace: take what is there, and when that is not
 * enough await `more`. While the reader does not wait, the connection is paused: the peer meets back-pressure, and no
 * more than a chunk or two gathers here.
 */
export class Input {
  readonly #connection: Pick<Connection, 'pause' | 'resume'>;
  readonly #queue = new ByteQueue();
  readonly #budget: ByteBudget | undefined;
  #counted = 0;
  #paused = false;
  #ended = false;
  /** The peer ended the stream itself, so what is left is not the beginning of something longer. */
  #isWhole = false;
  #waiting: ((more: boolean) => void) | undefined;

  /** For those who read lines; see `TelnetAnswers`. */
  readonly telnet = new TelnetAnswers();

  /** `budget` counts the bytes that all inputs hold. */
  constructor(connection: Pick<Connection, 'pause' | 'resume'>, budget?: ByteBudget) {
    this.#connection = connection;
    this.#budget = budget;
  }

  /** Bytes that arrived and are not taken. */
  get length(): number {
    return this.#queue.length;
  }

  /** Whether no more bytes will arrive; those that are here can still be taken. */
  get ended(): boolean {
    return this.#ended;
  }

  takeLine(): Uint8Array | undefined {
    const line = this.#queue.takeLine();
    this.#count();
    return line;
  }

  /** Takes what is left after `finish`, without a CR at its end; undefined when nothing is left, or more may come. */
  takeLastLine(): Uint8Array | undefined {
    if (!this.#isWhole || this.length === 0) return undefined;
    const bytes = this.takeBytes(this.length);
    return bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes;
  }

  takeBytes(most: number): Uint8Array {
    const bytes = this.#queue.takeBytes(most);
    this.#count();
    return bytes;
  }

  /** Drops the bytes that are here: the connection has ended and nobody takes them. */
  release(): void {
    this.#queue.takeBytes(this.#queue.length);
    this.#count();
  }

  peek(): Uint8Array {
    return this.#queue.peek();
  }

  /**
   * Resolves with true when new bytes arrive, or `finish` makes a last line of those that are here; with false when
   * none will. One caller may wait at a time.
   */
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

  /** Forwarded from the connection's `onData`. */
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

  /** Ends a `more` with true although nothing came: the reader must look at the time. */
  nudge(): void {
    this.#wake(true);
  }

  /** No more bytes will arrive: the peer ended or closed, or the reader must stop waiting. Idempotent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake(false);
  }

  /**
   * The peer has ended its side of the stream: the bytes that are here, if any, are its last line. Not so over TLS
   * (`isWhole` is false), where somebody on the way may have cut the line. Idempotent.
   */
  finish({ isWhole = true } = {}): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#isWhole = isWhole;
    this.#wake(isWhole && this.length > 0);
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
 * Frees the memory of a piece that nobody will read again. The garbage collector would let some 64 MiB
 * of such pieces gather while a large file passes. A piece that shares its memory with others is left alone.
 */
export function freeBytes(piece: Uint8Array): void {
  const { buffer } = piece;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === piece.length) buffer.transfer(0);
}
