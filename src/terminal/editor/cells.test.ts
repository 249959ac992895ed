import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, cutTo, widthOf } from './cells.ts';

describe('cells', () => {
  it('counts what one sees as one character once', () => {
    const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}';
    assert.deepEqual(cellsOf(`ae\u0301漢${family}`), [
      { text: 'a', width: 1 },
      { text: 'e\u0301', width: 1 },
      { text: '漢', width: 2 },
      { text: family, width: 2 },
    ]);
    assert.equal(widthOf('漢字x'), 5);
  });

  for (const [text, columns, cut] of [
    ['hello', 5, 'hello'],
    ['hello', 4, 'hel…'],
    ['hello', 1, '…'],
    ['hello', 0, ''],
    ['漢字', 4, '漢字'],
    ['漢字', 3, '漢…'],
    ['漢字', 2, '…'],
    ['', 0, ''],
    ['e\u0301'.repeat(3), 2, 'e\u0301…'],
  ] as const) {
    it(`cuts ${JSON.stringify(text)} to ${columns} columns`, () => assert.equal(cutTo(text, columns), cut));
  }
});
