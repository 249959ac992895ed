import type { Connection } from '../../transport/connection.ts';
import type { SessionContext } from './context.ts';
import { Session } from './session.ts';

/** Of `shutdownMs`, how long everybody's last requests may take, and what is left for goodbyes and files at the least. */
const settleMs = 1_000;
const goodbyeMs = 1_000;

/** All sessions of a server, from the first to the last. */
export class Sessions {
  readonly #context: SessionContext;
  readonly #sessions = new Set<Session>();
  readonly #allGone = Promise.withResolvers<void>();
  #nextId = 1;
  #isClosing = false;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  begin(connection: Connection): void {
    const session = new Session(connection, this.#context, this.#nextId++, this.#onOver);
    this.#sessions.add(session);
    void session.run();
    if (this.#isClosing) void session.stop();
  }

  /**
   * Lets uploads finish, while everybody still talks; then what was asked for; then what waits for everybody is sent, and
   * goodbye. Whoever holds that up is left behind: it takes `shutdownMs` at the longest.
   */
  async close(): Promise<void> {
    const { clock, limits, uploads } = this.#context;
    const endMs = clock.monotonicMs() + limits.shutdownMs;
    await this.#atMost(limits.shutdownMs - settleMs - goodbyeMs, uploads.finish());
    this.#isClosing = true;
    this.#context.posts.stop();
    const sessions = [...this.#sessions];
    await this.#atMost(settleMs, Promise.all(sessions.map((session) => session.stop())));
    for (const session of sessions) session.release();
    if (this.#sessions.size === 0) return;
    await this.#atMost(endMs - clock.monotonicMs(), this.#allGone.promise);
    for (const session of this.#sessions) session.connection.destroy();
  }

  /** Tells everybody who is registered that it is over, without waiting for anything. */
  abandon(): void {
    for (const session of this.#sessions) session.abandon();
  }

  async #atMost(ms: number, event: Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = this.#context.clock.after(ms, () => late.resolve());
    await Promise.race([event, late.promise]);
    timer.cancel();
  }

  readonly #onOver = (session: Session): void => {
    this.#sessions.delete(session);
    if (this.#isClosing && this.#sessions.size === 0) this.#allGone.resolve();
  };
}
