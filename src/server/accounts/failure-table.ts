export interface FailureRule {
  /** This many failures within the window start a wait. */
  readonly failures: number;
  readonly windowMs: number;
  readonly firstWaitMs: number;
  /** Each further failure doubles the wait up to this; undefined: after the wait, failures are forgotten. */
  readonly maxWaitMs: number | undefined;
  /** Maximum number of keys. */
  readonly entries: number;
}

interface Entry {
  underWay: number;
  /** Times of the failures while there is no wait. */
  failedMs: number[];
  /** The wait after the last failure; 0 while there is none. */
  waitMs: number;
  untilMs: number;
}

/** Counts failures by key. Times are monotonic milliseconds, passed in. */
export class FailureTable {
  readonly #rule: FailureRule;
  /** Least recently used first: `begin` and `failed` move a key to the end. */
  readonly #entries = new Map<string, Entry>();

  constructor(rule: FailureRule) {
    this.#rule = rule;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Returns how long `key` must wait. */
  waitMs(key: string, nowMs: number): number {
    return Math.max(0, (this.#entries.get(key)?.untilMs ?? 0) - nowMs);
  }

  /** Returns whether another attempt may begin: even if all attempts under way fail, the rule is kept. */
  hasRoom(key: string, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return true;
    this.#forgetOld(entry, nowMs);
    if (entry.waitMs > 0) return entry.underWay === 0;
    return entry.failedMs.length + entry.underWay < this.#rule.failures;
  }

  begin(key: string): void {
    this.#touch(key).underWay++;
  }

  /** An attempt that began has failed. */
  failed(key: string, nowMs: number): void {
    const { failures, firstWaitMs, maxWaitMs } = this.#rule;
    const entry = this.#touch(key);
    entry.underWay = Math.max(0, entry.underWay - 1);
    this.#forgetOld(entry, nowMs);
    if (entry.waitMs > 0) entry.waitMs = Math.min(entry.waitMs * 2, maxWaitMs ?? firstWaitMs);
    else if (entry.failedMs.push(nowMs) >= failures) entry.waitMs = firstWaitMs;
    if (entry.waitMs === 0) return;
    entry.failedMs = [];
    entry.untilMs = nowMs + entry.waitMs;
  }

  /** An attempt that began has succeeded or was withdrawn. */
  end(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.underWay = Math.max(0, entry.underWay - 1);
    this.#dropIfEmpty(key, entry);
  }

  forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.failedMs = [];
    entry.waitMs = 0;
    entry.untilMs = 0;
    this.#dropIfEmpty(key, entry);
  }

  #forgetOld(entry: Entry, nowMs: number): void {
    const { windowMs, maxWaitMs } = this.#rule;
    entry.failedMs = entry.failedMs.filter((failedMs) => nowMs - failedMs < windowMs);
    const quietMs = nowMs - entry.untilMs;
    if (entry.waitMs > 0 && quietMs >= (maxWaitMs === undefined ? 0 : windowMs)) entry.waitMs = 0;
  }

  /** Returns the entry of `key`, created if need be, as the most recently used. */
  #touch(key: string): Entry {
    const entry = this.#entries.get(key) ?? { underWay: 0, failedMs: [], waitMs: 0, untilMs: 0 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > this.#rule.entries) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return entry;
  }

  #dropIfEmpty(key: string, entry: Entry): void {
    if (entry.underWay === 0 && entry.failedMs.length === 0 && entry.waitMs === 0) this.#entries.delete(key);
  }
}
