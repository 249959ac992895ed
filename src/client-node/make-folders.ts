import { existsSync, mkdirSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../client/system-error.ts';

/**
 * Like `mkdir -p`, for the user alone; resolves with whether the folder was made. Node's own recursive `mkdir` never
 * ends in a folder in which none can be made (in `/proc`, or in one that was removed).
 */
export async function makeFolders(path: string): Promise<boolean> {
  try {
    return await made(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
  }
  await makeFolders(dirname(path));
  return made(path);
}

/** As `makeFolders`, at once. */
export function makeFoldersNow(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFoldersNow(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    const isFolder = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (isFolder) return false;
    throw error;
  }
}
