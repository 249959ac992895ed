import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { encoders, FakeDevice } from '../../../tests/support/hub-town.ts';
import { FanOutCounts } from '../counts/fan-out-counts.ts';
import { Flusher } from './flusher.ts';

class Scene {
  readonly clock = new FakeClock();
  readonly counts = new FanOutCounts();
  readonly flusher = new Flusher(this.counts, this.clock, () => assert.fail());
  readonly flushed: FakeDevice[] = [];

  begin(): void {
    this.flusher.begin(this.clock.monotonicMs());
  }

  device(): FakeDevice {
    const device = new FakeDevice(encoders[0]);
    device.outbox.flush = () => void this.flushed.push(device);
    return device;
  }

  /** Flushes all outboxes; returns how many were flushed in each turn. */
  turns(): number[] {
    const turns: number[] = [];
    let before = this.flushed.length;
    for (const generator = this.flusher.flushAll(); ; before = this.flushed.length) {
      const isDone = generator.next().done === true;
      turns.push(this.flushed.length - before);
      if (isDone) return turns;
    }
  }
}

describe('Flusher', () => {
  it('flushes each device once for all that was delivered to it, and then what is delivered after that', () => {
    const scene = new Scene();
    const [one, two] = [scene.device(), scene.device()];
    scene.begin();
    for (const device of [one, two, one, two]) scene.flusher.add(device);
    scene.turns();
    assert.deepEqual(scene.flushed.splice(0), [one, two]);
    scene.begin();
    scene.flusher.add(two);
    scene.turns();
    assert.deepEqual(scene.flushed, [two]);
  });

  it('is due behind the last group, and 40 ms after the first one began', () => {
    const scene = new Scene();
    const isDue = (): boolean[] => [scene.flusher.isDue(true), scene.flusher.isDue(false)];
    assert.deepEqual(isDue(), [false, false], 'nothing has begun');
    scene.begin();
    scene.clock.advance(40);
    assert.deepEqual(isDue(), [true, false]);
    scene.begin();
    scene.clock.advance(1);
    assert.deepEqual(isDue(), [true, true], 'a group that begins later changes nothing');
    scene.turns();
    assert.deepEqual(isDue(), [false, false]);
  });

  it('may be interrupted after 16 outboxes', () => {
    const scene = new Scene();
    for (let device = 0; device < 40; device++) scene.flusher.add(scene.device());
    assert.deepEqual(scene.turns(), [16, 16, 8]);
  });

  it('counts how long matching took, and everything from the start of the first group', () => {
    const scene = new Scene();
    const device = scene.device();
    device.outbox.flush = () => scene.clock.advance(5);
    const sums = (): number[] => [scene.counts.matchSeconds.sum, scene.counts.deliverySeconds.sum];
    for (const [matchMs, expected] of [
      [3, [0.003, 0.025]],
      [4, [0.007, 0.05]],
    ] as const) {
      scene.begin();
      scene.counts.matchMs += matchMs;
      scene.clock.advance(20);
      scene.begin();
      scene.flusher.add(device);
      scene.turns();
      assert.deepEqual(sums(), expected);
    }
  });
});
