import { createHash, randomBytes } from 'node:crypto';
import type { Limits } from '../../protocol/limits.ts';
import { NamesByCase } from '../../protocol/names-by-case.ts';
import { passwordProblem } from '../../protocol/passwords.ts';
import { keyOfTerm } from '../../protocol/terms.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import {
  type AccountDescription,
  type Accounts,
  type Creation,
  type IssuedToken,
  NotWrittenError,
  type PasswordAnswer,
  type PasswordChange,
  type RevocationListener,
  type StoredFollows,
  type TokenDescription,
} from './accounts.ts';
import { LoginGate } from './login-gate.ts';
import { type Derive, PasswordHasher } from './password-hasher.ts';
import { Revocations } from './revocations.ts';
import { StoreThread } from './store-thread.ts';

export interface SqliteAccountsOptions {
  /** The database file, created if need be in an existing folder. SQLite adds `FILE-wal` and `FILE-shm`. */
  readonly file: string;
  /** The epoch of the log that all positions refer to. */
  readonly epoch: string;
  /** The newest position of that log. */
  readonly head: number;
  readonly limits: Limits;
  readonly clock: Clock;
  /** The storage failed and it is unknown what it holds: end the process. Called at most once. */
  readonly onFailure: (error: Error) => void;
  /** By default argon2id. */
  readonly derive?: Derive;
}

/**
 * Opens the accounts in an SQLite database, and creates it if need be. Rejects with an `AccountsOpenError`. One server at a
 * time may have the file open, and besides it `earshot passwd` and `earshot tokens`.
 */
export async function openSqliteAccounts(options: SqliteAccountsOptions): Promise<Accounts> {
  const { file, epoch, head, limits, onFailure } = options;
  const { store, names } = await StoreThread.open(
    {
      file,
      epoch,
      head,
      tokenLimits: {
        tokensPerAccount: limits.tokensPerAccount,
        tokenIdleMs: limits.tokenIdleDays * dayMs,
        tokenTouchMs: limits.tokenTouchMs,
      },
      endedFollowsKept: limits.endedFollowsKept,
    },
    onFailure,
  );
  return new SqliteAccounts(options, store, names);
}

const dayMs = 24 * 60 * 60 * 1000;
const tokenShape = /^[0-9a-f]{64}$/;

/** The main thread's side of the accounts: names, hashing and the throttle. The worker thread does everything else. */
class SqliteAccounts implements Accounts {
  readonly #store: StoreThread;
  readonly #clock: Clock;
  readonly #pollMs: number;
  readonly #touchMs: number;
  /** Including accounts that are being created. */
  readonly #names: Set<string>;
  readonly #byCase = new NamesByCase();
  readonly #hasher: PasswordHasher;
  readonly #gate: LoginGate;
  readonly #revocations = new Revocations();
  #poll: Timer | undefined;
  #isClosing = false;

  constructor(options: SqliteAccountsOptions, store: StoreThread, names: readonly string[]) {
    const { clock, limits, derive } = options;
    this.#store = store;
    this.#clock = clock;
    this.#pollMs = limits.accountsPollMs;
    this.#touchMs = limits.tokenTouchMs;
    this.#names = new Set(names);
    for (const name of names) this.#byCase.add(name);
    this.#hasher = new PasswordHasher(limits, derive);
    this.#gate = new LoginGate(this.#hasher, clock, limits);
    this.#pollLater();
  }

  isAccount(name: string): boolean {
    return this.#names.has(name);
  }

  accountsLike(name: string): readonly string[] {
    return this.#byCase.like(name);
  }

