import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { wordsOf } from '../../src/protocol/words.ts';
import type { Log, Page, Query } from '../../src/server/log/log.ts';
import type { Draft, Entry, Message } from '../../src/server/messages/entry.ts';
import type { KeySpan } from '../../src/server/messages/keys.ts';
import { keysOf, privateFrom, privateTo } from '../../src/server/messages/keys.ts';
import { type LogFactory, openLog } from '../support/log-factory.ts';
import { LogRecorder } from '../support/log-recorder.ts';
import { propertyRuns } from '../support/property-runs.ts';

/** Random appends and reads, the reads racing the commits, against a model that looks at every entry. */
export function testReads(create: (test: TestContext) => Promise<LogFactory>): void {
  it('answers every query as looking at every entry would', async (test) => {
    const opened = await openLog(test, create);
    let { log, recorder } = opened;
    let kept: Entry[] = [];
    const property = fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.nat(7), async (steps, chance) => {
      if (chance === 0) {
        kept = [...kept, ...recorder.entries];
        await log.close();
        recorder = new LogRecorder();
        log = await opened.open(recorder);
        assert.equal(log.head, kept.length);
      }
      const reads: Read[] = [];
      let appended = recorder.entries.length;
      for (const { drafts, asks, isAwaited } of steps) {
        for (const draft of drafts) log.append(draft, undefined);
        appended += drafts.length;
        for (const ask of asks) reads.push(begin(log, ask));
        if (isAwaited) await recorder.untilAnswered(appended);
      }
      await recorder.untilAnswered(appended);
      const entries = [...kept, ...recorder.entries];
      for (const read of reads) check(entries, read, await read.page);
    });
    // Not shrunk: the log keeps what earlier runs appended, so a shorter run would not be the same case.
    await fc.assert(property, { numRuns: propertyRuns(20, 100), endOnFailure: true });
    assert.deepEqual(recorder.failures, []);
  });
}

/** Plain objects: those of fast-check have no prototype by default, and deepEqual tells them apart. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });

const names = fc.constantFrom('alice', 'Bob', 'carol');
const words = fc.constantFrom('apple', 'Pear,', '"fig"', 'C++', '@Bob', '@all', 'ß', 'plum?!', 'x\u0000y');
const phrases = fc.constantFrom('"apple pear"', '"Apple  PEAR"', '"pear none"');
const texts = fc.array(words, { maxLength: 6 }).map((parts) => parts.join(' '));
const keys = fc.constantFrom(
  ...['apple', 'pear', 'fig', 'c++', '@Bob', '@alice', '@all', 'ss', 'plum', 'none', '*', '*'],
  ...[privateTo('alice'), privateTo('Bob'), privateFrom('Bob')],
  ...['"apple pear"', '"pear apple"', '"apple apple"', '"fig @Bob c++"', '"pear none"'],
);

const files = record({
  id: fc.constant('ab'.repeat(16)),
  name: fc.string(),
  bytes: fc.nat(),
  sha256: fc.constant('0f'.repeat(32)),
});
const messages: fc.Arbitrary<Message> = fc.oneof(
  { weight: 4, arbitrary: record({ kind: fc.constant('text' as const), text: texts }) },
  record({ kind: fc.constant('broadcast' as const), text: texts }),
  record({ kind: fc.constant('private' as const), to: names, text: texts }),
  record({
    kind: fc.constant('attachment' as const),
    terms: fc.array(fc.oneof(words, phrases), { maxLength: 3 }),
    file: files,
  }),
  record({
    kind: fc.constant('attachment' as const),
    terms: fc.constant([]),
    to: names,
    file: files,
  }),
);
const draft: fc.Arbitrary<Draft> = record({ timeMs: fc.nat(), sender: names, message: messages });

/** A query whose positions are counted back from the head of the moment it is asked. */
interface Ask {
  readonly spans: readonly { readonly key: string; readonly from: number; readonly length: number }[];
  readonly from: number;
  readonly pick: 'oldest' | 'newest';
  readonly limit: number;
  readonly maxBytes: number;
}

