import { mkdir } from 'node:fs/promises';

/**
 * The default folder for received files, created when the first one comes. It is not the current folder, where the next
 * command might run a stranger's `Makefile` or `conftest.py`.
 */
export const defaultDownloads = 'earshot-files';

/** Creates `folder` if it is the default one; any other has to exist. */
export async function makeDefaultDownloads(folder: string): Promise<void> {
  // If this fails, so does saving a file, which reports it.
  if (folder === defaultDownloads) await mkdir(folder, { mode: 0o700 }).catch(() => {});
}

/** The limits of automatic saving in one session; beyond them files are offered. */
const maxFiles = 20;
const maxBytes = 200 * 1024 * 1024;

/** Decides which files are saved without asking: those that reached the user by a term they chose, within limits. */
export class AutomaticSaves {
  readonly #own: ReadonlySet<string>;
  #files = 0;
  #bytes = 0;

  /** `@all` and `@name` do not count as chosen: anybody can send a file to everybody or to the user. */
  constructor(name: string) {
    this.#own = new Set(['@all', `@${name}`]);
  }

  /** Returns whether to save a file, and if so counts it. */
  take(matched: readonly string[], bytes: number): boolean {
    if (matched.every((term) => this.#own.has(term))) return false;
    if (this.#files >= maxFiles || this.#bytes + bytes > maxBytes) return false;
    this.#files++;
    this.#bytes += bytes;
    return true;
  }
}
