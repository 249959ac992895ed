import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { wordsOfPhrase } from '../../protocol/terms.ts';
import { PhraseIndex } from './phrase-index.ts';

const word = fc.constantFrom('a', 'b', 'cc', 'dd', 'eee');
const phrase = fc.array(word, { minLength: 2, maxLength: 5 }).map((words) => `"${words.join(' ')}"`);
const step = fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const), phrase });

describe('the index of phrases', () => {
  it('has those whose words are all given, once each, whatever was added and removed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.array(word), (steps, keys) => {
        const index = new PhraseIndex();
        const phrases = new Set<string>();
        for (const { kind, phrase: one } of steps) {
          index[kind](one);
          if (kind === 'add') phrases.add(one);
          else phrases.delete(one);
        }
        const expected = [...phrases].filter((one) =>
          wordsOfPhrase(one).every((part) => (keys as string[]).includes(part)),
        );
        assert.deepEqual(index.among(keys).sort(), expected.sort());
      }),
    );
  });

  it('does not look at each phrase that has a word of a text', () => {
    const index = new PhraseIndex();
    for (let at = 0; at < 20_000; at++) index.add(`"crumble apple ${at}"`);
    const keys = ['an', 'apple', 'crumble', '7', 'and', 'x'];
    assert.deepEqual(index.among(keys), ['"crumble apple 7"']);
    const beganMs = performance.now();
    for (let round = 0; round < 1_000; round++) index.among(keys);
    assert.ok(performance.now() - beganMs < 1_000);
  });
});
