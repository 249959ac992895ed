import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Scope } from './scope.ts';

const mebibyte = 1024 * 1024;

/** The file system's own blocks have their room from the beginning: it is data that is to fail. */
const eager = 'nodiscard,lazy_itable_init=0,lazy_journal_init=0';
export const formatExt4 = ['mkfs.ext4', '-q', '-b', '4096', '-J', 'size=4', '-E', eager] as const;

/** Mounts an image. `format` is a command that makes a file system on the device that comes last, or empty. */
export function mountImage(image: string, folder: string, format: readonly string[]): void {
  const device = run('losetup', '-f', '--show', image).trim();
  try {
    // Of a longer request part may find room, and the loop device calls that a success.
    writeFileSync(`/sys/block/${basename(device)}/queue/max_sectors_kb`, '4');
    const [command, ...args] = format;
    if (command !== undefined) run(command, ...args, device);
    run('mount', '-t', 'ext4', device, folder);
  } finally {
    // It stays as long as it is mounted.
    run('losetup', '-d', device);
  }
}

/** A folder for a mount, which ends with the scope. Processes that still use it may hold it a moment longer. */
export function mountPoint(scope: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-mount-'));
  scope.after(() => {
    spawnSync('umount', ['--lazy', folder]);
    rmdirSync(folder);
  });
  return folder;
}

/** Whether the sync of a new file fails: kernels, and their loop devices, differ. */
export function failsToSync(folder: string): boolean {
  const file = join(folder, 'probe');
  const probe = openSync(file, 'w');
  try {
    writeSync(probe, Buffer.alloc(mebibyte));
    fsyncSync(probe);
    return false;
  } catch {
    return true;
  } finally {
    closeSync(probe);
    rmSync(file, { force: true });
  }
}

/** Returns what `command` prints. Throws when it fails. */
export function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

export function writeUntilFull(file: number, bytes: Buffer): void {
  try {
    for (;;) writeSync(file, bytes);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
