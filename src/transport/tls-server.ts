import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../scheduling/clock.ts';
import { FairTurns } from '../scheduling/fair-turns.ts';
import { addressGroup } from './address-group.ts';
import type { Connection, ConnectionHandlers } from './connection.ts';
import { SocketConnection } from './socket-connection.ts';
import { tlsCiphers } from './tls-ciphers.ts';

/** The chat by its name in ALPN; and HTTP, whose requests the first line tells from it. */
const applicationProtocols = ['chat', 'http/1.1'];

/** A certificate chain and its private key, both PEM. */
export interface TlsKeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What the TLS connections of one server share. */
export interface TlsServer {
  /** The certificate in force, asked for at each handshake. */
  readonly context: () => SecureContext;
  /** In which handshakes begin and end. */
  readonly turns: FairTurns;
  /** How long a handshake may take, from the peer's first byte, in milliseconds. */
  readonly handshakeMs: number;
  readonly clock: Clock;
  /** Makes a connection of what connected to a port. Its first byte says whether it is TLS. */
  readonly accept: (socket: Socket) => Connection;
}

/** Throws when the two do not belong together, or are no PEM. */
export function tlsContext({ cert, key }: TlsKeyPair): SecureContext {
  return createSecureContext({
    cert,
    key,
    minVersion: 'TLSv1.2',
    ciphers: tlsCiphers,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
  });
}

export function tlsServer(
  context: () => SecureContext,
  handshakeMs: number,
  clock: Clock,
  turns = new FairTurns(clock),
): TlsServer {
  const server: TlsServer = {
    ...{ context, handshakeMs, clock, turns },
    accept: (socket) => new AcceptedConnection(socket, server),
  };
  return server;
}

/** A TLS handshake failed. */
export class HandshakeError extends Error {
  constructor(reason: string) {
    super(`TLS handshake failed: ${reason}`);
  }
}

/** The type of the first record of TLS; no text begins with this byte. */
const handshakeRecord = 0x16;

/** More than a first record: a client sends no more before it has the server's answer. */
const maxHelloBytes = 5 + 2 ** 14;

/**
 * A connection whose first byte says whether it is TLS:
 *
 *     first byte ──any other─────────────────────────────► open, plain
 *        │ 0x16
 *        ▼
 *     waiting for a turn ──► handshake ──done────────────► open, TLS
 *
 * Until it is open nobody hears what is written, so `end` destroys it once the peer has begun with TLS.
 */
class AcceptedConnection implements Connection {
  readonly remoteAddress: string;
  readonly isLoopback: boolean;
  readonly #socket: Socket;
  readonly #tls: TlsServer;
  #inner: SocketConnection;
  #handlers: ConnectionHandlers | undefined;
  #state: 'first byte' | 'waiting' | 'handshake' | 'open' = 'first byte';
  #isPaused = false;
  #late: Timer | undefined;

  constructor(socket: Socket, tls: TlsServer) {
    this.#socket = socket;
    this.#tls = tls;
    this.#inner = new SocketConnection(socket);
    this.remoteAddress = this.#inner.remoteAddress;
    this.isLoopback = this.#inner.isLoopback;
  }

  get isEncrypted(): boolean {
    return this.#state === 'open' && this.#inner.isEncrypted;
  }

  get unsentBytes(): number {
    return this.#inner.unsentBytes;
  }

  get sentBytes(): number {
    return this.#inner.sentBytes;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#inner.attach({
      onData: (chunk) => this.#onFirst(chunk, handlers),
      onDrain: () => handlers.onDrain(),
      onEnd: () => handlers.onEnd(),
      onClose: (error) => handlers.onClose(error),
    });
  }

  write(bytes: Uint8Array): void {
    if (!this.#isShaking) this.#inner.write(bytes);
  }

  pause(): void {
    this.#isPaused = true;
    if (!this.#isShaking) this.#inner.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isShaking) this.#inner.resume();
  }

  end(): void {
    if (this.#isShaking) {
      this.destroy();
      return;
    }
    // What comes from now on is read by nobody, so it does not begin TLS either.
    this.#openPlain();
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }

  get #isShaking(): boolean {
    return this.#state === 'waiting' || this.#state === 'handshake';
  }

  #openPlain(): void {
    if (this.#state !== 'first byte') return;
    this.#state = 'open';
    if (this.#handlers !== undefined) this.#inner.reattach(this.#handlers);
  }

  #onFirst(chunk: Uint8Array, handlers: ConnectionHandlers): void {
    if (chunk[0] !== handshakeRecord) {
      this.#openPlain();
      handlers.onData(chunk);
      return;
    }
    this.#state = 'waiting';
    this.#late = this.#tls.clock.after(this.#tls.handshakeMs, () => this.#fail('it took too long'));
    this.#inner.reattach({
      onData() {},
      onDrain() {},
      onEnd: () => this.#fail('the peer ended it'),
      onClose: (error) => this.#close(handlers, error),
    });
    this.#socket.pause();
    this.#socket.unshift(chunk);
    this.#inTurn(() => this.#shake(handlers));
  }

  #shake(handlers: ConnectionHandlers): void {
    if (this.#socket.destroyed) return;
    if (this.#socket.readableLength > maxHelloBytes) {
      this.#fail('its first record is too long');
      return;
    }
    this.#state = 'handshake';
    this.#inner.detach();
    // The TLS socket reports what happens to the one that it wraps.
    this.#socket.on('error', () => {});
    const secure = new TLSSocket(this.#socket, {
      isServer: true,
      secureContext: this.#tls.context(),
      ALPNProtocols: applicationProtocols,
    });
    this.#inner = new SocketConnection(secure);
    this.#inner.attach({
      onData: (chunk) => handlers.onData(chunk),
      onDrain: () => handlers.onDrain(),
      // In its turn: Node takes a tenth of a second to destroy thousands at once.
      onEnd: () =>
        this.#state === 'open' ? handlers.onEnd() : this.#inTurn(() => this.#fail('the peer ended it')),
      onClose: (error) => this.#close(handlers, error),
    });
    secure.once('secure', () => this.#onSecure(handlers));
  }

  #onSecure(handlers: ConnectionHandlers): void {
    this.#late?.cancel();
    this.#state = 'open';
    this.#inner.reattach(handlers);
    if (this.#isPaused) this.#inner.pause();
  }

  /** In a lane beside that of the sessions of its address: else none would begin before all handshakes are done. */
  #inTurn(action: () => void): void {
    this.#tls.turns.push(`TLS ${addressGroup(this.remoteAddress)}`, action);
  }

  #fail(reason: string): void {
    this.#inner.fail(new HandshakeError(reason));
  }

  #close(handlers: ConnectionHandlers, error: Error | undefined): void {
    this.#late?.cancel();
    const isOther = error !== undefined && !(error instanceof HandshakeError);
    handlers.onClose(isOther ? new HandshakeError(error.message) : error);
  }
}
