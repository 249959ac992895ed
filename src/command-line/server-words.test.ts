import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinWords, sendWords, serverWords, withOneAddress } from './server-words.ts';

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

test('a host and a port become one word, and all others stay', () => {
  const of = (words: readonly string[], options: readonly string[] = []): string | undefined =>
    withOneAddress([...words, ...options], words.slice(1));
  assert.equal(of(['join', 'dave', '127.0.0.1', '4711']), 'join dave chat://127.0.0.1:4711');
  assert.equal(of(['tail', '::1', '4711'], ['--json']), "tail 'chat://[::1]:4711' --json");
  assert.equal(
    of(['list', '[::1]', '80'], ['--exec', "it's"]),
    String.raw`list 'chat://[::1]:80' --exec 'it'\''s'`,
  );
  for (const words of [['a', 'b', 'c'], ['a', 'b:1', '2'], ['a', 'h', '0'], ['4711'], ['a', 'h', '70000']]) {
    assert.equal(of(['join', ...words]), undefined);
  }
});
