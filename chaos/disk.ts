import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  failsToSync,
  formatExt4,
  mountImage,
  mountPoint,
  run,
  writeUntilFull,
} from '../tests/support/loop-mount.ts';
import type { Scope } from '../tests/support/scope.ts';

const mebibyte = 1024 * 1024;
const imageBytes = 512 * mebibyte;
/** Room for two images: at a power cut there are two for a moment. */
const roomBytes = 2 * imageBytes + 64 * mebibyte;

/** The disk that the server's data is on. */
export interface Disk {
  /** Another one after a power cut. */
  readonly dataFolder: string;
  /** Why it can neither fail syncs nor lose its power; undefined when it can. */
  readonly missing: string | undefined;
  /** While there is a file of this name, the server's log takes no new pages: see points.ts. */
  readonly fullMark?: string;
  /** No room is left, until `free`. */
  fill(): void;
  /** Syncs fail, until `free`. */
  failSyncs(): void;
  free(): void;
  /** Nobody uses the disk. A file system that could not write its own blocks takes nothing more until it is mounted anew. */
  repair(): void;
  /** What was not synced is gone. Nobody may use the disk: the server is frozen, and killed between the two. */
  copyForPowerCut(): void;
  usePowerCutCopy(): void;
}

/** A folder. `missing` says why it is no more than that. */
export function plainDisk(scope: Scope, missing: string): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-chaos-'));
  scope.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));
  const fullMark = join(folder, 'full');
  const cannot = (): never => {
    throw new Error(missing);
  };
  return {
    dataFolder: join(folder, 'data'),
    missing,
    fullMark,
    fill: () => writeFileSync(fullMark, ''),
    free: () => rmSync(fullMark, { force: true }),
    repair: () => {},
    failSyncs: cannot,
    copyForPowerCut: cannot,
    usePowerCutCopy: cannot,
  };
}

/** A `LoopDisk` where that can be had, which needs root and loop devices; else a plain folder that says why. */
export function openDisk(scope: Scope): Disk {
  if (process.getuid?.() !== 0) return plainDisk(scope, 'only root can mount a disk that fails');
  try {
    const disk = new LoopDisk(scope);
    return disk.failsSyncs() ? disk : plainDisk(scope, 'syncs do not fail on this kernel');
  } catch (error) {
    return plainDisk(scope, `no disk can be mounted here: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * A real ext4 on a loop device, whose image is in memory. What was synced is in the image; what was not is only in the
 * system's cache, so a copy of the image is the disk after a power cut. While the memory has no room for what is new, syncs
 * fail, as on a thin-provisioned disk.
 */
class LoopDisk implements Disk {
  readonly missing = undefined;
  readonly #scope: Scope;
  readonly #room: string;
  #folder: string;
  #image = 'image-0';
  #cuts = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#room = mountPoint(scope);
    run('mount', '-t', 'tmpfs', '-o', `size=${roomBytes}`, 'earshot-chaos', this.#room);
    const image = join(this.#room, this.#image);
    writeFileSync(image, '');
    truncateSync(image, imageBytes);
    this.#folder = mountPoint(scope);
    mountImage(image, this.#folder, formatExt4);
    mkdirSync(this.dataFolder);
  }

  get dataFolder(): string {
    return join(this.#folder, 'data');
  }

  /** Whether it does what it is made for. */
  failsSyncs(): boolean {
    this.failSyncs();
    try {
      return failsToSync(this.#folder);
    } finally {
      this.free();
    }
  }

  fill(): void {
    const file = join(this.#folder, 'ballast');
    const { bavail, bsize } = statfsSync(this.#folder);
    // Takes the room without writing anything to it. What that leaves is little.
    spawnSync('fallocate', ['-l', `${bavail * bsize}`, file]);
    const ballast = openSync(file, 'a');
    try {
      writeUntilFull(ballast, Buffer.alloc(4096));
    } finally {
      closeSync(ballast);
    }
  }

  failSyncs(): void {
    // The server writes meanwhile, and there may not be less room than is used. `du` would miss an image that is deleted
    // and still in use, as after a power cut.
    for (let spareBytes = 4096; ; spareBytes *= 2) {
      const { blocks, bfree, bsize } = statfsSync(this.#room);
      const { status } = remount(this.#room, (blocks - bfree) * bsize + spareBytes);
      if (status === 0) return;
      if (spareBytes > mebibyte) throw new Error(`${this.#room} cannot be made smaller`);
    }
  }

  free(): void {
    if (remount(this.#room, roomBytes).status !== 0) throw new Error(`${this.#room} cannot be made larger`);
    const ballast = join(this.#folder, 'ballast');
    if (existsSync(ballast)) rmSync(ballast);
  }

  repair(): void {
    const probe = join(this.#folder, 'probe');
    try {
      writeFileSync(probe, '');
      rmSync(probe);
    } catch {
      this.copyForPowerCut();
      this.usePowerCutCopy();
    }
  }

  copyForPowerCut(): void {
    run('cp', '--sparse=auto', join(this.#room, this.#image), join(this.#room, `image-${this.#cuts + 1}`));
  }

  usePowerCutCopy(): void {
    this.#cuts++;
    const before = { folder: this.#folder, image: this.#image };
    this.#folder = mountPoint(this.#scope);
    this.#image = `image-${this.#cuts}`;
    mountImage(join(this.#room, this.#image), this.#folder, []);
    spawnSync('umount', ['--lazy', before.folder]);
    rmSync(join(this.#room, before.image));
  }
}

function remount(folder: string, bytes: number): { readonly status: number | null } {
  return spawnSync('mount', ['-o', `remount,size=${bytes}`, folder], { stdio: 'ignore' });
}
