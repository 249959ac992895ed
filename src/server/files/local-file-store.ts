import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStore, FileUpload } from './file-store.ts';
import { isUnfinished, LocalUpload } from './local-upload.ts';
import { SharedFile } from './shared-file.ts';

/** Large enough to be cheap, small enough not to delay a chat line noticeably. */
const pieceBytes = 512 * 1024;

/** Files in a folder of this machine, named by their ids. */
export class LocalFileStore implements FileStore {
  readonly #folder: string;
  readonly #beingRead = new Map<string, SharedFile>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens the store in `folder`, creates the folder if need be, and removes unfinished uploads. */
  static async open(folder: string): Promise<LocalFileStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (isUnfinished(name)) await rm(join(folder, name), { force: true });
    }
    return new LocalFileStore(folder);
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return bavail * bsize;
  }

  begin(): FileUpload {
    const id = randomBytes(16).toString('hex');
    return new LocalUpload(id, this.#path(id));
  }

  /** Readers at the same place of a file share what is read; a reader on its own holds two pieces. */
  async read(
    id: string,
    from = 0,
    maxBytes = pieceBytes,
  ): Promise<AsyncGenerator<Uint8Array, void> | undefined> {
    const key = `${id} ${maxBytes}`;
    const file =
      this.#beingRead.get(key) ?? new SharedFile(this.#path(id), maxBytes, () => this.#beingRead.delete(key));
    this.#beingRead.set(key, file);
    try {
      return await file.read(from);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  async removeOlderThan(beforeMs: number): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#folder)) {
      if (isUnfinished(name)) continue;
      const path = join(this.#folder, name);
      const stored = await stat(path).catch((error: unknown) => {
        // `remove` or `abort` was faster.
        if (!isMissing(error)) throw error;
      });
      if (stored === undefined || stored.mtimeMs >= beforeMs) continue;
      await rm(path, { force: true });
      removed++;
    }
    return removed;
  }

  #path(id: string): string {
    return join(this.#folder, id);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
