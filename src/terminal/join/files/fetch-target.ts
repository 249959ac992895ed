import { lstat, stat } from 'node:fs/promises';
import { basename, dirname, resolve, sep } from 'node:path';
import { errorCode } from '../../../client/system-error.ts';
import { safeFileName } from '../../../client-node/safe-file-name.ts';
import { quoteShort } from '../../../protocol/text.ts';
import { expandHome, shownPath } from './downloads.ts';
import { parseWholePath } from './typed-path.ts';

/** What `!fetch` may mean: a file's number or name, and the typed path where to save it. */
export interface FetchReading {
  readonly file: string;
  readonly as: string | undefined;
}

/** A file name of 255 bytes and a number have fewer characters than this. */
const mostScanned = 600;

/** Returns what `typed` may mean, the likeliest first: names of files may hold ` as ` too. */
export function fetchReadings(typed: string): FetchReading[] {
  const readings: FetchReading[] = [];
  for (const { 0: separator, index } of typed.slice(0, mostScanned).matchAll(/(?<!\s)\s+as\s+/g)) {
    readings.push({ file: typed.slice(0, index), as: typed.slice(index + separator.length) });
  }
  return [{ file: typed, as: undefined }, ...readings].map(({ file, as }) => ({ file: unquoted(file), as }));
}

/** Where to save a file: a folder, and the name in it. */
export interface FetchTarget {
  readonly folder: string;
  readonly name: string;
}

/**
 * Returns where `!fetch … as PATH` saves a file that was announced as `name`: in the folder PATH under that name, or
 * as the new file PATH. A string is the reason, for people, why it cannot.
 */
export async function fetchTarget(as: string, name: string): Promise<FetchTarget | string> {
  const typed = parseWholePath(as);
  if (typeof typed !== 'string') return typed.problem;
  const path = resolve(expandHome(typed));
  try {
    if ((await stat(path)).isDirectory()) return { folder: path, name };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return `${shown(path)} cannot be written`;
    if (typed.endsWith(sep)) return `There is no folder ${shown(path)}`;
  }
  // A link that leads nowhere is in the way too.
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) return `${shown(path)} exists already; choose another name`;
  const chosen = basename(path);
  if (safeFileName(chosen) !== chosen) return `Files cannot be saved as ${quoteShort(chosen)}`;
  return { folder: dirname(path), name: chosen };
}

const shown = (path: string): string => quoteShort(shownPath(path));

function unquoted(file: string): string {
  const typed = /^['"]/.test(file) ? parseWholePath(file) : file;
  return typeof typed === 'string' ? typed : file;
}
