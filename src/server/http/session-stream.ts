import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import type { ConnectionSession } from '../connection/connection-session.ts';
import type { Outbox } from '../outbox/outbox.ts';

/** A request for another protocol on the same connection, and what came behind it. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly head: Buffer;
}

/**
 * A connection whose first line was read already, as the stream that `node:http` wants. It gives its first request alone:
 * `node:http` would have thousands made in one go, of which one is answered. What is written goes through the outbox: its
 * bound, its budget and its time-out for readers that take nothing apply.
 */
export class SessionStream extends Duplex {
  readonly session: ConnectionSession;
  /** A whole request has come: what the peer does with its own side no longer matters. */
  isAsked = false;
  #outbox: Outbox | undefined;
  #isPulling = false;
  #isHandedOver = false;
  /** Whether nothing of the present line was given yet: an LF now makes it the empty line that ends a request. */
  #isLineEmpty = true;
  #over: PromiseWithResolvers<Upgrade | undefined> | undefined = Promise.withResolvers();

  constructor(session: ConnectionSession, firstLine: string, outbox: Outbox) {
    super();
    this.session = session;
    this.#outbox = outbox;
    // Our side is closed: the session reads the rest, and discards it.
    this.on('finish', destroyThis);
    this.push(Buffer.from(`${firstLine}\r\n`));
  }

  /** Resolves when this has closed, or with what was handed over. Later it resolves at once, with nothing. */
  get over(): Promise<Upgrade | undefined> {
    return this.#over?.promise ?? Promise.resolve(undefined);
  }

  /** Gives the connection, with the bytes that came behind `request`, to another protocol. This reads no more. */
  handOver(request: IncomingMessage, head: Buffer): void {
    this.#isHandedOver = true;
    const { input } = this.session;
    const rest: Uint8Array[] = [head];
    for (let read: unknown = this.read(); read instanceof Uint8Array; read = this.read()) rest.push(read);
    rest.push(input.takeBytes(input.length));
    input.nudge();
    this.#over?.resolve({ request, head: Buffer.concat(rest) });
    this.#forget();
  }

  /**
   * Lets go of what only this knows. A stream in Node has a function that knows the stream, and V8 frees such a circle not
   * in a scavenge, but only when it looks through all memory. Until then everything that this knows would stay, too.
   */
  #forget(): void {
    this.#outbox = undefined;
    this.#over = undefined;
  }

  override _read(): void {
    this.#pull().catch((error: Error) => this.destroy(error));
  }

  async #pull(): Promise<void> {
    if (this.#isPulling) return;
    this.#isPulling = true;
    const { input } = this.session;
    while (input.length === 0) {
      const hasMore = await input.more();
      if (this.#isHandedOver) return;
      if (hasMore) continue;
      // The parser may not have seen the last bytes yet. The end is not passed on: it would cut off the answer.
      setImmediate(() => {
        if (!this.isAsked) this.destroy();
      });
      return;
    }
    // By then `node:http` has seen what was given before.
    await undefined;
    if (this.#isHandedOver || this.isAsked) return;
    this.#isPulling = false;
    this.push(input.takeBytes(this.#upToEmptyLine(input.peek())));
  }

  /** Returns how many of `bytes` there are up to the first empty line and with it; all of them without one. */
  #upToEmptyLine(bytes: Uint8Array): number {
    for (const [at, byte] of bytes.entries()) {
      const isEnd = byte === lineFeed && this.#isLineEmpty;
      if (byte !== carriageReturn) this.#isLineEmpty = byte === lineFeed;
      if (isEnd) return at + 1;
    }
    return bytes.length;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#outbox?.reply(chunk);
    const room = this.#outbox?.room();
    if (room === undefined) done();
    else void room.then(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#over?.resolve(undefined);
    done(error);
  }
}

const lineFeed = 10;
const carriageReturn = 13;

/** One for all streams: one made for each would keep more beside it. */
function destroyThis(this: SessionStream): void {
  this.destroy();
}
