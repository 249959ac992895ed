import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.ts';

test('others get a turn after every long message, and after many short ones', async () => {
  const turns = new Turns();
  for (let n = 0; n < 3; n++) {
    let isTheirs = false;
    setImmediate(() => {
      isTheirs = true;
    });
    await turns.after(80_000);
    assert.ok(isTheirs);
  }
  const waits = Array.from({ length: 1024 }, () => turns.after(128) !== undefined);
  assert.equal(waits.filter(Boolean).length, 2);
});
