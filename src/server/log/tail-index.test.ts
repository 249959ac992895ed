import assert from 'node:assert/strict';
import { it } from 'node:test';
import { textDraft } from '../../../tests/support/log-recorder.ts';
import { TailIndex } from './tail-index.ts';

function add(tail: TailIndex, from: number, through: number): void {
  for (let position = from; position <= through; position++) {
    tail.add({ position, ...textDraft('alice', position % 2 === 0 ? 'apple' : 'pear') });
  }
}

it('yields the positions of a key within a range, in both orders', () => {
  const tail = new TailIndex();
  tail.follow(10);
  add(tail, 11, 30);
  assert.deepEqual([...tail.positions('apple', 12, 20, 1)], [14, 16, 18, 20]);
  assert.deepEqual([...tail.positions('apple', 11, 21, -1)], [20, 18, 16, 14, 12]);
  assert.deepEqual([...tail.positions('apple', 0, 1000, 1)].length, 10);
  assert.deepEqual([...tail.positions('fig', 0, 1000, 1)], []);
});

it('starts over when most of it is useless, and not before', () => {
  const tail = new TailIndex();
  tail.follow(0);
  add(tail, 1, 2000);
  tail.follow(1500);
  assert.equal(tail.through, 2000, 'there is still some use in it');
  tail.follow(1900);
  assert.equal(tail.through, 1900, 'so the entries after that must be added again');
  assert.deepEqual([...tail.positions('apple', 0, 2000, 1)], []);
  add(tail, 1901, 1904);
  assert.deepEqual([...tail.positions('apple', 0, 2000, 1)], [1902, 1904]);
});

it('keeps nothing when everything is indexed', () => {
  const tail = new TailIndex();
  tail.follow(0);
  add(tail, 1, 10);
  tail.follow(10);
  assert.deepEqual([...tail.positions('apple', 0, 10, 1)], []);
  assert.equal(tail.through, 10);
});
