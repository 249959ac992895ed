import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { abandonDatabase, compactDatabase, openDatabaseFile } from '../sqlite/database-file.ts';
import { Transactions } from '../sqlite/transaction.ts';
import { accountsSchema } from './schema.ts';

export type Row = Record<string, SQLOutputValue>;
export type Value = string | number | Uint8Array;

/**
 * The database of accounts. Writes are on stable storage when the call returns. Each call prepares its statement again,
 * which costs nothing beside a login's password hash.
 */
export class AccountDatabase {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #transactions: Transactions;

  /** Opens the database, and creates it if need be. `openProblem` describes what this throws. */
  constructor(file: string) {
    this.#file = file;
    this.#database = openDatabaseFile(file, accountsSchema, '');
    this.#transactions = new Transactions(this.#database);
  }

  transaction(action: () => void): void {
    this.#transactions.run(action);
  }

  run(sql: string, ...values: Value[]): { readonly changes: number; readonly lastId: number } {
    const { changes, lastInsertRowid } = this.#database.prepare(sql).run(...values);
    return { changes: Number(changes), lastId: Number(lastInsertRowid) };
  }

  one(sql: string, ...values: Value[]): Row | undefined {
    return this.#database.prepare(sql).get(...values);
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }

  /** Writes the file anew, without space that was freed, and empties the WAL; another process may keep it from that. */
  compact(): void {
    compactDatabase(this.#database);
  }

  /** Closes it after a failure: see `abandonDatabase`. */
  abandon(): void {
    abandonDatabase(this.#database, this.#file);
  }

  close(): void {
    this.#database.close();
  }
}
