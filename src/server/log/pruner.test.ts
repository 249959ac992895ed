import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import fc from 'fast-check';
import { appendAll, LogRecorder, textDraft } from '../../../tests/support/log-recorder.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { migrate, numberOf } from '../sqlite/migrations.ts';
import { Committer } from './committer.ts';
import { Indexer } from './indexer.ts';
import { Pruner } from './pruner.ts';
import { Reader } from './reader.ts';
import { addDraft, type Cell } from './rows.ts';
import { logSchema } from './schema.ts';
import { openSqliteLog } from './sqlite-log.ts';

/** All parts of a log in one thread, so that a test chooses the order of their steps. */
class Desk {
  readonly database = new DatabaseSync(':memory:');
  readonly committer: Committer;
  readonly reader: Reader;
  indexer: Indexer;
  pruner: Pruner;
  readonly texts: string[] = [];

  constructor() {
    migrate(this.database, logSchema);
    this.committer = new Committer(this.database);
    this.reader = new Reader(this.database);
    this.indexer = new Indexer(this.database);
    this.pruner = new Pruner(this.database, this.indexer);
  }

  /** As a restart: work in progress is lost. */
  restart(): void {
    this.indexer = new Indexer(this.database);
    this.pruner = new Pruner(this.database, this.indexer);
  }

  /** An entry's time is its position. */
  say(text: string): void {
    const cells: Cell[] = [];
    addDraft(cells, textDraft('alice', text, this.texts.push(text)));
    this.committer.commit(cells);
  }

  /** The smallest possible step. */
  index(): void {
    if (this.indexer.indexedThrough < this.committer.head) this.indexer.step(this.committer.head, 0);
  }

  positions(key: string): number[] {
    const spans = [{ key, after: 0, through: Number.POSITIVE_INFINITY }];
    const query = { spans, after: 0, pick: 'oldest' as const, limit: 1000, maxBytes: 1_000_000 };
    const { page, prunedThrough } = this.reader.read(query, this.committer.head);
    assert.equal(prunedThrough, this.pruner.through);
    return page.entries.map(({ position }) => position);
  }

  expected(key: string): number[] {
    const positions = this.texts.flatMap((text, index) => (text.split(' ').includes(key) ? [index + 1] : []));
    return positions.filter((position) => position > this.pruner.through);
  }

  count(table: string): number {
    return numberOf(this.database, `SELECT count(*) FROM ${table}`);
  }
}

const words = ['apple', 'pear', 'fig', 'plum'];

it('answers every query correctly, in whatever order its steps come', () => {
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.subarray(words).map((some) => ({ kind: 'say' as const, text: some.join(' ') })),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('index' as const), times: fc.nat(12) }) },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('prune' as const), times: fc.nat(12), keep: fc.nat(3) }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('read' as const), key: fc.constantFrom(...words) }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const desk = new Desk();
      for (const each of steps) {
        if (each.kind === 'say') desk.say(each.text);
        else if (each.kind === 'index') for (let time = 0; time < each.times; time++) desk.index();
        else if (each.kind === 'restart') desk.restart();
        else if (each.kind === 'read') assert.deepEqual(desk.positions(each.key), desk.expected(each.key));
        else {
          const beforeMs = desk.committer.head + 1 - each.keep;
          for (let time = 0; time < each.times; time++) desk.pruner.step(beforeMs, 0);
        }
      }
      for (const key of words) assert.deepEqual(desk.positions(key), desk.expected(key));
      while (desk.indexer.indexedThrough < desk.committer.head) desk.index();
      while (desk.pruner.step(Number.MAX_SAFE_INTEGER, 0) !== 'done');
      assert.deepEqual(
        ['entries', 'postings', 'keys'].map((table) => desk.count(table)),
        [0, 0, 0],
      );
      assert.equal(new Committer(desk.database).head, desk.texts.length, 'positions continue');
      desk.database.close();
    }),
    { numRuns: 200 },
  );
});