  async create(
    ...[name, password, after, follows = () => [], origin]: Parameters<Accounts['create']>
  ): Promise<Creation> {
    assertUsable(password);
    if (this.#names.has(name)) return { kind: 'taken' };
    this.#names.add(name);
    this.#byCase.add(name);
    let isMade = false;
    try {
      const made = this.#hasher.inTurnOfCreation(async () => {
        const hash = await this.#hasher.hash(password);
        return this.#store.call('create', name, hash, after, this.#clock.nowMs(), keyed(follows()), origin);
      });
      isMade = (await made) === true;
    } finally {
      if (!isMade) {
        this.#names.delete(name);
        this.#byCase.delete(name);
      }
    }
    return isMade ? { kind: 'created', generation: 1 } : { kind: 'busy' };
  }

  list(): Promise<readonly AccountDescription[]> {
    return this.#store.call('list');
  }

  async erase(name: string): Promise<boolean> {
    const isErased = await this.#store.call('erase', name);
    if (!isErased) return false;
    this.#names.delete(name);
    this.#byCase.delete(name);
    this.#revocations.tell(name, { kind: 'all' });
    return true;
  }

  checkPassword(name: string, password: string, address: string): Promise<PasswordAnswer> {
    return this.#admitted(name, address, () => this.#compare(name, password));
  }

  async changePassword(
    name: string,
    { old, password, address, by }: PasswordChange,
  ): Promise<PasswordAnswer> {
    assertUsable(password);
    const answer = await this.#admitted(name, address, async () => {
      const generation = await this.#compare(name, old);
      if (generation === undefined) return undefined;
      return this.#store.call('setPassword', name, await this.#hasher.hash(password), generation);
    });
    if (answer.kind === 'ok') this.#revocations.tell(name, { kind: 'all', by });
    return answer;
  }

  async issueToken(name: string, label: string, generation: number): Promise<IssuedToken | undefined> {
    const token = randomBytes(32).toString('hex');
    const kept = { sha256: sha256(token), label, inUse: this.#revocations.tokensInUse(name) };
    const added = await this.#store.call('addToken', name, generation, kept, this.#clock.nowMs());
    if (added === undefined) return undefined;
    for (const id of added.dropped) this.#revocations.tell(name, { kind: 'token', id });
    return { id: added.id, token };
  }

  tokens(name: string): Promise<readonly TokenDescription[]> {
    return this.#store.call('tokens', name);
  }

  async revokeToken(name: string, id: number): Promise<boolean> {
    const isRemoved = await this.#store.call('removeToken', name, id);
    if (isRemoved) this.#revocations.tell(name, { kind: 'token', id });
    return isRemoved;
  }

  async checkToken(name: string, token: string, address: string): Promise<number | undefined> {
    if (!tokenShape.test(token)) return undefined;
    const id = await this.#store.call('useToken', name, sha256(token), this.#clock.nowMs());
    if (id !== undefined) this.#noteLogin(name, address);
    return id;
  }

  async removeIdleTokens(beforeMs: number): Promise<void> {
    // `onFailure` reports a failure of the storage.
    await this.#store.call('removeIdleTokens', beforeMs).catch(() => {});
  }

  loadFollows(name: string): Promise<StoredFollows | undefined> {
    return this.#store.call('follows', name);
  }

  beginFollow(name: string, term: string, after: number): Promise<void> {
    return this.#store.call('beginFollow', name, { key: keyOfTerm(term), term }, after);
  }

  endFollow(name: string, term: string, through: number): Promise<void> {
    return this.#store.call('endFollow', name, keyOfTerm(term), through);
  }

  changeFollows(...[name, ended, begun]: Parameters<Accounts['changeFollows']>): Promise<void> {
    return this.#store.call('changeFollows', name, keyed(ended), keyed(begun));
  }

  onRevoked(name: string, ...listening: [RevocationListener, (() => number | undefined)?]): () => void {
    return this.#revocations.listen(name, ...listening);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#poll?.cancel();
    await this.#store.close();
  }

  async #admitted(
    name: string,
    address: string,
    work: () => Promise<number | undefined>,
  ): Promise<PasswordAnswer> {
    const answer = await this.#gate.pass(name, address, work);
    if (answer.kind === 'ok') this.#noteLogin(name, address);
    return answer;
  }

  #noteLogin(name: string, address: string): void {
    this.#gate.know(name, address);
    // Best effort: a login does not fail because there is no room to record it. `onFailure` reports other errors.
    this.#store.call('noteLogin', name, address, this.#clock.nowMs(), this.#touchMs).catch(() => {});
  }

  /** Returns the password's generation if it is right. Queries and hashes equally often in every case. */
  async #compare(name: string, password: string): Promise<number | undefined> {
    const kept = await this.#store.call('credential', name);
    const isRight = await this.#hasher.matches(password, kept?.password);
    // Reports earlier changes first, or a session that the new password admits would end with those of the old one.
    await this.#tellChangedElsewhere();
    // The password may have changed while we hashed; re-read, or a session on the old one would never be revoked.
    const now = await this.#store.call('credential', name);
    if (!isRight || kept === undefined || now?.generation !== kept.generation) return undefined;
    if (!this.#hasher.isCurrent(kept.password)) await this.#rehash(name, kept.generation, password);
    return kept.generation;
  }

  /** Best effort: the next login tries again. */
  async #rehash(name: string, generation: number, password: string): Promise<void> {
    try {
      await this.#store.call('rehash', name, generation, await this.#hasher.hash(password));
    } catch (error) {
      if (!(error instanceof NotWrittenError)) throw error;
    }
  }

  #pollLater(): void {
    if (this.#isClosing) return;
    this.#poll = this.#clock.after(this.#pollMs, () => void this.#lookElsewhere());
  }

  async #lookElsewhere(): Promise<void> {
    try {
      await this.#tellChangedElsewhere();
    } catch (error) {
      // `onFailure` has reported any other error.
      if (!(error instanceof NotWrittenError)) return;
    }
    this.#pollLater();
  }

  /** Notifies listeners of what `earshot passwd` and `earshot tokens`, other processes, have changed. */
  async #tellChangedElsewhere(): Promise<void> {
    const names = await this.#store.call('changedElsewhere');
    for (const name of names) this.#revocations.tell(name, { kind: 'all' });
    const tokens = await this.#store.call('removedElsewhere');
    for (const { name, id } of tokens) this.#revocations.tell(name, { kind: 'token', id });
  }
}

function keyed<Follow extends { readonly term: string }>(
  follows: readonly Follow[],
): (Follow & { readonly key: string })[] {
  return follows.map((follow) => ({ ...follow, key: keyOfTerm(follow.term) }));
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

function assertUsable(password: string): void {
  const problem = passwordProblem(password);
  if (problem !== undefined) throw new RangeError(problem);
}
