import { connect, type Socket } from 'node:net';

/** Whom to attack, from where, and for how long. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly seconds: number;
  /** Addresses of this machine that connections come from, in turns. */
  readonly addresses: readonly string[];
  /** A name that has an account, of somebody else. */
  readonly account: string;
}

/** Bytes to write, or how to make them anew for each write. */
type Chunk = Buffer | (() => string);

/** Of a crowd, so many register at once: strangers have a bound, and the crowd is to stay. */
const registeringAtOnce = 100;

/** What it may take until a crowd is there. */
const crowdMs = 15_000;

/** What every attack is made of. Nothing in here goes on when the time is over. */
export class Attacker {
  readonly target: Target;
  connections = 0;
  #endMs: number;
  readonly #open = new Set<Socket>();
  #closedBytes = 0;
  #names = 0;

  constructor(target: Target) {
    this.target = target;
    this.#endMs = performance.now() + target.seconds * 1000;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endMs;
  }

  /** Bytes that all connections have sent. */
  get sentBytes(): number {
    return [...this.#open].reduce((sum, socket) => sum + sentBytes(socket), this.#closedBytes);
  }

  /** A name that nobody had before. */
  name(): string {
    return `g${this.#names++}`;
  }

  /** Says `hello` first. */
  open(hello = ''): Socket {
    const { host, port, addresses } = this.target;
    const localAddress = addresses[this.connections++ % addresses.length];
    const socket = connect({ host, port, noDelay: true, ...(localAddress && { localAddress }) });
    this.#open.add(socket);
    socket.on('close', () => {
      this.#closedBytes += sentBytes(socket);
      this.#open.delete(socket);
    });
    if (hello !== '') socket.write(hello);
    // What the server answers, and that it hangs up, does not matter to the attack.
    return socket.on('error', () => {}).on('data', () => {});
  }

  /** Over CHAT/1.0; `block`: what follows the first line. */
  guest(block = '\n'): Socket {
    return this.open(`REGISTER ${this.name()} CHAT/1.0\n${block}`);
  }

  /** Over CHAT/1.1, with these header lines. */
  guest11(headers = ''): Socket {
    return this.open(`REGISTER ${this.name()} CHAT/1.1\n${headers}\n`);
  }

  /** So many, each with its first answer, who stay until the end. The time begins when all are there. */
  async crowd(count: number, begin: () => Socket): Promise<Socket[]> {
    const sockets: Socket[] = [];
    this.#endMs = performance.now() + crowdMs;
    const one = async (): Promise<void> => {
      while (!this.isOver && sockets.length < count) {
        const socket = begin();
        sockets.push(socket);
        await this.answered(socket);
      }
    };
    await Promise.all(Array.from({ length: registeringAtOnce }, one));
    if (this.isOver) throw new Error(`a crowd of ${count} did not come together`);
    this.#endMs = performance.now() + this.target.seconds * 1000;
    return sockets;
  }

  /** Writes `chunk` as fast as it is read, on `lanes` connections that are opened again when they end. */
  flood(begin: () => Socket, chunk: Chunk, lanes = 1): Promise<void> {
    return this.again(lanes, async () => {
      const socket = begin();
      while (!this.isOver && !socket.destroyed) {
        if (!socket.write(typeof chunk === 'function' ? chunk() : chunk)) await this.until(socket, 'drain');
        else await new Promise(setImmediate);
      }
      this.drop(socket);
    });
  }

  /** Breaks off without another word, and has the port back at once. */
  drop(socket: Socket): void {
    socket.resetAndDestroy();
  }

  /** Does `use` again and again, `lanes` side by side, and from each address at least one. */
  async again(lanes: number, use: () => Promise<void>): Promise<void> {
    const lane = async (): Promise<void> => {
      while (!this.isOver) await use();
    };
    await Promise.all(Array.from({ length: Math.max(lanes, this.target.addresses.length) }, lane));
  }

  /** `begin` once for each of `count` connections, and then nothing until the end. */
  async hold(count: number, begin: () => Socket): Promise<void> {
    for (let at = 0; at < count; at++) begin();
    await this.end();
  }

  async end(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, this.#endMs - performance.now())));
  }

  /** Resolves when so many lines have come, the connection is over, or the time is. */
  async answered(socket: Socket, lines = 1): Promise<void> {
    let left = lines;
    const count = (bytes: Buffer): void => {
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) left--;
      if (left <= 0) socket.emit('answered');
    };
    socket.on('data', count);
    await this.until(socket, 'answered');
    socket.off('data', count);
  }

  /** Resolves with the event, or when the connection or the time is over. */
  until(socket: Socket, event: string): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        socket.off(event, done).off('close', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(1, this.#endMs - performance.now()));
      socket.once(event, done).once('close', done);
      if (socket.closed) done();
    });
  }
}

/** What went out; Node counts what waits as well. */
function sentBytes({ bytesWritten, writableLength }: Socket): number {
  return Math.max(0, (bytesWritten ?? 0) - writableLength);
}
