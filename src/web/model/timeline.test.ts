import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChatMessage } from '../../client/client.ts';
import { addressOf, filterOf, searchOf } from './filter.ts';
import { Timeline } from './timeline.ts';
import { Unread } from './unread.ts';

const dayMs = 86_400_000;
const said = (position: number, more: Partial<ChatMessage> = {}): ChatMessage => ({
  ...{ kind: 'message', position, from: 'bob', to: undefined, timeMs: position * 60_000, matched: [] },
  ...{ isReplay: false, isOwn: false, text: `line ${position}`, ...more },
});
const utc = () => 0;
const rowsOf = (timeline: Timeline) =>
  timeline.rows.map((row) => (row.kind === 'entry' ? row.entry.position : row.kind));

test('each entry stands there once, in the order of positions, whichever way it came', () => {
  const pages = fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }), { maxLength: 12 });
  fc.assert(
    fc.property(pages, (all) => {
      const timeline = new Timeline({ kind: 'all' }, utc);
      for (const [n, page] of all.entries()) {
        if (n % 2 === 0) for (const position of page) timeline.add(said(position));
        else timeline.addAll(page.map((position) => said(position)));
      }
      const expected = [...new Set(all.flat())].sort((a, b) => a - b);
      assert.deepEqual(
        timeline.entries.map(({ position }) => position),
        expected,
      );
      // The rows that grew are those that would be made anew.
      const grown = rowsOf(timeline);
      timeline.rebuild();
      assert.deepEqual(rowsOf(timeline), grown);
    }),
  );
});

test('has a line for each day, and one where the user was away', () => {
  const timeline = new Timeline({ kind: 'all' }, utc);
  timeline.awayAt = 2;
  for (const position of [1, 2, 3]) timeline.add(said(position));
  timeline.add(said(4, { timeMs: dayMs }));
  timeline.note('noted', dayMs);
  assert.deepEqual(rowsOf(timeline), ['day', 1, 2, 'away', 3, 'day', 4, 'note']);
});

test('has no line where the user was away when they missed nothing', () => {
  for (const missed of [false, true]) {
    const timeline = new Timeline({ kind: 'all' }, utc);
    timeline.awayAt = 1;
    timeline.add(said(1));
    if (missed) timeline.add(said(2));
    timeline.endAway();
    timeline.add(said(3));
    assert.deepEqual(rowsOf(timeline), missed ? ['day', 1, 'away', 2, 3] : ['day', 1, 3]);
  }
});

test('shows what its filter shows, and leaves out what is hidden for now', () => {
  const timeline = new Timeline(filterOf('?term=apple'), utc);
  timeline.add(said(1, { text: 'an apple' }));
  timeline.add(said(2, { text: 'a pineapple' }));
  timeline.add(said(3, { text: 'x', matched: ['Apple'] }));
  timeline.add(said(4, { text: 'an apple', to: 'alice' }));
  assert.deepEqual(rowsOf(timeline), ['day', 1, 3]);
  timeline.isHidden = ({ position }) => position === 3;
  timeline.rebuild();
  assert.deepEqual(rowsOf(timeline), ['day', 1]);
  const alone = new Timeline(filterOf('?with=bob'), utc);
  alone.add(said(5));
  alone.add(said(6, { to: 'alice' }));
  alone.add(said(7, { from: 'alice', to: 'carol', isOwn: true }));
  assert.deepEqual(rowsOf(alone), ['day', 6]);
});

test('a search takes words and phrases, and its address says which', () => {
  const found = searchOf(' apple  "is ripe" ');
  assert.deepEqual(found, { kind: 'search', terms: ['apple', '"is ripe"'] });
  assert.ok(!('problem' in found));
  assert.equal(addressOf(found), '/?search=apple%20%22is%20ripe%22');
  assert.deepEqual(filterOf(addressOf(found).slice(1)), found);
  assert.deepEqual(searchOf('apple, pie'), { kind: 'search', terms: ['apple', 'pie'] });
  for (const typed of ['', '  ', 'a b c d e f g h i', 'x'.repeat(65), ',', '"']) {
    assert.ok('problem' in searchOf(typed), typed);
    assert.deepEqual(filterOf(`?search=${encodeURIComponent(typed)}`), { kind: 'all' }, typed);
  }
});

