import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SharedFile } from './shared-file.ts';

/**
 * The spool: the bytes of attachments, each in a file of its own under a random name; what a sender called it
 * is only an entry's business. A file is there whole or not at all: it gets its name when all its bytes are on
 * stable storage.
 */
export class Spool {
  readonly #folder: string;
  readonly #beingRead = new Map<string, SharedFile>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens the spool in `folder`, makes it if need be, and removes what unfinished uploads left behind. */
  static async open(folder: string): Promise<Spool> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (name.endsWith(unfinished)) await rm(join(folder, name), { force: true });
    }
    return new Spool(folder);
  }

  /** Bytes of disk that are free for us. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return bavail * bsize;
  }

  /** Begins a file. Returns at once; what goes wrong with it comes out of `finish`. */
  begin(): Upload {
    const id = randomBytes(16).toString('hex');
    return new Upload(id, this.#path(id));
  }

  /**
   * The bytes of a file, from the byte `from` on, in pieces of `maxBytes` and one that is shorter, each valid until
   * the next but one is asked for; undefined when the file is not here (any more). Readers who keep step share their
   * pieces, so nobody may change them; one who does not holds two of their own. The file is open until the last piece was
   * asked for, or the reader stops.
   */
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

  /** Removes a file that no entry names. */
  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  /** Removes every file that is older than `beforeMs` (milliseconds since 1970); returns how many. */
  async removeOlderThan(beforeMs: number): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#folder)) {
      if (name.endsWith(unfinished)) continue;
      const path = join(this.#folder, name);
      const stored = await stat(path).catch((error: unknown) => {
        // Removed meanwhile: its message could not be stored.
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

const unfinished = '.part';
/**
 * An upload is synced after this many bytes, again and again: the disk is shared with the log, and one large sync at
 * the end would make every message wait for it. What comes meanwhile is written, and synced when that is done.
 */
const syncBytes = 512 * 1024;
/** Large enough to be cheap, small enough that a chat line beside it is not felt. */
const pieceBytes = 512 * 1024;

/** As much gathers while what came before is written: enough that each call of the system is worth its way there. */
const maxGatheredBytes = 256 * 1024;

/**
 * One file on its way in: writes, then `finish` or `abort`. While one group of pieces is written, the next one gathers.
 * A write that fails is remembered and those after it do nothing, so whoever feeds this reads its source to the end and
 * stays in step.
 */
export class Upload {
  readonly id: string;
  readonly #path: string;
  readonly #hash = createHash('sha256');
  #handle: FileHandle | undefined;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  /** Resolves when the pieces that gather are written; undefined when there are none. */
  #next: Promise<void> | undefined;
  /** Resolves when the group that is under way is written. */
  #current: Promise<void> = Promise.resolve();
  /** Resolves when the part that is on its way to the disk is there: one at a time. */
  #syncing: Promise<void> = Promise.resolve();
  #bytes = 0;
  #unsyncedBytes = 0;
  #failure: unknown;

  constructor(id: string, path: string) {
    this.id = id;
    this.#path = path;
  }

  /** What went wrong with a write; undefined when nothing did. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Holds `bytes` until this resolves. The next piece may come before that, but should wait for `room`. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return;
    this.#hash.update(bytes);
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    this.#next ??= this.#current.then(() => this.#writeGathered());
    await this.#next;
  }

  /** Undefined when another piece may come; otherwise resolves when one may. */
  room(): Promise<void> | undefined {
    return this.#gatheredBytes < maxGatheredBytes ? undefined : this.#current;
  }

  /**
   * Makes the file safe, in this order: its bytes, its name, the folder that holds the name. Rejects with what went
   * wrong here or in a write; `abort` is due then.
   */
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

  /** Leaves nothing behind. */
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
      left = behind(left, bytesWritten);
    }
  }

  async #open(): Promise<FileHandle> {
    this.#handle ??= await open(`${this.#path}${unfinished}`, 'wx', 0o600);
    return this.#handle;
  }
}

/** What of `pieces` lies behind their first `bytes` bytes. */
function behind(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  return pieces.flatMap((piece) => {
    const taken = Math.min(left, piece.length);
    left -= taken;
    return taken < piece.length ? [piece.subarray(taken)] : [];
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
