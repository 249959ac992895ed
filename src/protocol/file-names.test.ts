import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { baseName, fileNameProblem } from './file-names.ts';

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
  const path = fc.array(fc.oneof(fc.constantFrom('/', '\\', '..', '.'), fc.string({ unit: 'binary' })));
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
