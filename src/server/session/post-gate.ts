import type { Clock } from '../../clock.ts';
import type { Limits } from '../../protocol/limits.ts';
import { Condition } from '../condition.ts';
import { RateLimit } from './rate-limit.ts';

/**
 * Where a session's messages pass on their way to the hub: no faster than its user may send, and no more on the
 * way to the disk at once than a bound. Over either, the session reads no further request for a while, so its
 * peer feels it and nobody else does.
 */
export class PostGate {
  readonly #limits: Limits;
  readonly #rate: RateLimit;
  readonly #left = new Condition();
  #messages = 0;
  #bytes = 0;

  /** `messageRate` in messages a second; 0 is no limit. */
  constructor(clock: Clock, limits: Limits, messageRate: number) {
    this.#limits = limits;
    this.#rate = new RateLimit(clock, messageRate, limits.messageBurst);
  }

  /** Milliseconds until one message more is within the user's rate; 0 when it is now. */
  delayMs(): number {
    return this.#rate.delayMs();
  }

  /** A message of `bytes` goes to the hub; `leave` when it is safe or refused. */
  enter(bytes: number): void {
    this.#rate.spend();
    this.#messages++;
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#messages--;
    this.#bytes -= bytes;
    this.#left.changed();
  }

  /** Undefined when another message may come; otherwise resolves when one may. */
  room(): Promise<undefined> | undefined {
    const hasRoom = (): boolean =>
      this.#messages < this.#limits.inFlightMessages && this.#bytes < this.#limits.inFlightBytes;
    return hasRoom() ? undefined : this.#left.until(hasRoom);
  }

  /** Resolves when nothing is on its way. */
  async empty(): Promise<void> {
    await this.#left.until(() => this.#messages === 0);
  }
}
