import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { termProblem } from '../terms.ts';
import { formatTermList, parseTermList } from './term-list.ts';

it('splits terms at commas, trims them and leaves empty ones out', () => {
  assert.deepEqual(parseTermList('apple,pie'), ['apple', 'pie']);
  assert.deepEqual(parseTermList(' apple , @bob,, two words ,'), ['apple', '@bob', 'two words']);
  assert.deepEqual(parseTermList(''), []);
  assert.deepEqual(parseTermList(' , '), []);
});

it('reads every list of terms as it was written', () => {
  const term = anyString().filter((text) => termProblem(text) === undefined);
  fc.assert(
    fc.property(fc.array(term), (terms) => {
      assert.deepEqual(parseTermList(formatTermList(terms)), terms);
    }),
  );
});
