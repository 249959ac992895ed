import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Controller } from './controller.ts';
import { RoundTrips } from './round-trips.ts';

const datagram = 1000;

/** A path of `rate` bytes per millisecond and `pathMs`, on which whatever the controller allows is sent. */
function drive(
  controller: Controller,
  trips: RoundTrips,
  { rate = 100, pathMs = 40, rounds = 40, loss = 0 },
): void {
  for (let round = 0, nowMs = 1000; round < rounds; round++, nowMs += pathMs) {
    const sent = Math.min(controller.window, controller.pace * pathMs);
    const delivered = Math.min(sent * (1 - loss), rate * pathMs);
    const queuedMs = Math.max(0, (sent * (1 - loss) - rate * pathMs) / rate);
    const before = controller.delivered;
    if (controller.isDraining) for (let i = 0; i < 50; i++) controller.onDrainPacket(i < 50 * loss);
    controller.delivered += delivered;
    trips.sample(pathMs + queuedMs, 0, nowMs);
    controller.onAck(nowMs, before, delivered / pathMs, false, Math.min(sent, rate * pathMs));
  }
}

function fresh(polite = false): { controller: Controller; trips: RoundTrips } {
  const trips = new RoundTrips();
  return { controller: new Controller(trips, datagram, 10, polite), trips };
}

describe('Controller', () => {
  it('finds the rate of the path, and keeps near it', () => {
    const { controller, trips } = fresh();
    drive(controller, trips, {});
    assert.equal(controller.phase, 'cycle');
    assert.ok(Math.abs(controller.rate - 100) < 1, `${controller.rate}`);
    assert.ok(controller.window < 3 * 100 * 40 + 10 * datagram);
  });

  it('sends more by what the path loses by itself, unless it is polite', () => {
    const kind = fresh(true);
    drive(kind.controller, kind.trips, { loss: 0.2 });
    assert.equal(kind.controller.loss, 0);
    const { controller, trips } = fresh();
    drive(controller, trips, { loss: 0.2 });
    assert.ok(Math.abs(controller.loss - 0.2) < 0.02, `${controller.loss}`);
    assert.ok(controller.window > kind.controller.window * 1.1);
  });

  it('never compensates more than half, and nothing of what it lost while not draining', () => {
    const { controller } = fresh();
    for (let i = 0; i < 100; i++) controller.onDrainPacket(true);
    assert.equal(controller.loss, 0.5);
  });

  it('compensates nothing while a queue stands: then it is an overload, whoever makes it', () => {
    const { controller, trips } = fresh();
    drive(controller, trips, { loss: 0.2 });
    for (let round = 0, nowMs = 10_000; round < 5; round++, nowMs += 100) {
      const before = controller.delivered;
      controller.delivered += 4000;
      trips.sample(100, 0, nowMs);
      controller.onAck(nowMs, before, 100, false, 8000);
    }
    assert.equal(controller.loss, 0);
  });

  it('leaves the rate as it is while there is too little to send', () => {
    const { controller, trips } = fresh();
    drive(controller, trips, {});
    const { rate } = controller;
    for (let round = 0, nowMs = 10_000; round < 30; round++, nowMs += 40) {
      const before = controller.delivered;
      controller.delivered += 10;
      trips.sample(40, 0, nowMs);
      controller.onAck(nowMs, before, 0.25, true, 10);
    }
    assert.equal(controller.rate, rate);
  });

  it('sends some packets each round trip, however low its first sample', () => {
    const { controller, trips } = fresh();
    trips.sample(40, 0, 1000);
    controller.delivered = 40;
    controller.onAck(1040, 0, 40 / 40_000, false, 0);
    assert.ok(controller.pace * 40 >= 4 * datagram);
  });

  it('finds in a few cycles that the path has become much faster', () => {
    const { controller, trips } = fresh();
    drive(controller, trips, { rate: 5, rounds: 60 });
    assert.equal(controller.phase, 'cycle');
    drive(controller, trips, { rate: 100, rounds: 24 });
    assert.ok(controller.rate > 80, `${controller.rate}`);
  });

  it('takes what leaves after a pause for too little to send, also when everything before it has arrived', () => {
    const { controller } = fresh();
    controller.delivered = 200;
    controller.onNothingToSend(100);
    controller.delivered = 300;
    assert.equal(controller.isAppLimited, true);
    controller.delivered = 301;
    assert.equal(controller.isAppLimited, false);
  });

  it('begins anew when the path is gone', () => {
    const { controller, trips } = fresh();
    drive(controller, trips, { loss: 0.2 });
    controller.restart(10_000);
    assert.deepEqual([controller.phase, controller.rate, controller.loss], ['start', 0, 0]);
    assert.equal(controller.window, 10 * datagram);
  });
});
