import type { UdpStatistics } from '../statistics.ts';
import type { Trace } from '../trace/events.ts';

/**
 * What somebody who wants to see how UDP works looks through, and what they do to it. It can be set until the first
 * association begins, and is for all that are dialed with it.
 */
export class UdpLens {
  /** Takes what happens. */
  trace: Trace | undefined;
  /** The share of datagrams to throw away in each direction, from 0 to below 1. */
  dropShare = 0;
  /** Decides which: gives numbers from 0 to below 1. */
  dropRandom: () => number = Math.random;
  readonly #open = new Set<Counting>();

  /** Of each association that is open. */
  get statistics(): UdpStatistics[] {
    return [...this.#open].flatMap(({ statistics }) => statistics ?? []);
  }

  add(association: Counting): void {
    this.#open.add(association);
  }

  remove(association: Counting): void {
    this.#open.delete(association);
  }
}

interface Counting {
  readonly statistics: UdpStatistics | undefined;
}
