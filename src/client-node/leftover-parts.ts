import { randomBytes } from 'node:crypto';
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const partName = /^\.earshot-[0-9a-f]{16}\.part$/;
/** A part that nobody has written to for this long: a download that still runs retries far more often. */
const leftoverMs = 24 * 60 * 60 * 1000;

/** Returns a name under which a file is written until it is complete. */
export function newPartName(): string {
  return `.earshot-${randomBytes(8).toString('hex')}.part`;
}

/**
 * Removes from `folder` the parts that killed processes of this user left: ordinary files with our own kind of name
 * that were last written to a day before `nowMs`. They can never be resumed. Never rejects: a failure here is no reason
 * not to save a file.
 */
export async function removeLeftoverParts(folder: string, nowMs: number): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      if (partName.test(name)) await removeIfLeftover(join(folder, name), nowMs);
    }
  } catch {
    // Saving a file there will say what is wrong.
  }
}

async function removeIfLeftover(path: string, nowMs: number): Promise<void> {
  const stats = await lstat(path);
  const isOurs = stats.isFile() && (process.getuid === undefined || stats.uid === process.getuid());
  if (isOurs && nowMs - stats.mtimeMs > leftoverMs) await unlink(path);
}
