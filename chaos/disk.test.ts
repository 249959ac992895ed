import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { type Disk, openDisk, plainDisk } from './disk.ts';

const bytes = Buffer.alloc(1024 * 1024, 1);

/** Writes a file in the data folder, and syncs it and its folder if asked to. */
function write(disk: Disk, name: string, isSynced: boolean): void {
  const file = openSync(join(disk.dataFolder, name), 'w');
  try {
    writeSync(file, bytes);
    if (isSynced) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (!isSynced) return;
  const folder = openSync(disk.dataFolder, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Undefined, and the test is skipped, where nothing but a folder can be had. */
function failingDisk(context: TestContext): Disk | undefined {
  const disk = openDisk(context);
  if (disk.missing === undefined) return disk;
  context.skip(disk.missing);
  return undefined;
}

it('is full until it is freed', (context) => {
  const disk = failingDisk(context);
  if (disk === undefined) return;
  disk.fill();
  assert.throws(() => write(disk, 'more', true), { code: 'ENOSPC' });
  disk.free();
  write(disk, 'more', true);
});

it('fails syncs until it is freed, and takes writes again after a repair', (context) => {
  const disk = failingDisk(context);
  if (disk === undefined) return;
  write(disk, 'before', true);
  disk.failSyncs();
  assert.throws(() => write(disk, 'failed', true), { code: /^(EIO|ENOSPC)$/ });
  disk.free();
  disk.repair();
  write(disk, 'after', true);
  assert.deepEqual(readFileSync(join(disk.dataFolder, 'before')), bytes);
});

it('fails syncs also while the disk from before a power cut is still in use', (context) => {
  const disk = failingDisk(context);
  if (disk === undefined) return;
  const longer = openSync(join(disk.dataFolder, 'open for longer'), 'w');
  writeSync(longer, Buffer.alloc(8 * bytes.length, 1));
  fsyncSync(longer);
  try {
    disk.copyForPowerCut();
    disk.usePowerCutCopy();
    disk.failSyncs();
    assert.throws(() => write(disk, 'failed', true), { code: /^(EIO|ENOSPC)$/ });
    disk.free();
  } finally {
    closeSync(longer);
  }
});

it('has what was synced after a power cut, and not what was not', (context) => {
  const disk = failingDisk(context);
  if (disk === undefined) return;
  write(disk, 'synced', true);
  write(disk, 'unsynced', false);
  disk.copyForPowerCut();
  disk.usePowerCutCopy();
  assert.deepEqual(readFileSync(join(disk.dataFolder, 'synced')), bytes);
  const left = join(disk.dataFolder, 'unsynced');
  assert.ok(!existsSync(left) || !readFileSync(left).equals(bytes));
});

it('is a folder that tells the server that it is full where nothing else can be had', (context) => {
  const disk = plainDisk(context, 'no loop devices');
  assert.equal(disk.missing, 'no loop devices');
  mkdirSync(disk.dataFolder);
  writeFileSync(join(disk.dataFolder, 'file'), '');
  disk.fill();
  assert.ok(disk.fullMark !== undefined && existsSync(disk.fullMark));
  disk.free();
  assert.ok(!existsSync(disk.fullMark));
  for (const fault of ['failSyncs', 'copyForPowerCut', 'usePowerCutCopy'] as const)
    assert.throws(() => disk[fault](), /no loop devices/);
});
