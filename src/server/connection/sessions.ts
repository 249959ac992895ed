import { udpScheme } from '../../transport/address.ts';
import type { Connection } from '../../transport/connection.ts';
import { Tally } from '../counts/tally.ts';
import type { UploadsUnderWay } from '../files/uploads-under-way.ts';
import type { ProtocolTable } from './connection-session.ts';
import type { PostQueue } from './post-queue.ts';
import type { SessionServices } from './services.ts';
import { Session } from './session.ts';

export interface SessionsOptions extends SessionServices {
  readonly protocols: ProtocolTable;
  readonly posts: PostQueue;
  readonly uploads: UploadsUnderWay;
}

/**
 * Parts of `shutdownMs`: at most this long for the last requests, at least this long for goodbyes and outgoing files.
 */
const settleMs = 1_000;
const goodbyeMs = 1_000;

/** What the open sessions are doing now. */
export interface OpenSessions {
  /** By protocol; `none` while the first line has not come. */
  readonly protocols: Tally;
  readonly transports: Tally;
  /** Readers that read from the log because live delivery is too fast for them. */
  readonly lagging: number;
}

/** What carries a connection. TLS is over TCP. */
export type Transport = 'tcp' | 'tls' | 'udp';

/** All sessions of a server. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Set<Session>();
  /** The same options; log lines name the transport. */
  readonly #overUdp: SessionServices;
  readonly #udp = new WeakSet<Session>();
  readonly #allGone = Promise.withResolvers<void>();
  /** Connections that are over, by protocol. */
  readonly ended = new Tally();
  /** Connections that were refused, by reason. */
  readonly refused = new Tally();
  #nextId = 1;
  #isClosing = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#overUdp = { ...options, logger: options.logger.child({ transport: 'udp' }) };
  }

  /** The server is shutting down. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Looks at every session. */
  summary(): OpenSessions {
    const protocols = new Tally();
    const transports = new Tally();
    let lagging = 0;
    for (const session of this.#sessions) {
      const { protocol = 'none', outbox } = session;
      protocols.add(protocol);
      transports.add(this.transportOf(session));
      if (outbox?.isLagging === true) lagging++;
    }
    return { protocols, transports, lagging };
  }

  transportOf(session: Session): Transport {
    if (this.#udp.has(session)) return 'udp';
    return session.connection.isEncrypted ? 'tls' : 'tcp';
  }

  /** `scheme` is that of the address that the connection came to. */
  begin(connection: Connection, scheme: string): void {
    const isUdp = scheme === udpScheme;
    const session = new Session(
      connection,
      isUdp ? this.#overUdp : this.#options,
      this.#options.protocols,
      this.#nextId++,
      this.#onOver,
    );
    if (isUdp) this.#udp.add(session);
    this.#sessions.add(session);
    void session.run();
    if (this.#isClosing) void session.stop();
  }

  /**
   * Shuts down: uploads finish while the chat goes on; then requests finish; then outboxes are sent, and a goodbye. It
   * takes `shutdownMs` at most: slower peers are cut off.
   *
   * From SIGTERM to `DISCONNECT`: `server/main.ts` closes the server; this stops each `Session`; `Peer.settle` ends its
   * conversation as `stopping`; after `release`, the protocol's `goodbye` sends the farewell (`DISCONNECT`).
   */
  async close(): Promise<void> {
    const { clock, limits, uploads } = this.#options;
    const endMs = clock.monotonicMs() + limits.shutdownMs;
    await this.#atMost(limits.shutdownMs - settleMs - goodbyeMs, uploads.finish());
    this.#isClosing = true;
    this.#options.posts.stop();
    const sessions = [...this.#sessions];
    await this.#atMost(settleMs, Promise.all(sessions.map((session) => session.stop())));
    for (const session of sessions) session.release();
    if (this.#sessions.size === 0) return;
    await this.#atMost(endMs - clock.monotonicMs(), this.#allGone.promise);
    for (const session of this.#sessions) session.connection.destroy();
  }

  /** The open connections, the oldest first. */
  get open(): Iterable<Session> {
    return this.#sessions;
  }

  /** Sends every peer its farewell and ends its connection, without waiting for anything. */
  abandon(): void {
    for (const session of this.#sessions) session.abandon();
  }

  async #atMost(ms: number, event: Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(ms, () => late.resolve());
    await Promise.race([event, late.promise]);
    timer.cancel();
  }

  readonly #onOver = (session: Session): void => {
    this.#sessions.delete(session);
    this.ended.add(session.protocol ?? 'none');
    if (session.refusal !== undefined) this.refused.add(session.refusal);
    if (this.#isClosing && this.#sessions.size === 0) this.#allGone.resolve();
  };
}
