import { FairQueue } from '../../scheduling/fair-queue.ts';

/** A queue of logins, in lanes that take turns. It has a bound for each lane and one for all together. */
export class LoginLine {
  readonly #maxWaiting: number;
  readonly #waiting = new FairQueue<() => void>();
  /** The number of waiting logins, by lane. */
  readonly #waitingOf = new Map<string, number>();

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  get size(): number {
    return this.#waiting.size;
  }

  hasRoom(lane: string, maxOfLane: number): boolean {
    return this.size < this.#maxWaiting && (this.#waitingOf.get(lane) ?? 0) < maxOfLane;
  }

  push(lane: string, begin: () => void): void {
    this.#waitingOf.set(lane, (this.#waitingOf.get(lane) ?? 0) + 1);
    this.#waiting.push(lane, 1, () => {
      const left = (this.#waitingOf.get(lane) ?? 1) - 1;
      if (left > 0) this.#waitingOf.set(lane, left);
      else this.#waitingOf.delete(lane);
      begin();
    });
  }

  /** Removes the next login and returns what begins it; call that at once. */
  take(): (() => void) | undefined {
    return this.#waiting.take();
  }
}
