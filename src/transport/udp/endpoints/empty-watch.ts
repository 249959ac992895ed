import type { Association } from '../association.ts';

/** Ends associations that have had no stream for long: they would only keep others out. */
export class EmptyWatch {
  readonly #mostMs: number;
  /** When each of those without a stream ends; Infinity when it has been told to. */
  readonly #dueMs = new Map<Association, number>();

  constructor(mostMs: number) {
    this.#mostMs = mostMs;
  }

  /** Looks at an association after its poll. Returns when to look again. */
  look(association: Association, nowMs: number): number {
    if (association.streamCount > 0) {
      this.#dueMs.delete(association);
      return Infinity;
    }
    const dueMs = this.#dueMs.get(association) ?? nowMs + this.#mostMs;
    this.#dueMs.set(association, nowMs < dueMs ? dueMs : Infinity);
    if (nowMs < dueMs) return dueMs;
    association.close();
    return nowMs;
  }

  forget(association: Association): void {
    this.#dueMs.delete(association);
  }
}
