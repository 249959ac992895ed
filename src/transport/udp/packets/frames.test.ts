import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter, MalformedError } from './byte-cursor.ts';
import {
  type AckReport,
  type FrameHandler,
  frameTypes,
  readFrames,
  streamFrameBytes,
  writeAck,
  writeClose,
  writeStreamHead,
} from './frames.ts';
import { NumberRanges } from './number-ranges.ts';

/** Keeps what it is told, as lists. */
function recorder(): { told: unknown[][]; handler: FrameHandler } {
  const told: unknown[][] = [];
  const keep =
    (name: string) =>
    (...values: unknown[]) =>
      void told.push([name, ...values.map((value) => (value instanceof Uint8Array ? [...value] : value))]);
  const handler: FrameHandler = {
    onAck(report: AckReport) {
      const pairs = Array.from({ length: report.count }, (_, i) => [report.gaps[i], report.lengths[i]]);
      told.push(['ack', report.largestLow, report.delayMs, pairs]);
    },
    onMaxStream: keep('maxStream'),
    onMaxStreams: keep('maxStreams'),
    onReset: keep('reset'),
    onStop: keep('stop'),
    onStream: keep('stream'),
    onChallenge: keep('challenge'),
    onResponse: keep('response'),
    onClose: keep('close'),
  };
  return { told, handler };
}

function read(bytes: Uint8Array): { told: unknown[][]; isEliciting: boolean } {
  const { told, handler } = recorder();
  return { isEliciting: readFrames(new ByteReader(bytes), handler), told };
}

const offset = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe('readFrames', () => {
  it('reads what was written, several in a row', () => {
    const writer = new ByteWriter(new Uint8Array(200));
    writer.u8(frameTypes.ping);
    writer.u8(frameTypes.padding);
    writer.u8(frameTypes.maxStream);
    writer.u32(7);
    writer.u48(2 ** 48 - 1);
    writer.u8(frameTypes.reset);
    writer.u32(9);
    writer.u48(5_000_000_000);
    writer.u8(1);
    writer.u8(frameTypes.stop);
    writer.u32(9);
    writer.u8(0);
    writeClose(writer, 3, 'so long');
    assert.deepEqual(read(writer.written()).told, [
      ['maxStream', 7, 2 ** 48 - 1],
      ['reset', 9, 5_000_000_000, 1],
      ['stop', 9, 0],
      ['close', 3, 'so long'],
    ]);
  });

  it('says whether the packet wants an acknowledgement', () => {
    const writer = new ByteWriter(new Uint8Array(100));
    const received = new NumberRanges();
    received.add(4, 5);
    writeAck(writer, received, 0, 10);
    writeClose(writer, 0, '');
    assert.equal(read(writer.written()).isEliciting, false);
    writer.u8(frameTypes.ping);
    assert.equal(read(writer.written()).isEliciting, true);
  });

  it('reads data with and without a length', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff_ffff),
        offset,
        fc.uint8Array({ maxLength: 50 }),
        fc.boolean(),
        fc.boolean(),
        (stream, at, data, isFinal, isFull) => {
          const spare = isFull ? 0 : 40;
          const writer = new ByteWriter(new Uint8Array(streamFrameBytes + data.length + spare));
          writeStreamHead(writer, stream, at, data.length, isFinal);
          writer.put(data);
          if (!isFull) writer.u8(frameTypes.ping);
          assert.deepEqual(read(writer.written()).told, [['stream', stream, at, [...data], isFinal]]);
        },
      ),
    );
  });

  it('throws nothing but MalformedError, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          read(bytes);
        } catch (error) {
          assert.ok(error instanceof MalformedError);
        }
      }),
      { numRuns: 2000 },
    );
    assert.throws(() => read(Uint8Array.of(0x77)), MalformedError);
    assert.throws(() => read(Uint8Array.of(frameTypes.maxStream, 1)), MalformedError);
  });
});

describe('writeAck', () => {
  it('reports the highest ranges, with their gaps, as far as there is room', () => {
    const spans = fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(
        spans,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 10, max: 200 }),
        (gapsAndLengths, most, room) => {
          const received = new NumberRanges();
          let at = 0;
          for (const [gap, length] of gapsAndLengths) {
            received.add(at + gap, at + gap + length);
            at += gap + length;
          }
          const writer = new ByteWriter(new Uint8Array(room));
          assert.ok(writeAck(writer, received, 3.25, most));
          const [[, largest, delayMs, pairs] = []] = read(writer.written()).told as [
            string,
            number,
            number,
            [number, number][],
          ][];
          assert.equal(largest, at - 1);
          assert.equal(delayMs, 3.25);
          assert.equal(pairs?.length, Math.min(received.count, most, 1 + Math.floor((room - 10) / 4)));
          let end = at;
          for (const [i, [gap, length]] of (pairs ?? []).entries()) {
            end -= gap;
            const index = received.count - 1 - i;
            assert.deepEqual([end - length, end], [received.startOf(index), received.endOf(index)]);
            end -= length;
          }
        },
      ),
    );
  });

  it('never says that a packet arrived that did not, also where a range or a gap is longer than its field', () => {
    for (const spans of [
      [[0, 200_000]],
      [
        [0, 5],
        [100_000, 100_001],
      ],
      [
        [0, 1],
        [10, 200_000],
      ],
    ]) {
      const received = new NumberRanges();
      for (const [start = 0, end = 0] of spans) received.add(start, end);
      const writer = new ByteWriter(new Uint8Array(100));
      writeAck(writer, received, 0, 10);
      const [[, largest, , pairs] = []] = read(writer.written()).told as [
        string,
        number,
        number,
        [number, number][],
      ][];
      let end = (largest ?? 0) + 1;
      for (const [gap, length] of pairs ?? []) {
        end -= gap;
        for (let n = end - length; n < end; n++) assert.ok(received.has(n), `${n}`);
        end -= length;
      }
    }
  });
});
