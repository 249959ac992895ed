import type { Logger } from 'pino';
import { encodeUtf8 } from '../../protocol/text.ts';
import type { Timer } from '../../scheduling/clock.ts';
import { ConditionVariable } from '../../scheduling/condition-variable.ts';
import { addressGroup } from '../../transport/address-group.ts';
import type { Connection, ConnectionHandlers } from '../../transport/connection.ts';
import { Input } from '../../transport/input.ts';
import { HandshakeError } from '../../transport/tls-server.ts';
import type { Carried } from '../../transport/web-socket-server.ts';
import { describeBan } from '../admission/admission.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ConnectionSession, Operable, ProtocolTable } from './connection-session.ts';
import { type FirstLine, protocolOf, quoteBeginning, type Refused, readChoice } from './first-line.ts';
import { HandlerSwitch } from './handler-switch.ts';
import { Pauses } from './pauses.ts';
import { RawConnection } from './raw-connection.ts';
import type { SessionServices } from './services.ts';

/**
 * One connection's life. Thousands may begin and end at once, so both wait for their turn (`lifecycle`).
 *
 *     accepted ──limiter says no──────────────────────────────► destroyed
 *        │ counted in
 *        ▼
 *     opening ──no first line, or of no protocol── refuse ────► lingering
 *        │ the first line chooses the protocol                    ▲
 *        ▼                                                        │
 *     serving ── leave, drop, throw ──────────────────────────────┤
 *        │ the server shuts down: settle, then leave ─────────────┘
 *        └── fail, abandon, the connection breaks ────────────► destroyed
 *
 * `ConnectionSession` says what each end looks like.
 */
export class Session implements ConnectionSession, ConnectionHandlers {
  connection: Connection;
  input: Input;
  outbox: Outbox | undefined;
  farewell = '';
  operable: Operable | undefined;
  userName: string | undefined;
  protocol: string | undefined;
  refusal: string | undefined;
  /** When the connection came: milliseconds since 1970. */
  readonly sinceMs: number;
  isStopping = false;
  isClosed = false;
  readonly #services: SessionServices;
  #protocols: ProtocolTable;
  readonly id: number;
  readonly #onOver: (session: Session) => void;
  /** Our side is closed: nothing more may be written. */
  #isEnded = false;
  #hasFailed = false;
  /** All requests of the peer are done. */
  #isSettled = false;
  #isReleased = false;
  #address: string | undefined;
  readonly #pauses = new Pauses();
  /** Notified when `isClosed`, `#isSettled` or `#isReleased` becomes true. */
  readonly #changed = new ConditionVariable();
  readonly #events: HandlerSwitch;

