import { FollowIndex } from '../src/server/follow/follow-index.ts';
import { match } from '../src/server/follow/match.ts';
import type { Entry } from '../src/server/log/entry.ts';
import { keyOfTerm } from '../src/server/log/keys.ts';
import { median, printTable } from './table.ts';

const rounds = 7;
const messagesPerRound = 200_000;
const termsPerUser = 10;

/** Users who follow ten words each, five of whom follow a word of the message. */
function index(users: number): FollowIndex<number> {
  const followed = new FollowIndex<number>();
  for (let user = 0; user < users; user++) {
    for (let term = 0; term < termsPerUser; term++) followed.add(keyOfTerm(`word-${user}-${term}`), user);
  }
  return followed;
}

const entry: Entry = {
  position: 1,
  timeMs: 0,
  sender: 'alice',
  message: { kind: 'text', text: 'some word-0-0 and word-1-1, word-2-2 (word-3-3) or word-4-4!' },
};

/** Nanoseconds a message. */
function measure(followed: FollowIndex<number>): number {
  const before = process.hrtime.bigint();
  let recipients = 0;
  for (let i = 0; i < messagesPerRound; i++) recipients += match(entry, followed).size;
  const elapsed = Number(process.hrtime.bigint() - before);
  if (recipients !== 5 * messagesPerRound) throw new Error(`${recipients} recipients; the bench is wrong`);
  return elapsed / messagesPerRound;
}

/** Whether matching depends on how many users follow other words. */
export async function matchBench(): Promise<void> {
  const sides = [100, 10_000].map((users) => ({ users, followed: index(users), ns: [] as number[] }));
  for (const side of sides) measure(side.followed);
  for (let round = 0; round < rounds; round++) for (const side of sides) side.ns.push(measure(side.followed));
  const base = median(sides[0]?.ns ?? []);
  printTable(
    ['users', 'follow pairs', 'ns a message (median)', 'ratio'],
    sides.map(({ users, ns }) => [
      users,
      users * termsPerUser,
      Math.round(median(ns)),
      (median(ns) / base).toFixed(2),
    ]),
  );
}
