import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { formatBytes, Progress } from './progress.ts';

it('Progress shows transfers that take more than a second, and removes the status at the end', () => {
  const clock = new FakeClock();
  const shown: string[] = [];
  const progress = new Progress(clock, (status) => shown.push(status));
  const transfer = progress.begin('note.bin', 100 * 1024);
  transfer.advance(25 * 1024);
  clock.advance(900);
  assert.deepEqual(shown, []);
  clock.advance(100);
  assert.deepEqual(shown, ['note.bin 25% 25 KiB/s']);
  transfer.advance(25 * 1024);
  clock.advance(1_000);
  assert.equal(shown.at(-1), 'note.bin 50% 25 KiB/s');
  assert.ok(shown.length <= 6);
  transfer.end();
  assert.equal(shown.at(-1), '');
  assert.equal(clock.pendingTimers, 0);
});

it('formatBytes uses the largest unit that fits', () => {
  assert.deepEqual([0, 1023, 1024, 1536, 10 * 1024, 12.7 * 1024 ** 2, 3 * 1024 ** 3].map(formatBytes), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '10 KiB',
    '12 MiB',
    '3.0 GiB',
  ]);
});
