/** Time, passed in wherever it matters so that tests can control it. */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970: for showing and storing, never for measuring. */
  nowMs(): number;
  /** A time that only grows, in milliseconds: for measuring and for rates. */
  monotonicMs(): number;
  /** Calls `action` once after `delayMs`, unless cancelled before. Does not keep the process alive. */
  after(delayMs: number, action: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Node fires longer timers at once, so `after` fires in some 24 days at the latest: a longer wait must check the time. */
const maxDelayMs = 2 ** 31 - 1;

class SystemTimer implements Timer {
  readonly #timeout: ReturnType<typeof setTimeout>;

  constructor(timeout: ReturnType<typeof setTimeout>) {
    this.#timeout = timeout;
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    const timeout = setTimeout(action, Math.min(delayMs, maxDelayMs));
    letEnd(timeout);
    return new SystemTimer(timeout);
  },
};

/** In a browser a timer is a number, and there is no process to keep alive. */
function letEnd(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref();
}
