import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Place, PlaceStore } from '../../client/place.ts';
import { errorCode, systemProblem } from '../../client/system-error.ts';
import { makeFolders } from '../../client-node/make-folders.ts';
import { defaultStateFolder } from '../../client-node/state-file.ts';
import { type ChatAddress, formatChatAddress } from '../../transport/address.ts';
import { formatCursor, parseCursor } from './cursor.ts';

/** A file with one cursor, which is replaced as a whole, and readable by its owner only. */
export class CursorFile implements PlaceStore {
  readonly path: string;
  readonly #begun: Place | undefined;

  /** Opens the file at `path`. Resolves with the reason, for people, when it is there and cannot be used. */
  static async open(path: string): Promise<CursorFile | string> {
    try {
      const text = await readFile(path, 'utf8');
      const place = parseCursor(text.trim());
      return place === undefined
        ? `the cursor file ${path} is damaged; remove it, or say where to begin with --since`
        : new CursorFile(path, place);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return new CursorFile(path, undefined);
      return `the cursor file ${path} cannot be read: ${systemProblem(error)}`;
    }
  }

  /** `begun`: the place in the file. */
  constructor(path: string, begun: Place | undefined) {
    this.path = path;
    this.#begun = begun;
  }

  read(): Place | undefined {
    return this.#begun;
  }

  async keep(place: Place): Promise<void> {
    const temporary = `${this.path}.${randomBytes(8).toString('hex')}.part`;
    try {
      await makeFolders(dirname(this.path));
      await writeFile(temporary, `${formatCursor(place)}\n`, { mode: 0o600, flag: 'wx' });
      await rename(temporary, this.path);
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw new Error(`${this.path}: ${systemProblem(error)}`);
    }
  }
}

/** Returns where `tail` keeps its cursor: one file for each server, account and set of terms. */
export function usualCursorFile(address: ChatAddress, name: string, follow: readonly string[]): string {
  const what = [formatChatAddress(address), name, ...[...follow].sort()].join(' ');
  const mark = createHash('sha256').update(what).digest('hex').slice(0, 16);
  return join(defaultStateFolder(process.env), 'tails', `${name}-${mark}.cursor`);
}
