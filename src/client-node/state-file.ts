import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { AccountState, StateStore, StoredAccount, StoredState } from '../client/host.ts';
import { errorCode, systemProblem } from '../client/system-error.ts';
import { id, wholeNumber } from '../protocol/chat11/values.ts';
import type { Clock, Timer } from '../scheduling/clock.ts';
import { makeFolders } from './make-folders.ts';

const intervalMs = 1_000;

/** Returns `$XDG_STATE_HOME/earshot`, or `~/.local/state/earshot`. */
export function defaultStateFolder(env: NodeJS.ProcessEnv): string {
  const home = env.XDG_STATE_HOME;
  // The XDG base directory specification says to ignore relative paths.
  return join(home !== undefined && isAbsolute(home) ? home : join(homedir(), '.local', 'state'), 'earshot');
}

/**
 * A file with the cursor, and perhaps the token, of one account on one server. It is written at once, and then at most once a
 * second, atomically, and readable by its owner only. It avoids duplicates and gaps; a failure here never stops a chat.
 */
export class StateFile implements StateStore {
  readonly #folder: string;
  readonly #path: string;
  readonly #server: string;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #onProblem: (problem: string) => void;
  #next: AccountState | undefined;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #hasBegun = false;

  /** Calls `onProblem` once if the file cannot be written, with the reason for people. */
  constructor(folder: string, account: StoredAccount, clock: Clock, onProblem: (problem: string) => void) {
    const { server, name } = account;
    // User names are case-sensitive, some file systems are not.
    const mark = createHash('sha256').update(`${server} ${name}`).digest('hex').slice(0, 16);
    this.#folder = folder;
    this.#path = join(folder, `${name}-${mark}.json`);
    this.#server = server;
    this.#name = name;
    this.#clock = clock;
    this.#onProblem = onProblem;
  }

  async read(): Promise<StoredState | string | undefined> {
    try {
      const kept: unknown = JSON.parse(await readFile(this.#path, 'utf8'));
      const isOurs = isRecord(kept) && kept.server === this.#server && kept.name === this.#name;
      const state = isOurs ? keptIn(kept) : undefined;
      if (state === undefined) return 'the file is damaged';
      return { ...state, storedMs: (await stat(this.#path)).mtimeMs };
    } catch (error) {
      if (error instanceof SyntaxError) return 'the file is damaged';
      return ['ENOENT', 'ENOTDIR'].includes(errorCode(error)) ? undefined : systemProblem(error);
    }
  }

  /** Writes the first state at once, and resolves when that is done or has failed; later ones within a second. */
  keep(kept: AccountState): Promise<void> | undefined {
    this.#next = kept;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#write();
      return this.#writing;
    }
    this.#timer ??= this.#clock.after(intervalMs, () => {
      this.#timer = undefined;
      this.#write();
    });
    return undefined;
  }

  /** Writes the last state at once; resolves when that is done or has failed. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#write();
    await this.#writing;
  }

  #write(): void {
    const kept = this.#next;
    if (kept === undefined) return;
    this.#next = undefined;
    this.#writing = this.#writing.then(() => this.#replace(kept));
  }

  async #replace({ place, token }: AccountState): Promise<void> {
    const temporary = `${this.#path}.${randomBytes(8).toString('hex')}.part`;
    const content = JSON.stringify({ server: this.#server, name: this.#name, ...place, token });
    try {
      await makeFolders(this.#folder);
      await writeFile(temporary, `${content}\n`, { mode: 0o600, flag: 'wx' });
      await rename(temporary, this.#path);
    } catch (error) {
      await unlink(temporary).catch(() => {});
      if (!this.#hasFailed) this.#onProblem(systemProblem(error));
      this.#hasFailed = true;
    }
  }
}

function keptIn(kept: Readonly<Record<string, unknown>>): AccountState | undefined {
  const { position, epoch, token } = kept;
  if (typeof epoch !== 'string' || id.parse(epoch) === undefined) return undefined;
  if (typeof position !== 'number' || wholeNumber.parse(`${position}`) !== position) return undefined;
  const hasToken = typeof token === 'string' && id.parse(token) !== undefined;
  return { place: { position, epoch }, token: hasToken ? token : undefined };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
