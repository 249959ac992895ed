import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import fc from 'fast-check';
import { textDraft } from '../../../tests/support/log-recorder.ts';
import { keysOf } from '../messages/keys.ts';
import { migrate, numberOf } from '../sqlite/migrations.ts';
import { Committer } from './committer.ts';
import { Indexer } from './indexer.ts';
import { positionsIn } from './postings.ts';
import { addDraft, type Cell, storedOf } from './rows.ts';
import { logSchema } from './schema.ts';

function logWith(texts: readonly string[]): { readonly database: DatabaseSync; readonly head: number } {
  const database = new DatabaseSync(':memory:');
  migrate(database, logSchema);
  const committer = new Committer(database);
  const cells: Cell[] = [];
  for (const text of texts) addDraft(cells, textDraft('alice', text));
  committer.commit(cells);
  return { database, head: committer.head };
}

function postings(database: DatabaseSync): Map<string, number[]> {
  const found = new Map<string, number[]>();
  const rows = database.prepare(
    'SELECT key, last, gaps FROM postings JOIN keys ON id = key_id ORDER BY key, last',
  );
  for (const { key, last, gaps } of rows.iterate()) {
    assert.ok(gaps instanceof Uint8Array);
    const positions = positionsIn({ last: Number(last), gaps }).reverse();
    found.set(String(key), [...(found.get(String(key)) ?? []), ...positions]);
  }
  return found;
}

it('posts every key of every entry, whatever the length of its steps', () => {
  const texts = ['apple pear', 'Pear!', '', 'apple', 'fig'];
  const expected = new Map([
    ['@alice', [1, 2, 3, 4, 5]],
    ['apple', [1, 4]],
    ['fig', [5]],
    ['pear', [1, 2]],
    ['pear!', [2]],
  ]);
  for (const stepMs of [1000, 0.001]) {
    const { database, head } = logWith(texts);
    const indexer = new Indexer(database);
    let steps = 0;
    while (indexer.indexedThrough < head) {
      indexer.step(head, stepMs);
      steps++;
      assert.equal(numberOf(database, 'SELECT indexed_through FROM meta'), indexer.indexedThrough);
      assert.equal(
        numberOf(database, 'SELECT key_count FROM meta'),
        numberOf(database, 'SELECT count(*) FROM keys'),
      );
    }
    assert.ok(stepMs < 1 ? steps > 1 : steps === 1);
    assert.deepEqual(postings(database), expected);
  }
});

it('continues where a stop interrupted it, in the middle of a batch', () => {
  const { database, head } = logWith(Array.from({ length: 50 }, (_, index) => `apple n${index}`));
  const stopped = new Indexer(database);
  const count = 'SELECT count(*) FROM postings';
  while (numberOf(database, count) === 0) stopped.step(head, 0.000_001);
  assert.ok(numberOf(database, count) < 52, 'in the middle');
  assert.equal(stopped.indexedThrough, 0);
  const indexer = new Indexer(database);
  while (indexer.indexedThrough < head) indexer.step(head, 1);
  assert.equal([...postings(database).values()].flat().length, 150);
  assert.equal(numberOf(database, 'SELECT count(DISTINCT id) FROM keys'), 52);
});

it('forgets what a failed step did', () => {
  const { database, head } = logWith(['apple pear', 'fig']);
  const indexer = new Indexer(database);
  database.exec(`CREATE TEMP TRIGGER fail BEFORE INSERT ON postings WHEN new.last = 2
    BEGIN SELECT raise(ABORT, 'no'); END`);
  assert.throws(() => indexer.step(head, 1000), /no/);
  assert.equal(indexer.indexedThrough, 0);
  assert.equal(numberOf(database, 'SELECT count(*) FROM keys'), 0);
  database.exec('DROP TRIGGER fail');
  indexer.step(head, 1000);
  assert.equal(indexer.indexedThrough, head);
  assert.equal(numberOf(database, 'SELECT count(DISTINCT id) FROM keys'), 4);
});

