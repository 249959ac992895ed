import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from './messages/entry.ts';
import { Turns } from './turns.ts';

const text = (length: number): Message => ({ kind: 'text', text: 'x'.repeat(length) });

test('others get a turn after every long message, and after many short ones', async () => {
  const turns = new Turns();
  for (let n = 0; n < 3; n++) {
    let isTheirs = false;
    setImmediate(() => {
      isTheirs = true;
    });
    await turns.after(text(40_000));
    assert.ok(isTheirs);
  }
  const waits = Array.from({ length: 1024 }, () => turns.after(text(64)) !== undefined);
  assert.equal(waits.filter(Boolean).length, 2);
});
