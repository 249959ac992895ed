import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FileFolder, FileSink, SavedFileHandlers } from '../client/file-streams.ts';
import { errorCode, systemProblem } from '../client/system-error.ts';
import { newPartName, removeLeftoverParts } from './leftover-parts.ts';
import { makeFolders } from './make-folders.ts';
import { numberedFileName, safeFileName } from './safe-file-name.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const maxNumbered = 10_000;

/**
 * A folder for received files. A file is written under a hidden name and renamed when it is complete. It never replaces
 * a file, follows a symbolic link or leaves the folder. Only the user can read it (mode 0600), because it comes from a
 * stranger and the folder may be shared.
 */
export class DownloadFolder implements FileFolder {
  readonly #path: string;
  readonly #isMade: boolean;

  /** `isMade`: create the folder, if need be, when the first file comes. */
  constructor(path: string, isMade = false) {
    this.#path = resolve(path);
    this.#isMade = isMade;
  }

  async problem(): Promise<string | undefined> {
    try {
      return (await stat(this.#path)).isDirectory() ? undefined : 'it is not a folder';
    } catch (error) {
      return systemProblem(error);
    }
  }

  async create(announced: string, handlers: SavedFileHandlers): Promise<FileSink> {
    // If this fails, so does opening the file, which reports it.
    if (this.#isMade) await makeFolders(this.#path).catch(() => {});
    await removeLeftoverParts(this.#path, Date.now());
    const temporary = join(this.#path, newPartName());
    const file = new IncomingFile(this.#path, temporary, safeFileName(announced), handlers);
    await file.open();
    return file;
  }
}

class IncomingFile implements FileSink {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #name: string;
  readonly #handlers: SavedFileHandlers;
  #handle: FileHandle | undefined;

  constructor(folder: string, temporary: string, name: string, handlers: SavedFileHandlers) {
    this.#folder = folder;
    this.#temporary = temporary;
    this.#name = name;
    this.#handlers = handlers;
  }

  async open(): Promise<void> {
    try {
      this.#handle = await open(this.#temporary, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
    } catch (error) {
      this.#handlers.onFailed(systemProblem(error));
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#handle === undefined) return;
    try {
      await writeAll(this.#handle, chunk);
    } catch (error) {
      await this.#fail(error);
    }
  }

  async finish(): Promise<void> {
    if (this.#handle === undefined) return;
    try {
      await this.#handle.close();
      this.#handle = undefined;
      this.#handlers.onSaved(await this.#giveName());
    } catch (error) {
      await this.#fail(error);
    }
  }

  async abandon(): Promise<void> {
    if (this.#handle === undefined) return;
    await this.#remove();
    this.#handlers.onAbandoned();
  }

  async #giveName(): Promise<string> {
    for (let number = 0; number < maxNumbered; number++) {
      const name = number === 0 ? this.#name : numberedFileName(this.#name, number);
      try {
        await moveWithoutReplacing(this.#temporary, join(this.#folder, name));
        return name;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
    }
    throw new Error(`there are ${maxNumbered} files of that name`);
  }

  async #fail(error: unknown): Promise<void> {
    await this.#remove();
    this.#handlers.onFailed(systemProblem(error));
  }

  async #remove(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    // The caller has a failure or an abandoned file to report; one in cleaning up adds nothing.
    await handle?.close().catch(() => {});
    await unlink(this.#temporary).catch(() => {});
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    at += (await handle.write(chunk, at)).bytesWritten;
  }
}

/** Renames a file. Rejects with `EEXIST` when anything is at `to`, even a dangling symbolic link. */
async function moveWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await unlink(from);
  } catch (error) {
    if (!isWithoutHardLinks(error)) throw error;
    // Reserve the name with an empty file, so that the rename replaces nothing else.
    await (await open(to, 'wx', 0o600)).close();
    await rename(from, to);
  }
}

/** Whether `error` says that the file system has no hard links: FAT and some network shares say so in various ways. */
function isWithoutHardLinks(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'].includes(errorCode(error));
}
