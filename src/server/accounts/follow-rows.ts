import type { AccountDatabase, Row } from './account-database.ts';
import type { StoredFollows, StoredSpan } from './accounts.ts';

export interface EndedFollow {
  readonly key: string;
  readonly through: number;
}

/** `through`: `Infinity` until the follow ends. */
export interface BegunFollow {
  readonly key: string;
  readonly term: string;
  readonly after: number;
  readonly through: number;
}

/** The accounts' follows, as spans of log positions. */
export class FollowRows {
  readonly #db: AccountDatabase;
  readonly #endedKept: number;

  /** `endedKept`: ended spans kept for an account; beyond that the oldest are deleted. */
  constructor(db: AccountDatabase, endedKept: number) {
    this.#db = db;
    this.#endedKept = endedKept;
  }

  follows(name: string): StoredFollows | undefined {
    const account = this.#db.one('SELECT id, created_after FROM accounts WHERE name = ?', name);
    if (account === undefined) return undefined;
    const rows = this.#db.all(
      'SELECT key, term, after, through FROM follows WHERE account_id = ? ORDER BY id',
      Number(account.id),
    );
    return { createdAfter: Number(account.created_after), spans: rows.map(spanOf) };
  }

  beginFollow(name: string, follow: { readonly key: string; readonly term: string }, after: number): void {
    this.#db.run(
      `INSERT INTO follows (account_id, key, term, after) SELECT id, ?, ?, ? FROM accounts WHERE name = ?
       ON CONFLICT DO NOTHING`,
      follow.key,
      follow.term,
      after,
      name,
    );
  }

  endFollow(name: string, key: string, through: number): void {
    this.changeFollows(name, [{ key, through }], []);
  }

  /**
   * Ends some and begins others in one transaction. A list of hundreds costs one sync, and one scan of the ended spans, of
   * which there may be thousands.
   */
  changeFollows(name: string, ended: readonly EndedFollow[], begun: readonly BegunFollow[]): void {
    this.#db.transaction(() => {
      for (const { key, through } of ended) this.#end(name, key, through);
      for (const { key, term, after, through } of begun) {
        this.beginFollow(name, { key, term }, after);
        if (through !== Infinity) this.#end(name, key, through);
      }
      this.#forgetEnded(name);
    });
  }

  #end(name: string, key: string, through: number): void {
    this.#db.run(
      `UPDATE follows SET through = ?1 WHERE key = ?2 AND through IS NULL
           AND account_id = (SELECT id FROM accounts WHERE name = ?3)`,
      through,
      key,
      name,
    );
  }

  /** Deletes empty spans, and beyond `endedKept` the oldest. */
  #forgetEnded(name: string): void {
    this.#db.run(
      `WITH ended AS (SELECT follows.id, after, through FROM follows, accounts
                      WHERE account_id = accounts.id AND name = ?1 AND through IS NOT NULL)
       DELETE FROM follows WHERE id IN (SELECT id FROM ended WHERE through <= after)
           OR id IN (SELECT id FROM ended WHERE through > after ORDER BY id DESC LIMIT -1 OFFSET ?2)`,
      name,
      this.#endedKept,
    );
  }
}

/** For an account without follows. */
export function insertFollows(db: AccountDatabase, accountId: number, follows: readonly BegunFollow[]): void {
  for (const { key, term, after, through } of follows) {
    db.run(
      'INSERT INTO follows (account_id, key, term, after, through) VALUES (?, ?, ?, ?, nullif(?, -1))',
      accountId,
      key,
      term,
      after,
      through === Infinity ? -1 : through,
    );
  }
}

function spanOf({ key, term, after, through }: Row): StoredSpan {
  return {
    key: String(key),
    term: String(term),
    after: Number(after),
    through: through === null ? Infinity : Number(through),
  };
}
