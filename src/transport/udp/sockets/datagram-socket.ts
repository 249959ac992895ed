import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';

/**
 * A socket of node:dgram and a timer for an endpoint, which knows neither. Datagrams that arrive together are answered
 * together: the endpoint is polled once, when the loop has read them all.
 */
export interface Polled {
  /** When to call `poll`; in the past if at once. */
  readonly dueMs: number;
  receive(bytes: Uint8Array, host: string, port: number, nowMs: number): void;
  poll(nowMs: number): void;
  /** The machine that the socket is connected to says that nobody listens at that port. */
  onRefused?(nowMs: number): void;
}

/** The kernel's default holds what comes in a few milliseconds; it may give less. */
const bufferBytes = 4 * 1024 * 1024;
const mostWaitMs = 60_000;

export function nowMs(): number {
  return performance.now();
}

/** The addresses of `host`, which may be a name, in the system's order; at least one. Rejects with the system's error. */
export async function addressesOf(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

export class DatagramSocket {
  readonly #socket: Socket;
  #endpoint: Polled | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Infinity;
  #isPolling = false;
  #isPollDue = false;
  #isClosed = false;
  readonly #freed = Promise.withResolvers<void>();
  readonly #pollNow = (): void => {
    this.#isPollDue = false;
    this.#poll();
  };

  /** The system tells an answer of the peer's machine when it reads, or when it sends the next datagram. */
  readonly #onError = (error: NodeJS.ErrnoException | null): void => {
    if (error?.code !== 'ECONNREFUSED') return;
    this.#endpoint?.onRefused?.(nowMs());
    this.pollSoon();
  };

  constructor(host: string) {
    const isSix = isIPv6(host);
    this.#socket = createSocket({
      type: isSix ? 'udp6' : 'udp4',
      // Only addresses come here; Node's own look-up would wait for a later turn with each datagram.
      lookup: (address, _options, callback) => callback(null, address, isSix ? 6 : 4),
    });
    this.#socket.on('error', this.#onError);
    this.#socket.on('message', (bytes, { address, port }) => {
      this.#endpoint?.receive(bytes, address, port, nowMs());
      this.pollSoon();
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Resolves when bound; rejects with the system's error. Port 0 lets the system choose. */
  bind(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind(port, host, () => {
        this.#socket.off('error', reject);
        this.#enlargeBuffers();
        resolve();
      });
    });
  }

  /** Resolves when datagrams of other addresses no longer come; those sent go to this address without its name. */
  connect(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.connect(port, host, (error?: Error) => {
        if (error !== undefined && error !== null) reject(error);
        else {
          this.#enlargeBuffers();
          resolve();
        }
      });
    });
  }

  /** The address that it is connected to, in the form in which datagrams come from there. */
  get peerHost(): string {
    return this.#socket.remoteAddress().address;
  }

  /** Serves `endpoint` from now on. */
  serve(endpoint: Polled): void {
    this.#endpoint = endpoint;
    this.pollSoon();
  }

  /** To the address that the socket is connected to. */
  readonly sendConnected = (bytes: Uint8Array): void => {
    if (!this.#isClosed) this.#socket.send(bytes, this.#onError);
  };

  readonly sendTo = (bytes: Uint8Array, host: string, port: number): void => {
    if (!this.#isClosed) this.#socket.send(bytes, port, host);
  };

  /** Polls the endpoint when the loop has nothing else to read. */
  readonly pollSoon = (): void => {
    if (this.#isPollDue || this.#isPolling) return;
    this.#isPollDue = true;
    setImmediate(this.#pollNow);
  };

  /** From now on the process need not wait for it. */
  unref(): void {
    if (!this.#isClosed) this.#socket.unref();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket.close(this.#freed.resolve);
  }

  /** Resolves when it is closed and its port is free. */
  get freed(): Promise<void> {
    return this.#freed.promise;
  }

  #poll(): void {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return;
    this.#isPolling = true;
    try {
      endpoint.poll(nowMs());
    } finally {
      this.#isPolling = false;
      this.#wait(endpoint.dueMs);
    }
  }

  #wait(dueMs: number): void {
    const waitMs = dueMs - nowMs();
    if (waitMs <= 0) this.pollSoon();
    // One that fires earlier costs less than setting it anew with every packet.
    else if (!this.#isClosed && dueMs < this.#timerMs) {
      clearTimeout(this.#timer);
      this.#timerMs = dueMs;
      this.#timer = setTimeout(
        () => {
          this.#timerMs = Infinity;
          this.#poll();
        },
        Math.min(waitMs, mostWaitMs),
      );
      // The socket keeps the process alive, while it should.
      this.#timer.unref();
    }
  }

  #enlargeBuffers(): void {
    try {
      this.#socket.setRecvBufferSize(bufferBytes);
      this.#socket.setSendBufferSize(bufferBytes);
    } catch {
      // A system that gives no more works with what it has.
    }
  }
}
