import type { Clock, Timer } from '../../src/scheduling/clock.ts';

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #nowMs = 1_000_000;
  #wallAheadMs = 0;
  #timers: { readonly dueMs: number; readonly action: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs + this.#wallAheadMs;
  }

  /** Somebody sets the clock on the wall: no timer notices. */
  setWall(nowMs: number): void {
    this.#wallAheadMs = nowMs - this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): Timer {
    const timer = { dueMs: this.#nowMs + delayMs, action };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Whether something is due within `byMs`. */
  isAwaitedWithin(byMs: number): boolean {
    return this.#timers.some(({ dueMs }) => dueMs <= this.#nowMs + byMs);
  }

  /** Moves time on and calls nothing, as for a process that is stopped meanwhile. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
  }

  /** Moves time on, calling what falls due on the way, in order. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const [next] = this.#timers.filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.action();
    }
    this.#nowMs = untilMs;
  }
}
