import type { Clock, Timer } from '../../scheduling/clock.ts';

/** After this time without a request the client sends PING: a server ends connections that are silent for long. */
const pingMs = 45_000;
/** A server from which nothing comes for so long is gone. */
const silenceMs = 90_000;
/**
 * A connection on which nothing moves for `answerMs` while a request is unanswered is in doubt, and dead after another
 * `doubtMs`. It takes two steps so that a process that was itself stopped gives the server time before it judges. No
 * PING is sent: requests are answered in order, so its answer could only come after the one that is missing.
 */
const answerMs = 10_000;
const doubtMs = 20_000;

export interface LivenessOptions {
  readonly clock: Clock;
  /** When the oldest unanswered request was sent; undefined when all are answered. */
  oldestAskedMs(): number | undefined;
  ping(): void;
  onDead(): void;
}

/** Keeps a connection alive, and notices when it is dead: its server was killed, froze, or cannot be reached. */
export class Liveness {
  readonly #options: LivenessOptions;
  #lastAskedMs: number;
  #lastHeardMs: number;
  /** When the connection last showed life: it was heard, took bytes, or waited for this client. */
  #lastAliveMs: number;
  /** Since when the connection is in doubt. */
  #doubtedMs: number | undefined;
  /** Whether the connection is not read, because a handler is not done. */
  #isBusy = false;
  #pingTimer: Timer | undefined;
  #answerTimer: Timer | undefined;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#lastAskedMs = options.clock.monotonicMs();
    this.#lastHeardMs = this.#lastAskedMs;
    this.#lastAliveMs = this.#lastAskedMs;
  }

  start(): void {
    this.#watchSilence();
  }

  stop(): void {
    this.#pingTimer?.cancel();
    this.#answerTimer?.cancel();
  }

  /** A request was sent; DATA does not count, as it gets no response. */
  onAsked(): void {
    this.#lastAskedMs = this.#nowMs;
    if (this.#answerTimer === undefined) this.#watchAnswer();
  }

  onHeard(): void {
    this.#lastHeardMs = this.#nowMs;
    this.#lastAliveMs = this.#lastHeardMs;
  }

  /** The connection took bytes that waited. */
  onDrain(): void {
    this.#lastAliveMs = this.#nowMs;
  }

  /** Waits for a handler, during which the connection is not read. */
  async whileBusy(handled: Promise<void>): Promise<void> {
    this.#isBusy = true;
    try {
      await handled;
    } finally {
      this.#isBusy = false;
      this.#lastAliveMs = this.#nowMs;
    }
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  #watchSilence(): void {
    const nowMs = this.#nowMs;
    if (nowMs - this.#lastHeardMs >= silenceMs) {
      this.#options.onDead();
      return;
    }
    if (nowMs - this.#lastAskedMs >= pingMs) this.#options.ping();
    const dueMs = Math.min(this.#lastAskedMs + pingMs, this.#lastHeardMs + silenceMs);
    this.#pingTimer = this.#options.clock.after(dueMs - nowMs, () => this.#watchSilence());
  }

  #watchAnswer(): void {
    this.#answerTimer = undefined;
    const oldestMs = this.#options.oldestAskedMs();
    if (oldestMs === undefined) return;
    const nowMs = this.#nowMs;
    if (this.#isBusy) this.#lastAliveMs = nowMs;
    const sinceMs = Math.max(oldestMs, this.#lastAliveMs);
    if (this.#doubtedMs !== undefined && sinceMs >= this.#doubtedMs) this.#doubtedMs = undefined;
    if (this.#doubtedMs === undefined && nowMs - sinceMs >= answerMs) this.#doubtedMs = nowMs;
    const dueMs = this.#doubtedMs === undefined ? sinceMs + answerMs : this.#doubtedMs + doubtMs;
    if (nowMs >= dueMs) this.#options.onDead();
    else this.#answerTimer = this.#options.clock.after(dueMs - nowMs, () => this.#watchAnswer());
  }
}
