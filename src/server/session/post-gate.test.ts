import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../../protocol/limits.ts';
import { PostGate } from './post-gate.ts';

const limits = { ...defaultLimits, inFlightMessages: 2, inFlightBytes: 100 };

test('no more messages and bytes are on the way to the disk than the bound', async () => {
  const gate = new PostGate(limits);
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
  const gate = new PostGate(limits);
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
