import type { DatabaseSync } from 'node:sqlite';

/** Runs `action` in a write transaction, which is rolled back when `action` or the commit throws. */
export class Transactions {
  readonly #database: DatabaseSync;
  readonly #begin;
  readonly #commit;
  readonly #rollback;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
  }

  run(action: () => void): void {
    this.#begin.run();
    try {
      action();
      this.#commit.run();
    } catch (error) {
      // Some errors end the transaction themselves.
      if (this.#database.isTransaction) this.#rollback.run();
      throw error;
    }
  }
}
