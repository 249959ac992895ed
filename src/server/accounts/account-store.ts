import { timingSafeEqual } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { openDatabaseFile } from '../sqlite/database-file.ts';
import { Transactions } from '../sqlite/transaction.ts';
import type { StoredFollows, StoredSpan, TokenDescription } from './accounts.ts';
import { accountsSchema } from './schema.ts';

export interface StoreLimits {
  readonly tokensPerAccount: number;
  readonly tokenIdleMs: number;
  readonly tokenTouchMs: number;
  /** Ended spans kept for one account; the oldest go first. */
  readonly endedFollowsKept: number;
}

export interface Credential {
  /** A PHC string. */
  readonly password: string;
  readonly generation: number;
}

type Row = Record<string, SQLOutputValue>;

/** Opens, or makes, the database of accounts. Throws what `openProblem` puts into words. */
export function openAccountFile(file: string): DatabaseSync {
  return openDatabaseFile(file, accountsSchema, '');
}

/**
 * The accounts in their database: each call one transaction, done when it returns. Knows no password and no token, only
 * what stands in for them.
 */
export class AccountStore {
  readonly #database: DatabaseSync;
  readonly #transactions: Transactions;
  readonly #limits: StoreLimits;
  #dataVersion: SQLOutputValue | undefined;
  /** The generations that this process knows of. */
  #generations: Map<string, number>;

  constructor(database: DatabaseSync, limits: StoreLimits) {
    this.#database = database;
    this.#transactions = new Transactions(database);
    this.#limits = limits;
    this.#dataVersion = this.#readDataVersion();
    this.#generations = this.#readGenerations();
  }

