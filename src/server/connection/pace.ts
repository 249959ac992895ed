import { RateLimit } from '../../scheduling/rate-limit.ts';
import { addressGroup } from '../../transport/address-group.ts';
import type { ConnectionSession } from './connection-session.ts';
import type { ConnectionServices } from './services.ts';
import type { TurnQueue } from './turn-queue.ts';

/** A peer's requests are served for so long, or so many of them, before others get a turn of the event loop. */
const turnMs = 5;
const turnRequests = 64;
/** How often a peer that has to wait is looked at: it may be gone. */
const lookMs = 100;
/** An answer costs a request more for each of so many bytes: a list of thousands is not worth a PING. */
const bytesPerRequest = 4096;
/** What a request costs whoever has not said who they are. */
const strangerFactor = 20;

type Paced = Pick<ConnectionSession, 'connection' | 'input' | 'isClosed' | 'isStopping' | 'after'>;

/**
 * The turns of one connection, and its budget of requests: a token bucket on which all of them draw, refused and
 * malformed ones too. Over it the connection waits, unread. Messages and pieces of files have budgets of their own, and
 * are given back.
 */
export class Pace {
  readonly #session: Paced;
  readonly #turns: TurnQueue;
  readonly #budget: RateLimit;
  #served = 0;
  #beganMs = 0;
  /** This turn was waited for. */
  #hasWaited = false;

  constructor(session: Paced, services: Pick<ConnectionServices, 'clock' | 'limits' | 'turns'>) {
    const { clock, limits, turns } = services;
    this.#session = session;
    this.#turns = turns;
    this.#budget = new RateLimit(clock, limits.requestsPerSecond, limits.requestBurst);
  }

  /** One request more would have to wait. */
  get isSpent(): boolean {
    return this.#budget.delayMs() > 0;
  }

  /** Nothing was there to serve: a new turn begins. */
  rested(): void {
    this.#served = 0;
    this.#hasWaited = false;
  }

  /** Before a request is served. */
  begin(): void {
    if (this.#served++ === 0) this.#beganMs = performance.now();
  }

  /** What was served draws on another budget. */
  giveBack(): void {
    this.#budget.spend(-1);
  }

  /**
   * A request was served, with an answer of so many bytes. Undefined when the next one may be; otherwise resolves when
   * it may.
   */
  end(answerBytes: number, isStranger: boolean): Promise<void> | undefined {
    this.#budget.spend((1 + answerBytes / bytesPerRequest) * (isStranger ? strangerFactor : 1));
    if (this.#budget.delayMs() > 0 && !this.#session.isStopping) return this.#wait();
    if (this.#session.input.length === 0) return undefined;
    // While others wait for their turn one that has just come up may ask for one thing.
    const mayGoOn = this.#hasWaited || !this.#turns.isAwaited;
    const isOver = this.#served >= turnRequests || performance.now() - this.#beganMs >= turnMs;
    return mayGoOn && !isOver ? undefined : this.#yield();
  }

  /** A request needs more than its own: undefined when it may go on, otherwise resolves when it may. */
  charge(requests: number): Promise<void> | undefined {
    this.#budget.spend(requests);
    return this.#budget.delayMs() > 0 && !this.#session.isStopping ? this.#wait() : undefined;
  }

  async #yield(): Promise<void> {
    this.#served = 0;
    await this.#turns.next(addressGroup(this.#session.connection.remoteAddress));
    this.#hasWaited = true;
  }

  async #wait(): Promise<void> {
    this.rested();
    for (let delayMs = this.#budget.delayMs(); delayMs > 0; delayMs = this.#budget.delayMs()) {
      if (this.#session.isClosed || this.#session.isStopping) return;
      await new Promise<void>((resolve) => {
        this.#session.after(Math.ceil(Math.min(delayMs, lookMs)), resolve);
      });
    }
  }
}