it('finds a key that was dropped and then occurs again', () => {
  const desk = new Desk();
  for (let position = 1; position < 5; position++) {
    desk.say('apple');
    while (desk.indexer.indexedThrough < position) desk.index();
    assert.deepEqual(desk.positions('apple'), [position]);
    desk.pruner.step(position + 1, 1000);
    assert.equal(desk.count('keys'), 0);
  }
});

it('does not drop a key that the indexer is about to post, at any point of its batch', () => {
  for (let steps = 0; steps < 12; steps++) {
    const desk = new Desk();
    desk.say('apple pear');
    while (desk.indexer.indexedThrough < 1) desk.index();
    desk.say('apple pear');
    for (let step = 0; step < steps; step++) desk.index();
    assert.equal(desk.pruner.step(2, 1000), 'done');
    while (desk.indexer.indexedThrough < 2) desk.index();
    for (const key of ['apple', 'pear']) assert.deepEqual(desk.positions(key), [2]);
    assert.equal(desk.count('keys'), 3);
  }
});

it('takes many steps for a long text, which no query finds after the first', () => {
  const desk = new Desk();
  desk.say(Array.from({ length: 500 }, (_, index) => `n${index}`).join(' '));
  desk.say('n7');
  while (desk.indexer.indexedThrough < 2) desk.index();
  let steps = 0;
  while (desk.pruner.step(2, 0) !== 'done') {
    steps++;
    assert.equal(desk.pruner.through, 1);
    assert.deepEqual(desk.positions('n7'), [2]);
    assert.deepEqual(desk.positions('n499'), []);
    assert.equal(desk.positions('*').length, 1);
    if (steps === 250) desk.restart();
  }
  assert.ok(steps > 500);
  assert.deepEqual(
    ['entries', 'postings', 'keys'].map((table) => desk.count(table)),
    [1, 2, 2],
  );
});

it('prunes no entry before it is indexed', () => {
  const desk = new Desk();
  desk.say('apple');
  assert.equal(desk.pruner.step(10, 1000), 'unindexed');
  assert.deepEqual(desk.positions('apple'), [1]);
  desk.index();
  while (desk.indexer.indexedThrough < 1) desk.index();
  assert.equal(desk.pruner.step(10, 1000), 'done');
  assert.deepEqual(desk.positions('apple'), []);
});

it('forgets what a failed step did', () => {
  const desk = new Desk();
  for (const text of ['apple', 'apple pear']) desk.say(text);
  desk.indexer.step(2, 1000);
  desk.database.exec(`CREATE TEMP TRIGGER fail BEFORE DELETE ON entries WHEN old.position = 2
    BEGIN SELECT raise(ABORT, 'no'); END`);
  assert.throws(() => desk.pruner.step(10, 1000), /no/);
  assert.equal(desk.pruner.through, 0);
  assert.deepEqual(desk.positions('apple'), [1, 2]);
  desk.database.exec('DROP TRIGGER fail');
  assert.equal(desk.pruner.step(10, 1000), 'done');
  assert.deepEqual(
    ['entries', 'postings', 'keys'].map((table) => desk.count(table)),
    [0, 0, 0],
  );
});

it('frees space that later entries use', async (test) => {
  const file = join(await temporaryFolder(test), 'log.db');
  const sizes: number[] = [];
  for (let round = 0; round < 4; round++) {
    const recorder = new LogRecorder();
    const log = await openSqliteLog({ file, observer: recorder });
    const drafts = Array.from({ length: 1000 }, (_, index) =>
      textDraft('alice', `r${round}n${index} ${'x'.repeat(500)}`, round),
    );
    await appendAll(log, recorder, drafts);
    await log.prune(round + 1);
    assert.equal(log.prunedThrough, 1000 * (round + 1));
    await log.close();
    sizes.push((await stat(file)).size);
  }
  assert.ok(Math.max(...sizes) < 1.2 * (sizes[0] ?? 0), sizes.join(' '));
});