test('a search shows what carries all of its terms, private messages too', () => {
  const search = new Timeline({ kind: 'search', terms: ['apple', '"is ripe"'] }, () => 0);
  search.add(said(1, { text: 'the apple is ripe' }));
  search.add(said(2, { text: 'ripe is the apple' }));
  search.add(said(3, { text: 'the pear is ripe' }));
  search.add(said(4, { text: 'An APPLE!', matched: ['"is ripe"'] }));
  search.add(said(5, { text: 'Is ripe: one apple', to: 'alice' }));
  assert.deepEqual(rowsOf(search), ['day', 1, 4, 5]);
  const people = new Timeline({ kind: 'search', terms: ['@bob', 'apple'] }, () => 0);
  people.add(said(1, { from: 'bob', text: 'an apple' }));
  people.add(said(2, { from: 'carol', text: 'an apple' }));
  people.add(said(3, { from: 'carol', text: 'an apple, @bob' }));
  assert.deepEqual(rowsOf(people), ['day', 1, 3]);
});

test('an address that is no filter shows everything', () => {
  for (const query of ['', '?with=a b', '?term=two words', '?term=', '?other=1'])
    assert.deepEqual(filterOf(query), { kind: 'all' }, query);
});

test('unread entries are counted by term and person, until somebody looks', () => {
  const unread = new Unread();
  unread.add(said(1, { matched: ['apple', 'Pie'] }));
  unread.add(said(2, { matched: ['apple'] }));
  unread.add(said(3, { to: 'alice' }));
  assert.deepEqual(
    [unread.total, unread.ofTerm('APPLE'), unread.ofTerm('pie'), unread.from('bob')],
    [3, 2, 1, 1],
  );
  assert.equal(unread.seen({ kind: 'term', term: 'pie' }), true);
  assert.deepEqual([unread.total, unread.ofTerm('apple'), unread.ofTerm('pie')], [2, 1, 0]);
  assert.equal(unread.seen({ kind: 'term', term: 'pie' }), false);
  unread.seen({ kind: 'all' });
  assert.deepEqual([unread.total, unread.ofTerm('apple'), unread.from('bob')], [0, 0, 0]);
});

test('what another tab shows is seen between two positions', () => {
  const unread = new Unread();
  for (let position = 1; position <= 5; position++) unread.add(said(position));
  assert.equal(unread.seen({ kind: 'all' }, 3, 1), true);
  assert.equal(unread.total, 3);
  assert.equal(unread.seen({ kind: 'all' }, 3, 1), false);
  unread.seen({ kind: 'all' }, 1);
  assert.equal(unread.total, 2);
});

test('of many unread entries the oldest are taken for seen', () => {
  const unread = new Unread();
  unread.add(said(1, { matched: ['rare'] }));
  for (let position = 2; position <= 10_000; position++) unread.add(said(position, { matched: ['apple'] }));
  assert.deepEqual([unread.total, unread.ofTerm('rare'), unread.ofTerm('apple')], [5_000, 0, 5_000]);
  unread.seen({ kind: 'all' });
  assert.deepEqual([unread.total, unread.ofTerm('apple')], [0, 0]);
});

test('days are those of the zone, also when its clocks change', () => {
  // In a zone an hour before UTC, two from 01:00 UTC of the second day on.
  const zone = (timeMs: number) => (timeMs < dayMs + 3_600_000 ? 3_600_000 : 7_200_000);
  const times = [22.5, 23.5, 24.5, 25.5, 45.5, 46.5, 47.5].map((hours) => hours * 3_600_000);
  const timeline = new Timeline({ kind: 'all' }, zone);
  for (const [at, timeMs] of times.entries()) timeline.add(said(at + 1, { timeMs }));
  assert.deepEqual(rowsOf(timeline), ['day', 1, 'day', 2, 3, 4, 5, 'day', 6, 7]);
  timeline.add(said(8, { timeMs: 22.6 * 3_600_000 }));
  assert.deepEqual(rowsOf(timeline).slice(-2), ['day', 8]);
});

test('of many entries, or of long ones, the oldest are let go', () => {
  const many = new Timeline({ kind: 'all' }, utc);
  for (let position = 1; position <= 60_001; position++) many.add(said(position, { timeMs: 0 }));
  assert.deepEqual([many.entries.length, many.first, many.last], [48_000, 12_002, 60_001]);
  assert.equal(many.rows.length, 48_001);
  const long = new Timeline({ kind: 'all' }, utc);
  const text = 'x'.repeat(65_000);
  for (let position = 1; position <= 2_000; position++) {
    long.add(said(position, { text, timeMs: 0 }));
    assert.ok(long.entries.length * text.length <= 32 * 1024 * 1024 && long.last === position);
  }
  assert.ok(long.entries.length > 300);
  assert.deepEqual(
    long.newest(5, 3 * 65_000).map(({ position }) => position),
    [1_998, 1_999, 2_000],
  );
  assert.equal(long.newest(2, 1_000_000).length, 2);
  assert.equal(long.newest(1_000, 100_000_000).length, long.entries.length);
});
