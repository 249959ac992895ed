import { RateLimit } from '../../scheduling/rate-limit.ts';
import type { AddressRequests } from './address-requests.ts';
import type { ConnectionSession } from './connection-session.ts';
import type { ConnectionServices } from './services.ts';

/** In one turn of the event loop a peer is served at most this long, and at most this many requests. */
const turnMs = 5;
const turnRequests = 64;
/** This many bytes of an answer cost one more request: a list of thousands costs more than a PING. */
const bytesPerRequest = 4096;
/** A request without a login costs the connection this many. */
const strangerFactor = 20;

type Paced = Pick<
  ConnectionSession,
  'connection' | 'address' | 'input' | 'isClosed' | 'isStopping' | 'pause' | 'after'
>;
type PaceServices = Pick<ConnectionServices, 'clock' | 'limits' | 'turns' | 'requests'>;

/**
 * Rate limit and turns of one connection. Every request, even a refused or malformed one, takes tokens from two token
 * buckets: of its connection and of its address. While one is empty the connection waits and is not read. Messages and
 * pieces of files have budgets of their own, and give their token back.
 */
export class Pace {
  readonly #session: Paced;
  readonly #services: PaceServices;
  readonly #budget: RateLimit;
  #served = 0;
  #beganMs = 0;
  /** The peer has waited for this turn. */
  #hasWaited = false;
  /** Cost of the last request. */
  #lastCost = 1;
  /** The peer has waited for the next request, and its address has paid for it. */
  #isPaid = false;

  constructor(session: Paced, services: PaceServices) {
    const { clock, limits } = services;
    this.#session = session;
    this.#services = services;
    this.#budget = new RateLimit(clock, limits.requestsPerSecond, limits.requestBurst);
  }

  /** Whether another request would have to wait. */
  get isSpent(): boolean {
    return this.#budget.delayMs() > 0 || (!this.#isPaid && this.#ofAddress.isSpent);
  }

  /** Call it when no request is left to serve: a new turn begins. */
  rested(): void {
    this.#served = 0;
    this.#hasWaited = false;
  }

  /** Call it before each request. Returns undefined when it may be served at once; otherwise resolves when it may. */
  begin(): Promise<void> | undefined {
    if (!this.#isPaid && this.#ofAddress.isSpent && !this.#isOver) return this.#waitAndBegin();
    this.#begin();
    return undefined;
  }

  /** Gives back the token of a request that draws on another budget. */
  giveBack(): void {
    this.#budget.spend(-1);
    this.#ofAddress.spend(-1);
  }

  /**
   * Call it after each request, with the bytes of its answer. Returns undefined to go on at once; otherwise resolves
   * when to go on.
   */
  end(answerBytes: number, isStranger: boolean): Promise<void> | undefined {
    const cost = 1 + answerBytes / bytesPerRequest;
    this.#lastCost = cost;
    this.#budget.spend(isStranger ? cost * strangerFactor : cost);
    this.#ofAddress.spend(this.#isPaid ? cost - 1 : cost);
    this.#isPaid = false;
    if (this.#budget.delayMs() > 0 && !this.#isOver) return this.#wait();
    if (this.#session.input.length === 0) return undefined;
    // While others wait, a peer that has not waited gets one request.
    const mayGoOn = this.#hasWaited || !this.#services.turns.isAwaited;
    const isOver = this.#served >= turnRequests || performance.now() - this.#beganMs >= turnMs;
    return mayGoOn && !isOver ? undefined : this.#yield();
  }

  /** Charges a request for `requests` more. Returns undefined to go on at once; otherwise resolves when to go on. */
  charge(requests: number): Promise<void> | undefined {
    this.#budget.spend(requests);
    this.#ofAddress.spend(requests);
    return this.#budget.delayMs() > 0 && !this.#isOver ? this.#wait() : undefined;
  }

  /** Looked up each time, as the table drops addresses that are at rest. */
  get #ofAddress(): AddressRequests {
    const { address, connection } = this.#session;
    return this.#services.requests.of(address, connection.isLoopback);
  }

  /** The peer is gone or the server shuts down: wait for nothing. */
  get #isOver(): boolean {
    return this.#session.isClosed || this.#session.isStopping;
  }

  #begin(): void {
    if (this.#served++ === 0) this.#beganMs = performance.now();
  }

  async #waitAndBegin(): Promise<void> {
    this.rested();
    await this.#session.pause((resume) => {
      this.#ofAddress.queue(this, this.#lastCost, () => {
        this.#isPaid = !this.#isOver;
        resume();
        return this.#isPaid;
      });
      return undefined;
    });
    this.#begin();
  }

  async #yield(): Promise<void> {
    this.#served = 0;
    await this.#services.turns.next(this.#session.address);
    this.#hasWaited = true;
  }

  async #wait(): Promise<void> {
    this.rested();
    while (this.#budget.delayMs() > 0 && !this.#isOver) {
      const delayMs = Math.ceil(this.#budget.delayMs());
      await this.#session.pause((resume) => this.#session.after(delayMs, resume));
    }
  }
}
