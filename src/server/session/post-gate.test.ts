import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { PostGate } from './post-gate.ts';

const limits = { ...defaultLimits, messageBurst: 3, inFlightMessages: 2, inFlightBytes: 100 };

test('a burst passes at once, what comes after waits for its share of the rate', () => {
  const clock = new FakeClock();
  const gate = new PostGate(clock, limits, 10);
  for (let i = 0; i < 3; i++) {
    assert.equal(gate.delayMs(), 0);
    gate.enter(1);
  }
  assert.equal(gate.delayMs(), 100);
  clock.advance(60);
  assert.ok(Math.abs(gate.delayMs() - 40) < 1e-6);
  clock.advance(40);
  assert.equal(gate.delayMs(), 0);
  clock.advance(3_600_000);
  for (let i = 0; i < 3; i++) {
    assert.equal(gate.delayMs(), 0);
    gate.enter(1);
  }
  assert.ok(gate.delayMs() > 0);
});

test('a rate of 0 limits nothing', () => {
  const gate = new PostGate(new FakeClock(), limits, 0);
  for (let i = 0; i < 1000; i++) {
    assert.equal(gate.delayMs(), 0);
    gate.enter(0);
  }
});

test('no more messages and bytes are on the way to the disk than the bound', async () => {
  const gate = new PostGate(new FakeClock(), limits, 0);
  gate.enter(10);
  assert.equal(gate.room(), undefined);
  gate.enter(10);
  const room = gate.room();
  assert.ok(room instanceof Promise);
  gate.leave(10);
  await room;
  gate.enter(95);
  gate.leave(10);
  assert.equal(gate.room(), undefined);
  gate.enter(5);
  assert.ok(gate.room() instanceof Promise);
});

test('empty waits for the last message', async () => {
  const gate = new PostGate(new FakeClock(), limits, 0);
  await gate.empty();
  gate.enter(1);
  let isEmpty = false;
  const empty = gate.empty().then(() => {
    isEmpty = true;
  });
  await Promise.resolve();
  assert.equal(isEmpty, false);
  gate.leave(1);
  await empty;
});