  /**
   * Positions are of the log with this epoch. If they were of another one, whatever is followed counts from the
   * beginning of this one, and what was followed once is forgotten.
   */
  useEpoch(epoch: string): void {
    if (this.#one('SELECT epoch FROM meta')?.epoch === epoch) return;
    this.#transactions.run(() => {
      this.#run('DELETE FROM follows WHERE through IS NOT NULL');
      this.#run('UPDATE follows SET after = 0');
      this.#run('UPDATE accounts SET created_after = 0');
      this.#run('UPDATE meta SET epoch = ?', epoch);
    });
  }

  names(): string[] {
    return [...this.#generations.keys()];
  }

  /** False when there is one already. */
  create(name: string, password: string, after: number, nowMs: number): boolean {
    const { changes } = this.#run(
      `INSERT INTO accounts (name, password, generation, created_ms, created_after) VALUES (?, ?, 1, ?, ?)
       ON CONFLICT DO NOTHING`,
      name,
      password,
      Math.floor(nowMs),
      after,
    );
    if (changes > 0) this.#generations.set(name, 1);
    return changes > 0;
  }

  credential(name: string): Credential | undefined {
    const row = this.#one('SELECT password, generation FROM accounts WHERE name = ?', name);
    return row && { password: String(row.password), generation: Number(row.generation) };
  }

  /** Keeps the same password in another form, if it still is that one. */
  rehash(name: string, generation: number, password: string): void {
    this.#run(
      'UPDATE accounts SET password = ? WHERE name = ? AND generation = ?',
      password,
      name,
      generation,
    );
  }

  /** Ends all tokens as well. False when there is no such account. */
  setPassword(name: string, password: string): boolean {
    let generation: number | undefined;
    this.#transactions.run(() => {
      const row = this.#one(
        'UPDATE accounts SET password = ?, generation = generation + 1 WHERE name = ? RETURNING id, generation',
        password,
        name,
      );
      if (row === undefined) return;
      generation = Number(row.generation);
      this.#run('DELETE FROM tokens WHERE account_id = ?', Number(row.id));
    });
    if (generation === undefined) return false;
    this.#generations.set(name, generation);
    return true;
  }

  /**
   * Keeps a token's hash; undefined when the account's password is of another generation. `dropped` are the tokens that
   * had to make room.
   */
  addToken(
    name: string,
    generation: number,
    token: { readonly sha256: Uint8Array; readonly label: string },
    nowMs: number,
  ): { readonly id: number; readonly dropped: readonly number[] } | undefined {
    let added: { id: number; dropped: number[] } | undefined;
    this.#transactions.run(() => {
      const account = this.#one(
        'SELECT id FROM accounts WHERE name = ? AND generation = ?',
        name,
        generation,
      );
      if (account === undefined) return;
      const accountId = Number(account.id);
      const now = Math.floor(nowMs);
      this.#dropIdle(nowMs);
      const dropped = this.#all(
        `DELETE FROM tokens WHERE id IN
           (SELECT id FROM tokens WHERE account_id = ? ORDER BY used_ms DESC, id DESC LIMIT -1 OFFSET ?)
         RETURNING id`,
        accountId,
        Math.max(0, this.#limits.tokensPerAccount - 1),
      );
      const { lastInsertRowid } = this.#run(
        'INSERT INTO tokens (account_id, sha256, label, created_ms, used_ms) VALUES (?, ?, ?, ?, ?)',
        accountId,
        token.sha256,
        token.label,
        now,
        now,
      );
      added = { id: Number(lastInsertRowid), dropped: dropped.map(({ id }) => Number(id)) };
    });
    return added;
  }

  /** The id of the account's token with this hash. Notes its use when the last note is old enough. */
  useToken(name: string, sha256: Uint8Array, nowMs: number): number | undefined {
    const rows = this.#all(
      `SELECT tokens.id, sha256, used_ms FROM tokens JOIN accounts ON accounts.id = account_id
       WHERE name = ? AND used_ms > ?`,
      name,
      Math.floor(nowMs - this.#limits.tokenIdleMs),
    );
    // Every one is compared, and each in constant time: nothing of a hash can be learned from how long it takes.
    const [found] = rows.filter((row) => row.sha256 instanceof Uint8Array && isSame(row.sha256, sha256));
    if (found === undefined) return undefined;
    if (nowMs - Number(found.used_ms) >= this.#limits.tokenTouchMs) {
      this.#run('UPDATE tokens SET used_ms = ? WHERE id = ?', Math.floor(nowMs), Number(found.id));
    }
    return Number(found.id);
  }

  tokens(name: string, nowMs: number): TokenDescription[] {
    const rows = this.#all(
      `SELECT tokens.id, label, tokens.created_ms, used_ms FROM tokens JOIN accounts ON accounts.id = account_id
       WHERE name = ? AND used_ms > ? ORDER BY used_ms DESC, tokens.id DESC`,
      name,
      Math.floor(nowMs - this.#limits.tokenIdleMs),
    );
    return rows.map((row) => ({
      id: Number(row.id),
      label: String(row.label),
      createdMs: Number(row.created_ms),
      usedMs: Number(row.used_ms),
    }));
  }

  /** Takes away one token. Whether it was there. */
  removeToken(name: string, id: number): boolean {
    const of = '(SELECT id FROM accounts WHERE name = ?)';
    return this.#run(`DELETE FROM tokens WHERE id = ? AND account_id = ${of}`, id, name).changes > 0;
  }

  removeTokens(name: string): void {
    this.#run('DELETE FROM tokens WHERE account_id = (SELECT id FROM accounts WHERE name = ?)', name);
  }

  /** Tokens that nobody has used for too long. */
  removeIdleTokens(nowMs: number): void {
    this.#dropIdle(nowMs);
  }

  follows(name: string): StoredFollows | undefined {
    const account = this.#one('SELECT id, created_after FROM accounts WHERE name = ?', name);
    if (account === undefined) return undefined;
    const rows = this.#all(
      'SELECT key, term, after, through FROM follows WHERE account_id = ? ORDER BY id',
      Number(account.id),
    );
    return { createdAfter: Number(account.created_after), spans: rows.map(spanOf) };
  }

  beginFollow(name: string, follow: { readonly key: string; readonly term: string }, after: number): void {
    this.#run(
      `INSERT INTO follows (account_id, key, term, after) SELECT id, ?, ?, ? FROM accounts WHERE name = ?
       ON CONFLICT DO NOTHING`,
      follow.key,
      follow.term,
      after,
      name,
    );
  }

  endFollow(name: string, key: string, through: number): void {
    this.#transactions.run(() => {
      const ended = this.#one(
        `UPDATE follows SET through = ?1 WHERE key = ?2 AND through IS NULL
           AND account_id = (SELECT id FROM accounts WHERE name = ?3)
         RETURNING account_id`,
        through,
        key,
        name,
      );
      if (ended === undefined) return;
      // A span in which nothing was delivered holds nothing.
      this.#run(
        `DELETE FROM follows WHERE account_id = ?1 AND through IS NOT NULL AND (through <= after OR id IN
           (SELECT id FROM follows WHERE account_id = ?1 AND through IS NOT NULL
            ORDER BY id DESC LIMIT -1 OFFSET ?2))`,
        Number(ended.account_id),
        this.#limits.endedFollowsKept,
      );
    });
  }

  /** Whose password another process has changed since this was last asked. */
  changedElsewhere(): string[] {
    const version = this.#readDataVersion();
    if (version === this.#dataVersion) return [];
    this.#dataVersion = version;
    const before = this.#generations;
    this.#generations = this.#readGenerations();
    return [...before].flatMap(([name, known]) => (this.#generations.get(name) === known ? [] : [name]));
  }

  close(): void {
    this.#database.close();
  }

  #dropIdle(nowMs: number): void {
    this.#run('DELETE FROM tokens WHERE used_ms <= ?', Math.floor(nowMs - this.#limits.tokenIdleMs));
  }

  /** Changes with every commit of another connection, and with none of this one. */
  #readDataVersion(): SQLOutputValue | undefined {
    return this.#one('PRAGMA data_version')?.data_version;
  }

  #readGenerations(): Map<string, number> {
    const rows = this.#all('SELECT name, generation FROM accounts ORDER BY id');
    return new Map(rows.map((row) => [String(row.name), Number(row.generation)]));
  }

  // Statements are prepared for each call: a login is too rare and too slow for that to matter.
  #run(sql: string, ...values: (string | number | Uint8Array)[]) {
    return this.#database.prepare(sql).run(...values);
  }

  #one(sql: string, ...values: (string | number | Uint8Array)[]): Row | undefined {
    return this.#database.prepare(sql).get(...values);
  }

  #all(sql: string, ...values: (string | number | Uint8Array)[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function spanOf({ key, term, after, through }: Row): StoredSpan {
  return {
    key: String(key),
    term: String(term),
    after: Number(after),
    through: through === null ? Infinity : Number(through),
  };
}
