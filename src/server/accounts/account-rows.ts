import type { AccountDatabase } from './account-database.ts';
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
   * Declares the epoch of the log that positions refer to. If they referred to another one, current follows count from the
   * beginning of this log, and ended ones are deleted.
   */
  useEpoch(epoch: string): void {
    if (this.#db.one('SELECT epoch FROM meta')?.epoch === epoch) return;
    this.#db.transaction(() => {
      this.#db.run('DELETE FROM follows WHERE through IS NOT NULL');
      this.#db.run('UPDATE follows SET after = 0');
      this.#db.run('UPDATE accounts SET created_after = 0');
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
  ): boolean {
    let isNew = false;
    this.#db.transaction(() => {
      const { changes, lastId } = this.#db.run(
        `INSERT INTO accounts (name, password, generation, created_ms, created_after) VALUES (?, ?, 1, ?, ?)
         ON CONFLICT DO NOTHING`,
        name,
        password,
        Math.floor(nowMs),
        after,
      );
      isNew = changes > 0;
      if (isNew) insertFollows(this.#db, lastId, follows);
    });
    if (isNew) this.#generations.set(name, 1);
    return isNew;
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

  /** Also deletes all tokens. Returns the new generation; undefined when there is no such account. */
  setPassword(name: string, password: string): number | undefined {
    let generation: number | undefined;
    this.#db.transaction(() => {
      const row = this.#db.one(
        'UPDATE accounts SET password = ?, generation = generation + 1 WHERE name = ? RETURNING id, generation',
        password,
        name,
      );
      if (row === undefined) return;
      generation = Number(row.generation);
      this.#db.run('DELETE FROM tokens WHERE account_id = ?', Number(row.id));
    });
    if (generation !== undefined) this.#generations.set(name, generation);
    return generation;
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