it('writes the same index whatever of the entries it holds, and whatever failed meanwhile', () => {
  const step = fc.record({
    texts: fc.array(fc.constantFrom('apple', 'Pear! fig', 'fig-tree', 'repeated', ''), {
      minLength: 1,
      maxLength: 40,
    }),
    holding: fc.constantFrom('hold', 'hold', 'letGo'),
    indexing: fc.constantFrom('no', 'a bit', 'all', 'fail'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const { database } = logWith([]);
      const committer = new Committer(database);
      const indexer = new Indexer(database);
      const expected = new Map<string, number[]>();
      for (const { texts, holding, indexing } of steps) {
        const cells: Cell[] = [];
        for (const text of texts) {
          const draft = textDraft('alice', text);
          addDraft(cells, text === 'repeated' ? { ...draft, retryId: 'the same' } : draft);
        }
        const { first, repeats } = committer.commit(cells);
        if (holding === 'hold') indexer.hold(storedOf(cells, first, repeats));
        else indexer.letGo();
        for (const [at, text] of texts.filter((_, index) => !repeats.has(index)).entries()) {
          for (const key of keysOf('alice', { kind: 'text', text }))
            expected.set(key, [...(expected.get(key) ?? []), first + at]);
        }
        if (indexing === 'fail' && indexer.indexedThrough < committer.head) {
          database.exec(`CREATE TEMP TRIGGER fail BEFORE INSERT ON postings
            BEGIN SELECT raise(ABORT, 'no'); END`);
          assert.throws(() => indexer.step(committer.head, 1000), /no/);
          database.exec('DROP TRIGGER fail');
        } else if (indexing !== 'no') indexer.step(committer.head, indexing === 'all' ? 1000 : 0.000_001);
      }
      while (indexer.indexedThrough < committer.head) indexer.step(committer.head, 1000);
      assert.deepEqual(new Map([...postings(database)].sort()), new Map([...expected].sort()));
      database.close();
    }),
    { numRuns: 60 },
  );
});

it('takes more keys than it knows numbers of', () => {
  const { database, head } = logWith(Array.from({ length: 9000 }, (_, n) => `a${n} b${n} c${n} d${n}`));
  const indexer = new Indexer(database);
  indexer.step(head, 60_000);
  const more = new Committer(database);
  const cells: Cell[] = [];
  for (let n = 0; n < 9000; n++) addDraft(cells, textDraft('alice', `a${n} e${n} f${n} g${n}`));
  more.commit(cells);
  indexer.step(more.head, 60_000);
  more.commit(cells);
  indexer.step(more.head, 60_000);
  assert.deepEqual(postings(database).get('a7'), [8, 9008, 18_008]);
  assert.equal(numberOf(database, 'SELECT count(DISTINCT id) FROM keys'), 1 + 7 * 9000);
});

it('indexes again what an earlier version had indexed in its way; positions continue', () => {
  for (const [earlier, posting] of [
    [4, 'INSERT INTO postings VALUES (1, 1)'],
    [5, "INSERT INTO postings VALUES (1, 1, x'')"],
  ] as const) {
    const database = new DatabaseSync(':memory:');
    migrate(database, { ...logSchema, steps: logSchema.steps.slice(0, earlier) });
    const cells: Cell[] = [];
    for (const text of ['*apple*', 'pear']) addDraft(cells, textDraft('alice', text));
    new Committer(database).commit(cells);
    database.exec(`${posting}; INSERT INTO keys VALUES ('*apple*', 1)`);
    database.exec('UPDATE meta SET indexed_through = 2, key_count = 1');
    migrate(database, logSchema);
    assert.equal(new Committer(database).head, 2);
    const indexer = new Indexer(database);
    assert.equal(indexer.indexedThrough, 0);
    indexer.step(2, 1000);
    assert.deepEqual(postings(database).get('pear'), [2]);
    assert.deepEqual(postings(database).get('apple'), [1]);
    assert.deepEqual(postings(database).get('*apple*'), [1]);
  }
});
