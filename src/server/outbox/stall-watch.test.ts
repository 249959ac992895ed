import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { StallWatch } from './stall-watch.ts';

const limits = { lagStallMs: 30_000, lagStallBytes: 40 };

function scene() {
  const clock = new FakeClock();
  const connection = { sentBytes: 1000, unsentBytes: 100 };
  const seen = { stalls: 0, isNeeded: true };
  const watch = new StallWatch({
    connection,
    clock,
    limits,
    isNeeded: () => seen.isNeeded,
    onStall: () => seen.stalls++,
  });
  return { clock, connection, seen, watch };
}

test('a reader that takes too little in a period stalls, and the watch ends', () => {
  const { clock, connection, seen, watch } = scene();
  watch.restart();
  connection.sentBytes += limits.lagStallBytes - 1;
  clock.advance(29_999);
  assert.equal(seen.stalls, 0);
  clock.advance(1);
  assert.equal(seen.stalls, 1);
  clock.advance(100_000);
  assert.equal(seen.stalls, 1);
});

test('each period counts its own bytes', () => {
  const { clock, connection, seen, watch } = scene();
  watch.restart();
  connection.sentBytes += limits.lagStallBytes;
  clock.advance(30_000);
  assert.equal(seen.stalls, 0);
  clock.advance(30_000);
  assert.equal(seen.stalls, 1);
});

test('a reader for which nothing waits does not stall', () => {
  const { clock, connection, seen, watch } = scene();
  connection.unsentBytes = 0;
  watch.restart();
  clock.advance(90_000);
  assert.equal(seen.stalls, 0);
  connection.unsentBytes = 1;
  clock.advance(30_000);
  assert.equal(seen.stalls, 1);
});

test('restart begins a new period', () => {
  const { clock, seen, watch } = scene();
  watch.restart();
  clock.advance(20_000);
  watch.restart();
  clock.advance(20_000);
  assert.equal(seen.stalls, 0);
  assert.equal(clock.pendingTimers, 1);
});

test('a watch that was stopped, or is no longer needed, is silent and holds no timer', () => {
  const { clock, seen, watch } = scene();
  watch.restart();
  watch.stop();
  watch.stop();
  assert.equal(clock.pendingTimers, 0);
  watch.restart();
  seen.isNeeded = false;
  clock.advance(60_000);
  assert.equal(seen.stalls, 0);
  assert.equal(clock.pendingTimers, 0);
});
