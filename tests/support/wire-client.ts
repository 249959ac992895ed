import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ConnectionStream } from '../../src/transport/connection-stream.ts';
import { dialUdp } from '../../src/transport/udp/sockets/dial-udp.ts';
import type { Scope } from './scope.ts';

/** How long anything may take before a test gives up on it. */
const patienceMs = 10_000;

interface Place {
  readonly port: number;
  readonly host?: string;
  /** The address of this machine to come from. */
  readonly from?: string;
  /** Over UDP in place of TCP. */
  readonly isUdp?: boolean;
}

/**
 * A client that knows nothing but a socket: sends bytes as told, and takes lines and bytes as they come. It is the
 * stranger's view of the server, so it shares no code with it.
 */
export class WireClient {
  readonly socket: Socket;
  #buffer = Buffer.alloc(64 * 1024);
  #start = 0;
  #end = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  /** The first bytes as they came, segment by segment. */
  readonly segments: string[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', () => {});
    socket.on('close', () => this.#onEnd());
    socket.on('end', () => this.#onEnd());
  }

  static async connect(scope: Scope, server: Place): Promise<WireClient> {
    const { port, host = '127.0.0.1', from, isUdp = false } = server;
    if (isUdp) return WireClient.#connectUdp(scope, host, port);
    const socket = connect({ port, host, noDelay: true, ...(from !== undefined && { localAddress: from }) });
    scope.after(() => socket.destroy());
    const client = new WireClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Whoever the server is: that is not what the stranger is here for. */
  static async #connectUdp(scope: Scope, host: string, port: number): Promise<WireClient> {
    const connection = await dialUdp({ host, port, isTrusted: () => true });
    const stream = new ConnectionStream(connection);
    connection.attach(stream);
    scope.after(() => connection.destroy());
    // All that is done to a socket here can be done to any stream.
    return new WireClient(stream as unknown as Socket);
  }

  /** Connects and registers; `opening` is what is sent behind the REGISTER line. */
  static async register(scope: Scope, server: Place, name: string, opening = ''): Promise<WireClient> {
    const client = await WireClient.connect(scope, server);
    client.send(`REGISTER ${name} CHAT/1.0\n${opening}`);
    assert.equal(await client.line(), '200 Registration successful');
    return client;
  }

  /** Connects and logs in with the verbs of CS3560. */
  static async login(scope: Scope, server: { readonly port: number }, name: string): Promise<WireClient> {
    const client = await WireClient.connect(scope, server);
    assert.equal(await client.ask(`login ${name}`), 'RESPONSE ok');
    return client;
  }

  send(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** The next line, without its LF. */
  async line(): Promise<string> {
    await this.#until(() => this.#received.includes(10), 'a line');
    const line = this.#take(this.#received.indexOf(10) + 1);
    return line.subarray(0, -1).toString();
  }

  async lines(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) lines.push(await this.line());
    return lines;
  }

  async bytes(count: number): Promise<Buffer> {
    await this.#until(() => this.#received.length >= count, `${count} bytes`);
    return this.#take(count);
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<string> {
    await this.#until(() => this.#ended, 'the end of the connection');
    return this.#take(this.#received.length).toString();
  }

  /** Sends a request and gives its one-line answer: when it comes, all that was sent before was handled. */
  async ask(request: string): Promise<string> {
    this.send(`${request}\n`);
    return this.line();
  }

  /** Bytes that came and were not taken yet. */
  get received(): number {
    return this.#received.length;
  }

  /** Breaks the connection off. */
  close(): void {
    this.socket.destroy();
  }

  /** Stops reading: from here on the peer's bytes stay where they are. */
  freeze(): void {
    this.socket.pause();
  }

  thaw(): void {
    this.socket.resume();
  }

  get #received(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  #take(count: number): Buffer {
    const bytes = Buffer.from(this.#received.subarray(0, count));
    this.#start += count;
    return bytes;
  }

  #onData(chunk: Buffer): void {
    if (this.segments.length < 1000) this.segments.push(chunk.toString());
    if (this.#end + chunk.length > this.#buffer.length) {
      const larger = Buffer.alloc((this.#received.length + chunk.length) * 2);
      this.#received.copy(larger);
      this.#end -= this.#start;
      this.#start = 0;
      this.#buffer = larger;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
    this.#wake?.();
  }

  #onEnd(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async #until(isThere: () => boolean, what: string): Promise<void> {
    const deadline = AbortSignal.timeout(patienceMs);
    while (!isThere()) {
      const got = JSON.stringify(this.#received.subarray(0, 200).toString());
      if (this.#ended) assert.fail(`the connection ended instead of giving ${what}; got ${got}`);
      if (deadline.aborted) assert.fail(`waited ${patienceMs} ms for ${what}; got ${got}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
}
