import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteQueue } from './byte-queue.ts';
import { encodeUtf8 } from './text.ts';

/** Bytes in which line ends are frequent. */
const bytes = fc
  .uint8Array({ maxLength: 40, max: 8 })
  .map((raw) => raw.map((byte) => [10, 13, 13][byte] ?? byte));
const chunks = fc.array(bytes, { maxLength: 12 });

const text = (view: Uint8Array | undefined): string | undefined =>
  view === undefined ? undefined : String.fromCharCode(...view);

function allLines(queue: ByteQueue): (string | undefined)[] {
  const lines = [];
  for (let line = queue.takeLine(); line !== undefined; line = queue.takeLine()) lines.push(text(line));
  return lines;
}

/** A naive queue: a string with one character a byte. */
class NaiveQueue {
  waiting = '';

  takeLine(): string | undefined {
    const end = this.waiting.indexOf('\n');
    if (end < 0) return undefined;
    const line = this.waiting.slice(0, end);
    this.waiting = this.waiting.slice(end + 1);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  takeBytes(most: number): string {
    const taken = this.waiting.slice(0, most);
    this.waiting = this.waiting.slice(most);
    return taken;
  }
}

describe('ByteQueue', () => {
  it('is empty at first', () => {
    const queue = new ByteQueue();
    assert.equal(queue.length, 0);
    assert.equal(queue.takeLine(), undefined);
    assert.equal(queue.takeBytes(10).length, 0);
    assert.equal(queue.peek().length, 0);
  });

  it('ends a line at LF and drops one CR before it', () => {
    const queue = new ByteQueue();
    queue.push(encodeUtf8('a\r\nb\n\n\r\nc\r\r\nd\re\n\r'));
    assert.deepEqual(allLines(queue), ['a', 'b', '', '', 'c\r', 'd\re']);
    assert.equal(text(queue.peek()), '\r');
  });

  it('drops a CR that came in another chunk than its LF', () => {
    const queue = new ByteQueue();
    queue.push(encodeUtf8('a\r'));
    assert.equal(queue.takeLine(), undefined);
    queue.push(encodeUtf8('\n'));
    assert.equal(text(queue.takeLine()), 'a');
  });

  it('does not look for a CR among bytes that were taken before', () => {
    const queue = new ByteQueue();
    queue.push(encodeUtf8('a\r\nb\n'));
    assert.equal(text(queue.takeBytes(2)), 'a\r');
    assert.deepEqual(allLines(queue), ['', 'b']);
  });

  it('returns raw bytes between lines unchanged', () => {
    const queue = new ByteQueue();
    queue.push(encodeUtf8('Content-Length: 4\n\r\n\n\r@next\n'));
    assert.equal(text(queue.takeLine()), 'Content-Length: 4');
    assert.equal(text(queue.takeBytes(4)), '\r\n\n\r');
    assert.equal(text(queue.takeLine()), '@next');
  });

  it('peeks without taking', () => {
    const queue = new ByteQueue();
    queue.push(encodeUtf8('abc'));
    queue.takeBytes(1);
    assert.equal(text(queue.peek()), 'bc');
    assert.equal(queue.length, 2);
  });

  it('finds the same lines when fed one byte at a time', () => {
    const queue = new ByteQueue();
    const lines = [];
    for (const byte of encodeUtf8('REGISTER alice CHAT/1.0\r\n\n@alice: é\n')) {
      queue.push(Uint8Array.of(byte));
      lines.push(...allLines(queue));
    }
    assert.deepEqual(lines, ['REGISTER alice CHAT/1.0', '', '@alice: Ã©']);
  });

  it('finds the same lines in chunks of any size, whether they are taken at once or at the end', () => {
    fc.assert(
      fc.property(chunks, (parts) => {
        const whole = parts.map(text).join('');
        const split = whole.split('\n').map((line) => line.replace(/\r$/, ''));
        const eager = new ByteQueue();
        const late = new ByteQueue();
        const lines = [];
        for (const part of parts) {
          eager.push(part);
          late.push(part);
          lines.push(...allLines(eager));
        }
        assert.deepEqual(lines, split.slice(0, -1));
        assert.deepEqual(allLines(late), split.slice(0, -1));
        assert.equal(text(eager.peek()), whole.slice(whole.lastIndexOf('\n') + 1));
      }),
    );
  });

  it('keeps no memory of a long line for the beginning of the next', () => {
    const queue = new ByteQueue();
    const long = 'x'.repeat(262_000);
    const all = encodeUtf8(`${long}\na\nb`);
    for (let at = 0; at < all.length; at += 65_536) queue.push(all.subarray(at, at + 65_536));
    assert.ok(queue.peek().buffer.byteLength > 262_000);
    assert.equal(queue.takeLine()?.length, long.length);
    assert.equal(queue.peek().buffer.byteLength, 3);
    assert.deepEqual(allLines(queue), ['a']);
    queue.push(encodeUtf8('c\n'));
    assert.deepEqual(allLines(queue), ['bc']);
    assert.equal(queue.length, 0);
  });

  it('behaves like a naive queue under any mixture of calls, and moves no byte that it returned', () => {
    const step = fc.oneof(
      bytes.map((chunk) => ({ push: chunk })),
      fc.constant('line' as const),
      fc.nat(300).map((most) => ({ take: most })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new ByteQueue();
        const model = new NaiveQueue();
        const given: { view: Uint8Array; was: string }[] = [];
        const check = (view: Uint8Array | undefined, expected: string | undefined) => {
          assert.equal(text(view), expected);
          if (view !== undefined && expected !== undefined) given.push({ view, was: expected });
        };
        for (const one of steps) {
          if (one === 'line') check(queue.takeLine(), model.takeLine());
          else if ('take' in one) check(queue.takeBytes(one.take), model.takeBytes(one.take));
          else {
            queue.push(one.push);
            model.waiting += text(one.push);
          }
          assert.equal(queue.length, model.waiting.length);
        }
        check(queue.peek(), model.waiting);
        for (const { view, was } of given) assert.equal(text(view), was);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves the chunks it was given unchanged', () => {
    const first = encodeUtf8('abc');
    const room = new Uint8Array(16).fill(1);
    const queue = new ByteQueue();
    queue.push(room.subarray(0, 4));
    queue.push(first);
    assert.deepEqual(room, new Uint8Array(16).fill(1));
    assert.equal(text(first), 'abc');
  });
});
