import { randomFillSync } from 'node:crypto';
import type { Connection } from '../../connection.ts';
import { ClientEndpoint, type IsTrusted } from '../endpoints/client-endpoint.ts';
import { defaultSettings, type UdpSettings } from '../settings.ts';
import type { UdpStatistics } from '../statistics.ts';
import { addressesOf, DatagramSocket, nowMs } from './datagram-socket.ts';
import { Dropper } from './dropper.ts';
import type { UdpLens } from './udp-lens.ts';

/**
 * Associations with servers, each with as many connections as there are streams. `dialUdp` makes one association for one
 * connection; `UdpDialer` lets connections to the same server share one, so that a further one costs no handshake, and all
 * of them share one estimate of the path.
 */
export interface DialUdpOptions {
  readonly host: string;
  readonly port: number;
  readonly isTrusted: IsTrusted;
  readonly settings?: Partial<UdpSettings>;
  readonly lens?: UdpLens | undefined;
}

/**
 * Connects, to the first address of the host that answers. Rejects with an error with `code` (`ETIMEDOUT` when nobody
 * answers, `EKEYREJECTED` when the key is not trusted, or the system's), with the reason of `isTrusted` if that rejects,
 * or with the reason of `signal` when that aborts first.
 */
export async function dialUdp(options: DialUdpOptions, signal?: AbortSignal): Promise<Connection> {
  const association = await ClientAssociation.open(options, signal);
  return association.openConnection();
}

/** An association that is open or on its way, and how many wait for it to open. */
interface Opening {
  readonly association: Promise<ClientAssociation>;
  readonly unwanted: AbortController;
  waiting: number;
}

export class UdpDialer {
  readonly #settings: Partial<UdpSettings>;
  readonly #lens: UdpLens | undefined;
  readonly #openings = new Map<string, Opening>();

  constructor(settings: Partial<UdpSettings> = {}, lens?: UdpLens) {
    this.#settings = settings;
    this.#lens = lens;
  }

  /**
   * As `dialUdp`, over the association that exists, if it has room. An abort ends the wait, not what others wait for.
   * `meant` names who is trusted: an association is shared only by those who mean the same.
   */
  async dial(
    address: Omit<DialUdpOptions, 'settings' | 'lens'>,
    signal?: AbortSignal,
    meant = '',
  ): Promise<Connection> {
    for (;;) {
      signal?.throwIfAborted();
      const name = `${address.host} ${address.port} ${meant}`;
      const opening = this.#openings.get(name) ?? this.#open(name, address);
      const association = await this.#wait(name, opening, signal);
      // Others may have come first, or the last of them may have ended meanwhile.
      if (association.hasRoom) return association.openConnection();
      this.#forget(name, opening);
    }
  }

  #open(name: string, address: Omit<DialUdpOptions, 'settings' | 'lens'>): Opening {
    const unwanted = new AbortController();
    const options = { ...address, settings: this.#settings, lens: this.#lens };
    const association = ClientAssociation.open(options, unwanted.signal);
    const opening = { association, unwanted, waiting: 0 };
    this.#openings.set(name, opening);
    const forget = (): void => this.#forget(name, opening);
    association.then((open) => open.onGone(forget), forget);
    return opening;
  }

  async #wait(name: string, opening: Opening, signal: AbortSignal | undefined): Promise<ClientAssociation> {
    opening.waiting++;
    try {
      return await unlessAborted(opening.association, signal);
    } catch (error) {
      if (opening.waiting === 1) {
        // Nobody wants it any more, and the process need not wait for its end.
        this.#forget(name, opening);
        opening.unwanted.abort(error);
        const close = (association: ClientAssociation): void => association.closeIfUnused();
        opening.association.then(close, () => {});
      }
      throw error;
    } finally {
      opening.waiting--;
    }
  }

  #forget(name: string, opening: Opening): void {
    if (this.#openings.get(name) === opening) this.#openings.delete(name);
  }
}

/** Errors after which another address of the same host may do. */
const elsewhere = new Set([
  'ECONNREFUSED',
  'ETIMEDOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EADDRNOTAVAIL',
  'EINVAL',
]);

class ClientAssociation {
  readonly #socket: DatagramSocket;
  readonly #endpoint: ClientEndpoint;
  readonly #dropper: Dropper | undefined;
  readonly #lens: UdpLens | undefined;
  readonly #opened = Promise.withResolvers<void>();
  readonly #maxStreams: number;
  #tellGone: () => void = () => {};
  #atMs = 0;
  /** No more connections can be opened. */
  isClosing = false;

