import { addressGroup } from '../../address-group.ts';

/**
 * How many HELLOs a second come from each address, in a table that strangers cannot make grow. Two addresses may share a
 * counter; then both are asked for a cookie, or dropped, earlier.
 */
const counters = 4096;

export class HelloRates {
  readonly #seed: number;
  readonly #counts = new Uint16Array(counters);
  #since = -Infinity;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Counts one, and returns how many there were in this second. */
  count(host: string, nowMs: number): number {
    if (nowMs - this.#since >= 1000) {
      this.#counts.fill(0);
      this.#since = nowMs;
    }
    const at = this.#slot(addressGroup(host));
    const count = Math.min(65_535, (this.#counts[at] ?? 0) + 1);
    this.#counts[at] = count;
    return count;
  }

  #slot(group: string): number {
    let hash = this.#seed;
    for (let i = 0; i < group.length; i++) hash = Math.imul(hash ^ group.charCodeAt(i), 0x01000193);
    return (hash ^ (hash >>> 15)) & (counters - 1);
  }
}
