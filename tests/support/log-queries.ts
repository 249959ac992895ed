import type { Query } from '../../src/server/log/log.ts';
import type { KeySpan } from '../../src/server/messages/keys.ts';

/** The key is held all the time. */
export const forever = (key: string): KeySpan => ({ key, after: 0, through: Number.POSITIVE_INFINITY });

/** For what was held so, the oldest first and all on one page, if nothing else is said. */
export const query = (spans: readonly KeySpan[], rest: Partial<Query> = {}): Query => ({
  spans,
  after: 0,
  pick: 'oldest',
  limit: 1000,
  maxBytes: 1_000_000,
  ...rest,
});
