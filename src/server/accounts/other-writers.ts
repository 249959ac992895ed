import type { SQLOutputValue } from 'node:sqlite';
import type { AccountDatabase } from './account-database.ts';

/** Notices commits of other processes that write to the accounts: `earshot passwd` and `earshot tokens`. */
export class OtherWriters {
  readonly #db: AccountDatabase;
  #dataVersion: SQLOutputValue | undefined;

  constructor(db: AccountDatabase) {
    this.#db = db;
    this.#dataVersion = this.#readDataVersion();
  }

  /** Returns whether another process committed anything since the last call. */
  haveCommitted(): boolean {
    const before = this.#dataVersion;
    this.#dataVersion = this.#readDataVersion();
    return this.#dataVersion !== before;
  }

  /** Changes with each commit of another connection, but not with our own. */
  #readDataVersion(): SQLOutputValue | undefined {
    return this.#db.one('PRAGMA data_version')?.data_version;
  }
}
