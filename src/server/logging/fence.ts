import type { Logger } from 'pino';

/** Maximum number of causes that are counted separately; further ones share one count. */
const maxCauses = 200;

/**
 * A bulkhead: a failure that concerns one peer must not affect the others. Code that calls the encoders, outboxes or
 * posters of many peers catches what one of them throws, reports it here, and goes on with the next. A cause is logged
 * at its 1st, 10th, 100th … occurrence.
 */
export class Fence {
  readonly #logger: Logger;
  readonly #counts = new Map<string, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Reports that `what` failed; `about` names the user or the entry. Never throws. */
  report(what: string, error: unknown, about: Readonly<Record<string, unknown>> = {}): void {
    const reason = error instanceof Error ? error.message : String(error);
    const cause = `${what}: ${reason.slice(0, 200)}`;
    const key = this.#counts.has(cause) || this.#counts.size < maxCauses ? cause : 'other';
    const times = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, times);
    if (/^10*$/.test(String(times))) this.#logger.error({ ...about, times, err: error }, what);
  }
}
