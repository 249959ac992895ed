import { mkdir } from 'node:fs/promises';

/**
 * Where received files go unless the user names a folder: one of their own, made when the first one comes. In the current
 * folder a stranger's `Makefile` or `conftest.py` would be run by the next command.
 */
export const defaultDownloads = 'earshot-files';

/** Makes the folder if it is the default one; whoever names another one has it. */
export async function makeDefaultDownloads(folder: string): Promise<void> {
  // What keeps it from being made is told when a file is to be saved there.
  if (folder === defaultDownloads) await mkdir(folder, { mode: 0o700 }).catch(() => {});
}

/** What is saved without asking in one session; beyond it files are offered. */
const maxFiles = 20;
const maxBytes = 200 * 1024 * 1024;

/** Which files are saved without asking: what the user chose to follow brought them, and they are not too many. */
export class AutomaticSaves {
  readonly #own: ReadonlySet<string>;
  #files = 0;
  #bytes = 0;

  /** Anybody can send a file to everybody, or to `name`: that is no choice of the user's. */
  constructor(name: string) {
    this.#own = new Set(['@all', `@${name}`]);
  }

  /** Counts a file that is to be saved, or gives false. */
  take(matched: readonly string[], bytes: number): boolean {
    if (matched.every((term) => this.#own.has(term))) return false;
    if (this.#files >= maxFiles || this.#bytes + bytes > maxBytes) return false;
    this.#files++;
    this.#bytes += bytes;
    return true;
  }
}
