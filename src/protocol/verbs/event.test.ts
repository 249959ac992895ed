import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { parseServerLine } from './event.ts';
import * as reply from './reply.ts';

test('every line that the server sends is read as what it means', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9]{1,20}$/);
  const text = anyString({ minLength: 1 });
  const read = (line: string) => parseServerLine(line.slice(0, -1));
  fc.assert(
    fc.property(name, text, fc.array(name), (sender, said, names) => {
      assert.deepEqual(read(reply.delivery(sender, said)), { kind: 'delivery', sender, text: said });
      assert.deepEqual(read(reply.userList(names)), { kind: 'list', names });
    }),
  );
  assert.deepEqual(read(reply.ok), { kind: 'response', result: 'ok' });
  assert.deepEqual(read(reply.failure), { kind: 'response', result: 'failure' });
  assert.deepEqual(read(reply.malformed), { kind: 'response', result: 'malformed' });
  assert.deepEqual(read(reply.attachment('alice', 'note.txt', 18)), {
    kind: 'delivery',
    sender: 'alice',
    text: 'attached note.txt (18 bytes)',
  });
});

test('an empty list is one word', () => {
  assert.equal(reply.userList([]), 'LIST\n');
  assert.equal(reply.userList(['John', 'Bob']), 'LIST John Bob\n');
});

test('any other line is unknown', () => {
  for (const line of [
    '',
    '400 Invalid registration',
    'RESPONSE',
    'RESPONSE maybe',
    'RESPONSE ok then',
    'SENDTO',
    'SENDTO Bob',
    'list',
  ]) {
    assert.deepEqual(parseServerLine(line), { kind: 'unknown', line });
  }
});