const distance = fc.integer({ min: -3, max: 60 });
const ask: fc.Arbitrary<Ask> = record({
  spans: fc.array(
    record({
      key: keys,
      from: distance,
      length: fc.oneof(fc.nat(40), fc.constant(Number.POSITIVE_INFINITY)),
    }),
    { maxLength: 8 },
  ),
  from: fc.oneof(distance, fc.constant(1_000_000)),
  pick: fc.constantFrom('oldest', 'newest'),
  limit: fc.oneof(fc.nat(5), fc.constant(1000)),
  maxBytes: fc.oneof(fc.nat(200), fc.constant(1_000_000)),
});

const step = record({
  drafts: fc.array(draft, { maxLength: 12 }),
  asks: fc.array(ask, { maxLength: 3 }),
  isAwaited: fc.boolean(),
});

interface Read {
  readonly query: Query;
  /** The head of the moment it was asked. */
  readonly head: number;
  readonly page: Promise<Page>;
}

function begin(log: Log, { spans, from, ...rest }: Ask): Read {
  const { head } = log;
  const query: Query = {
    ...rest,
    after: Math.max(0, head - from),
    spans: spans.map((span) => {
      const after = Math.max(0, head - span.from);
      return { key: span.key, after, through: after + span.length };
    }),
  };
  return { query, head, page: log.read(query) };
}

function check(entries: readonly Entry[], { query, head }: Read, page: Page): void {
  const matching = entries.filter((entry) => entry.position > query.after && covers(query.spans, entry));
  const last = page.entries.at(-1);
  const weights = page.entries.map(({ message }) => weightOf(message));
  // The bytes may be passed by one entry: the last one taken.
  const taken = query.pick === 'oldest' ? weights.slice(0, -1) : weights.slice(1);
  assert.ok(page.entries.length <= query.limit);
  assert.ok(taken.length === 0 || sum(taken) < query.maxBytes);
  const isCut = page.entries.length >= query.limit || sum(weights) >= query.maxBytes;
  if (query.pick === 'newest') {
    const looked = matching.filter(({ position }) => position <= Math.max(head, last?.position ?? 0));
    const newest = looked.slice(looked.length - page.entries.length);
    assert.deepEqual(page.entries, newest);
    const claimed = looked.filter(({ position }) => position > page.after);
    assert.equal(claimed.length, page.entries.length, 'after claims what was given');
    if (!isCut) assert.equal(page.after, query.after, 'nothing cut the page, so it reaches the beginning');
    return;
  }
  assert.deepEqual(page.entries, matching.slice(0, page.entries.length));
  const claimed = matching.filter(({ position }) => position <= page.through);
  assert.ok(claimed.length <= page.entries.length, 'through claims no more than was given');
  assert.ok(page.through >= (last?.position ?? 0));
  if (!isCut) assert.ok(page.through >= head, 'nothing cut the page, so it reaches the head');
}

function covers(spans: readonly KeySpan[], { position, sender, message }: Entry): boolean {
  const carried = keysOf(sender, message);
  const pieces = hasPhrases(message) ? message.text.split(/\s+/u).map(wordsOf) : [];
  return spans.some(({ key, after, through }) => {
    const words = key.slice(1, -1).split(' ');
    const isSaid =
      words.length > 1 &&
      pieces.some((_, at) => words.every((word, next) => pieces[at + next]?.has(word) === true));
    const isCarried = key === '*' ? !('to' in message) : isSaid || carried.has(key);
    return isCarried && position > after && position <= through;
  });
}

function hasPhrases(message: Message): message is Message & { readonly kind: 'text' | 'broadcast' } {
  return message.kind === 'text' || message.kind === 'broadcast';
}

function weightOf(message: Message): number {
  if (message.kind !== 'attachment') return 2 * message.text.length;
  return 2 * [message.file.name, ...message.terms].join('').length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
