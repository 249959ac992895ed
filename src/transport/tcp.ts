import { createConnection, createServer, type Server } from 'node:net';
import type { Connection, Listener } from './connection.ts';
import { SocketConnection } from './socket-connection.ts';
import type { TlsServer } from './tls-server.ts';

export interface TcpOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Idle time after which the system begins to probe the peer, in milliseconds. */
  readonly keepAliveMs?: number;
}

export interface ListenTcpOptions extends TcpOptions {
  /** With it, a connection whose first byte begins TLS is a TLS connection; the others stay plain. */
  readonly tls?: TlsServer | undefined;
}

/** Listens; rejects with the system's error (`EADDRINUSE`, `EACCES`, …) when it cannot. */
export function listenTcp(
  options: ListenTcpOptions,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  const { tls } = options;
  const server = createServer({ ...socketOptions(options), pauseOnConnect: false }, (socket) => {
    onConnection(tls === undefined ? new SocketConnection(socket) : tls.accept(socket));
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
      resolve(new SocketConnection(socket));
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
  // Frees the port at once. The callback is not used: it would wait until all open connections end.
  const close = async (): Promise<void> => void server.close();
  return { host, port, close, closeAll: close };
}
