/** Small histories, for tests of the checker: bob reads what amy sends. */
import type { FollowChange, Got, History, Reading, Send, Stored } from './history.ts';

/** A message that was sent at `at` and acknowledged at once, at that position. */
export const send = (at: number, more: Partial<Send> = {}): Send => ({
  ...{ id: `m${at}`, from: 'amy', device: 'amy-0', wire: 'library', terms: ['apple'], beganMs: at * 10 },
  outcome: { kind: 'stored', atMs: at * 10 + 5, position: at },
  ...more,
});

export const stored = ({ id, from, to, outcome, sha256 }: Send): Stored => ({
  ...{ id, from, to, position: outcome?.kind === 'stored' ? (outcome.position ?? 0) : 0 },
  ...(sha256 !== undefined && { sha256 }),
});

export const got = (sent: Send): Got => ({ ...stored(sent), atMs: sent.beganMs + 6 });

export const bobFollows = (term: string): FollowChange => ({
  ...{ user: 'bob', term, isFollow: true, beganMs: -2, endedMs: -1 },
});

/** What bob, who follows apple, was shown from the beginning to the end. */
export const reading = (shown: readonly Send[], more: Partial<Reading> = {}): Reading => ({
  ...{ device: 'bob-0', user: 'bob', wire: 'library', kind: 'live', after: 0, beganMs: 0 },
  ...{ got: shown.map(got), gaps: [], resets: 0, isComplete: true },
  ...more,
});

export const history = (
  sends: readonly Send[],
  readings: readonly Reading[],
  more: Partial<History> = {},
): History => ({
  ...{ sends, readings, follows: [bobFollows('apple')], stored: sends.map(stored), prunedThrough: 0 },
  ...{ faults: [], damage: [], isSettled: true },
  ...more,
});
