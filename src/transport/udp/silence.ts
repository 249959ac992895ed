import type { UdpSettings } from './settings.ts';

/** The longest wait for a question, as a share of the idle time-out: the rest is left to repeat it. */
const askWithin = 2 / 3;
/** Questions come up to this share earlier, so that not all who heard the same ask at the same time. */
const spread = 1 / 5;

/**
 * How long the peer has been silent: when to ask whether it is there, and when it is gone. After something was said a
 * question comes soon, then ever more rarely, so that the absence of somebody who vanishes is noticed after about as long
 * as it was quiet before. Times in milliseconds.
 */
export class Silence {
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #idleTimeoutMs: number;
  readonly #refusedMs: number;
  #heardMs: number;
  /** Questions since something was said. */
  #asked = 0;
  #refusedSinceMs = Infinity;

  /** `chance`, from 0 to 1, is another one for each association. */
  constructor(settings: UdpSettings, idleTimeoutMs: number, chance: number, nowMs: number) {
    const { firstKeepAliveMs, keepAliveMs } = settings;
    const share = 1 - spread * chance;
    const longestMs = keepAliveMs === 0 ? Infinity : Math.min(keepAliveMs, idleTimeoutMs * askWithin);
    this.#firstMs = share * firstKeepAliveMs;
    this.#longestMs = share * longestMs;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#refusedMs = settings.refusedMs;
    this.#heardMs = nowMs;
  }

  /** When to ask. */
  get askAtMs(): number {
    if (this.#longestMs === Infinity) return Infinity;
    return this.#heardMs + Math.min(this.#longestMs, this.#firstMs * 2 ** this.#asked);
  }

  /** When the peer counts as gone. */
  get goneAtMs(): number {
    return this.#heardMs + this.#idleTimeoutMs;
  }

  /** A packet of the peer arrived. */
  onHeard(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#refusedSinceMs = Infinity;
  }

  /** A stream carried something, in either direction. */
  onSaid(): void {
    this.#asked = 0;
  }

  onAsked(): void {
    this.#asked++;
  }

  /**
   * The peer's machine says that nobody listens there. Anybody on the way could say so, and a router that starts anew
   * might: returns true when it was said for a while, and nothing came from the peer meanwhile.
   */
  onRefused(nowMs: number): boolean {
    this.#refusedSinceMs = Math.min(this.#refusedSinceMs, nowMs);
    return nowMs - this.#refusedSinceMs >= this.#refusedMs;
  }
}
