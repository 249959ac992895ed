import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { systemProblem } from '../../../client/system-error.ts';
import { makeFolders } from '../../../client-node/make-folders.ts';
import { quoteShort } from '../../../protocol/text.ts';

/** The folder for received files. */
export interface Downloads {
  /** Absolute. */
  readonly path: string;
  /** It is created when the first file comes. */
  readonly isDefault: boolean;
}

/**
 * Returns the folder for received files: `chosen`, which is created if it is missing, or else the default one; a string
 * is the reason, for people, why files cannot be saved in `chosen`.
 */
export async function downloadsFolder(
  chosen: string | undefined,
  onCreated: (path: string) => void,
): Promise<Downloads | string> {
  if (chosen === undefined) return { path: await defaultFolder(homeFolder()), isDefault: true };
  const path = resolve(expandHome(chosen));
  try {
    // Only the user may read what strangers send.
    if (await makeFolders(path)) onCreated(path);
    return { path, isDefault: false };
  } catch (error) {
    return `files cannot be saved in ${quoteShort(chosen)}: ${await folderProblem(path, error)}`;
  }
}

/** Creates the default folder. Any other was created at the start, and if it is gone, its disk may be. */
export async function prepare({ path, isDefault }: Downloads): Promise<void> {
  // If this fails, so does saving a file, which reports it.
  if (isDefault) await makeFolders(path).catch(() => {});
}

/**
 * Returns `~/Downloads/earshot`, or `~/earshot-files` if there is no `~/Downloads`; never the current folder, where the
 * next command might run a stranger's `Makefile` or `conftest.py`.
 */
export async function defaultFolder(home: string): Promise<string> {
  const downloads = join(home, 'Downloads');
  const folder = (await isFolder(downloads)) ? join(downloads, 'earshot') : join(home, 'earshot-files');
  const isCurrent = (await realpath(folder).catch(() => folder)) === process.cwd();
  return isCurrent ? join(folder, 'received') : folder;
}

/** Returns `path` as people write it: `~/x` for what is in their home folder. */
export function shownPath(path: string, home = homeFolder()): string {
  if (path === home) return '~';
  return home !== sep && path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
}

/** Returns the path that `~` and `~/x` stand for; any other as it is. */
export function expandHome(path: string, home = homeFolder()): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
}

function homeFolder(): string {
  try {
    return resolve(homedir());
  } catch {
    // A user whom the system does not know, without $HOME.
    return process.cwd();
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function folderProblem(path: string, error: unknown): Promise<string> {
  const isOther = await stat(path).then(
    (stats) => !stats.isDirectory(),
    () => false,
  );
  return isOther ? 'it is not a folder' : systemProblem(error);
}
