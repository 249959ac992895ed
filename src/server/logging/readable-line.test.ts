import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { harmIn, hostileTexts } from '../../../tests/support/hostile-texts.ts';
import { readableLine } from './readable-line.ts';
import { RepeatLimit } from './repeat-limit.ts';

test('a line has the time, the level, the text and the other fields', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5).toISOString();
  const line = JSON.stringify({ level: 40, time, user: 'alice', n: 2, why: 'a b', msg: 'held up' });
  assert.equal(readableLine(line, false), '03:04:05 WARN  held up user=alice n=2 why="a b"\n');
  assert.match(readableLine(line, true), /\u001b\[33mWARN \u001b\[0m held up/);
});

test('a line that a course prescribes is shown as the course has it', () => {
  const line = JSON.stringify({ level: 30, time: 0, msg: '[INFO] Waiting for connection on port 9999...' });
  assert.equal(readableLine(line, true), '[INFO] Waiting for connection on port 9999...\n');
});

test('no part of a field looks like a line of its own', () => {
  const line = 'xxxxxxxxx03:04:05 INFO  all is well 日本';
  const time = new Date(2026, 0, 2, 3, 4, 5).toISOString();
  const shown = readableLine(JSON.stringify({ level: 30, time, line, msg: 'refused' }), false, 40);
  assert.deepEqual(shown.split('\n'), [
    '03:04:05 INFO  refused line="xxxxxxxxx03',
    '  :04:05 INFO  all is well 日本"',
    '',
  ]);
  for (const text of Object.values(hostileTexts)) {
    const rows = readableLine(JSON.stringify({ level: 30, time, line: text.repeat(9), msg: text }), true, 60);
    assert.equal(harmIn(rows), undefined);
    for (const row of rows.trimEnd().split('\n').slice(1)) assert.match(row, /^ {2}/);
  }
});

test('nothing in a line controls the terminal', () => {
  fc.assert(
    fc.property(anyString(), anyString(), (msg, value) => {
      const shown = readableLine(JSON.stringify({ level: 30, time: 0, msg, value }), false);
      assert.doesNotMatch(shown.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
      assert.ok(shown.endsWith('\n'));
    }),
  );
});

test('repeated lines are summed up once a minute', () => {
  const clock = new FakeClock();
  const limit = new RepeatLimit(clock);
  const summed: number[] = [];
  const passed = (kind: string): boolean => limit.count(kind, (more) => summed.push(more));
  let through = 0;
  for (let at = 0; at < 1_000; at++) if (passed('flood')) through++;
  assert.equal(through, 50);
  assert.equal(passed('other'), true);
  assert.deepEqual(summed, []);
  clock.advance(60_000);
  assert.deepEqual(summed, [950]);
  assert.equal(passed('flood'), true);
});
