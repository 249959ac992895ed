import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TestContext } from 'node:test';

const mebibyte = 1024 * 1024;

/**
 * A real ext4 on a loop device, whose image has less room than it promises, as a thin-provisioned disk has. While that room
 * is full a write takes effect in the system's cache, and the sync fails, for good: the kernel lets go of what it could not
 * write, and says so once.
 */
export class FailingDisk {
  /** Where it is mounted. */
  readonly folder: string;
  readonly #image: string;
  readonly #room: string;
  readonly #test: TestContext;

  private constructor(test: TestContext, room: string, image: string) {
    this.#test = test;
    this.#room = room;
    this.#image = image;
    // The journal has its room from the beginning: it is data that is to fail.
    this.folder = mountImage(test, image, 'mkfs.ext4', '-q', '-b', '4096', '-J', 'size=4', '-E', eager);
  }

  /** Makes one, which is gone when the test ends; or tells in a sentence why that cannot be had here. */
  static make(test: TestContext): FailingDisk | string {
    if (process.getuid?.() !== 0) return 'only root can mount a disk that fails, so none is tried';
    try {
      const room = mountPoint(test);
      run('mount', '-t', 'tmpfs', '-o', 'size=24m', 'earshot-test', room);
      const image = join(room, 'image');
      writeFileSync(image, '');
      truncateSync(image, 64 * mebibyte);
      const disk = new FailingDisk(test, room, image);
      return disk.#failsSyncs() ? disk : 'syncs do not fail on this kernel, so nothing can be tried';
    } catch (error) {
      return `a disk that fails cannot be had here: ${error instanceof Error ? error.message : error}`;
    }
  }

  /** Whether it does what it is made for: kernels, and their loop devices, differ. */
  #failsSyncs(): boolean {
    this.fill();
    const file = join(this.folder, 'probe');
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
      this.free();
    }
  }

  /** Nothing new can be written from now on but so many bytes, until there is room again. */
  fill(left = 0): void {
    const rest = join(this.#room, 'rest');
    writeFileSync(rest, Buffer.alloc(left));
    const ballast = openSync(join(this.#room, 'ballast'), 'w');
    try {
      for (const bytes of [Buffer.alloc(mebibyte), Buffer.alloc(4096)]) writeUntilFull(ballast, bytes);
    } finally {
      closeSync(ballast);
      rmSync(rest);
    }
  }

  free(): void {
    rmSync(join(this.#room, 'ballast'));
  }

  /** Has the system forget what it keeps of a file and takes for written, as it does when it is short of memory. */
  evict(file: string): void {
    run('dd', `of=${file}`, 'oflag=nocache', 'conv=notrunc', 'count=0', 'status=none');
  }

  /** The folder as it is on another machine to which the disk was carried after the power had gone, at this moment. */
  afterPowerCut(): string {
    const copy = join(this.#room, 'copy');
    run('cp', '--sparse=always', this.#image, copy);
    return mountImage(this.#test, copy);
  }
}

const eager = 'nodiscard,lazy_itable_init=0,lazy_journal_init=0';

/** `format` is a command that makes a file system on the device that comes last. */
function mountImage(test: TestContext, image: string, ...format: string[]): string {
  const folder = mountPoint(test);
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
  return folder;
}

/** A folder for a mount, which ends with the test. Processes that still use it may hold it a moment longer. */
function mountPoint(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-mount-'));
  test.after(() => {
    spawnSync('umount', ['--lazy', folder]);
    rmdirSync(folder);
  });
  return folder;
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

function writeUntilFull(file: number, bytes: Buffer): void {
  try {
    for (;;) writeSync(file, bytes);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
