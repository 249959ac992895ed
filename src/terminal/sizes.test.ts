import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { humanSize, parseSize } from './sizes.ts';

it('humanSize uses the largest unit that fits, and never shows more than there is', () => {
  const sizes = [0, 1, 18, 1023, 1024, 1535, 1536, 10 * 1024, 1024 ** 2 - 1, 12.7 * 1024 ** 2, 3 * 1024 ** 3];
  assert.deepEqual(sizes.map(humanSize), [
    '0 bytes',
    '1 byte',
    '18 bytes',
    '1023 bytes',
    '1.0 KiB',
    '1.4 KiB',
    '1.5 KiB',
    '10 KiB',
    '1023 KiB',
    '12 MiB',
    '3.0 GiB',
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1024 ** 4 - 1 }), (bytes) => {
      const shown = parseSize(humanSize(bytes).replace(/ bytes?$| (?=.iB)/, ''));
      assert.ok(shown !== undefined && shown <= bytes && shown >= bytes * 0.9 - 1, humanSize(bytes));
    }),
  );
});

it('parseSize takes what people write, and nothing else', () => {
  const sizes = ['0', '1000', '10M', '10m', '10MB', '10 MiB', '1.5G', '512k', ' 1 '];
  assert.deepEqual(sizes.map(parseSize), [
    0,
    1000,
    10 * 1024 ** 2,
    10 * 1024 ** 2,
    10 * 1024 ** 2,
    10 * 1024 ** 2,
    1.5 * 1024 ** 3,
    512 * 1024,
    1,
  ]);
  for (const text of ['', 'M', '-1', '1e3', '10X', '0x10', '1,5G', '1 0', '10 M B', '999999999999999G']) {
    assert.equal(parseSize(text), undefined, text);
  }
});
