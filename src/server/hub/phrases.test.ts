import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import pino from 'pino';
import { FakeUser } from '../../../tests/support/hub-town.ts';
import { propertyRuns } from '../../../tests/support/property-runs.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { keyOfTerm, wordsOfPhrase } from '../../protocol/terms.ts';
import { wordsOf } from '../../protocol/words.ts';
import type { BusObserver } from '../log/bus.ts';
import type { Log } from '../log/log.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { isCovered } from '../messages/carried.ts';
import type { Entry } from '../messages/entry.ts';
import { Hub } from './hub.ts';

const word = fc.constantFrom('apple', 'Pie', 'fig', '@all', 'c++');
const piece = fc
  .tuple(
    fc.constantFrom('', '', '*', '(“', '_'),
    word,
    fc.constantFrom('', '', '!', ',', '*', '-pie', '/apple', '”)'),
  )
  .map((parts) => parts.join(''));
const text = fc
  .array(fc.oneof({ weight: 6, arbitrary: piece }, fc.constantFrom('-', '…', '')), { maxLength: 7 })
  .map((pieces) => `x ${pieces.join(' ')}`);
const phrase = fc.array(word, { minLength: 2, maxLength: 3 }).map((words) => `"${words.join(' ')}"`);
const term = fc.oneof({ weight: 3, arbitrary: phrase }, word);

const step = fc.oneof(
  fc.record({ kind: fc.constant('follow' as const), term }),
  fc.record({ kind: fc.constant('unfollow' as const), term }),
  fc.record({ kind: fc.constant('begin' as const), terms: fc.array(term, { maxLength: 4 }) }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      texts: fc.array(text, { minLength: 1, maxLength: 6 }),
    }),
  },
  fc.record({ kind: fc.constant('file' as const), terms: fc.array(term, { maxLength: 3 }) }),
);

/** The rule of delivery, written down without an index: each piece by itself. */
function carries({ message }: Entry, term: string): boolean {
  const key = keyOfTerm(term);
  if (message.kind === 'attachment') return message.terms.some((one) => keyOfTerm(one) === key);
  const pieces = message.text.split(/\s+/u).map(wordsOf);
  const words = key.startsWith('"') ? wordsOfPhrase(key) : [key];
  return pieces.some((_, at) => words.every((one, next) => pieces[at + next]?.has(one) === true));
}

/** Both ends of the log, page by page. */
async function read(log: Log, alice: FakeUser, after: number, limit: number): Promise<number[][]> {
  const spans = alice.follows.spans();
  const forwards: number[] = [];
  for (let from = after; from < log.head; ) {
    const page = await log.read({ spans, after: from, pick: 'oldest', limit, maxBytes: 10_000 });
    forwards.push(...page.entries.map(({ position }) => position));
    assert.ok(page.through > from, 'each page goes on');
    from = page.through;
  }
  const backwards: number[] = [];
  for (let rest = spans, isOver = false; !isOver; ) {
    const page = await log.read({ spans: rest, after, pick: 'newest', limit, maxBytes: 10_000 });
    backwards.unshift(...page.entries.map(({ position }) => position));
    isOver = page.after <= after;
    rest = rest.map((span) => ({ ...span, through: Math.min(span.through, page.after) }));
  }
  return [forwards, backwards];
}

/** A user of a hub of its own, on a log that all runs share. */
class Scene {
  readonly hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail });
  readonly alice: FakeUser;
  readonly entries: Entry[] = [];
  readonly terms = new Map<string, string>();
  readonly expected: number[] = [];
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
    this.hub.open(log);
    this.alice = new FakeUser(this.hub, 'alice', { terms: [], devices: [false] });
  }

  async take(next: typeof step extends fc.Arbitrary<infer Step> ? Step : never): Promise<void> {
    const { follows } = this.alice;
    if (next.kind === 'follow' && follows.follow(next.term) === 'followed')
      this.terms.set(keyOfTerm(next.term), next.term);
    else if (next.kind === 'unfollow' && follows.unfollow(next.term) === 'unfollowed')
      this.terms.delete(keyOfTerm(next.term));
    else if (next.kind === 'begin') {
      follows.begin(next.terms);
      this.terms.clear();
      for (const one of next.terms) this.terms.set(keyOfTerm(one), one);
    } else if (next.kind === 'say')
      await this.#post(next.texts.map((said) => ({ kind: 'text', text: said }) as const));
    else if (next.kind === 'file') {
      const file = { id: 'ab'.repeat(16), name: 'x', bytes: 1, sha256: '0f'.repeat(32) };
      await this.#post([{ kind: 'attachment', terms: next.terms, file }]);
    }
  }

  async #post(messages: readonly Entry['message'][]): Promise<void> {
    let from = this.#log.head;
    for (const message of messages) {
      const entry = { position: ++from, timeMs: 0, sender: 'bob', message };
      this.entries.push(entry);
      if ([...this.terms.values(), '@all'].some((one) => carries(entry, one))) this.expected.push(from);
      this.#log.append({ timeMs: 0, sender: 'bob', message });
    }
    while (this.hub.position < from) await new Promise(setImmediate);
  }

  get heard(): number[] {
    return (this.alice.devices[0]?.heard ?? []).map((one) => Number(one.split(' ')[0]));
  }
}

test('what phrases bring live is what the log has for them later, and what a loop over the texts says', async (context) => {
  const file = join(await temporaryFolder(context), 'log.db');
  let hub: Hub | undefined;
  const observer: BusObserver = {
    onCommit: (group) => hub?.onCommit(group),
    onRefuse: () => assert.fail(),
    onFailure: assert.fail,
  };
  // Few entries are not indexed, so that both halves of the reader answer.
  const log = await openSqliteLog({ file, observer, tailEntries: 20 });
  context.after(() => log.close());
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }),
      fc.integer({ min: 1, max: 20 }),
      async (steps, limit) => {
        const scene = new Scene(log);
        hub = scene.hub;
        const before = log.head;
        for (const next of steps) await scene.take(next);
        while (scene.hub.position < log.head) await new Promise(setImmediate);
        await new Promise(setImmediate);
        assert.deepEqual(scene.heard, scene.expected, 'live');
        const [forwards, backwards] = await read(log, scene.alice, before, limit);
        assert.deepEqual(forwards, scene.expected, 'caught up');
        assert.deepEqual(backwards, scene.expected, 'history');
        const spans = scene.alice.follows.spans();
        for (const entry of scene.entries) {
          const isIn = scene.expected.includes(entry.position);
          assert.equal(isCovered(entry, spans), isIn);
          assert.equal(scene.alice.follows.matchedAmong(entry).length > 0, isIn);
        }
      },
    ),
    { numRuns: propertyRuns(25, 160), endOnFailure: true },
  );
});
