import type { Log, Query } from '../../src/server/log/log.ts';

/** A query for all entries that have `key`. */
export const asked = (key: string): Query => ({
  spans: [{ key, after: 0, through: Number.POSITIVE_INFINITY }],
  after: 0,
  pick: 'oldest',
  limit: 5000,
  maxBytes: 10_000_000,
});

/** The positions of all entries that have `key`. */
export async function positionsOf(log: Log, key: string): Promise<number[]> {
  return (await log.read(asked(key))).entries.map(({ position }) => position);
}
