import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteReader, ByteWriter } from '../packets/byte-cursor.ts';
import { readFrames } from '../packets/frames.ts';
import { packetStates, SentPackets } from '../recovery/sent-packets.ts';
import { Credit, SharedCredit } from './credit.ts';
import { CreditFrames } from './credit-frames.ts';

const roundTripMs = 40;
const againMs = 5;

function streamOf(id: number): { id: number; receive: { credit: Credit; knowsEnd: boolean } } {
  return { id, receive: { credit: new Credit(1000, 1000, new SharedCredit(0)), knowsEnd: false } };
}

/** The frames of a packet of so many bytes that is sent now: stream and limit of each. */
function written(frames: CreditFrames, nowMs: number, againAtMs: number, room = 1000): [number, number][] {
  const sent = new SentPackets();
  const writer = new ByteWriter(new Uint8Array(room));
  sent.begin();
  frames.write(writer, sent, nowMs, roundTripMs, againAtMs);
  const number = sent.add(packetStates.underWay, writer.at, 0, nowMs);
  const limits: number[] = [];
  sent.chunks(number, (_kind, _stream, limit) => limits.push(limit));
  const found: [number, number][] = [];
  readFrames(new ByteReader(writer.written()), {
    onMaxStream: (stream: number, limit: number) => void found.push([stream, limit]),
  } as never);
  assert.deepEqual(
    limits,
    found.map(([, limit]) => limit),
  );
  return found;
}

describe('CreditFrames', () => {
  it('sends a frame once more, unless it is acknowledged by then', () => {
    const frames = new CreditFrames();
    const [first, second] = [streamOf(0), streamOf(1)];
    for (const stream of [first, second]) {
      stream.receive.credit.consumed = 500;
      frames.add(stream);
    }
    assert.equal(frames.isEmpty, false);
    assert.deepEqual(written(frames, 0, againMs), [
      [0, 1500],
      [1, 1500],
    ]);
    assert.deepEqual([frames.isEmpty, frames.dueMs], [true, againMs]);
    frames.onAcked(first, 1500);
    frames.repeat(againMs - 1);
    assert.equal(frames.isEmpty, true, 'not before its time');
    frames.repeat(againMs);
    assert.equal(frames.isEmpty, false);
    assert.deepEqual(written(frames, againMs, 2 * againMs), [[1, 1500]]);
    assert.deepEqual([frames.isEmpty, frames.dueMs], [true, Infinity], 'and only once more');
  });

  it('tells new credit in place of a frame that was to be sent once more', () => {
    const frames = new CreditFrames();
    const stream = streamOf(0);
    frames.add(stream);
    written(frames, 0, againMs);
    frames.repeat(againMs);
    stream.receive.credit.consumed = 700;
    frames.add(stream);
    assert.deepEqual(written(frames, 50, 50 + againMs), [[0, 1700]]);
    frames.onAcked(stream, 1000);
    assert.equal(
      frames.dueMs,
      50 + againMs,
      'an acknowledgement of an older frame says nothing of the newer one',
    );
  });

  it('tells again what was lost, unless the peer has heard of it or is about to hear of more', () => {
    const frames = new CreditFrames();
    const stream = streamOf(0);
    const { credit } = stream.receive;
    credit.consumed = 500;
    frames.add(stream);
    written(frames, 0, Infinity);
    frames.onLost(stream, 1500);
    assert.deepEqual(written(frames, 50, Infinity), [[0, 1500]]);
    frames.onAcked(stream, 1500);
    frames.onLost(stream, 1500);
    assert.equal(frames.isEmpty, true, 'a copy of it has arrived');
    credit.consumed = 900;
    frames.add(stream);
    assert.deepEqual(written(frames, 100, Infinity), [[0, 1900]]);
    credit.consumed = 1200;
    frames.add(stream);
    assert.deepEqual(written(frames, 120, Infinity), [[0, 2200]]);
    frames.onLost(stream, 1900);
    assert.equal(frames.isEmpty, true, 'a newer one is under way');
    frames.onAcked(stream, 2200);
    frames.onAcked(stream, 1900);
    frames.onLost(stream, 2200);
    assert.equal(frames.isEmpty, true, 'the peer has heard of the newest, whatever it acknowledges later');
  });

  it('sends nothing once more that is acknowledged when its time has come, nor after the end', () => {
    const frames = new CreditFrames();
    const streams = [streamOf(0), streamOf(1), streamOf(2)] as const;
    for (const stream of streams) frames.add(stream);
    written(frames, 0, againMs);
    frames.repeat(againMs);
    frames.onAcked(streams[0], 1000);
    assert.deepEqual(written(frames, againMs, Infinity, 15), [[1, 1000]], 'the packet is full');
    frames.add(streams[0]);
    written(frames, 10, 10 + againMs, 15);
    frames.add(streams[1]);
    frames.clear();
    assert.deepEqual([frames.isEmpty, frames.dueMs], [true, Infinity]);
  });

  it('leaves what does not fit for the next packet', () => {
    const frames = new CreditFrames();
    for (const id of [0, 1, 2]) frames.add(streamOf(id));
    assert.deepEqual(written(frames, 0, againMs, 30), [
      [0, 1000],
      [1, 1000],
    ]);
    assert.equal(frames.isEmpty, false);
    assert.deepEqual(written(frames, 1, againMs, 30), [[2, 1000]]);
  });

  it('does nothing where no packets are lost, nor for a stream that has ended', () => {
    const frames = new CreditFrames();
    const stream = streamOf(0);
    frames.add(stream);
    written(frames, 0, Infinity);
    assert.equal(frames.dueMs, Infinity);
    frames.add(stream);
    written(frames, 0, againMs);
    stream.receive.knowsEnd = true;
    frames.repeat(againMs);
    frames.add(stream);
    assert.equal(frames.isEmpty, true);
  });
});
