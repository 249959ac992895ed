import type { DatabaseSync } from 'node:sqlite';

/** The shape of one of our databases. */
export interface Schema {
  /** What the database is, for people: `log`. */
  readonly noun: string;
  /** Tells the file from other programs' databases and from our others, to us and to file(1). */
  readonly applicationId: number;
  /**
   * The steps that lead to it: the first makes schema 1 out of an empty file. Steps are only ever appended.
   * `PRAGMA user_version` tells how many a file has seen.
   */
  readonly steps: readonly string[];
}

/** Why a file that SQLite can read is not one that this program should use. In words for whoever starts it. */
export class SchemaError extends Error {}

/**
 * How many of the steps the database has seen; 0 for an empty file. Changes nothing. Throws a `SchemaError` for a
 * database of a newer earshot or of another program.
 */
export function knownVersion(database: DatabaseSync, { applicationId, steps }: Schema): number {
  const version = numberOf(database, 'PRAGMA user_version');
  const isEmpty = numberOf(database, 'SELECT count(*) FROM sqlite_schema') === 0;
  if (isEmpty && version === 0) return 0;
  if (numberOf(database, 'PRAGMA application_id') !== applicationId) {
    throw new SchemaError('this is a database of another program');
  }
  if (version > steps.length) {
    throw new SchemaError(
      `the data folder was written by a newer earshot (schema ${version}, this one knows ${steps.length}); ` +
        'start that version again, or restore a backup from before the upgrade',
    );
  }
  return version;
}

/** Brings the database to the newest schema, in one transaction: entirely or not at all. Throws as above. */
export function migrate(database: DatabaseSync, schema: Schema): void {
  const { applicationId, steps } = schema;
  const version = knownVersion(database, schema);
  if (version === steps.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** The first column of the first row, which must be a number. */
export function numberOf(database: DatabaseSync, sql: string): number {
  const [value] = Object.values(database.prepare(sql).get() ?? {});
  if (typeof value !== 'number') throw new Error(`no number: ${sql}`);
  return value;
}
