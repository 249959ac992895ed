import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { keyOfTerm } from '../src/protocol/terms.ts';
import { FollowIndex, Holder } from '../src/server/follow/follow-index.ts';
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
    const holder = new Holder(follower);
    for (let term = 0; term < termsPerUser; term++)
      followed.add(keyOfTerm(word(follower.user, term)), holder);
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

const phrasesUnderOneAnchor = 1_000;

interface PhraseShape {
  readonly what: string;
  readonly text: string;
  readonly phrases: readonly string[];
}

/** Each followed by one user. "apple" and "crumble" are the longest words of these phrases. */
const numbered = (words: string): string[] =>
  Array.from({ length: phrasesUnderOneAnchor }, (_, at) => `"${words} ${10_000 + at}"`);
const ten = 'some word-0-0 and word-1-1, apple crumble (word-3-3) or word-4-4! nothing else';
const manyWords = Array.from({ length: 8_000 }, (_, at) => `crumble ${10_000 + at}`).join(' ');

const phraseShapes: readonly PhraseShape[] = [
  { what: 'ten words, no phrases', text: ten, phrases: [] },
  { what: 'ten words, 1,000 phrases of another word', text: ten, phrases: numbered('strudel') },
  { what: 'ten words with the anchor, 1,000 phrases under it', text: ten, phrases: numbered('crumble') },
  { what: 'ten words with anchor and partner of 1,000', text: ten, phrases: numbered('apple crumble') },
  { what: 'ten words that have one phrase', text: ten, phrases: [...numbered('crumble'), '"apple crumble"'] },
  { what: '16,000 words, no phrases', text: manyWords, phrases: [] },
  { what: '16,000 words, 1,000 phrases that they have', text: manyWords, phrases: numbered('crumble') },
  { what: '8,191 times one word, no phrases', text: 'crumble '.repeat(8_191), phrases: [] },
  {
    what: '8,191 times one word, 1,000 phrases under it',
    text: 'crumble '.repeat(8_191),
    phrases: numbered('crumble crumble'),
  },
];

function withPhrases(phrases: readonly string[]): FollowIndex<object> {
  const followed = new FollowIndex<object>();
  for (const words of [['word-0-0'], ['word-1-1'], ['apple'], ['word-3-3'], ['word-4-4']]) {
    const holder = new Holder({});
    for (const word of words) followed.add(keyOfTerm(word), holder);
  }
  for (const phrase of phrases) followed.add(keyOfTerm(phrase), new Holder({}));
  return followed;
}

/** Nanoseconds a message. */
function measureText(text: string, followed: FollowIndex<object>, messages: number): number {
  const said: Entry = { ...entry, message: { kind: 'text', text } };
  const before = process.hrtime.bigint();
  for (let i = 0; i < messages; i++) followed.holders(matchedKeys(said, followed));
  return Number(process.hrtime.bigint() - before) / messages;
}

/** What phrases cost a text: compare each shape with the one without phrases. */
function phraseBench(): void {
  const sides = phraseShapes.map((shape) => ({
    shape,
    followed: withPhrases(shape.phrases),
    messages: shape.text.length > 1_000 ? 8 : 20_000,
    ns: [] as number[],
  }));
  for (let round = 0; round <= rounds; round++) {
    for (const { shape, followed, messages, ns } of sides) {
      const took = measureText(shape.text, followed, messages);
      if (round > 0) ns.push(took);
    }
  }
  let base = 0;
  printTable(
    ['text and phrases', 'microseconds a message', 'ratio'],
    sides.map(({ shape, ns }) => {
      if (shape.phrases.length === 0) base = median(ns);
      return [shape.what, (median(ns) / 1_000).toFixed(1), (median(ns) / base).toFixed(2)];
    }),
  );
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
  phraseBench();
}
