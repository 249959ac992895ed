import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { keyOfTerm } from '../src/protocol/terms.ts';
import { FollowIndex } from '../src/server/follow/follow-index.ts';
import { matchedKeys } from '../src/server/follow/match.ts';
import type { Entry } from '../src/server/messages/entry.ts';
import { median, printTable } from './table.ts';

const rounds = 7;
const messagesPerRound = 50_000;
const termsPerUser = 10;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

interface Shape {
  readonly users: number;
  readonly what: string;
  readonly word: (user: number, term: number) => string;
  /** How many follow a word of the message. */
  readonly recipients: number;
}

const ownWord = (user: number, term: number): string => `word-${user}-${term}`;
/** Ten thousand words, each followed by a hundred of the hundred thousand. */
const sharedWord = (user: number, term: number): string => `word-${Math.floor(user / 100)}-${term}`;

const shapes: readonly Shape[] = [
  { users: 100, what: 'each their own', word: ownWord, recipients: 5 },
  { users: 10_000, what: 'each their own', word: ownWord, recipients: 5 },
  { users: 100_000, what: 'each their own', word: ownWord, recipients: 5 },
  { users: 100_000, what: 'a hundred the same', word: sharedWord, recipients: 500 },
];

function index({ users, word }: Shape): { followed: FollowIndex<object>; bytesPerPair: number } {
  // Objects, as in the server; what they take themselves is not the index's.
  const followers = Array.from({ length: users }, (_, user) => ({ user }));
  const followed = new FollowIndex<object>();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (const follower of followers) {
    const id = followed.enter(follower);
    for (let term = 0; term < termsPerUser; term++) followed.add(keyOfTerm(word(follower.user, term)), id);
  }
  collectGarbage();
  const bytes = process.memoryUsage().heapUsed - before;
  return { followed, bytesPerPair: bytes / (users * termsPerUser) };
}

/** Ten words, five of which are followed. */
const entry: Entry = {
  position: 1,
  timeMs: 0,
  sender: 'alice',
  message: {
    kind: 'text',
    text: 'some word-0-0 and word-1-1, word-2-2 (word-3-3) or word-4-4! nothing else',
  },
};

/** Nanoseconds a message. */
function measure({ recipients }: Shape, followed: FollowIndex<object>): number {
  const messages = Math.ceil((messagesPerRound * 5) / recipients);
  const before = process.hrtime.bigint();
  let found = 0;
  for (let i = 0; i < messages; i++) {
    found += followed.holders(matchedKeys(entry, followed)).followers.length;
  }
  const elapsed = Number(process.hrtime.bigint() - before);
  if (found !== recipients * messages) throw new Error(`${found} recipients; the bench is wrong`);
  return elapsed / messages;
}

/** Whether matching depends on how many users follow other words, and what a follow takes of the memory. */
export async function matchBench(): Promise<void> {
  const sides = shapes.map((shape) => ({ shape, ...index(shape), ns: [] as number[] }));
  for (const { shape, followed } of sides) measure(shape, followed);
  for (let round = 0; round < rounds; round++) {
    for (const { shape, followed, ns } of sides) ns.push(measure(shape, followed));
  }
  const base = median(sides[0]?.ns ?? []);
  printTable(
    ['users', 'words', 'follow pairs', 'recipients', 'messages/s', 'ns a message', 'ratio', 'bytes a pair'],
    sides.map(({ shape, ns, bytesPerPair }) => [
      shape.users,
      shape.what,
      shape.users * termsPerUser,
      shape.recipients,
      Math.round(1e9 / median(ns)),
      Math.round(median(ns)),
      (median(ns) / base).toFixed(2),
      Math.round(bytesPerPair),
    ]),
  );
}
