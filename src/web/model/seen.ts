import type { Entry } from '../../client/client.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { addressOf, type Filter, filterOf, isShown } from './filter.ts';

/** What somebody has looked at: a filter, as `addressOf` writes it, and the newest position that it showed. */
export interface Look {
  readonly address: string;
  readonly position: number;
}

const intervalMs = 250;
const maxFilters = 50;

/** What is seen in one tab is seen in all: tells the others, and hears from them. */
export class Seen {
  readonly #tell: (look: Look) => void;
  readonly #clock: Clock;
  /** By address: positions up to which other tabs have shown it. */
  readonly #elsewhere = new Map<string, number>();
  #told: Look | undefined;
  #next: Look | undefined;

  constructor(tell: (look: Look) => void, clock: Clock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  /** Somebody looks at `filter` here, and its newest entry is at `position`. Told soon, however often it is called. */
  looked(filter: Filter, position: number): void {
    const look = { address: addressOf(filter), position };
    const isWaiting = this.#next !== undefined;
    if (!isWaiting && this.#told?.address === look.address && this.#told.position === position) return;
    if (isWaiting && this.#next?.address !== look.address) this.#tellNext();
    this.#next = look;
    if (!isWaiting) this.#clock.after(intervalMs, () => this.#tellNext());
  }

  /** Another tab tells. Returns its filter, and up to where it had told of it before. */
  heard({ address, position }: Look): { readonly filter: Filter; readonly after: number } {
    const after = this.#elsewhere.get(address) ?? -1;
    this.#elsewhere.set(address, Math.max(position, after));
    const [oldest] = this.#elsewhere.keys();
    if (this.#elsewhere.size > maxFilters && oldest !== undefined) this.#elsewhere.delete(oldest);
    return { filter: filterOf(address.slice(1)), after };
  }

  /** Whether another tab has shown `entry` to somebody before it came here. */
  covers(entry: Entry): boolean {
    const at = entry.position ?? Number.POSITIVE_INFINITY;
    return [...this.#elsewhere].some(
      ([address, position]) => at <= position && isShown(filterOf(address.slice(1)), entry),
    );
  }

  #tellNext(): void {
    if (this.#next === undefined) return;
    this.#told = this.#next;
    this.#next = undefined;
    this.#tell(this.#told);
  }
}
