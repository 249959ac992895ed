import type { Connection, ConnectionHandlers } from '../../transport/connection.ts';

/** A frame of a WebSocket is given to the page as a whole, so what is sent goes out in pieces. */
const maxMessageBytes = 64 * 1024;
/** A browser does not say when it has sent something, so it is asked, this often. */
const drainMs = 10;
/** A browser cannot be told to read no further: what comes while nobody reads is kept, up to here. */
const maxHeldBytes = 64 * 1024 * 1024;

const normal = 1000;
const nothing = new Uint8Array();

/** A browser's WebSocket as a `Connection`. As in `WebSocketConnection`, an empty message ends a direction. */
export class BrowserSocket implements Connection {
  readonly isEncrypted: boolean;
  readonly remoteAddress: string;
  readonly isLoopback = false;
  readonly #socket: WebSocket;
  #handlers: ConnectionHandlers | undefined;
  #writtenBytes = 0;
  #drain: ReturnType<typeof setTimeout> | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isPaused = false;
  #hasEnded = false;
  #hasPeerEnded = false;
  #isDestroyed = false;
  /** How it was closed, while held bytes keep it from being told. */
  #closed: { readonly isAbnormal: boolean } | undefined;

  /** `socket` is open. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    const url = new URL(socket.url);
    this.remoteAddress = url.hostname;
    this.isEncrypted = url.protocol === 'wss:';
    socket.binaryType = 'arraybuffer';
  }

  get unsentBytes(): number {
    return this.#isDestroyed ? 0 : this.#socket.bufferedAmount;
  }

  get sentBytes(): number {
    return this.#writtenBytes - this.unsentBytes;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#socket.addEventListener('message', (event) => this.#onMessage(event.data));
    this.#socket.addEventListener('close', ({ code }) => {
      this.#closed = { isAbnormal: code !== normal && code !== 1001 && code !== 1005 };
      this.#pass();
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#hasEnded || this.#isDestroyed || this.#socket.readyState !== WebSocket.OPEN) return;
    for (let at = 0; at < bytes.length; at += maxMessageBytes) {
      const message = bytes.slice(at, at + maxMessageBytes);
      this.#writtenBytes += message.length;
      this.#socket.send(message);
    }
    this.#watch();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    queueMicrotask(() => this.#pass());
  }

  end(): void {
    if (this.#hasEnded || this.#isDestroyed) return;
    this.#hasEnded = true;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(nothing);
    this.#closeAtEnd();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#held = [];
    this.#socket.close();
    // A browser that waits for the peer's half of the close may take a minute.
    queueMicrotask(() => this.#tellClose(undefined));
  }

  #closeAtEnd(): void {
    if (this.#hasEnded && this.#hasPeerEnded) this.#socket.close(normal);
  }

  #watch(): void {
    if (this.#drain !== undefined || this.#socket.bufferedAmount === 0) return;
    this.#drain = setTimeout(() => {
      this.#drain = undefined;
      if (this.#isDestroyed || this.#closed !== undefined) return;
      if (this.#socket.bufferedAmount > 0) this.#watch();
      else this.#handlers?.onDrain();
    }, drainMs);
  }

  #onMessage(data: unknown): void {
    if (this.#isDestroyed || !(data instanceof ArrayBuffer)) return;
    this.#held.push(new Uint8Array(data));
    this.#heldBytes += data.byteLength;
    if (this.#heldBytes > maxHeldBytes) {
      this.#handlers?.onClose(new Error('more came than could be read'));
      this.#handlers = undefined;
      this.destroy();
      return;
    }
    this.#pass();
  }

  /** Passes on what came, as long as nobody pauses. */
  #pass(): void {
    while (!this.#isPaused && !this.#isDestroyed) {
      const message = this.#held.shift();
      if (message === undefined) break;
      this.#heldBytes -= message.length;
      if (message.length > 0) {
        if (!this.#hasPeerEnded) this.#handlers?.onData(message);
      } else this.#onPeerEnd();
    }
    if (this.#closed === undefined || this.#held.length > 0) return;
    const { isAbnormal } = this.#closed;
    if (!isAbnormal) this.#onPeerEnd();
    this.#tellClose(isAbnormal ? new Error('the connection was lost') : undefined);
  }

  #onPeerEnd(): void {
    if (this.#hasPeerEnded) return;
    this.#hasPeerEnded = true;
    this.#handlers?.onEnd();
    this.#closeAtEnd();
  }

  #tellClose(error: Error | undefined): void {
    clearTimeout(this.#drain);
    const handlers = this.#handlers;
    this.#handlers = undefined;
    if (error === undefined) handlers?.onClose();
    else handlers?.onClose(error);
  }
}
