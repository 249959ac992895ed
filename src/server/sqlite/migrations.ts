import type { DatabaseSync } from 'node:sqlite';

/** The schema of one of our databases. */
export interface Schema {
  /** What the database is called in messages: `log`. */
  readonly noun: string;
  /** Distinguishes the file from our other databases and those of other programs; file(1) shows it. */
  readonly applicationId: number;
  /**
   * The migrations: the first makes schema 1 out of an empty file. Only ever append to them. `PRAGMA user_version` counts
   * the migrations of a file.
   */
  readonly steps: readonly string[];
}

/** Why we must not use a database that SQLite can read. The message is for the operator. */
export class SchemaError extends Error {}

/**
 * Returns how many migrations the database has had; 0 for an empty file. Changes nothing. Throws a `SchemaError` for a
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

/** Migrates the database to the newest schema, all or nothing. Throws as `knownVersion` does. */
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

/** Returns the first column of the first row; throws when it is not a number. */
export function numberOf(database: DatabaseSync, sql: string): number {
  const [value] = Object.values(database.prepare(sql).get() ?? {});
  if (typeof value !== 'number') throw new Error(`no number: ${sql}`);
  return value;
}
