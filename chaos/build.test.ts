import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { brokenBuilds } from './broken-builds.ts';
import { changed } from './build.ts';

it('finds the place of each mistake in the sources as they are', () => {
  for (const { changes } of brokenBuilds) {
    for (const change of changes) {
      const text = readFileSync(new URL(`../${change.file}`, import.meta.url), 'utf8');
      assert.notEqual(changed(text, change), text);
    }
  }
});

it('refuses a place that is not there, or there twice', () => {
  const change = { file: 'src/a.ts', from: 'one', to: '$& two' };
  assert.equal(changed('one.', change), '$& two.');
  assert.throws(() => changed('none', { ...change, from: 'two' }), /src\/a.ts has 0 times/);
  assert.throws(() => changed('one one', change), /2 times/);
});
