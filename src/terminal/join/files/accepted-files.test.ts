import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AcceptedFiles } from './accepted-files.ts';

const mib = 1024 * 1024;

test('followed: saves only files of followed terms, within limits', () => {
  const files = new AcceptedFiles({ accept: 'followed', acceptBytes: undefined }, 'alice');
  assert.equal(files.take([], 1), false, 'private');
  assert.equal(files.take(['@all', '@ALL', '@alice'], 1), false);
  assert.equal(files.take(['@all', 'apple'], 10 * mib), true);
  assert.equal(files.take(['apple'], 10 * mib + 1), false, 'too big');
  for (let at = 0; at < 18; at++) assert.equal(files.take(['@bob'], 10 * mib), true);
  assert.equal(files.take(['*'], 5 * mib), true);
  assert.equal(files.take(['@bob'], 5 * mib + 1), false, 'too much in one session');
  for (let at = 20; at < 100; at++) assert.equal(files.take(['@Alice'], 0), true);
  assert.equal(files.take(['@bob'], 0), false, 'too many in one session');
});

test('all: saves whatever comes, if need be up to a size', () => {
  const files = new AcceptedFiles({ accept: 'all', acceptBytes: undefined }, 'alice');
  for (let at = 0; at < 200; at++) assert.equal(files.take([], 1024 * mib), true);
  const small = new AcceptedFiles({ accept: 'all', acceptBytes: 5 }, 'alice');
  assert.deepEqual([small.take(['@all'], 5), small.take(['@all'], 6)], [true, false]);
});

test('none: saves nothing', () => {
  assert.equal(
    new AcceptedFiles({ accept: 'none', acceptBytes: mib }, 'alice').take(['apple', '@bob'], 0),
    false,
  );
});
