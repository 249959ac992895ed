import { timingSafeEqual } from 'node:crypto';
import { isFull } from '../sqlite/database-file.ts';
import type { AccountDatabase } from './account-database.ts';
import type { TokenDescription } from './accounts.ts';
import { OtherWriters } from './other-writers.ts';

export interface TokenLimits {
  readonly tokensPerAccount: number;
  readonly tokenIdleMs: number;
  readonly tokenTouchMs: number;
}

/** A temporary table that triggers update with our own changes of `tokens`: others removed the tokens only it has. */
const knowTokens = [
  'CREATE TEMP TABLE known_tokens (id INTEGER PRIMARY KEY, name TEXT NOT NULL)',
  `INSERT INTO known_tokens
     SELECT tokens.id, name FROM tokens JOIN accounts ON accounts.id = account_id`,
  `CREATE TEMP TRIGGER token_added AFTER INSERT ON main.tokens BEGIN
     INSERT INTO known_tokens SELECT new.id, name FROM accounts WHERE id = new.account_id;
   END`,
  `CREATE TEMP TRIGGER token_removed AFTER DELETE ON main.tokens BEGIN
     DELETE FROM known_tokens WHERE id = old.id;
   END`,
];

/** Tokens, of which only hashes are stored. */
export class TokenRows {
  readonly #db: AccountDatabase;
  readonly #limits: TokenLimits;
  readonly #others: OtherWriters;

  constructor(db: AccountDatabase, limits: TokenLimits) {
    this.#db = db;
    this.#limits = limits;
    this.#others = new OtherWriters(db);
    for (const sql of knowTokens) db.run(sql);
  }

  /**
   * Stores a token's hash; returns undefined when the account's password has another generation. `dropped` are the tokens
   * that were deleted to make room: those `inUse`, which are ids, last.
   */
  addToken(
    name: string,
    generation: number,
    token: { readonly sha256: Uint8Array; readonly label: string; readonly inUse: readonly number[] },
    nowMs: number,
  ): { readonly id: number; readonly dropped: readonly number[] } | undefined {
    let added: { id: number; dropped: number[] } | undefined;
    this.#db.transaction(() => {
      const account = this.#db.one(
        'SELECT id FROM accounts WHERE name = ? AND generation = ?',
        name,
        generation,
      );
      if (account === undefined) return;
      const accountId = Number(account.id);
      const now = Math.floor(nowMs);
      const dropped = this.#db.all(
        `DELETE FROM tokens WHERE id IN
           (SELECT id FROM tokens WHERE account_id = ?
            ORDER BY id IN (SELECT value FROM json_each(?)) DESC, used_ms DESC, id DESC LIMIT -1 OFFSET ?)
         RETURNING id`,
        accountId,
        JSON.stringify(token.inUse),
        Math.max(0, this.#limits.tokensPerAccount - 1),
      );
      const { lastId } = this.#db.run(
        'INSERT INTO tokens (account_id, sha256, label, created_ms, used_ms) VALUES (?, ?, ?, ?, ?)',
        accountId,
        token.sha256,
        token.label,
        now,
        now,
      );
      added = { id: lastId, dropped: dropped.map(({ id }) => Number(id)) };
    });
    return added;
  }

  /** Returns the id of the account's token with this hash. Records its use, at most once in `tokenTouchMs`. */
  useToken(name: string, sha256: Uint8Array, nowMs: number): number | undefined {
    const rows = this.#db.all(
      `SELECT tokens.id, sha256, used_ms FROM tokens JOIN accounts ON accounts.id = account_id
       WHERE name = ? AND used_ms > ?`,
      name,
      Math.floor(nowMs - this.#limits.tokenIdleMs),
    );
    // Compares all of them, each in constant time, so that the duration reveals nothing about a hash.
    const [found] = rows.filter((row) => row.sha256 instanceof Uint8Array && isSame(row.sha256, sha256));
    if (found === undefined) return undefined;
    if (nowMs - Number(found.used_ms) >= this.#limits.tokenTouchMs) {
      this.#writeIfRoom('UPDATE tokens SET used_ms = ? WHERE id = ?', Math.floor(nowMs), Number(found.id));
    }
    return Number(found.id);
  }

  /** Returns the account's tokens, most recently used first, with expired ones that were not removed yet. */
  tokens(name: string): TokenDescription[] {
    const rows = this.#db.all(
      `SELECT tokens.id, label, tokens.created_ms, used_ms FROM tokens JOIN accounts ON accounts.id = account_id
       WHERE name = ? ORDER BY used_ms DESC, tokens.id DESC`,
      name,
    );
    return rows.map((row) => ({
      id: Number(row.id),
      label: String(row.label),
      createdMs: Number(row.created_ms),
      usedMs: Number(row.used_ms),
    }));
  }

  /** Returns whether the account had this token. */
  removeToken(name: string, id: number): boolean {
    const of = '(SELECT id FROM accounts WHERE name = ?)';
    return this.#db.run(`DELETE FROM tokens WHERE id = ? AND account_id = ${of}`, id, name).changes > 0;
  }

  /** Returns how many there were. */
  removeTokens(name: string): number {
    const of = '(SELECT id FROM accounts WHERE name = ?)';
    return this.#db.run(`DELETE FROM tokens WHERE account_id = ${of}`, name).changes;
  }

  /** Returns the tokens that another process removed since the last call. */
  removedElsewhere(): { readonly name: string; readonly id: number }[] {
    if (!this.#others.haveCommitted()) return [];
    return this.#db
      .all('DELETE FROM known_tokens WHERE id NOT IN (SELECT id FROM tokens) RETURNING id, name')
      .map(({ id, name }) => ({ name: String(name), id: Number(id) }));
  }

  /** Removes tokens that were last used then or earlier. */
  removeIdleTokens(beforeMs: number): void {
    this.#writeIfRoom('DELETE FROM tokens WHERE used_ms <= ?', Math.floor(beforeMs));
  }

  /** Skips the write on a full disk, so that it locks nobody out; these writes can be made later. */
  #writeIfRoom(sql: string, ...values: number[]): void {
    try {
      this.#db.run(sql, ...values);
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
