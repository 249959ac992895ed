import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Input } from '../../transport/input.ts';
import { type Line, LineReader, type TelnetAnswer } from './line-reader.ts';

type Item = Line | TelnetAnswer;

const paused = { pause() {}, resume() {} };

/** Reads `pieces` as lines of at most 10 bytes. */
function read(pieces: readonly Uint8Array[]): Item[] {
  const input = new Input(paused);
  const reader = new LineReader(input, 10);
  const lines: Item[] = [];
  for (const piece of pieces) {
    input.push(piece);
    for (let line = reader.take(); line !== undefined; line = reader.take()) lines.push(line);
    assert.ok(input.length <= 10 + piece.length);
  }
  return lines;
}

const problems = (lines: readonly Item[]): string[] =>
  lines.flatMap((line) => ('telnet' in line ? [] : 'text' in line ? line.text : 'problem'));

test('a line ends with LF or CR LF', () => {
  assert.deepEqual(read([Buffer.from('one\ntwo\r\n\nten bytes!\n')]), [
    { text: 'one' },
    { text: 'two' },
    { text: '' },
    { text: 'ten bytes!' },
  ]);
});

test('a line with invalid UTF-8 or a control character other than TAB is a problem', () => {
  for (const bad of ['c328', 'eda080', 'c080', 'f4908080', '00', '1b', '7f', 'c285', 'c29b']) {
    const [line, next] = read([Buffer.from(`${bad}0a`, 'hex'), Buffer.from('next\n')]);
    assert.ok(line !== undefined && 'problem' in line, bad);
    assert.deepEqual(next, { text: 'next' });
  }
  assert.deepEqual(read([Buffer.from('a\tb\n')]), [{ text: 'a\tb' }]);
});

test('a line that is too long is one problem, and the line after it is read', () => {
  assert.deepEqual(problems(read([Buffer.from(`${'x'.repeat(11)}\nnext\n`)])), ['problem', 'next']);
});

test('what is left when the peer ends the stream is a line, under the same rules', () => {
  for (const [rest, expected] of [
    ['', []],
    ['one', ['one']],
    ['one\ntwo\r', ['one', 'two']],
    ['one\n', ['one']],
    ['x'.repeat(11), ['problem']],
  ] as const) {
    const input = new Input(paused);
    const reader = new LineReader(input, 10);
    input.push(Buffer.from(rest));
    input.finish();
    const lines: Item[] = [];
    for (let line = reader.take(); line !== undefined; line = reader.take()) lines.push(line);
    assert.deepEqual(problems(lines), expected);
  }
});

test('the end of a line that was too long is no line, and neither is what a broken connection leaves', () => {
  const input = new Input(paused);
  const reader = new LineReader(input, 10);
  input.push(Buffer.from('x'.repeat(11)));
  assert.deepEqual(problems([reader.take()].filter((line) => line !== undefined)), ['problem']);
  input.push(Buffer.from('xyz'));
  input.finish();
  assert.equal(reader.take(), undefined);
  const broken = new Input(paused);
  broken.push(Buffer.from('half'));
  broken.end();
  assert.equal(new LineReader(broken, 10).take(), undefined);
});

test("telnet's commands are answered as soon as they are there, and are no part of a line", () => {
  const willSize = Buffer.of(255, 251, 31);
  const answer = { telnet: Uint8Array.of(255, 254, 31) };
  assert.deepEqual(read([Buffer.from('a'), willSize, Buffer.from('b\n')]), [answer, { text: 'ab' }]);
  assert.deepEqual(read([Buffer.concat([willSize, Buffer.from('ab\n'), willSize, Buffer.from('c\n')])]), [
    answer,
    { text: 'ab' },
    { text: 'c' },
  ]);
  assert.deepEqual(
    read([Buffer.from('ff61fff40a62ff0aff', 'hex')]).map((item) => 'text' in item),
    [true, false],
  );
});

test("lines are the same with telnet's commands at any place in them, however they are cut", () => {
  const command = fc.constantFrom('fffb1f', 'fffd06', 'fff4', 'fffa1801fff0', 'ffff');
  const part = fc.tuple(command, fc.constantFrom('a', 'é', '\t', '\u20ac'));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 1 }), fc.integer({ min: 1, max: 9 }), (parts, size) => {
      const texts = parts.map(([, text]) => text).join('');
      const bytes = Buffer.concat([
        ...parts.flatMap(([hex, text]) => [Buffer.from(hex, 'hex'), Buffer.from(text)]),
        Buffer.from('\nnext\n'),
      ]);
      const pieces: Uint8Array[] = [];
      for (let start = 0; start < bytes.length; start += size)
        pieces.push(bytes.subarray(start, start + size));
      assert.deepEqual(problems(read(pieces)), [texts, 'next']);
    }),
  );
});

test('the same bytes give the same lines, however they are cut', () => {
  const line = fc.oneof(
    fc.string({ maxLength: 8 }).map((text) => Buffer.from(text.replaceAll('\n', ''))),
    fc.constantFrom(Buffer.from('far too long for this'), Buffer.from('c328', 'hex')),
  );
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 7 })), (lines, cuts) => {
      const bytes = Buffer.concat(lines.flatMap((text) => [text, Buffer.from('\n')]));
      const pieces: Uint8Array[] = [];
      let start = 0;
      for (const cut of cuts) {
        pieces.push(bytes.subarray(start, start + cut));
        start += cut;
      }
      pieces.push(bytes.subarray(start));
      assert.deepEqual(read(pieces), read([bytes]));
      assert.equal(read(pieces).length, lines.length);
    }),
  );
});
