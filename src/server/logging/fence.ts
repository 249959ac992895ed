import type { Logger } from 'pino';

/** Causes that are told apart; of any further one only the count is known. */
const maxCauses = 200;

/**
 * A bulkhead between what is done for one peer and everybody else: who calls an encoder, an outbox or a poster of many
 * catches what it throws and reports it here, and goes on with the others. A cause is logged the first time it comes,
 * and after that each time its count has ten times as many.
 */
export class Fence {
  readonly #logger: Logger;
  readonly #counts = new Map<string, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `what` failed, for whom or for which entry `about` tells. Never throws. */
  report(what: string, error: unknown, about: Readonly<Record<string, unknown>> = {}): void {
    const reason = error instanceof Error ? error.message : String(error);
    const cause = `${what}: ${reason.slice(0, 200)}`;
    const key = this.#counts.has(cause) || this.#counts.size < maxCauses ? cause : 'other';
    const times = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, times);
    if (/^10*$/.test(String(times))) this.#logger.error({ ...about, times, err: error }, what);
  }
}
