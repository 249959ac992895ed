import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * A wire that can be cut: passes bytes on between its clients and a server, which may be another one after a while, and
 * breaks a connection off in the middle of whatever it is passing on.
 */
export class CuttingProxy {
  readonly port: number;
  /** Connections to the server that were begun. */
  connections = 0;
  #target: number;
  #cutting: { readonly from: 'server' | 'client'; bytes: number } | undefined;
  #onCut: (() => void) | undefined;

  private constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
  }

  static async open(test: TestContext, target: number): Promise<CuttingProxy> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const proxy = new CuttingProxy((listener.address() as AddressInfo).port, target);
    const sockets = new Set<Socket>();
    listener.on('connection', (client: Socket) => {
      const server = proxy.#pass(client);
      for (const socket of [client, server]) sockets.add(socket.on('close', () => sockets.delete(socket)));
    });
    test.after(() => {
      listener.close();
      for (const socket of sockets) socket.destroy();
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

  #pass(client: Socket): Socket {
    this.connections++;
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    client.on('data', (chunk: Buffer) => this.#passOn(chunk, 'client', server, end));
    server.on('data', (chunk: Buffer) => this.#passOn(chunk, 'server', client, end));
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    return server;
  }

  #passOn(chunk: Buffer, from: 'server' | 'client', to: Socket, end: () => void): void {
    const cutting = this.#cutting;
    if (cutting?.from !== from || chunk.length <= cutting.bytes) {
      if (cutting?.from === from) cutting.bytes -= chunk.length;
      to.write(chunk);
      return;
    }
    const passed = chunk.subarray(0, cutting.bytes);
    this.#cutting = undefined;
    // What was passed on arrives before the end does.
    to.write(passed, end);
    this.#onCut?.();
  }
}
