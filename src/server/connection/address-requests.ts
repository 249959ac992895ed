import type { Limits } from '../../protocol/limits.ts';
import { AddressTable } from '../../scheduling/address-table.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { FairQueue } from '../../scheduling/fair-queue.ts';
import { RateLimit } from '../../scheduling/rate-limit.ts';

/** Resumes a connection whose request is paid for. Returns false when it is gone: then the request costs nothing. */
type GoOn = () => boolean;

/**
 * The token bucket for the requests of all connections of an address, so that another connection gives no further
 * budget. Connections over this rate limit wait here and share it fairly; however many wait, there is one timer.
 */
export class AddressRequests {
  readonly #clock: Clock;
  readonly #rate: RateLimit;
  /** A lane for each connection. */
  readonly #waiting = new FairQueue<GoOn, object>();
  #isTimerSet = false;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#rate = new RateLimit(clock, perSecond, burst);
  }

  get isAsNew(): boolean {
    return this.#waiting.size === 0 && this.#rate.isFull;
  }

  /** Whether one more request would have to wait. */
  get isSpent(): boolean {
    return this.#waiting.size > 0 || this.#rate.delayMs() > 0;
  }

  spend(requests: number): void {
    this.#rate.spend(requests);
  }

  /** Calls `goOn` when it is the turn of `connection`, whose last request counted for `cost`. */
  queue(connection: object, cost: number, goOn: GoOn): void {
    this.#waiting.push(connection, cost, goOn);
    this.#setTimer();
  }

  #drain(): void {
    this.#isTimerSet = false;
    while (this.#waiting.size > 0 && this.#rate.delayMs() === 0) {
      if (this.#waiting.take()?.() === true) this.#rate.spend();
    }
    if (this.#waiting.size > 0) this.#setTimer();
  }

  #setTimer(): void {
    if (this.#isTimerSet) return;
    this.#isTimerSet = true;
    this.#clock.after(Math.ceil(this.#rate.delayMs()), () => this.#drain());
  }
}

/** Creates the token buckets, one for each address group. */
export function requestsByAddress(clock: Clock, limits: Limits): AddressTable<AddressRequests> {
  const { addressRequestsPerSecond, addressRequestBurst, loopbackFactor } = limits;
  return new AddressTable(
    loopbackFactor,
    (factor) => new AddressRequests(clock, addressRequestsPerSecond * factor, addressRequestBurst * factor),
    (requests) => requests.isAsNew,
  );
}