  private constructor(socket: DatagramSocket, host: string, options: DialUdpOptions) {
    const settings = { ...defaultSettings, ...options.settings };
    const { trace, dropShare = 0, dropRandom = Math.random } = options.lens ?? {};
    this.#socket = socket;
    this.#lens = options.lens;
    this.#maxStreams = settings.maxStreams;
    this.#dropper = dropShare > 0 ? new Dropper(dropShare, dropRandom, trace) : undefined;
    this.#endpoint = new ClientEndpoint({
      settings,
      random: (bytes) => void randomFillSync(bytes),
      transmit: this.#dropper === undefined ? socket.sendConnected : this.#sendSome,
      host,
      port: options.port,
      nowMs: nowMs(),
      isTrusted: options.isTrusted,
      trace,
      events: {
        onOpen: () => {
          this.#lens?.add(this);
          this.#opened.resolve();
        },
        onGone: (error) => this.#onGone(error),
        onWork: socket.pollSoon,
      },
    });
  }

  static async open(options: DialUdpOptions, signal?: AbortSignal): Promise<ClientAssociation> {
    signal?.throwIfAborted();
    const hosts = await unlessAborted(addressesOf(options.host), signal);
    const { handshakeTimeoutMs } = { ...defaultSettings, ...options.settings };
    const settings = { ...options.settings, handshakeTimeoutMs: handshakeTimeoutMs / hosts.length };
    let failure: unknown;
    for (const host of hosts) {
      try {
        return await ClientAssociation.#openAt(host, { ...options, settings }, signal);
      } catch (error) {
        failure ??= error;
        if (!elsewhere.has(codeOf(error))) throw error;
      }
    }
    throw failure;
  }

  static async #openAt(
    host: string,
    options: DialUdpOptions,
    signal: AbortSignal | undefined,
  ): Promise<ClientAssociation> {
    const socket = new DatagramSocket(host);
    try {
      await unlessAborted(socket.connect(host, options.port), signal);
      const association = new ClientAssociation(socket, socket.peerHost, options);
      socket.serve(association);
      await unlessAborted(association.#opened.promise, signal);
      return association;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Whether one more connection can be opened now. */
  get hasRoom(): boolean {
    return !this.isClosing && (this.#endpoint.association?.streamCount ?? 0) < this.#maxStreams;
  }

  openConnection(): Connection {
    return this.#endpoint.openStream();
  }

  /** Undefined before it is open. */
  get statistics(): UdpStatistics | undefined {
    return this.#endpoint.association?.statistics;
  }

  /** Calls `tell` when no more connections can be opened. */
  onGone(tell: () => void): void {
    this.#tellGone = tell;
  }

  get dueMs(): number {
    return this.#endpoint.dueMs;
  }

  receive(bytes: Uint8Array, host: string, port: number, atMs: number): void {
    if (this.#dropper?.drops('in', bytes, atMs) === true) return;
    this.#endpoint.receive(bytes, host, port, atMs);
  }

  onRefused(atMs: number): void {
    this.#endpoint.onRefused(atMs);
  }

  /** Also ends the association when its last stream has ended. */
  poll(atMs: number): void {
    this.#atMs = atMs;
    this.#endpoint.poll(atMs);
    if (this.#endpoint.association?.hasServed === true) this.closeIfUnused(atMs);
  }

  /** Ends it if it has no stream, also if it never had one. */
  closeIfUnused(atMs = nowMs()): void {
    const { association } = this.#endpoint;
    if (this.isClosing || association === undefined || association.streamCount > 0) return;
    this.isClosing = true;
    this.#lens?.remove(this);
    this.#tellGone();
    this.#endpoint.close();
    this.#endpoint.poll(atMs);
    // Everything has arrived. Only if the CLOSE is lost does the server need another one to know that we are gone.
    this.#socket.unref();
  }

  readonly #sendSome = (bytes: Uint8Array): void => {
    if (this.#dropper?.drops('out', bytes, this.#atMs) !== true) this.#socket.sendConnected(bytes);
  };

  #onGone(error: Error | undefined): void {
    this.isClosing = true;
    this.#lens?.remove(this);
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

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
