import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { copiesFor, Tail } from './tail.ts';

const most = 600;

function watched(tail: Tail, offset: number, length: number, copies: number, dueMs: number): boolean {
  return tail.watch({ offset, length, isFinal: false }, copies, dueMs, most);
}

const stateOf = ({ offset, length, copies, dueMs }: Tail) => [offset, length, copies, dueMs];

describe('Tail', () => {
  it('does not take a copy, nor what is sent again, for a new tail', () => {
    const tail = new Tail();
    assert.equal(watched(tail, 0, 200, 2, 5), true);
    assert.equal(watched(tail, 0, 200, 2, 10), false);
    tail.copies = 0;
    assert.equal(watched(tail, 0, 200, 2, 50), false);
    assert.equal(tail.watch({ offset: 200, length: 0, isFinal: true }, 2, 60, most), true, 'the end is new');
  });

  it('joins a line to the one right before it: copies of both leave when those of the first are due', () => {
    const tail = new Tail();
    watched(tail, 0, 200, 2, 5);
    tail.copies = 1;
    watched(tail, 200, 200, 2, 8);
    assert.deepEqual(stateOf(tail), [0, 400, 2, 5]);
  });

  it('takes the end of the stream with it, once', () => {
    for (const copies of [0, 1]) {
      const tail = new Tail();
      watched(tail, 0, 200, 2, 5);
      tail.copies = copies;
      const end = { offset: 200, length: 100, isFinal: true };
      assert.equal(tail.watch(end, 2, 8, most), true);
      assert.equal(tail.isFinal, true);
      assert.equal(tail.watch(end, 2, 13, most), false, 'a copy of it');
    }
  });

  it('keeps the copies of a new line when an older one is sent again', () => {
    const tail = new Tail();
    watched(tail, 1000, 200, 2, 5);
    watched(tail, 800, 200, 2, 6);
    assert.deepEqual(stateOf(tail), [800, 400, 2, 5]);
    assert.equal(watched(tail, 100, 200, 2, 7), false);
    assert.deepEqual(stateOf(tail), [800, 400, 2, 5]);
  });

  it('gives copies to an older line that is sent again when no newer one has any left', () => {
    const tail = new Tail();
    watched(tail, 1000, 200, 2, 5);
    tail.copies = 0;
    watched(tail, 800, 200, 2, 60);
    assert.deepEqual(stateOf(tail), [800, 200, 2, 60]);
  });

  it('leaves out the lines before when all together are no longer short: what follows shows their loss', () => {
    const tail = new Tail();
    for (let line = 0; line < 4; line++) watched(tail, line * 200, 200, 1, line);
    assert.deepEqual(stateOf(tail), [600, 200, 1, 3]);
  });
});

describe('copiesFor', () => {
  it('gives so many that few lines are lost with all of them', () => {
    const copies = [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.9, 1].map((loss) => copiesFor(loss, 0.002, 4));
    assert.deepEqual(copies, [1, 1, 2, 2, 3, 4, 4, 4]);
    assert.equal(copiesFor(0.2, 0.002, 0), 0);
    assert.equal(copiesFor(0, 0.002, 0), 0);
  });
});
