import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { randomFrom } from './random.ts';
import type { Scope } from './scope.ts';

export interface RelayOptions {
  /** The share of datagrams that vanish in each direction, from 0 to 1. */
  readonly loss?: number;
  /** Decides which. */
  readonly seed?: number;
}

/** How long a path is dark after a cut. */
const darkMs = 60;
/** Datagrams that wait while the relay holds; further ones are lost. */
const mostHeld = 200;

/**
 * A path of datagrams between clients and a server, as bad as `CuttingProxy` is for connections: it loses some, and when
 * it is cut it loses all for a while. A client can also be moved to another port, as by a router that forgot it.
 */
export class DatagramRelay {
  readonly #front: Socket;
  readonly #flows = new Map<string, Flow>();
  readonly #random: () => number;
  readonly #loss: number;
  #held: (() => void)[] | undefined;
  #target: number;
  #cutting: { readonly from: 'server' | 'client'; bytes: number } | undefined;
  #onCut: (() => void) | undefined;
  #isClosed = false;
  #darkUntilMs = -Infinity;
  /** Ports from which clients came to the server. */
  connections = 0;
  cuts = 0;
  lost = 0;

  private constructor(front: Socket, target: number, { loss = 0, seed = 1 }: RelayOptions) {
    this.#front = front;
    this.#target = target;
    this.#loss = loss;
    // Small seeds begin with small numbers.
    this.#random = randomFrom(seed * 2_654_435_761 + 1);
    front.on('message', (bytes, { port }) => {
      this.#pass('client', bytes, () => this.#flowOf(port).send(bytes, this.#target));
    });
  }

  static async open(scope: Scope, target: number, options: RelayOptions = {}): Promise<DatagramRelay> {
    const front = createSocket('udp4').bind(0, '127.0.0.1');
    await once(front, 'listening');
    const relay = new DatagramRelay(front, target, options);
    scope.after(() => {
      relay.#isClosed = true;
      front.close();
      for (const flow of relay.#flows.values()) flow.close();
    });
    return relay;
  }

  get port(): number {
    return this.#front.address().port;
  }

  /** Where datagrams go from now on. */
  set target(port: number) {
    this.#target = port;
  }

  /** Cuts the path when one end has sent `afterBytes` more; resolves when that has happened. */
  cut(afterBytes: number, from: 'server' | 'client' = 'server'): Promise<void> {
    this.#cutting = { from, bytes: afterBytes };
    return new Promise((resolve) => {
      this.#onCut = resolve;
    });
  }

  /** Nothing passes for a while. */
  cutAll(): void {
    this.#darkUntilMs = performance.now() + darkMs;
    this.cuts++;
  }

  /** All clients come from other ports. The server learns where they are when they send something. */
  move(): void {
    for (const flow of this.#flows.values()) {
      flow.move();
      this.connections++;
    }
  }

  /** Lets nothing pass until `release`; what fits waits. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const pass of held) pass();
  }

  #flowOf(clientPort: number): Flow {
    const name = `${clientPort}`;
    const known = this.#flows.get(name);
    if (known !== undefined) return known;
    const flow = new Flow((bytes) => {
      this.#pass('server', bytes, () => this.#front.send(bytes, clientPort, '127.0.0.1'));
    });
    this.#flows.set(name, flow);
    this.connections++;
    return flow;
  }

  #pass(from: 'server' | 'client', bytes: Uint8Array, pass: () => void): void {
    const cutting = this.#cutting;
    if (cutting?.from === from) cutting.bytes -= bytes.length;
    if (cutting !== undefined && cutting.bytes < 0) {
      this.#cutting = undefined;
      this.cutAll();
      this.#onCut?.();
      return;
    }
    const isDark = performance.now() < this.#darkUntilMs;
    if (isDark || this.#random() < this.#loss) this.lost++;
    else if (this.#held === undefined) this.#ifOpen(pass);
    else if (this.#held.length < mostHeld) this.#held.push(() => this.#ifOpen(pass));
  }

  #ifOpen(pass: () => void): void {
    if (!this.#isClosed) pass();
  }
}

/** What one client sends, from a port of its own. */
class Flow {
  readonly #onMessage: (bytes: Uint8Array) => void;
  #socket: Socket | undefined;

  constructor(onMessage: (bytes: Uint8Array) => void) {
    this.#onMessage = onMessage;
    this.#open();
  }

  send(bytes: Uint8Array, port: number): void {
    this.#socket?.send(bytes, port, '127.0.0.1');
  }

  move(): void {
    this.close();
    this.#open();
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #open(): void {
    const socket = createSocket('udp4');
    // That nobody listens at the target is for the client to find out.
    socket.on('error', () => {});
    socket.on('message', (bytes) => this.#onMessage(bytes));
    this.#socket = socket;
  }
}
