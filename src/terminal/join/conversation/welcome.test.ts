import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followingLine } from './welcome.ts';

test('says in one row what the user follows', () => {
  assert.equal(
    followingLine(['@alice', '@all'], 'alice'),
    'You follow nothing yet: !follow WORD; !help lists all commands.',
  );
  assert.equal(
    followingLine(['@alice', '@all', 'apple', '@bob'], 'alice'),
    'You follow apple, @bob. !help lists all commands.',
  );
  const many = followingLine(
    Array.from({ length: 200 }, (_, i) => `word${i}`),
    'alice',
  );
  assert.equal(many, 'You follow word0, word1, word2, word3 and 196 more. !help lists all commands.');
});
