import { addressGroup } from '../../address-group.ts';

/** How many associations each address has (an IPv6 /64 counts as one), by the address that they came from first. */
export class AddressCounts {
  readonly #most: (host: string) => number;
  readonly #counts = new Map<string, number>();

  /** `most`: how many `host` may have. */
  constructor(most: (host: string) => number) {
    this.#most = most;
  }

  isFull(host: string): boolean {
    return (this.#counts.get(addressGroup(host)) ?? 0) >= this.#most(host);
  }

  /** Counts one; the caller calls what is returned once, when it is gone. */
  enter(host: string): () => void {
    const group = addressGroup(host);
    this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1);
    return () => {
      const left = (this.#counts.get(group) ?? 0) - 1;
      if (left > 0) this.#counts.set(group, left);
      else this.#counts.delete(group);
    };
  }
}
