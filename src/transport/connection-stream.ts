import { Duplex } from 'node:stream';
import type { Connection, ConnectionHandlers } from './connection.ts';

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
  /** Hears how many bytes came, behind them. */
  received: { onReceived(bytes: number): void } | undefined;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super({ autoDestroy: false });
    this.#connection = connection;
  }

  onData(chunk: Uint8Array): void {
    if (!this.push(chunk)) this.#connection.pause();
    this.received?.onReceived(chunk.length);
  }

  onDrain(): void {
    this.drained?.onDrain();
  }

  onEnd(): void {
    this.push(null);
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
    this.#connection.resume();
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
