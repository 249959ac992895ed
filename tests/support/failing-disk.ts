import { closeSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { failsToSync, formatExt4, mountImage, mountPoint, run, writeUntilFull } from './loop-mount.ts';

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
    this.folder = mountPoint(test);
    mountImage(image, this.folder, formatExt4);
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

  /** Whether it does what it is made for. */
  #failsSyncs(): boolean {
    this.fill();
    try {
      return failsToSync(this.folder);
    } finally {
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
    const folder = mountPoint(this.#test);
    mountImage(copy, folder, []);
    return folder;
  }
}
