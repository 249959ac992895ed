import type { Socket } from 'node:net';
import { isLoopbackAddress, plainAddress } from './address-group.ts';
import type { Connection, ConnectionHandlers } from './connection.ts';

const handlersOf = Symbol('handlers');
const failure = Symbol('failure');

/** A socket with its handlers. There may be very many, so all sockets share one listener function for each event. */
interface AttachedSocket extends Socket {
  [handlersOf]?: ConnectionHandlers;
  /** Not the stream's own `errored`: a write after `destroy` sets that as well. */
  [failure]?: Error;
}

function tellData(this: AttachedSocket, chunk: string | Buffer): void {
  if (typeof chunk !== 'string') this[handlersOf]?.onData(chunk);
}

function tellEnd(this: AttachedSocket): void {
  this[handlersOf]?.onEnd();
}

function tellClose(this: AttachedSocket): void {
  this[handlersOf]?.onClose(this[failure]);
}

function keepError(this: AttachedSocket, error: Error): void {
  this[failure] = error;
}

const nothing = Buffer.alloc(0);

/**
 * libuv's counters of a socket: bytes handed to it, and how many of them the system has not taken. Node's own time-outs
 * use them, but Node documents neither, so callers must do without if they are missing.
 */
interface SocketHandle {
  readonly bytesWritten?: unknown;
  readonly writeQueueSize?: unknown;
  /** Under TLS: the socket that gets the encrypted bytes. */
  readonly _parent?: SocketHandle;
}

/**
 * Counts the bytes of a write in progress as soon as the system takes them. Under TLS what waits is encrypted, so a
 * little less is counted until all of it is taken.
 */
function takenBytes(socket: Socket): number | undefined {
  const handle = (socket as { _handle?: SocketHandle | null })._handle ?? {};
  const { bytesWritten } = handle;
  const { writeQueueSize } = handle._parent ?? handle;
  const isKnown = typeof bytesWritten === 'number' && typeof writeQueueSize === 'number';
  return isKnown ? Math.max(0, bytesWritten - writeQueueSize) : undefined;
}

/** A TCP or TLS socket as a `Connection`. */
export class SocketConnection implements Connection {
  readonly remoteAddress: string;
  readonly isLoopback: boolean;
  readonly isEncrypted: boolean;
  readonly #socket: AttachedSocket;
  #unsentBytes = 0;
  /** The callback of each write to a TLS socket. */
  readonly #afterTlsWrite: ((error?: Error | null) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    // Undefined when the peer has disconnected already.
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.isEncrypted = 'encrypted' in socket && socket.encrypted === true;
    if (this.isEncrypted) this.#afterTlsWrite = (error) => this.#onTlsWritten(error);
    this.isLoopback = socket.remoteAddress !== undefined && isLoopbackAddress(this.remoteAddress);
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  get sentBytes(): number {
    return takenBytes(this.#socket) ?? this.#socket.bytesWritten - this.#socket.writableLength;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#socket[handlersOf] = handlers;
    this.#socket.on('data', tellData).on('end', tellEnd).on('error', keepError).on('close', tellClose);
  }

  /** Sets other handlers in place of those of `attach`. */
  reattach(handlers: ConnectionHandlers): void {
    this.#socket[handlersOf] = handlers;
  }

  /** Undoes `attach`, for another owner of the socket. */
  detach(): void {
    this.#socket.off('data', tellData).off('end', tellEnd).off('error', keepError).off('close', tellClose);
  }

  write(bytes: Uint8Array): void {
    if (this.#afterTlsWrite !== undefined) {
      this.#socket.write(bytes, this.#afterTlsWrite);
      this.#unsentBytes = this.#socket.writableLength;
      return;
    }
    const isWatched = this.#unsentBytes > 0;
    this.#socket.write(bytes);
    this.#unsentBytes = this.#socket.writableLength;
    if (!isWatched && this.#unsentBytes > 0) this.#watch();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    // Nothing can be written after `end`, so from here on 'finish' reports that all was taken.
    if (this.#unsentBytes > 0)
      this.#socket.once('finish', () => {
        if (this.#unsentBytes > 0) this.#onTaken();
      });
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** As `destroy`, with `error` for `onClose`. */
  fail(error: Error): void {
    this.#socket.destroy(error);
  }

  /**
   * The callback of an empty write comes when all earlier bytes are taken. The stream's own 'drain' depends on its
   * high-water mark: it misses small writes, follows large ones even if they are taken at once, and never follows
   * `end`.
   */
  #watch(): void {
    this.#socket.write(nothing, (error) => {
      if (!error) this.#onTaken();
    });
  }

  /**
   * No write to a TLS socket is taken at once, so each needs its callback, and no empty write besides, which costs as
   * much.
   */
  #onTlsWritten(error: Error | null | undefined): void {
    if (error) return;
    const isWaiting = this.#unsentBytes > 0;
    this.#unsentBytes = this.#socket.writableLength;
    if (isWaiting && this.#unsentBytes === 0) this.#socket[handlersOf]?.onDrain();
  }

  #onTaken(): void {
    this.#unsentBytes = this.#socket.writableLength;
    if (this.#unsentBytes === 0) this.#socket[handlersOf]?.onDrain();
    else if (!this.#socket.writableEnded) this.#watch();
  }
}
