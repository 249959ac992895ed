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

/** An event, and its line without the time. */
const forms: readonly (readonly [TraceEvent, string])[] = [
  [
    { kind: 'hello', bytes: 1200, attempt: 2, hasCookie: true },
    '→        1200  HELLO with the cookie, attempt 2',
  ],
  [{ kind: 'retry', bytes: 37 }, '←          37  RETRY: the server demands a cookie'],
  [{ kind: 'open', tookMs: undefined }, '·              open'],
  [{ kind: 'ignored', bytes: 60, why: 'repeated' }, '←          60  ignored: it has arrived before'],
  [
    { kind: 'reset', bytes: 45 },
    '←          45  stateless reset: the server knows nothing of this association',
  ],
  [{ kind: 'dropped', direction: 'out', bytes: 60, number: 12 }, '→ #12      60  DROPPED on purpose'],
  [{ kind: 'dropped', direction: 'in', bytes: 185, number: undefined }, '←         185  DROPPED on purpose'],
  [
    { kind: 'acked', packets: 1, bytes: 60, roundTripMs: 40.04, smoothedMs: 41, underWayBytes: 1 },
    '·              acknowledged: 1 packet (60 bytes); round trip 40.0 ms, smoothed 41.0 ms; 1 byte under way',
  ],
  [
    { kind: 'lost', number: 3, bytes: 60, why: 'overtaken', behind: 4, missingMs: 50 },
    '·              #3 is LOST: #7 has arrived',
  ],
  [
    { kind: 'lost', number: 3, bytes: 60, why: 'overdue', behind: 1, missingMs: 57 },
    '·              #3 is LOST: missing for 57.0 ms, longer than a round trip',
  ],
  [
    { kind: 'lost', number: 3, bytes: 60, why: 'silence', behind: -1, missingMs: 900 },
    '·              #3 is LOST: nothing came back for three probe time-outs',
  ],
  [{ kind: 'late', number: 3 }, '·              #3 was not lost but late'],
  [
    { kind: 'silence', count: 3, isRestart: true },
    '·              probe time-out 3 in a row: what was known of the path is forgotten',
  ],
  [{ kind: 'phase', phase: 'drain' }, '·              phase drain: lets the queue drain'],
  [
    { kind: 'rate', rate: 6250, pace: 6875, loss: 0.1, windowBytes: 500_000 },
    '·              rate of the path 50.00 Mbit/s; pace 55.00 Mbit/s (makes up for 10 % loss); window 500000 bytes',
  ],
  [{ kind: 'key', direction: 'in', phase: 1 }, "·              the peer's key was changed, time 1"],
  [
    { kind: 'moved', host: '192.0.2.7', port: 5001, isProven: false },
    '·              the peer seems to be at 192.0.2.7 port 5001; it must answer a CHALLENGE',
  ],
  [{ kind: 'closing', code: 2 }, '·              closing, code 2 (streams break off)'],
  [{ kind: 'gone', error: new Error('nothing was heard') }, '·              gone: nothing was heard'],
  [
    {
      ...{ kind: 'packet', direction: 'out', number: 4, bytes: 1400 },
      frames: [
        { type: 'ack', ranges: Array.from({ length: 8 }, (_, i) => [90 - 10 * i, 91 - 10 * i]), delayMs: 1 },
        { type: 'stop', stream: 2, code: 1 },
        { type: 'stream', stream: 3, offset: 10, length: 1, isFinal: true, isAgain: true },
      ],
    },
    '→ #4     1400  ACK 90–91 80–81 70–71 60–61 50–51 40–41 and 2 more; STOP 2, code 1; ' +
      'STREAM 3: bytes 10 AGAIN (end)',
  ],
];

describe('the line of an event', () => {
  for (const [event, expected] of forms) {
    it(`is "${expected.replace(/ +/g, ' ')}"`, () => {
      assert.equal(lineOf(event), `      0.0 ms  ${expected}`);
    });
  }
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
