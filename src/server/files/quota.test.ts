import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { LogRecorder } from '../../../tests/support/log-recorder.ts';
import { MemoryLog } from '../../../tests/support/memory-log.ts';
import { defaultLimits, type Limits } from '../../protocol/limits.ts';
import { type FileSender, type Reservation, UploadQuota, type UploadRefusal } from './quota.ts';

const mebibyte = 1024 * 1024;

/** By default each sender has an address of their own. */
const from = (name: string, address = name): FileSender => ({ name, address, isLoopback: false });

function quotaOf(freeBytes: number, limits: Partial<Limits> = {}): UploadQuota {
  // A test cannot have a real disk of any size.
  const fileStore = { freeBytes: async () => freeBytes };
  const log = new MemoryLog(new LogRecorder());
  return new UploadQuota({
    log,
    fileStore,
    limits: { ...defaultLimits, diskReserveBytes: 0, ...limits },
    clock: new FakeClock(),
    logger: pino({ enabled: false }),
  });
}

function granted(outcome: Reservation | UploadRefusal): Reservation {
  assert.ok('release' in outcome, JSON.stringify(outcome));
  return outcome;
}

test('files that are announced and never arrive take no room from others', async () => {
  const quota = quotaOf(1024 * mebibyte);
  for (let at = 0; at < 200; at++) granted(await quota.reserve(from(`u${at}`), 100 * mebibyte));
  granted(await quota.reserve(from('alice'), 10));
});

test('bytes that arrive are reserved in steps, up to the free space of the disk', async () => {
  const quota = quotaOf(12 * mebibyte);
  const first = granted(await quota.reserve(from('alice'), 100 * mebibyte));
  assert.equal(first.cover(4 * mebibyte), undefined);
  assert.equal(await first.cover(5 * mebibyte), undefined);
  const other = granted(await quota.reserve(from('bob'), mebibyte));
  const refusal = await first.cover(9 * mebibyte);
  assert.equal(refusal?.kind, 'full');
  first.release();
  first.release();
  assert.equal(first.cover(100 * mebibyte), undefined, 'nothing is reserved any more');
  assert.equal(other.cover(mebibyte), undefined);
  const last = granted(await quota.reserve(from('carol'), 11 * mebibyte));
  assert.equal(await last.cover(11 * mebibyte), undefined);
  assert.equal(await kindOf(quota, 1), 'full', 'what was released twice counts once');
});

test("bytes that arrived count towards the day's quota, and a file that would exceed it is not begun", async () => {
  const quota = quotaOf(Number.MAX_SAFE_INTEGER);
  for (let at = 0; at < 10; at++) {
    const reservation = granted(await quota.reserve(from('alice'), 100 * mebibyte));
    assert.equal(await reservation.cover(100 * mebibyte), undefined);
  }
  assert.equal(await kindOf(quota, 100 * mebibyte), 'too-much');
  assert.equal(await kindOf(quota, 100 * mebibyte + 1), 'too-big');
  assert.equal(await kindOf(quota, mebibyte), 'granted');
});

test('an address has a quota of files and bytes, under whatever names', async () => {
  const bytesOnly = quotaOf(Number.MAX_SAFE_INTEGER, { attachmentBytesPerAddressPerDay: 10 * mebibyte });
  const first = granted(await bytesOnly.reserve(from('a', 'here'), 4 * mebibyte));
  granted(await bytesOnly.reserve(from('b', 'here'), 100 * mebibyte));
  const third = granted(await bytesOnly.reserve(from('c', 'here'), 100 * mebibyte));
  assert.equal((await third.cover(5 * mebibyte))?.kind, 'too-much');
  first.release();
  const refused = await bytesOnly.reserve(from('d', 'here'), 1);
  assert.equal('kind' in refused && refused.kind, 'too-much', 'bytes of a failed upload count too');
  granted(await bytesOnly.reserve(from('d', 'elsewhere'), 1));
  const filesOnly = quotaOf(Number.MAX_SAFE_INTEGER, { attachmentsPerAddressPerDay: 2 });
  for (const name of ['a', 'b']) granted(await filesOnly.reserve(from(name, 'here'), 0));
  assert.ok('problem' in (await filesOnly.reserve(from('c', 'here'), 0)));
});

test('an address gets back no part of its day because others send files too', async () => {
  const quota = quotaOf(Number.MAX_SAFE_INTEGER, { attachmentsPerAddressPerDay: 4 });
  for (const name of ['a', 'b']) granted(await quota.reserve(from(name, 'here'), 0));
  for (let at = 0; at <= 20_000; at++) await quota.reserve(from('c', `there ${at}`), 0);
  for (const name of ['a', 'b']) granted(await quota.reserve(from(name, 'here'), 0));
  assert.ok('problem' in (await quota.reserve(from('a', 'here'), 0)));
});

async function kindOf(quota: UploadQuota, bytes: number): Promise<string> {
  const outcome = await quota.reserve(from('alice'), bytes);
  return 'kind' in outcome ? outcome.kind : 'granted';
}
