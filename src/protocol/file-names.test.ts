import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import { baseName, fileNameProblem, showableFileName } from './file-names.ts';

it('takes the last part of a path with either separator', () => {
  for (const [path, name] of [
    ['note.txt', 'note.txt'],
    ['/etc/passwd', 'passwd'],
    ['C:\\Users\\bob\\note.txt', 'note.txt'],
    ['a/b\\c', 'c'],
    ['a\\b/c', 'c'],
    ['../..', '..'],
    ['folder/', ''],
    ['', ''],
  ] as const) {
    assert.equal(baseName(path), name, path);
  }
});

it('never leaves a separator in a base name', () => {
  const path = fc.array(fc.oneof(fc.constantFrom('/', '\\', '..', '.'), anyString()));
  fc.assert(fc.property(path, (parts) => assert.doesNotMatch(baseName(parts.join('')), /[/\\]/)));
});

it('accepts names of files, spaces and other scripts among them', () => {
  for (const name of ['note.txt', '.profile', '...', 'my file.txt', 'übung.pdf', '🍎', 'x'.repeat(255)]) {
    assert.equal(fileNameProblem(name), undefined, name);
  }
});

it('refuses names of folders, control characters and more than 255 bytes', () => {
  for (const name of ['', '.', '..']) assert.match(fileNameProblem(name) ?? '', /folder/, name);
  for (const name of ['a\nb', 'a\u0000', '\u001b[2J', 'a\u009bb']) {
    assert.match(fileNameProblem(name) ?? '', /control/, JSON.stringify(name));
  }
  for (const name of ['x'.repeat(256), 'é'.repeat(128), '🍎'.repeat(64)]) {
    assert.match(fileNameProblem(name) ?? '', /255 bytes/, name);
  }
});

it('refuses what a header or a line cannot carry: TAB, and white space at its ends', () => {
  for (const name of ['a\tb', ' x.txt', 'x.txt ', 'x.txt\t', '   ', '\u00a0x', 'x\u2028', '\ufeffx']) {
    assert.notEqual(fileNameProblem(name), undefined, JSON.stringify(name));
  }
});

it('turns any stored name into one that can be shown, and changes none that can be', () => {
  fc.assert(
    fc.property(anyString({ maxLength: 300 }), (name) => {
      const shown = showableFileName(name);
      assert.equal(fileNameProblem(shown), undefined);
      if (fileNameProblem(name) === undefined) assert.equal(shown, name);
    }),
  );
  assert.equal(showableFileName(' x.txt'), 'x.txt');
  assert.equal(showableFileName('   '), 'unnamed');
});
