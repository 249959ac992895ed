import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Controller } from './controller.ts';
import { sampleRate } from './rate-sample.ts';
import { RoundTrips } from './round-trips.ts';
import { packetStates, SentPackets } from './sent-packets.ts';

const pathMs = 40;
const size = 1000;

/** The rate that is found when `delivered` of the 100 packets of a round trip arrived, on a path that loses `loss`. */
function rateOf(delivered: number, loss: number): number {
  const trips = new RoundTrips();
  trips.sample(pathMs, 0, 0);
  const controller = new Controller(trips, size, 10, false);
  for (let i = 0; i < 100; i++) controller.onDrainPacket(i < 100 * loss);
  const sent = new SentPackets();
  sent.begin();
  const row = sent.row(sent.next);
  sent.sentBytes[row] = 150 * size;
  sent.answeredBytes[row] = 50 * size;
  const number = sent.add(packetStates.underWay, size, 0, pathMs);
  controller.delivered = delivered * size;
  sampleRate(sent, controller, number, pathMs, pathMs);
  assert.equal(controller.answeredBytes, 150 * size);
  return controller.rate * (pathMs / size);
}

describe('sampleRate', () => {
  it('takes what was delivered, if that is no more than was to be expected', () => {
    assert.equal(rateOf(100, 0), 100);
    assert.equal(rateOf(90, 0.1), 90);
    assert.equal(rateOf(70, 0.1), 70);
  });

  it('does not take luck for a faster path', () => {
    assert.equal(rateOf(97, 0.1), 90);
  });
});
