import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileUpload } from './file-store.ts';

const unfinished = '.part';

/** Whether a file of this name in the store's folder belongs to an upload that was not finished. */
export const isUnfinished = (name: string): boolean => name.endsWith(unfinished);

/**
 * An upload is synced each time this many bytes were written. The log shares the disk, and one large sync at the end would
 * delay every message. Writing goes on during a sync.
 */
const syncBytes = 512 * 1024;
/** Pieces are gathered up to this size while earlier ones are written: enough to make each system call worth it. */
const maxGatheredBytes = 256 * 1024;

/** Writes to `path` with the suffix `.part`, which `finish` removes. Gathers pieces while it writes earlier ones. */
export class LocalUpload implements FileUpload {
  readonly id: string;
  readonly #path: string;
  readonly #hash = createHash('sha256');
  #handle: FileHandle | undefined;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  /** Resolves when the gathered pieces are written; undefined when there are none. */
  #next: Promise<void> | undefined;
  /** Resolves when the current group is written. */
  #current: Promise<void> = Promise.resolve();
  /** Resolves when the current sync has ended; there is one at a time. */
  #syncing: Promise<void> = Promise.resolve();
  #bytes = 0;
  #unsyncedBytes = 0;
  #failure: unknown;

  constructor(id: string, path: string) {
    this.id = id;
    this.#path = path;
  }

  get failure(): unknown {
    return this.#failure;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return;
    this.#hash.update(bytes);
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    this.#next ??= this.#current.then(() => this.#writeGathered());
    await this.#next;
  }

  room(): Promise<void> | undefined {
    return this.#gatheredBytes < maxGatheredBytes ? undefined : this.#current;
  }

  /** Syncs the bytes, then renames the file, then syncs the folder that holds the name. */
  async finish(): Promise<{ readonly bytes: number; readonly sha256: string }> {
    await (this.#next ?? this.#current);
    await this.#syncing;
    if (this.#failure !== undefined) throw this.#failure;
    const handle = await this.#open();
    await handle.sync();
    await handle.close();
    await rename(`${this.#path}${unfinished}`, this.#path);
    const folder = await open(dirname(this.#path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async abort(): Promise<void> {
    this.#failure ??= new Error('the upload was aborted');
    await (this.#next ?? this.#current);
    await this.#syncing;
    await this.#handle?.close();
    await rm(`${this.#path}${unfinished}`, { force: true });
    await rm(this.#path, { force: true });
  }

  async #writeGathered(): Promise<void> {
    const pieces = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#current = this.#next ?? this.#current;
    this.#next = undefined;
    if (this.#failure !== undefined) return;
    try {
      const handle = await this.#open();
      await this.#writeAll(handle, pieces);
      if (this.#unsyncedBytes < syncBytes) return;
      await this.#syncing;
      this.#unsyncedBytes = 0;
      this.#syncing = handle.datasync().catch((error: unknown) => {
        this.#failure ??= error;
      });
    } catch (error) {
      this.#failure = error;
    }
  }

  async #writeAll(handle: FileHandle, pieces: Uint8Array[]): Promise<void> {
    for (let left = pieces; left.length > 0; ) {
      const { bytesWritten } = await handle.writev(left, this.#bytes);
      this.#bytes += bytesWritten;
      this.#unsyncedBytes += bytesWritten;
      left = withoutFirst(left, bytesWritten);
    }
  }

  async #open(): Promise<FileHandle> {
    this.#handle ??= await open(`${this.#path}${unfinished}`, 'wx', 0o600);
    return this.#handle;
  }
}

/** Returns `pieces` without their first `bytes` bytes. */
function withoutFirst(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  return pieces.flatMap((piece) => {
    const taken = Math.min(left, piece.length);
    left -= taken;
    return taken < piece.length ? [piece.subarray(taken)] : [];
  });
}
