import { opendir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const maxEntries = 20_000;
const maxCandidates = 200;

/** Returns `path` as an argument of `!attach`: in double quotes when it has white space. */
export function quotedPath(path: string): string {
  return /\s/u.test(path) ? `"${path}"` : path;
}

/**
 * Returns what can stand in place of `typed`, the beginning of a path in an `!attach`: paths of files with a space
 * behind them, and of folders with a slash. `~/` becomes the home folder. Names that begin with a dot are offered only
 * when a dot is typed. Nothing when the folder cannot be read.
 */
export async function pathCandidates(typed: string, home = homedir()): Promise<string[]> {
  const isQuoted = typed.startsWith('"');
  const path = (isQuoted ? typed.slice(1) : typed).replace(/^~(?=\/|$)/, home);
  const cut = path.lastIndexOf('/') + 1;
  const folder = path.slice(0, cut);
  const start = path.slice(cut);
  const candidates: string[] = [];
  for (const name of await namesIn(folder === '' ? '.' : folder, start)) {
    const whole = folder + name;
    const mustQuote = isQuoted || /\s/u.test(whole);
    if (mustQuote && whole.includes('"')) continue;
    const quote = mustQuote ? '"' : '';
    const isFolder = await isFolderAt(folder === '' ? name : join(folder, name));
    // The quotes of a folder stay open: its files come next.
    candidates.push(isFolder ? `${quote}${whole}/` : `${quote}${whole}${quote} `);
  }
  return candidates;
}

async function namesIn(folder: string, start: string): Promise<string[]> {
  const names: string[] = [];
  try {
    let seen = 0;
    for await (const { name } of await opendir(folder)) {
      if (++seen > maxEntries) break;
      if (name.startsWith(start) && (start !== '' || !name.startsWith('.'))) names.push(name);
    }
  } catch {
    return [];
  }
  return names.sort().slice(0, maxCandidates);
}

async function isFolderAt(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
