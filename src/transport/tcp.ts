import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { isLoopbackAddress } from './address-group.ts';
import type { Connection, ConnectionHandlers, Listener } from './connection.ts';

export interface TcpOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Idle time after which the system begins to probe the peer, in milliseconds. */
  readonly keepAliveMs?: number;
}

/** Listens; rejects with the system's error (`EADDRINUSE`, `EACCES`, …) when it cannot. */
export function listenTcp(
  options: TcpOptions,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  const server = createServer({ ...socketOptions(options), pauseOnConnect: false }, (socket) => {
    onConnection(new TcpConnection(socket));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, backlog: 4096 }, () => {
      server.off('error', reject);
      // From here on an error concerns one connection that could not be accepted (no descriptors left), not the listener.
      server.on('error', () => {});
      resolve(tcpListener(server, options.host));
    });
  });
}

/**
 * Connects; rejects with the system's error (`ECONNREFUSED`, `ENOTFOUND`, …) when it cannot, or with the reason
 * of `signal` when that aborts first.
 */
export function dialTcp(options: TcpOptions, signal?: AbortSignal): Promise<Connection> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = createConnection({ host: options.host, port: options.port, ...socketOptions(options) });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal?.reason);
    };
    const onError = (error: Error): void => {
      signal?.removeEventListener('abort', onAbort);
      reject(error);
    };
    signal?.addEventListener('abort', onAbort);
    socket.once('error', onError);
    socket.once('connect', () => {
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      resolve(new TcpConnection(socket));
    });
  });
}

function socketOptions(options: TcpOptions) {
  return {
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: options.keepAliveMs !== undefined,
    keepAliveInitialDelay: options.keepAliveMs ?? 0,
  };
}

function tcpListener(server: Server, host: string): Listener {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    host,
    port,
    async close() {
      // Frees the port at once. The callback is not used: it would wait until all open connections end.
      server.close();
    },
  };
}

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
}

/** Counts the bytes of a write in progress as soon as the system takes them. */
function takenBytes(socket: Socket): number | undefined {
  const { bytesWritten, writeQueueSize } = (socket as { _handle?: SocketHandle | null })._handle ?? {};
  const isKnown = typeof bytesWritten === 'number' && typeof writeQueueSize === 'number';
  return isKnown ? bytesWritten - writeQueueSize : undefined;
}

class TcpConnection implements Connection {
  readonly remoteAddress: string;
  readonly isLoopback: boolean;
  readonly #socket: AttachedSocket;
  #unsentBytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    // Undefined when the peer has disconnected already.
    this.remoteAddress = socket.remoteAddress ?? '';
    this.isLoopback = socket.remoteAddress !== undefined && isLoopbackAddress(socket.remoteAddress);
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

  write(bytes: Uint8Array): void {
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

  #onTaken(): void {
    this.#unsentBytes = this.#socket.writableLength;
    if (this.#unsentBytes === 0) this.#socket[handlersOf]?.onDrain();
    else if (!this.#socket.writableEnded) this.#watch();
  }
}
