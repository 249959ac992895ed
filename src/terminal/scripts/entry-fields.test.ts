import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import type { Entry } from '../../client/client.ts';
import { environmentOf, inputOf, jsonOf } from './entry-fields.ts';

function said(text: string): Entry {
  const who = { from: 'bob', to: undefined, isReplay: false, isOwn: false };
  return { kind: 'message', position: 7, ...who, timeMs: 0, matched: ['apple', 'pie'], text };
}

const file: Entry = {
  ...said(''),
  kind: 'attachment',
  to: 'alice',
  id: 'f1',
  name: 'note.txt',
  bytes: 3,
  sha256: '00',
};

const hostile = fc.oneof(
  anyString(),
  fc
    .array(fc.constantFrom('\x1b', '\u202e', '\ud800', '\u2028', '\u{e0041}', '"', '\\', '\n', '\0', 'é'))
    .map((all) => all.join('')),
);

test('an entry is one JSON object in one line', () => {
  assert.deepEqual(JSON.parse(jsonOf(said('hi'), 'e1')), {
    kind: 'message',
    position: 7,
    cursor: '7@e1',
    epoch: 'e1',
    time: '1970-01-01T00:00:00.000Z',
    from: 'bob',
    to: null,
    own: false,
    matched: ['apple', 'pie'],
    text: 'hi',
  });
  const { text, to, file: about } = JSON.parse(jsonOf(file, 'e1'));
  assert.deepEqual(
    [text, to, about],
    ['note.txt', 'alice', { id: 'f1', name: 'note.txt', bytes: 3, sha256: '00' }],
  );
});

test('JSON says exactly what was said, and nothing in it controls a terminal', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const json = jsonOf(said(text), 'e1');
      assert.equal(JSON.parse(json).text, text);
      assert.doesNotMatch(json, /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u);
    }),
  );
});

test('a command gets single lines without control characters, and no variable that the system refuses', () => {
  assert.deepEqual(environmentOf(file, 'e1'), {
    EARSHOT_KIND: 'attachment',
    EARSHOT_FROM: 'bob',
    EARSHOT_TO: 'alice',
    EARSHOT_TIME: '1970-01-01T00:00:00.000Z',
    EARSHOT_POSITION: '7',
    EARSHOT_CURSOR: '7@e1',
    EARSHOT_OWN: 'no',
    EARSHOT_MATCHED: 'apple,pie',
    EARSHOT_TEXT: 'note.txt',
    EARSHOT_FILE_ID: 'f1',
    EARSHOT_FILE_NAME: 'note.txt',
    EARSHOT_FILE_BYTES: '3',
    EARSHOT_FILE_SHA256: '00',
  });
  const long = '☕'.repeat(65_535);
  const { EARSHOT_TEXT: cut = '' } = environmentOf(said(long), 'e1');
  assert.ok(Buffer.byteLength(cut) <= 100_000);
  assert.ok(long.startsWith(cut));
  assert.equal(inputOf(said(long)), `${long}\n`, 'standard input has all of it');
  fc.assert(
    fc.property(hostile, (text) => {
      const named: Entry = { ...file, name: text };
      const values = [...Object.values(environmentOf(said(text), 'e1')), inputOf(said(text)).slice(0, -1)];
      for (const value of [...values, ...Object.values(environmentOf(named, 'e1'))])
        assert.doesNotMatch(value, /(?!\t)[\p{Cc}\u2028\u2029]/u);
      assert.doesNotMatch(environmentOf(named, 'e1').EARSHOT_FILE_NAME ?? '/', /^[-.]|[/\\]/);
    }),
  );
  assert.equal(inputOf(said('a\r\nb\u2028c\x1b[2J\td')), 'a b c\ufffd[2J\td\n');
  const option: Entry = { ...file, name: '--help' };
  assert.equal(environmentOf(option, 'e1').EARSHOT_FILE_NAME, '_--help');
  assert.equal(environmentOf(option, 'e1').EARSHOT_TEXT, '--help');
});
