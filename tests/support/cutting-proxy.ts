import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Scope } from './scope.ts';

/**
 * A wire that can be cut: passes bytes on between its clients and a server, which may be another one after a while, and
 * breaks a connection off in the middle of whatever it is passing on.
 */
export class CuttingProxy {
  readonly port: number;
  /** Connections to the server that were begun. */
  connections = 0;
  /** Connections that were cut at a byte. */
  cuts = 0;
  readonly #sockets = new Set<Socket>();
  #isHeld = false;
  #target: number;
  #cutting: { readonly from: 'server' | 'client'; bytes: number } | undefined;
  #onCut: (() => void) | undefined;

  private constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
  }

  static async open(scope: Scope, target: number): Promise<CuttingProxy> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const proxy = new CuttingProxy((listener.address() as AddressInfo).port, target);
    listener.on('connection', (client: Socket) => {
      for (const socket of [client, proxy.#pass(client)]) {
        proxy.#sockets.add(socket.on('close', () => proxy.#sockets.delete(socket)));
        if (proxy.#isHeld) socket.pause();
      }
    });
    scope.after(() => {
      listener.close();
      proxy.cutAll();
    });
    return proxy;
  }

  /** Where the next connections lead. */
  set target(port: number) {
    this.#target = port;
  }

  /** Cuts the connection on which one end sends `afterBytes` more; resolves when that has happened. */
  cut(afterBytes: number, from: 'server' | 'client' = 'server'): Promise<void> {
    this.#cutting = { from, bytes: afterBytes };
    return new Promise((resolve) => {
      this.#onCut = resolve;
    });
  }

  /** Breaks all connections off. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes nothing more from either end, until `release`: what they send stays with them, and neither hears of the other. */
  hold(): void {
    this.#isHeld = true;
    for (const socket of this.#sockets) socket.pause();
  }

  release(): void {
    this.#isHeld = false;
    for (const socket of this.#sockets) socket.resume();
  }

  #pass(client: Socket): Socket {
    this.connections++;
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    client.on('data', (chunk: Buffer) => this.#passOn(chunk, 'client', { client, server }, end));
    server.on('data', (chunk: Buffer) => this.#passOn(chunk, 'server', { client, server }, end));
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    return server;
  }

  #passOn(
    chunk: Buffer,
    from: 'server' | 'client',
    ends: { readonly client: Socket; readonly server: Socket },
    end: () => void,
  ): void {
    const to = from === 'server' ? ends.client : ends.server;
    const cutting = this.#cutting;
    if (cutting?.from !== from || chunk.length <= cutting.bytes) {
      if (cutting?.from === from) cutting.bytes -= chunk.length;
      to.write(chunk);
      return;
    }
    const passed = chunk.subarray(0, cutting.bytes);
    this.#cutting = undefined;
    // What was passed on arrives before the end does, and nothing that comes behind it.
    ends[from].removeAllListeners('data');
    to.write(passed, end);
    this.cuts++;
    this.#onCut?.();
  }
}
