import type { Logger } from 'pino';
import * as reply from '../../protocol/chat10/reply.ts';
import { decodeUtf8, encodeUtf8 } from '../../protocol/text.ts';
import type { Timer } from '../../scheduling/clock.ts';
import { ConditionVariable } from '../../scheduling/condition-variable.ts';
import type { Connection, ConnectionHandlers } from '../../transport/connection.ts';
import { Input } from '../../transport/input.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { protocolOf } from '../wires/protocols.ts';
import type { SessionContext } from './context.ts';

/**
 * One connection's life: greet, register, serve, leave. The first line decides which protocol is spoken
 * (`protocols.ts`); what follows is that protocol's, on the input and the outbox that this keeps.
 */
export class Session implements ConnectionHandlers {
  readonly context: SessionContext;
  readonly connection: Connection;
  readonly input: Input;
  readonly #id: number;
  readonly #onOver: (session: Session) => void;
  /** Set once the peer has been let in: everything it is sent from then on goes this way. */
  outbox: Outbox | undefined;
  /** What the peer is told when this session fails. */
  farewell = '';
  /** The server is going away: nothing new is begun. */
  isStopping = false;
  #isClosed = false;
  #hasFailed = false;
  /** Everything the peer asked for is done. */
  #isSettled = false;
  #isReleased = false;
  /** One of these three has come to be so. */
  readonly #changed = new ConditionVariable();

  /** `onOver` is called once, as the last thing that `run` does. */
  constructor(
    connection: Connection,
    context: SessionContext,
    id: number,
    onOver: (session: Session) => void,
  ) {
    this.context = context;
    this.connection = connection;
    this.#id = id;
    this.#onOver = onOver;
    this.input = new Input(connection, context.inputs);
    connection.attach(this);
  }

  /** Made anew each time: a session says a line or two in its life, and a logger kept for them is a third of a KiB. */
  get logger(): Logger {
    return this.context.logger.child({ session: this.#id, peer: this.connection.remoteAddress });
  }

  /** From the first byte to the last. Never rejects. */
  async run(): Promise<void> {
    const { connectionLimiter } = this.context;
    const answer = connectionLimiter.enter(this.connection);
    if (answer !== 'in') {
      this.logger.warn({ reason: answer }, 'connection refused');
      this.connection.destroy();
      this.#onOver(this);
      return;
    }
    try {
      await this.#serve(await this.#openingLine());
    } catch (error) {
      this.logger.error({ err: error }, 'session failed');
      if (this.farewell !== '') this.connection.write(encodeUtf8(this.farewell));
    } finally {
      this.connection.destroy();
      this.input.release();
      connectionLimiter.leave(this.connection);
      this.#becomeSettled();
      this.#onOver(this);
    }
  }

  /** The rest of a connection's life, by its first line. */
  #serve(line: string | undefined): Promise<void> {
    const protocol = line === undefined ? undefined : protocolOf(line);
    if (this.isStopping) return this.drop();
    if (protocol === undefined) return this.refuse(reply.invalidRegistration);
    this.logger.debug({ protocol: protocol.name }, 'protocol chosen');
    return protocol.serve(this);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The server goes away: finishes what was asked for. Resolves when that is done; `release` lets it leave. */
  stop(): Promise<undefined> {
    if (!this.isStopping) {
      this.isStopping = true;
      this.input.end();
      if (this.outbox === undefined) this.#becomeSettled();
    }
    return this.#changed.until(() => this.#isSettled);
  }

  release(): void {
    this.#isReleased = true;
    this.#changed.notify();
  }

  /** Everything the peer asked for is done, while the server goes away: waits until everybody is so far. */
  async settle(): Promise<void> {
    this.#becomeSettled();
    await this.#changed.until(() => this.#isReleased || this.#isClosed);
  }

  /** Answers a peer that is not let in, and closes. */
  async refuse(text: string): Promise<void> {
    if (this.#isClosed) return;
    this.connection.write(encodeUtf8(text));
    await this.#hangUp();
  }

  /** Sends what waits for the peer, then `last`, and closes. */
  async leave(last?: string): Promise<void> {
    await this.outbox?.finish(last === undefined ? undefined : encodeUtf8(last));
    await this.#hangUp();
  }

  /** The storage failed: there is no time for more than a word. */
  abandon(): void {
    if (this.#isClosed) return;
    if (this.farewell !== '') this.connection.write(encodeUtf8(this.farewell));
    this.connection.end();
  }

  /** Closes without another word. */
  async drop(): Promise<void> {
    this.outbox?.close();
    await this.#hangUp();
  }

  /** Ends our side, and reads on for a while: closing with bytes unread would reach the peer as a reset. */
  async #hangUp(): Promise<void> {
    // Whatever its peer does from here on, nobody has to wait for it.
    this.#becomeSettled();
    if (this.#isClosed) return;
    this.input.end();
    this.input.release();
    this.connection.end();
    this.connection.resume();
    const timer = this.context.clock.after(this.context.limits.lingerMs, () => this.connection.destroy());
    await this.#changed.until(() => this.#isClosed);
    timer.cancel();
  }

  /** The first line; undefined when none comes that could be one. */
  async #openingLine(): Promise<string | undefined> {
    const { clock, limits } = this.context;
    const timer = clock.after(limits.loginMs, () => this.input.end());
    try {
      for (;;) {
        const bytes = this.input.takeLine();
        if (bytes !== undefined) return bytes.length > limits.loginLineBytes ? undefined : decodeUtf8(bytes);
        if (this.input.length > limits.loginLineBytes) return undefined;
        // Binary from the start (TLS, for one) never gets to the end of a line.
        if (beginsBinary(this.input.peek())) return undefined;
        if (!(await this.input.more())) return undefined;
      }
    } finally {
      timer.cancel();
    }
  }

  #becomeSettled(): void {
    this.#isSettled = true;
    this.#changed.notify();
  }

  /** What was done for this peer threw: it is told goodbye, and nobody else notices. Idempotent. */
  fail(what: string, error?: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    if (error !== undefined) this.context.fence.report(what, error, { peer: this.connection.remoteAddress });
    this.input.end();
    this.abandon();
    // A peer that takes nothing cannot be told, and must not stay for that.
    this.context.clock.after(this.context.limits.lingerMs, () => this.connection.destroy());
  }

  /** As the clock's `after`, but what `action` throws costs this peer its connection and nothing else. */
  after(delayMs: number, action: () => void): Timer {
    return this.context.clock.after(delayMs, () => {
      try {
        action();
      } catch (error) {
        this.fail('a timer of a connection failed', error);
      }
    });
  }

  onData(chunk: Uint8Array): void {
    this.input.push(chunk);
  }

  onDrain(): void {
    try {
      this.outbox?.onDrain();
    } catch (error) {
      this.fail('sending failed', error);
    }
  }

  onEnd(): void {
    this.input.end();
  }

  onClose(error?: Error): void {
    this.#isClosed = true;
    if (error !== undefined) this.logger.debug({ reason: error.message }, 'connection broke');
    this.input.end();
    this.outbox?.close();
    this.#changed.notify();
  }
}

function beginsBinary(bytes: Uint8Array): boolean {
  const [first] = bytes;
  return first !== undefined && (first < 0x20 || first > 0x7e) && first !== 0x0d && first !== 0x0a;
}
