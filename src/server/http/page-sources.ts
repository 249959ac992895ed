import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** The file beside a built page that lists what it was built from: paths from the folder of the package. */
const listName = 'sources.json';

/**
 * Whether something from which the page in `folder` was built has changed since, as after `git pull`. The package that is
 * published has no sources, so there nothing has.
 */
export function isOutdated(folder: string): boolean {
  try {
    const list = path.join(folder, listName);
    const builtMs = statSync(list).mtimeMs;
    const sources: readonly string[] = JSON.parse(readFileSync(list, 'utf8'));
    return sources.some((source) => {
      const found = statSync(path.join(folder, '..', '..', source), { throwIfNoEntry: false });
      return found !== undefined && found.mtimeMs > builtMs;
    });
  } catch {
    // Built by an earlier version, or not at all.
    return false;
  }
}
