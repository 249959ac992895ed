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
 * A connection whose first line was read already, as the stream that `node:http` wants. What is written goes through
 * the outbox: its bound, its budget and its time-out for readers that take nothing apply.
 */
export class SessionStream extends Duplex {
  readonly session: ConnectionSession;
  /** A whole request has come: what the peer does with its own side no longer matters. */
  isAsked = false;
  readonly #outbox: Outbox;
  #isPulling = false;
  #isHandedOver = false;
  readonly #over = Promise.withResolvers<Upgrade | undefined>();

  constructor(session: ConnectionSession, firstLine: string, outbox: Outbox) {
    super();
    this.session = session;
    this.#outbox = outbox;
    // Our side is closed: the session reads the rest, and discards it.
    this.once('finish', () => this.destroy());
    this.once('close', () => this.#over.resolve(undefined));
    this.push(Buffer.from(`${firstLine}\r\n`));
  }

  /** Resolves when this has closed, or with what was handed over. */
  get over(): Promise<Upgrade | undefined> {
    return this.#over.promise;
  }

  /** Gives the connection, with the bytes that came behind `request`, to another protocol. This reads no more. */
  handOver(request: IncomingMessage, head: Buffer): void {
    this.#isHandedOver = true;
    const { input } = this.session;
    const read: unknown = this.read();
    const rest = [head, ...(read instanceof Uint8Array ? [read] : []), input.takeBytes(input.length)];
    input.nudge();
    this.#over.resolve({ request, head: Buffer.concat(rest) });
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
        if (!this.isAsked || this.session.isClosed) this.destroy();
      });
      return;
    }
    this.#isPulling = false;
    this.push(input.takeBytes(input.length));
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#outbox.reply(chunk);
    const room = this.#outbox.room();
    if (room === undefined) done();
    else void room.then(done);
  }
}
