import { randomFillSync } from 'node:crypto';
import type { Connection } from '../../connection.ts';
import { ClientEndpoint } from '../endpoints/client-endpoint.ts';
import { defaultSettings, type UdpSettings } from '../settings.ts';
import { DatagramSocket, nowMs, resolveHost } from './datagram-socket.ts';

/**
 * Associations with servers, each with as many connections as there are streams. `dialUdp` makes one association for one
 * connection; `UdpDialer` lets connections to the same server share one, so that a further one costs no handshake, and all
 * of them share one estimate of the path.
 */
export interface DialUdpOptions {
  readonly host: string;
  readonly port: number;
  /** Whether a server with this key (32 bytes, Ed25519) is the one that is meant. */
  readonly isTrusted: (serverKey: Uint8Array) => boolean;
  readonly settings?: Partial<UdpSettings>;
}

/**
 * Connects. Rejects with an error with `code` (`ETIMEDOUT` when nobody answers, `EKEYREJECTED` when the key is not
 * trusted, or the system's), or with the reason of `signal` when that aborts first.
 */
export async function dialUdp(options: DialUdpOptions, signal?: AbortSignal): Promise<Connection> {
  const association = await ClientAssociation.open(options, signal);
  return association.openConnection();
}

export class UdpDialer {
  readonly #options: Omit<DialUdpOptions, 'host' | 'port'>;
  readonly #associations = new Map<string, Promise<ClientAssociation>>();

  constructor(options: Omit<DialUdpOptions, 'host' | 'port'>) {
    this.#options = options;
  }

  /** As `dialUdp`, over the association that exists, if it does. An abort ends the wait, not what others wait for. */
  async dial(
    address: { readonly host: string; readonly port: number },
    signal?: AbortSignal,
  ): Promise<Connection> {
    signal?.throwIfAborted();
    const name = `${address.host} ${address.port}`;
    const known = this.#associations.get(name);
    const opening = known ?? ClientAssociation.open({ ...this.#options, ...address });
    if (known === undefined) {
      this.#associations.set(name, opening);
      const forget = (): void => {
        if (this.#associations.get(name) === opening) this.#associations.delete(name);
      };
      opening.then((association) => association.onGone(forget), forget);
    }
    const association = await unlessAborted(opening, signal);
    // The last of the others may have ended meanwhile.
    return association.isClosing ? this.dial(address, signal) : association.openConnection();
  }
}

class ClientAssociation {
  readonly #socket: DatagramSocket;
  readonly #endpoint: ClientEndpoint;
  readonly #opened = Promise.withResolvers<void>();
  #tellGone: () => void = () => {};
  /** No more connections can be opened. */
  isClosing = false;

  private constructor(socket: DatagramSocket, host: string, options: DialUdpOptions) {
    this.#socket = socket;
    this.#endpoint = new ClientEndpoint({
      settings: { ...defaultSettings, ...options.settings },
      random: (bytes) => void randomFillSync(bytes),
      transmit: socket.sendConnected,
      host,
      port: options.port,
      nowMs: nowMs(),
      isTrusted: options.isTrusted,
      events: {
        onOpen: () => this.#opened.resolve(),
        onGone: (error) => this.#onGone(error),
        onWork: socket.pollSoon,
      },
    });
  }

  static async open(options: DialUdpOptions, signal?: AbortSignal): Promise<ClientAssociation> {
    signal?.throwIfAborted();
    const host = await unlessAborted(resolveHost(options.host), signal);
    const socket = new DatagramSocket(host);
    try {
      await unlessAborted(socket.connect(host, options.port), signal);
      const association = new ClientAssociation(socket, host, options);
      socket.serve(association);
      await unlessAborted(association.#opened.promise, signal);
      return association;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  openConnection(): Connection {
    return this.#endpoint.openStream();
  }

  /** Calls `tell` when no more connections can be opened. */
  onGone(tell: () => void): void {
    this.#tellGone = tell;
  }

  get dueMs(): number {
    return this.#endpoint.dueMs;
  }

  receive(bytes: Uint8Array, host: string, port: number, atMs: number): void {
    this.#endpoint.receive(bytes, host, port, atMs);
  }

  /** Also ends the association when its last stream has ended. */
  poll(atMs: number): void {
    this.#endpoint.poll(atMs);
    const { association } = this.#endpoint;
    if (this.isClosing || association === undefined || !association.hasServed || association.streamCount > 0)
      return;
    this.isClosing = true;
    this.#tellGone();
    this.#endpoint.close();
    this.#endpoint.poll(atMs);
    // Everything has arrived. Only if the CLOSE is lost does the server need another one to know that we are gone.
    this.#socket.unref();
  }

  #onGone(error: Error | undefined): void {
    this.isClosing = true;
    this.#tellGone();
    this.#opened.reject(error ?? new Error('the association was closed'));
    this.#socket.close();
  }
}

/** `promise`, or the reason of `signal` if that aborts first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
