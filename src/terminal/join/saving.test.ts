import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutomaticSaves } from './saving.ts';

test('saves only files of followed terms without asking, within limits', () => {
  const saves = new AutomaticSaves('alice');
  assert.equal(saves.take([], 1), false, 'private');
  assert.equal(saves.take(['@all', '@alice'], 1), false);
  assert.equal(saves.take(['@all', 'apple'], 1), true);
  assert.equal(saves.take(['@bob'], 200 * 1024 * 1024), false, 'too much');
  for (let at = 1; at < 20; at++) assert.equal(saves.take(['@bob'], 1), true);
  assert.equal(saves.take(['@bob'], 1), false, 'too many');
});