  /** `onOver` is called once, at the end of `run`. */
  constructor(
    connection: Connection,
    services: SessionServices,
    protocols: ProtocolTable,
    id: number,
    onOver: (session: Session) => void,
  ) {
    this.connection = connection;
    this.#services = services;
    this.#protocols = protocols;
    this.id = id;
    this.#onOver = onOver;
    this.sinceMs = services.clock.nowMs();
    this.input = new Input(connection, services.inputs);
    this.#events = new HandlerSwitch(this);
    connection.attach(this.#events);
  }

  /** Created at each use: a session logs a line or two in its life, and a child logger is a third of a KiB. */
  get logger(): Logger {
    return this.#services.logger.child({ session: this.id, peer: this.connection.remoteAddress });
  }

  get address(): string {
    this.#address ??= addressGroup(this.connection.remoteAddress);
    return this.#address;
  }

  /** Serves the connection from its first byte to its last. Never rejects. */
  async run(): Promise<void> {
    const { connectionLimiter } = this.#services;
    const answer = connectionLimiter.enter(this.connection);
    if (answer !== 'in') {
      this.refusal = answer;
      this.logger.warn({ reason: answer }, 'connection refused');
      this.connection.destroy();
      return this.#onOver(this);
    }
    try {
      // Memory: a loop, as a protocol that waits for what it carries is a suspended call for each idle connection.
      for (let last: ProtocolTable | undefined; last !== this.#protocols; ) {
        last = this.#protocols;
        await this.#serve(await readChoice(this, this.#services, last));
      }
    } catch (error) {
      this.logger.error({ err: error }, 'session failed');
      this.abandon();
      await this.#linger();
    } finally {
      this.connection.destroy();
      this.input.release();
      connectionLimiter.leave(this.connection);
      this.#becomeSettled();
      this.#onOver(this);
    }
  }

  /** Not `async`: one promise fewer for each idle connection. */
  #serve(first: FirstLine): Promise<void> {
    if (this.isStopping || this.#isEnded) return this.drop();
    if ('raw' in first)
      this.#becomeOver(new RawConnection(this.connection, this.after.bind(this), () => this.onDrain()));
    const choice = protocolOf(first, this.#protocols);
    if ('problem' in choice) return this.#refuseFirstLine(choice);
    const { protocol, serve } = choice;
    this.logger.debug({ protocol: protocol.name }, 'protocol chosen');
    this.protocol = protocol.name;
    const ban = this.#services.admission.banOfAddress(this.connection.remoteAddress);
    if (ban === undefined) return serve(this);
    this.refusal = 'address banned';
    this.logger.info({ reason: this.refusal }, 'connection refused');
    return this.refuse(protocol.banned?.(describeBan(ban)) ?? '');
  }

  /** The limiter knows a connection by its object. There is room for this one, as the one below it leaves first. */
  #becomeOver(connection: Connection): void {
    const { connectionLimiter } = this.#services;
    connectionLimiter.leave(this.connection);
    this.connection = connection;
    connectionLimiter.enter(connection);
  }

  async carry({ connection, below }: Carried): Promise<void> {
    const { carried } = this.#protocols;
    if (carried === undefined || this.isClosed || this.isStopping || this.#isEnded) return this.drop();
    this.outbox?.close();
    this.outbox = undefined;
    this.input.release();
    this.#protocols = carried;
    this.#becomeOver(connection);
    this.input = new Input(connection, this.#services.inputs);
    connection.attach(this);
    this.#events.to = below;
  }

  /** Resolves when everything that the peer asked for is done; `release` then lets the session leave. */
  stop(): Promise<undefined> {
    if (!this.isStopping) {
      this.isStopping = true;
      this.#pauses.end();
      this.input.end();
      if (this.outbox === undefined) this.#becomeSettled();
    }
    return this.#changed.until(() => this.#isSettled);
  }

  release(): void {
    this.#isReleased = true;
    this.#changed.notify();
  }

  /** During a shutdown: marks this session as done, and waits until all others are. */
  async settle(): Promise<void> {
    this.#becomeSettled();
    await this.#changed.until(() => this.#isReleased || this.isClosed);
  }

  async refuse(text: string): Promise<void> {
    if (this.isClosed) return;
    if (!this.#isEnded) this.connection.write(encodeUtf8(text));
    await this.#linger();
  }

  async leave(last?: string): Promise<void> {
    await this.outbox?.finish(last === undefined ? undefined : encodeUtf8(last));
    await this.#linger();
  }

  async drop(): Promise<void> {
    this.outbox?.close();
    await this.#linger();
  }

  /** Takes no further request. A peer that does not read its farewell is destroyed after `lingerMs`. */
  expel(): void {
    this.input.end();
    this.#destroyLater();
  }

  abandon(): void {
    if (this.isClosed || this.#isEnded) return;
    this.input.end();
    this.outbox?.close();
    if (this.farewell !== '') this.connection.write(encodeUtf8(this.farewell));
    this.#end();
  }

  /** Idempotent. */
  fail(what: string, error?: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    if (error !== undefined)
      this.#services.fence.report(what, error, { peer: this.connection.remoteAddress });
    this.abandon();
    this.#destroyLater();
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#services.clock.after(delayMs, () => {
      try {
        action();
      } catch (error) {
        this.fail('a timer of a connection failed', error);
      }
    });
  }

  pause(begin: (resume: () => void) => Timer | undefined): Promise<void> {
    return this.#pauses.pause(begin);
  }

  #end(): void {
    this.#isEnded = true;
    this.connection.end();
  }

  #destroyLater(): Timer {
    return this.#services.clock.after(this.#services.limits.lingerMs, () => this.connection.destroy());
  }

  async #linger(): Promise<void> {
    // From here on a shutdown does not wait for this peer.
    this.#becomeSettled();
    if (this.isClosed) return;
    this.input.end();
    this.input.release();
    this.#end();
    this.connection.resume();
    const timer = this.#destroyLater();
    await this.#changed.until(() => this.isClosed);
    timer.cancel();
  }

  /** Refuses a connection, and says why in the log. One that sent nothing, such as a health check, is no line there. */
  #refuseFirstLine({ problem: reason, bytes }: Refused): Promise<void> {
    this.refusal = reason;
    if (bytes.length > 0) this.logger.info({ reason, line: quoteBeginning(bytes) }, 'first line refused');
    return this.refuse(this.#protocols.refusal);
  }

  #becomeSettled(): void {
    this.#isSettled = true;
    this.#changed.notify();
  }

  onData(chunk: Uint8Array): void {
    this.input.push(chunk);
  }

  onDrain(): void {
    // A raw connection waits for more than the system.
    if (this.connection.unsentBytes > 0) return;
    try {
      this.outbox?.onDrain();
    } catch (error) {
      this.fail('sending failed', error);
    }
  }

  onEnd(): void {
    this.input.finish({ isWhole: !this.connection.isEncrypted });
  }

  onClose(error?: Error): void {
    this.isClosed = true;
    this.#pauses.end();
    const level = error instanceof HandshakeError ? 'info' : 'debug';
    if (error !== undefined) this.logger[level]({ reason: error.message }, 'connection broke');
    this.input.end();
    this.outbox?.close();
    this.#changed.notify();
  }
}
