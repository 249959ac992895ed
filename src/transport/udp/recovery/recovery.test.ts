import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MalformedError } from '../packets/byte-cursor.ts';
import { AckReport } from '../packets/frames.ts';
import { defaultSettings, type UdpSettings } from '../settings.ts';
import { Recovery } from './recovery.ts';
import { chunkKinds, packetStates } from './sent-packets.ts';

const size = 1000;

class Scene {
  readonly acked: number[] = [];
  readonly lost: number[] = [];
  readonly silences: number[] = [];
  readonly probes: [number, boolean][] = [];
  readonly recovery: Recovery;
  nowMs = 0;

  constructor(settings: Partial<UdpSettings> = {}) {
    this.recovery = new Recovery({ ...defaultSettings, ...settings }, size, {
      onChunk: (isAcked, _kind, _stream, offset) => void (isAcked ? this.acked : this.lost).push(offset),
      onSizeProbe: (bytes, isAcked) => void this.probes.push([bytes, isAcked]),
      onDatagram() {},
      onSilence: (bytes) => void this.silences.push(bytes),
    });
  }

  /** Sends `count` packets; each carries its number as an offset. */
  send(count: number, isSizeProbe = false): void {
    const { sent } = this.recovery;
    for (let i = 0; i < count; i++) {
      sent.begin();
      if (!isSizeProbe) sent.carry(chunkKinds.data, 0, sent.next, 1);
      this.recovery.onSent(size, true, isSizeProbe, this.nowMs);
    }
  }

  /** The peer has got these, in ascending order. */
  ack(...numbers: number[]): void {
    const report = new AckReport();
    const descending = numbers.toReversed();
    report.largestLow = descending[0] ?? 0;
    let before = report.largestLow + 1;
    for (const number of descending) {
      const gap = before - number - 1;
      const at = report.count - 1;
      if (gap === 0 && at >= 0) report.lengths[at] = (report.lengths[at] ?? 0) + 1;
      else {
        report.gaps[report.count] = gap;
        report.lengths[report.count++] = 1;
      }
      before = number;
    }
    this.recovery.onAck(report, this.nowMs);
  }
}

describe('Recovery', () => {
  it('takes a packet for lost when three later ones arrived, and not when two did', () => {
    const scene = new Scene();
    scene.send(5);
    scene.nowMs = 40;
    scene.ack(1, 2);
    assert.deepEqual([scene.acked.sort(), scene.lost], [[1, 2], []]);
    scene.ack(1, 2, 3);
    assert.deepEqual(scene.lost, [0]);
  });

  it('takes a packet for lost when it is missing for long, and says when that is', () => {
    const scene = new Scene();
    scene.send(2);
    scene.nowMs = 40;
    scene.ack(1);
    const dueMs = scene.recovery.dueMs(false);
    assert.ok(dueMs > 40 && dueMs < 55, `${dueMs}`);
    scene.nowMs = dueMs;
    scene.recovery.onTime(dueMs);
    assert.deepEqual(scene.lost, [0]);
    assert.equal(scene.recovery.sent.bytesUnderWay, 0);
  });

  it('learns from a late packet that packets come out of order', () => {
    const scene = new Scene();
    scene.send(12);
    scene.nowMs = 40;
    scene.ack(3);
    assert.deepEqual(scene.lost, [0]);
    scene.ack(0, 3);
    assert.deepEqual(scene.acked, [3, 0]);
    scene.ack(0, 2, 3, 4);
    assert.deepEqual(scene.lost, [0], 'number 1 is three behind, as number 0 was');
  });

  it('sends the oldest again when nothing comes back, and begins anew after three times', () => {
    const scene = new Scene();
    scene.send(4);
    for (let times = 1; times <= 3; times++) {
      scene.nowMs = scene.recovery.dueMs(false);
      scene.recovery.onTime(scene.nowMs);
      assert.equal(scene.recovery.probes, 2);
      if (times < 3) assert.deepEqual(scene.lost.splice(0), [0, 1]);
    }
    assert.deepEqual(scene.lost, [0, 1, 2, 3]);
    assert.deepEqual(scene.silences, [size]);
    assert.equal(scene.recovery.sent.bytesUnderWay, 0);
    assert.ok(scene.nowMs < 3000);
  });

  it('asks again after three seconds at the latest, also when its only round trip was that of a machine that slept', () => {
    const scene = new Scene();
    scene.send(1);
    scene.nowMs += 60_000;
    scene.ack(0);
    scene.send(1);
    assert.equal(scene.recovery.dueMs(false), scene.nowMs + 3000);
  });

  it('lets probes leave though the window is full', () => {
    const scene = new Scene();
    scene.send(100);
    assert.equal(scene.recovery.canSend(scene.nowMs), false);
    scene.nowMs = scene.recovery.dueMs(false);
    scene.recovery.onTime(scene.nowMs);
    scene.send(1);
    assert.equal(scene.recovery.canSend(scene.nowMs), true);
    scene.send(1);
    assert.equal(scene.recovery.canSend(scene.nowMs), false);
  });

  it('does not count the loss of a size probe', () => {
    const scene = new Scene();
    scene.send(1, true);
    scene.send(4);
    scene.nowMs = 40;
    scene.ack(1, 2, 3, 4);
    assert.deepEqual(scene.probes, [[size, false]]);
    assert.deepEqual([scene.recovery.lately.share, scene.lost], [0, []]);
  });

  it('ends an association that acknowledges what was never sent', () => {
    const scene = new Scene();
    scene.send(2);
    assert.throws(() => scene.ack(2), MalformedError);
    scene.recovery.sent.begin();
    scene.recovery.sent.add(packetStates.skipped, 0, 0, 0);
    scene.send(1);
    assert.throws(() => scene.ack(2, 3), MalformedError);
  });

  it('settles every packet once, as acknowledged or lost, and counts what is under way', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('send' as const), count: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ kind: fc.constant('ack' as const), keep: fc.infiniteStream(fc.boolean()) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(400) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const scene = new Scene();
        const arrived = new Set<number>();
        const { sent } = scene.recovery;
        for (const happened of events) {
          if (happened.kind === 'send') scene.send(happened.count);
          else if (happened.kind === 'wait') {
            scene.nowMs += happened.ms;
            scene.recovery.onTime(scene.nowMs);
          } else {
            for (let n = Math.max(0, sent.next - 30); n < sent.next; n++)
              if (happened.keep.next().value) arrived.add(n);
            const numbers = [...arrived].sort((a, b) => a - b);
            if (numbers.length > 0) scene.ack(...numbers.slice(-30));
          }
          let open = 0;
          for (let n = 0; n < sent.next; n++) if (sent.stateOf(n) === packetStates.underWay) open++;
          assert.equal(sent.packetsUnderWay, open);
          assert.equal(sent.bytesUnderWay, open * size);
          for (const n of arrived)
            if (n >= sent.next - 30) assert.notEqual(sent.stateOf(n), packetStates.underWay);
        }
        assert.equal(new Set(scene.acked).size, scene.acked.length);
      }),
    );
  });
});
