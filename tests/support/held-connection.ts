import { decodeUtf8, encodeUtf8 } from '../../src/protocol/text.ts';
import type { Connection, ConnectionHandlers } from '../../src/transport/connection.ts';

/** A connection whose other end is the test: what was written, and what comes when the test says so. */
export class HeldConnection implements Connection {
  readonly remoteAddress = '127.0.0.1';
  readonly isLoopback = true;
  readonly isEncrypted = false;
  unsentBytes = 0;
  sentBytes = 0;
  written = '';
  #handlers: ConnectionHandlers | undefined;

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
  }
  write(bytes: Uint8Array): void {
    this.written += decodeUtf8(bytes) ?? '(no UTF-8)';
  }
  pause(): void {}
  resume(): void {}
  end(): void {
    this.destroy();
  }
  destroy(): void {
    const handlers = this.#handlers;
    this.#handlers = undefined;
    handlers?.onClose();
  }
  receive(text: string | Uint8Array): void {
    this.#handlers?.onData(typeof text === 'string' ? encodeUtf8(text) : text);
  }
  finish(): void {
    this.#handlers?.onEnd();
  }
  drain(): void {
    this.unsentBytes = 0;
    this.#handlers?.onDrain();
  }
}
