import type { SQLOutputValue } from 'node:sqlite';
import type { AccountDatabase } from './account-database.ts';

/** The other processes that write to the accounts: `earshot passwd` and `earshot tokens`. */
export class OtherWriters {
  readonly #db: AccountDatabase;
  #dataVersion: SQLOutputValue | undefined;

  constructor(db: AccountDatabase) {
    this.#db = db;
    this.#dataVersion = this.#readDataVersion();
  }

  /** Whether one has committed anything since this was last asked. */
  haveCommitted(): boolean {
    const before = this.#dataVersion;
    this.#dataVersion = this.#readDataVersion();
    return this.#dataVersion !== before;
  }

  /** Changes with every commit of another connection, and with none of this one. */
  #readDataVersion(): SQLOutputValue | undefined {
    return this.#db.one('PRAGMA data_version')?.data_version;
  }
}
