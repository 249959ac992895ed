import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Log, Query } from '../../src/server/log/log.ts';
import type { Draft } from '../../src/server/messages/entry.ts';
import type { KeySpan } from '../../src/server/messages/keys.ts';
import { all, nameKey, privateFrom, privateTo } from '../../src/server/messages/keys.ts';
import { type LogFactory, openLog } from '../support/log-factory.ts';
import { forever, query } from '../support/log-queries.ts';
import {
  appendAll,
  attachmentDraft,
  broadcastDraft,
  LogRecorder,
  privateDraft,
  textDraft,
} from '../support/log-recorder.ts';
import { testAttachments } from './log-attachments.ts';
import { testClosing } from './log-closing.ts';
import { testErasing } from './log-erasing.ts';
import { testPruning } from './log-pruning.ts';
import { testReads } from './log-reads.ts';
import { testRetries } from './log-retries.ts';

/** Proves an implementation of `Log`. `create` is called for each test, and cleans up with it. */
export function testLog(name: string, create: (test: TestContext) => Promise<LogFactory>): void {
  describe(name, () => {
    testAppending(create);
    testMatching(create);
    testAttachments(create);
    testPages(create);
    testClosing(create);
    testReads(create);
    testRetries(create);
    testErasing(create);
    testPruning(create);
  });
}

async function positionsOf(log: Log, asked: Query): Promise<number[]> {
  const page = await log.read(asked);
  return page.entries.map(({ position }) => position);
}

function testAppending(create: (test: TestContext) => Promise<LogFactory>): void {
  it('begins empty, with an epoch', async (test) => {
    const { log } = await openLog(test, create);
    assert.match(log.epoch, /^[0-9a-f]{32}$/);
    assert.equal(log.head, 0);
    assert.equal(log.prunedThrough, 0);
    assert.deepEqual(await log.read(query([forever('*'), forever('apple')])), {
      entries: [],
      after: 0,
      through: 0,
    });
    assert.equal(await log.attachmentBytesSince('alice', 0), 0);
  });

  it('tells of what was appended later, in order, with its ticket', async (test) => {
    const { log, recorder } = await openLog(test, create);
    const drafts = Array.from({ length: 3000 }, (_, index) => textDraft('alice', `message ${index}`, index));
    const tickets = drafts.map((_, index) => index + 7);
    for (const [index, draft] of drafts.entries()) log.append(draft, tickets[index]);
    assert.equal(recorder.groups.length, 0, 'not during the call');
    await recorder.untilAnswered(drafts.length);
    assert.deepEqual(
      recorder.entries,
      drafts.map((draft, index) => ({ position: index + 1, ...draft })),
    );
    assert.ok(recorder.appended.every(({ ticket }, index) => ticket === tickets[index]));
    assert.ok(recorder.groups.every((group) => group.length > 0));
    assert.equal(log.head, drafts.length);
  });

  it('has what it tells of: head and read know the whole group', async (test) => {
    const { log, recorder } = await openLog(test, create);
    const seen: Promise<void>[] = [];
    recorder.onGroup = (group) => {
      const positions = group.map(({ entry }) => entry.position);
      assert.equal(log.head, positions.at(-1));
      const after = (positions[0] ?? 0) - 1;
      seen.push(
        log.read(query([forever('*')], { after, limit: group.length })).then((page) => {
          assert.deepEqual(
            page.entries,
            group.map(({ entry }) => entry),
          );
        }),
      );
      if (group.some(({ entry }) => entry.position % 3 === 0)) log.append(textDraft('bob', 'and more'));
    };
    for (let index = 0; index < 20; index++) {
      log.append(textDraft('alice', `message ${index}`));
      await recorder.untilAnswered(index + 1);
    }
    await Promise.all(seen);
  });

  it('keeps epoch, entries and the run of positions', async (test) => {
    const { log, recorder, open } = await openLog(test, create);
    const before = await appendAll(log, recorder, everyKind);
    const { epoch } = log;
    await log.close();
    const again = new LogRecorder();
    const reopened = await open(again);
    assert.equal(reopened.epoch, epoch);
    assert.equal(reopened.head, before.length);
    const [next] = await appendAll(reopened, again, [textDraft('bob', 'apple')]);
    assert.ok(next !== undefined && next.position > before.length);
    const keys = ['*', privateTo('bob')].map(forever);
    assert.deepEqual((await reopened.read(query(keys))).entries, [...before, next]);
    const apples = [before[0], before[2], before[4]];
    assert.deepEqual((await reopened.read(query([forever('apple')]))).entries, [...apples, next]);
  });

  it('gives texts back as they were', async (test) => {
    const { log, recorder } = await openLog(test, create);
    const texts = [
      '',
      ' ',
      'a\u0000b',
      "'); DROP TABLE entries; --",
      '\ud83c\udf4e\u200d ß',
      '🍎'.repeat(65_535),
    ];
    const entries = await appendAll(
      log,
      recorder,
      texts.map((text) => textDraft('Zoë', text)),
    );
    const page = await log.read(query([forever('*')]));
    assert.deepEqual(page.entries, entries);
    assert.deepEqual(
      page.entries.map(({ message }) => message.kind === 'text' && message.text),
      texts,
    );
  });
}

