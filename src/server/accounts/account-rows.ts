import type { AccountDatabase } from './account-database.ts';
import type { AccountDescription } from './accounts.ts';
import { type BegunFollow, insertFollows } from './follow-rows.ts';
import { OtherWriters } from './other-writers.ts';

export interface Credential {
  /** A PHC string. */
  readonly password: string;
  readonly generation: number;
}

/** Names and password hashes. */
export class AccountRows {
  readonly #db: AccountDatabase;
  readonly #others: OtherWriters;
  /** By name: the generation that this process knows. */
  #generations: Map<string, number>;

  constructor(db: AccountDatabase) {
    this.#db = db;
    this.#others = new OtherWriters(db);
    this.#generations = this.#readGenerations();
  }

  /**
   * Declares the epoch of the log that positions refer to, and its newest position. If they referred to another one, current
   * follows count from the beginning of this log, and ended ones are deleted. The accounts do not: others may have had
   * their names before, and got private messages. A log that was restored has the same entries up to its newest position.
   */
  useEpoch(epoch: string, head: number): void {
    if (this.#db.one('SELECT epoch FROM meta')?.epoch === epoch) return;
    this.#db.transaction(() => {
      this.#db.run('DELETE FROM follows WHERE through IS NOT NULL');
      this.#db.run('UPDATE follows SET after = 0');
      this.#db.run('UPDATE accounts SET created_after = min(created_after, ?)', head);
      this.#db.run('UPDATE meta SET epoch = ?', epoch);
    });
  }

  names(): string[] {
    return [...this.#generations.keys()];
  }

  /** Creates an account with its follows. Returns false, and changes nothing, when there is one already. */
  create(
    name: string,
    password: string,
    after: number,
    nowMs: number,
    follows: readonly BegunFollow[],
    origin?: string,
  ): boolean {
    let isNew = false;
    this.#db.transaction(() => {
      const { changes, lastId } = this.#db.run(
        `INSERT INTO accounts (name, password, generation, created_ms, created_after, created_from)
         VALUES (?, ?, 1, ?, ?, nullif(?, ''))
         ON CONFLICT DO NOTHING`,
        name,
        password,
        Math.floor(nowMs),
        after,
        origin ?? '',
      );
      isNew = changes > 0;
      if (isNew) insertFollows(this.#db, lastId, follows);
    });
    if (isNew) this.#generations.set(name, 1);
    return isNew;
  }

  list(): AccountDescription[] {
    const rows = this.#db.all(
      `SELECT name, created_ms, created_from, login_ms, login_from,
         (SELECT count(*) FROM tokens WHERE account_id = accounts.id) AS tokens
       FROM accounts ORDER BY id`,
    );
    const text = (value: unknown): string | undefined => (value === null ? undefined : String(value));
    return rows.map((row) => ({
      name: String(row.name),
      createdMs: Number(row.created_ms),
      createdFrom: text(row.created_from),
      loginMs: row.login_ms === null ? undefined : Number(row.login_ms),
      loginFrom: text(row.login_from),
      tokens: Number(row.tokens),
    }));
  }

  /** Records a login, unless one from the same address was recorded less than `touchMs` ago. */
  noteLogin(name: string, address: string, nowMs: number, touchMs: number): void {
    const at = Math.floor(nowMs);
    this.#db.run(
      `UPDATE accounts SET login_ms = ?, login_from = ?
       WHERE name = ? AND (login_ms IS NULL OR login_from <> ? OR login_ms <= ?)`,
      ...[at, address, name, address, at - touchMs],
    );
  }

  /** Deletes an account, and overwrites what is deleted. Returns whether there was one. */
  erase(name: string): boolean {
    let changes = 0;
    this.#db.run('PRAGMA secure_delete = ON');
    try {
      this.#db.transaction(() => {
        changes = this.#db.run('DELETE FROM accounts WHERE name = ?', name).changes;
      });
    } finally {
      this.#db.run('PRAGMA secure_delete = OFF');
    }
    this.#generations.delete(name);
    if (changes > 0) this.#db.compact();
    return changes > 0;
  }

  credential(name: string): Credential | undefined {
    const row = this.#db.one('SELECT password, generation FROM accounts WHERE name = ?', name);
    return row && { password: String(row.password), generation: Number(row.generation) };
  }

  /** Replaces the hash by another one of the same password, if the account still has that password. */
  rehash(name: string, generation: number, password: string): void {
    this.#db.run(
      'UPDATE accounts SET password = ? WHERE name = ? AND generation = ?',
      password,
      name,
      generation,
    );
  }

  /**
   * Also deletes all tokens. Returns the new generation; undefined when there is no such account, or its password is not
   * the one of `generation`.
   */
  setPassword(name: string, password: string, generation?: number): number | undefined {
    let next: number | undefined;
    this.#db.transaction(() => {
      const row = this.#db.one(
        `UPDATE accounts SET password = ?, generation = generation + 1
         WHERE name = ? AND ? IN (generation, -1) RETURNING id, generation`,
        ...[password, name, generation ?? -1],
      );
      if (row === undefined) return;
      next = Number(row.generation);
      this.#db.run('DELETE FROM tokens WHERE account_id = ?', Number(row.id));
    });
    if (next !== undefined) this.#generations.set(name, next);
    return next;
  }

  /** Returns the names whose password another process changed since the last call. */
  changedElsewhere(): string[] {
    if (!this.#others.haveCommitted()) return [];
    const before = this.#generations;
    this.#generations = this.#readGenerations();
    return [...before].flatMap(([name, known]) => (this.#generations.get(name) === known ? [] : [name]));
  }

  #readGenerations(): Map<string, number> {
    const rows = this.#db.all('SELECT name, generation FROM accounts ORDER BY id');
    return new Map(rows.map((row) => [String(row.name), Number(row.generation)]));
  }
}
