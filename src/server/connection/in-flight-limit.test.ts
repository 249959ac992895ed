import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../../protocol/limits.ts';
import { InFlightLimit } from './in-flight-limit.ts';

const limits = { ...defaultLimits, inFlightMessages: 2, inFlightBytes: 100 };

test('messages and bytes on the way to the disk are bounded', async () => {
  const inFlight = new InFlightLimit(limits);
  inFlight.enter(10);
  assert.equal(inFlight.room(), undefined);
  inFlight.enter(10);
  const room = inFlight.room();
  assert.ok(room instanceof Promise);
  inFlight.leave(10);
  await room;
  inFlight.enter(95);
  inFlight.leave(10);
  assert.equal(inFlight.room(), undefined);
  inFlight.enter(5);
  assert.ok(inFlight.room() instanceof Promise);
});

test('empty waits for the last message', async () => {
  const inFlight = new InFlightLimit(limits);
  await inFlight.empty();
  inFlight.enter(1);
  let isEmpty = false;
  const empty = inFlight.empty().then(() => {
    isEmpty = true;
  });
  await Promise.resolve();
  assert.equal(isEmpty, false);
  inFlight.leave(1);
  await empty;
});
