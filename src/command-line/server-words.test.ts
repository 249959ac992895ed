import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinWords, sendWords, serverWords } from './server-words.ts';

const isProfile = (name: string): boolean => name === 'work';

test('join takes a name and an address in either order, or one word', () => {
  const both = { name: 'alice', address: 'chat://h:1', rest: [] };
  assert.deepEqual(joinWords(['alice', 'chat://h:1'], isProfile), both);
  assert.deepEqual(joinWords(['chat://h:1', 'alice'], isProfile), both);
  assert.deepEqual(joinWords(['h:1', 'work'], isProfile), { name: 'work', address: 'h:1', rest: [] });
  assert.deepEqual(joinWords(['work'], isProfile), { profile: 'work', rest: [] });
  assert.deepEqual(joinWords(['alice'], isProfile), { name: 'alice', rest: [] });
  assert.deepEqual(joinWords(['h:1'], isProfile), { address: 'h:1', rest: [] });
  assert.deepEqual(joinWords(['alice', 'h'], isProfile), { name: 'alice', address: 'h', rest: [] });
});

test('other clients take an address or a profile', () => {
  assert.deepEqual(serverWords(['work'], isProfile), { profile: 'work', rest: [] });
  assert.deepEqual(serverWords(['h:1'], isProfile), { address: 'h:1', rest: [] });
  assert.deepEqual(serverWords([], isProfile), { rest: [] });
});

test('send takes no text for an address when it knows the server', () => {
  assert.deepEqual(sendWords(['h:1', 'hi'], false), { address: 'h:1', rest: ['hi'] });
  for (const text of ['db:5432', 'https://x.org', 'http://h:1', 'chat://h', 'fixed:']) {
    assert.deepEqual(sendWords([text, 'hi'], true), { rest: [text, 'hi'] });
  }
  assert.deepEqual(sendWords(['chat://h:1', 'hi'], true), { address: 'chat://h:1', rest: ['hi'] });
  assert.deepEqual(sendWords(['disk: full'], false), { rest: ['disk: full'] });
});
