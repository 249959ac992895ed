import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeClock } from '../../../../tests/support/fake-clock.ts';
import { Progress } from './progress.ts';

const kib = 1024;

function started() {
  const clock = new FakeClock();
  const shown: string[] = [];
  const progress = new Progress(clock, (status) => shown.push(status));
  /** Transfers `bytes` a second for some seconds. */
  const run = (transfer: ReturnType<Progress['begin']>, bytes: number, seconds: number): void => {
    for (let at = 0; at < seconds * 5; at++) {
      transfer.advance(bytes / 5);
      clock.advance(200);
    }
  };
  return { clock, shown, progress, run };
}

it('shows transfers that take more than a second, and removes the status at the end', () => {
  const { clock, shown, progress, run } = started();
  const transfer = progress.begin('note.bin', 100 * kib);
  transfer.advance(0);
  transfer.advance(25 * kib);
  clock.advance(900);
  assert.deepEqual(shown, []);
  clock.advance(100);
  assert.deepEqual(shown, ['note.bin 25% 25 KiB/s, 3 s left']);
  run(transfer, 25 * kib, 1);
  assert.equal(shown.at(-1), 'note.bin 50% 25 KiB/s, 2 s left');
  assert.ok(shown.length <= 7);
  transfer.end();
  assert.equal(shown.at(-1), '');
  assert.equal(clock.pendingTimers, 0);
});

it('shows the speed of the last seconds, a stall, and minutes and hours', () => {
  const { clock, shown, progress, run } = started();
  const transfer = progress.begin('big.bin', 10_000 * kib);
  run(transfer, 100 * kib, 10);
  assert.equal(shown.at(-1), 'big.bin 10% 100 KiB/s, 2 min left');
  run(transfer, kib, 6);
  assert.equal(shown.at(-1), 'big.bin 10% 1.0 KiB/s, 3 h left');
  clock.advance(6_000);
  assert.equal(shown.at(-1), 'big.bin 10%, stalled');
  run(transfer, 1_000 * kib, 6);
  assert.equal(shown.at(-1), 'big.bin 70% 1000 KiB/s, 3 s left');
});

it('shows that a transfer waits for the connection, and a new speed afterwards', () => {
  const { clock, shown, progress, run } = started();
  const transfer = progress.begin('big.bin', 1_000 * kib);
  run(transfer, 100 * kib, 2);
  progress.isConnected = false;
  clock.advance(60_000);
  assert.equal(shown.at(-1), 'big.bin 20%, waiting for the connection');
  progress.isConnected = true;
  clock.advance(200);
  assert.equal(shown.at(-1), 'big.bin 20%');
  run(transfer, 10 * kib, 2);
  assert.match(shown.at(-1) ?? '', /^big\.bin 22% 1\d KiB\/s, 7\d s left$/);
  transfer.end();
  assert.equal(clock.pendingTimers, 0);
});

it('cuts a long name, and quotes one that could be taken for a prompt', () => {
  const { clock, shown, progress } = started();
  progress.begin('🍎'.repeat(30), 0);
  clock.advance(1_000);
  assert.deepEqual(shown, [`"${'🍎'.repeat(23)}…" 100%`]);
  progress.begin('x] > !exit', 0);
  clock.advance(1_000);
  assert.equal(shown.at(-1), '"x] > !exit" 100%');
});
