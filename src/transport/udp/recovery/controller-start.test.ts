import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Controller } from './controller.ts';
import { RoundTrips } from './round-trips.ts';

const datagram = 1000;
const pathMs = 40;

/** A controller that has found a rate of 100 bytes per millisecond on a path of 40 ms, and is still at the start. */
class Scene {
  readonly trips = new RoundTrips();
  readonly controller = new Controller(this.trips, datagram, 4, false);
  #nowMs = 1000;

  constructor() {
    this.ack();
  }

  /** An acknowledgement of a tenth of a round. The peer says that it kept it for `keptMs`. */
  ack({ tookMs = pathMs, keptMs = 0, isAppLimited = false, underWay = 8_000 } = {}): void {
    const { controller, trips } = this;
    this.#nowMs += pathMs / 10;
    const before = controller.delivered - 3_600;
    controller.delivered += 400;
    trips.sample(tookMs, keptMs, this.#nowMs);
    controller.onAck(this.#nowMs, before, 100, isAppLimited, underWay);
  }

  acks(count: number, about: Parameters<Scene['ack']>[0] = {}): void {
    for (let i = 0; i < count; i++) this.ack(about);
  }

  restart(): void {
    this.controller.restart(this.#nowMs);
  }
}

const queued = { tookMs: 50 };

describe('the start phase', () => {
  it('has no more under way than what fills the path and a bit more than that again', () => {
    const { controller } = new Scene();
    assert.equal(controller.phase, 'start');
    assert.ok(controller.window >= 2 * 100 * pathMs && controller.window <= 2.25 * 100 * pathMs);
  });

  it('ends when eight acknowledgements in a row show a queue, not before', () => {
    const scene = new Scene();
    scene.acks(7, queued);
    assert.equal(scene.controller.phase, 'start');
    scene.ack();
    scene.acks(7, queued);
    assert.equal(scene.controller.phase, 'start', 'one between them showed none');
    scene.ack(queued);
    assert.equal(scene.controller.phase, 'drain');
  });

  it('does not take for a queue how long the peer says that it kept acknowledgements', () => {
    const scene = new Scene();
    scene.acks(8, { tookMs: 60, keptMs: 20 });
    assert.equal(scene.controller.phase, 'start');
  });

  it('ends by a queue also while credit holds a file up, but not while somebody says little', () => {
    const little = new Scene();
    little.acks(20, { ...queued, isAppLimited: true, underWay: 1_000 });
    assert.equal(little.controller.phase, 'start');
    const held = new Scene();
    held.acks(20, { ...queued, isAppLimited: true, underWay: 8_000 });
    assert.notEqual(held.controller.phase, 'start');
  });

  it('does not end because the rate grows no more while there is too little to send', () => {
    const held = new Scene();
    held.acks(100, { isAppLimited: true });
    assert.equal(held.controller.phase, 'start');
    held.acks(100);
    assert.notEqual(held.controller.phase, 'start');
  });

  it('begins anew without what was seen of a queue before', () => {
    const scene = new Scene();
    scene.acks(8, queued);
    scene.restart();
    scene.acks(7, queued);
    assert.equal(scene.controller.phase, 'start');
    scene.ack(queued);
    assert.notEqual(scene.controller.phase, 'start');
  });
});
