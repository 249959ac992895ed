import { Duplex } from 'node:stream';
import type { Connection, ConnectionHandlers } from './connection.ts';

/** What came is passed on in pieces of at most this many bytes, between which it can be told to wait. */
const pieceBytes = 2048;
/** After so many messages the rest waits for the next turn of the event loop. */
const messagesInTurn = 64;

/**
 * A connection as the stream that a library of Node wants. Whoever owns the connection passes its events on
 * to it. What is written counts as written at once: back-pressure is what the connection says, not the stream.
 */
export class ConnectionStream extends Duplex implements ConnectionHandlers {
  /** Bytes that were written to the connection. */
  writtenBytes = 0;
  /** Why the connection broke, if it did. */
  failure: Error | undefined;
  /** Hears that the system has taken everything. There may be very many streams, so this is no event. */
  drained: Pick<ConnectionHandlers, 'onDrain'> | undefined;
  /** Hears how many bytes come, before them. */
  received: { onReceived(bytes: number): void } | undefined;
  readonly #connection: Connection;
  /** What came and was not passed on yet, and whether the end came behind it. Undefined: nothing, of most streams. */
  #waiting: Uint8Array[] | undefined;
  #hasEnd = false;
  #messages = 0;
  #isResting = false;
  #isFull = false;
  #isPassing = false;

  constructor(connection: Connection) {
    super({ autoDestroy: false, readableHighWaterMark: pieceBytes });
    this.#connection = connection;
  }

  onData(chunk: Uint8Array): void {
    if (this.#waiting === undefined) this.#waiting = [chunk];
    else this.#waiting.push(chunk);
    this.#passOn();
  }

  /** Call it for each message that a piece was found to have: thousands of them in one write get several turns. */
  countMessage(): void {
    if (++this.#messages < messagesInTurn) return;
    this.#messages = 0;
    if (this.#isResting) return;
    this.#isResting = true;
    setImmediate(passOnAgain, this);
  }

  passOnAgain(): void {
    this.#isResting = false;
    this.#passOn();
  }

  #passOn(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    while (!this.#isResting && !this.#isFull && !this.destroyed) {
      const chunk = this.#waiting?.shift();
      if (chunk === undefined) break;
      const piece = chunk.subarray(0, pieceBytes);
      if (piece.length < chunk.length) this.#waiting?.unshift(chunk.subarray(pieceBytes));
      this.received?.onReceived(piece.length);
      this.#isFull = !this.push(piece);
    }
    this.#isPassing = false;
    if (this.#waiting?.length === 0) this.#waiting = undefined;
    const isWaiting = this.#waiting !== undefined;
    if (isWaiting || this.#isFull) this.#connection.pause();
    else this.#connection.resume();
    if (!isWaiting && this.#hasEnd) this.push(null);
  }

  onDrain(): void {
    this.drained?.onDrain();
  }

  onEnd(): void {
    this.#hasEnd = true;
    this.#passOn();
  }

  onClose(error?: Error): void {
    this.failure = error;
    this.destroy();
  }

  /** Writes past the stream, which holds nothing back. */
  send(bytes: Uint8Array): void {
    this.writtenBytes += bytes.length;
    this.#connection.write(bytes);
  }

  override _read(): void {
    this.#isFull = false;
    this.#passOn();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.send(chunk);
    done();
  }

  /** The header of a frame and its content are one write. */
  override _writev(chunks: readonly { readonly chunk: Uint8Array }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'binary', done);
  }

  override _final(done: () => void): void {
    this.#connection.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#connection.destroy();
    done(error);
  }
}

/** One function for all. */
function passOnAgain(stream: ConnectionStream): void {
  stream.passOnAgain();
}
