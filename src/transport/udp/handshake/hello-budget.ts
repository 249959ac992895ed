import type { UdpSettings } from '../settings.ts';
import { claimsCookie } from './messages.ts';

/**
 * How many HELLOs a second are looked at, of all addresses: somebody who sends very many, each from another address, gets
 * no more of the processor than this, and those who are online hardly wait. Those beyond it are dropped before anything is
 * read of them but two bytes. HELLOs with a cookie have a share of their own, so that somebody new needs luck only once;
 * whether the cookie is true is not known yet, so a flood can fill this share as well.
 */
export class HelloBudget {
  readonly #perMs: number;
  readonly #most: number;
  readonly #left: [number, number];
  #atMs: number;

  constructor({ hellosInAll, hellosAtOnce }: UdpSettings, nowMs: number) {
    this.#perMs = hellosInAll / 1000;
    this.#most = hellosAtOnce;
    this.#left = [hellosAtOnce, hellosAtOnce];
    this.#atMs = nowMs;
  }

  /** Whether this one is looked at; it counts if so. */
  allows(hello: Uint8Array, nowMs: number): boolean {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = Math.max(this.#atMs, nowMs);
    const left = this.#left;
    left[0] = Math.min(this.#most, left[0] + passedMs * this.#perMs);
    left[1] = Math.min(this.#most, left[1] + passedMs * this.#perMs);
    const kind = claimsCookie(hello) ? 1 : 0;
    if (left[kind] < 1) return false;
    left[kind]--;
    return true;
  }
}
