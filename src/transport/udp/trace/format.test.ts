import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../../tests/support/any-string.ts';
import { ByteWriter } from '../packets/byte-cursor.ts';
import { writeClose, writeStreamHead } from '../packets/frames.ts';
import type { TraceEvent } from './events.ts';
import { traceLines } from './format.ts';
import { FrameList } from './frame-list.ts';

function lineOf(event: TraceEvent): string {
  const lines: string[] = [];
  traceLines((line) => lines.push(line))(0, event);
  assert.equal(lines.length, 1);
  return lines[0] ?? '';
}

function packetOf(frames: Uint8Array): TraceEvent {
  return { kind: 'packet', direction: 'in', number: 7, bytes: 100, frames: new FrameList().read(frames) };
}

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(1000));
  write(writer);
  return writer.written();
}

const safe = /^[\x20-\x7e←→·–]*$/;

describe('a line of a trace', () => {
  it('has no control character, whatever the peer sends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.match(lineOf(packetOf(bytes)), safe);
      }),
    );
  });

  it('shows the peer’s words in printable ASCII only', () => {
    fc.assert(
      fc.property(anyString({ maxLength: 60 }), (reason) => {
        assert.match(lineOf(packetOf(written((writer) => writeClose(writer, 9, reason)))), safe);
        assert.match(lineOf({ kind: 'gone', error: new Error(reason) }), safe);
        assert.match(lineOf({ kind: 'moved', host: reason, port: 1, isProven: false }), safe);
      }),
    );
    const close = written((writer) => writeClose(writer, 2, 'go\x1b[2Jaway'));
    assert.match(lineOf(packetOf(close)), /CLOSE, code 2 \(streams break off\): go\?\[2Jaway$/);
  });

  it('does not grow with what the peer sends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1000, maxLength: 1400 }), (bytes) => {
        bytes.fill(1, 0, 700);
        assert.ok(lineOf(packetOf(bytes)).length < 1500);
      }),
    );
    assert.ok(lineOf(packetOf(new Uint8Array(60_000).fill(1))).length < 1500);
  });

  it('counts its time from the first event', () => {
    const lines: string[] = [];
    const trace = traceLines((line) => lines.push(line));
    trace(5000, { kind: 'late', number: 1 });
    trace(5012.34, { kind: 'late', number: 2 });
    assert.deepEqual(
      lines.map((line) => line.slice(0, 12)),
      ['      0.0 ms', '     12.3 ms'],
    );
  });
});

describe('a list of frames', () => {
  it('says which bytes of a stream were in an earlier packet, and not what they are', () => {
    const list = new FrameList();
    const stream = (offset: number, text: string) =>
      list.read(
        written((writer) => {
          writeStreamHead(writer, 3, offset, text.length, false);
          writer.put(Buffer.from(text));
        }),
      );
    assert.deepEqual(stream(0, 'secret'), [
      { type: 'stream', stream: 3, offset: 0, length: 6, isFinal: false, isAgain: false },
    ]);
    assert.deepEqual(
      [stream(6, 'more'), stream(3, 'ret')].map(([frame]) => frame?.type === 'stream' && frame.isAgain),
      [false, true],
    );
  });
});
