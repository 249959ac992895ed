import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseAttachWords } from './attach-words.ts';

it('reads the path and the terms', () => {
  for (const [rest, path, terms] of [
    ['note.txt apple @bob', 'note.txt', ['apple', '@bob']],
    ['note.txt', 'note.txt', []],
    ['note.txt   apple\t@bob ', 'note.txt', ['apple', '@bob']],
    ['../a/note.txt x', '../a/note.txt', ['x']],
    ['', '', []],
  ] as const) {
    assert.deepEqual(parseAttachWords(rest), { path, terms: [...terms] }, rest);
  }
});

it('takes a path in double quotes with its spaces', () => {
  for (const [rest, path, terms] of [
    ['"my note.txt" apple', 'my note.txt', ['apple']],
    ['"my note.txt"', 'my note.txt', []],
    ['"a" "b"', 'a', ['"b"']],
    ['" " x', ' ', ['x']],
  ] as const) {
    assert.deepEqual(parseAttachWords(rest), { path, terms: [...terms] }, rest);
  }
});

it('takes quotes that do not enclose a whole word as they are', () => {
  for (const [rest, path, terms] of [
    ['"open.txt apple', '"open.txt', ['apple']],
    ['"a"b c', '"a"b', ['c']],
    ['"" x', '""', ['x']],
    ['a"b c"', 'a"b', ['c"']],
    ["'my note.txt'", "'my", ["note.txt'"]],
  ] as const) {
    assert.deepEqual(parseAttachWords(rest), { path, terms: [...terms] }, rest);
  }
});

it('reads phrases as terms', () => {
  for (const [rest, path, terms] of [
    ['menu.txt "apple pie" fig', 'menu.txt', ['"apple pie"', 'fig']],
    ['"the menu" "apple pie"', 'the menu', ['"apple pie"']],
    ['menu.txt "apple pie', 'menu.txt', ['"apple', 'pie']],
    ['menu.txt "apple pie"x y"', 'menu.txt', ['"apple', 'pie"x', 'y"']],
  ] as const)
    assert.deepEqual(parseAttachWords(rest), { path, terms: [...terms] }, rest);
});

it('takes no more terms than it may', () => {
  assert.deepEqual(parseAttachWords('f a b c', 2), { path: 'f', terms: ['a', 'b'] });
});
