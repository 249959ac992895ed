import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAttachWords } from '../../../protocol/commands/attach-words.ts';
import { expandHome } from '../files/downloads.ts';
import { chat10Line, FollowedPeople } from './chat10-files.ts';

test('only people whom the user follows, or *, bring a file over CHAT/1.0', () => {
  const people = new FollowedPeople(['apple', '@bob']);
  assert.deepEqual(
    [people.matched('bob'), people.matched('eve'), people.matched(undefined)],
    [['@bob'], [], []],
  );
  for (const line of ['!follow @eve', '!unfollow @bob', '!follow pie', '@x !follow @zoe', '!!follow @zoe']) {
    people.note(line);
  }
  assert.deepEqual(
    ['bob', 'eve', 'pie', 'zoe'].map((name) => people.matched(name)),
    [[], ['@eve'], [], []],
  );
  people.note(' !follow *');
  assert.deepEqual(people.matched('zoe'), ['*']);
});

test('a pasted path is sent as CHAT/1.0 has it, and every other line as it is', () => {
  for (const [typed, sent] of [
    ['hello  there', 'hello  there'],
    ['!attachment x', '!attachment x'],
    ['!attach menu.txt  apple', '!attach menu.txt  apple'],
    ['!attach "my menu.txt" apple', '!attach "my menu.txt" apple'],
    ["!attach 'my menu.txt'  apple @bob", '!attach "my menu.txt" apple @bob'],
    ['!attach my\\ menu.txt apple', '!attach "my menu.txt" apple'],
    ["!attach 'menu.txt' apple", '!attach menu.txt apple'],
    ['!attach file:///tmp/a%20b apple', '!attach "/tmp/a b" apple'],
    ['!attach ~/menu.txt apple', `!attach ${expandHome('~/menu.txt')} apple`],
  ] as const) {
    assert.equal(chat10Line(typed), sent);
  }
  assert.deepEqual(typeof chat10Line(`!attach 'a "b"' apple`), 'object');
  const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/["\s]|^[~']/.test(text));
  fc.assert(
    fc.property(fc.array(name, { minLength: 1 }), (words) => {
      const path = `./${words.join(' ')}`;
      const line = chat10Line(`!attach '${path.replaceAll("'", "'\\''")}' apple`);
      assert.ok(typeof line === 'string');
      assert.deepEqual(parseAttachWords(line.replace('!attach ', '')), { path, terms: ['apple'] });
    }),
  );
});