const everyKind: readonly Draft[] = [
  textDraft('alice', 'Would you like an Apple, @bob?', 1),
  privateDraft('alice', 'bob', 'between us, no apple'),
  attachmentDraft('alice', ['Apple', 'c++', '@bob'], { timeMs: 3 }),
  textDraft('carol', 'nothing @all', 4),
  broadcastDraft('dave', 'an Apple for everybody'),
  attachmentDraft('alice', [], { to: 'bob', timeMs: 6 }),
];

function testMatching(create: (test: TestContext) => Promise<LogFactory>): void {
  it('finds messages by their keys, and private ones by no other key than theirs', async (test) => {
    const { log, recorder } = await openLog(test, create);
    await appendAll(log, recorder, everyKind);
    const expected: readonly [string, readonly number[]][] = [
      ['apple', [1, 3, 5]],
      ['Apple', []],
      ['c++', [3]],
      [nameKey('bob'), [1, 3]],
      [nameKey('alice'), [1, 3]],
      [nameKey('carol'), [4]],
      [nameKey('dave'), [5]],
      [all, [4, 5]],
      ['*', [1, 3, 4, 5]],
      ['us', []],
      [privateTo('bob'), [2, 6]],
      [privateFrom('alice'), [2, 6]],
      [privateTo('alice'), []],
      [privateFrom('bob'), []],
      ["' OR 1 --", []],
    ];
    for (const [key, positions] of expected) {
      assert.deepEqual(await positionsOf(log, query([forever(key)])), positions, JSON.stringify(key));
    }
  });

  it('keeps to the spans: after, through, several of one key, each entry once', async (test) => {
    const { log, recorder } = await openLog(test, create);
    await appendAll(
      log,
      recorder,
      Array.from({ length: 30 }, (_, index) =>
        textDraft('alice', `apple pear ${index % 2 ? 'odd' : 'even'}`),
      ),
    );
    const span = (key: string, after: number, through: number): KeySpan => ({ key, after, through });
    const cases: readonly [readonly KeySpan[], readonly number[]][] = [
      [[], []],
      [[span('apple', 3, 5)], [4, 5]],
      [[span('apple', 5, 5)], []],
      [[span('apple', 28, Number.POSITIVE_INFINITY)], [29, 30]],
      [
        [span('apple', 1, 3), span('apple', 7, 8)],
        [2, 3, 8],
      ],
      [
        [span('apple', 1, 4), span('apple', 2, 5), span('pear', 3, 6), span('*', 3, 5)],
        [2, 3, 4, 5, 6],
      ],
      [
        [span('odd', 10, 16), span('even', 14, 18)],
        [12, 14, 15, 16, 17],
      ],
      [[span('apple', 30, 40), span('apple', 100, 200)], []],
    ];
    for (const [spans, positions] of cases) {
      for (const pick of ['oldest', 'newest'] as const) {
        assert.deepEqual(await positionsOf(log, query(spans, { pick })), positions);
      }
    }
    assert.deepEqual(await positionsOf(log, query([span('apple', 3, 9)], { after: 6 })), [7, 8, 9]);
  });
}

function testPages(create: (test: TestContext) => Promise<LogFactory>): void {
  it('cuts pages at the limit, says how far it looked, and goes on without hole or repeat', async (test) => {
    const { log, recorder } = await openLog(test, create);
    await appendAll(
      log,
      recorder,
      Array.from({ length: 100 }, (_, index) => textDraft('alice', index % 10 === 9 ? 'ten' : 'other')),
    );
    const tens = query([forever('ten')]);
    assert.deepEqual(await positionsOf(log, { ...tens, limit: 3 }), [10, 20, 30]);
    assert.deepEqual(await positionsOf(log, { ...tens, limit: 3, pick: 'newest' }), [80, 90, 100]);
    assert.deepEqual(await positionsOf(log, { ...tens, after: 85, limit: 3, pick: 'newest' }), [90, 100]);
    const cut = await log.read({ ...tens, limit: 3 });
    assert.ok(cut.through >= 30 && cut.through < 40);
    assert.equal((await log.read({ ...tens, limit: 10 })).through, 100, 'the limit cut nothing');
    assert.equal((await log.read({ ...tens, after: 95 })).through, 100);
    assert.equal((await log.read(query([forever('none')]))).through, 100);
    const nothing = await log.read({ ...tens, limit: 0 });
    assert.deepEqual(nothing.entries, []);
    assert.ok(nothing.through < 10);
    const walked: number[] = [];
    for (let after = 0; after < log.head; ) {
      const page = await log.read({ ...tens, after, limit: 3 });
      assert.ok(page.through > after);
      walked.push(...page.entries.map(({ position }) => position));
      after = page.through;
    }
    assert.deepEqual(walked, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it('ends a page with the entry that fills it', async (test) => {
    const { log, recorder } = await openLog(test, create);
    await appendAll(
      log,
      recorder,
      Array.from({ length: 6 }, () => textDraft('alice', 'a '.repeat(50))),
    );
    const asked = query([forever('a')]);
    assert.deepEqual(await positionsOf(log, { ...asked, maxBytes: 1 }), [1]);
    assert.deepEqual(await positionsOf(log, { ...asked, maxBytes: 400 }), [1, 2]);
    assert.deepEqual(await positionsOf(log, { ...asked, maxBytes: 401 }), [1, 2, 3]);
    assert.deepEqual(await positionsOf(log, { ...asked, maxBytes: 401, pick: 'newest' }), [4, 5, 6]);
    const cut = await log.read({ ...asked, maxBytes: 400 });
    assert.equal(cut.through, 2);
  });
}
