import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { abandonDatabase, mendDatabaseFile, openDatabaseFile, storageError } from './database-file.ts';

const schema = { noun: 'test', applicationId: 1, steps: ['CREATE TABLE numbers (number INTEGER)'] };

test('a database that is abandoned keeps its WAL until it is mended', async (context) => {
  const file = join(await temporaryFolder(context), 'test.db');
  const database = openDatabaseFile(file, schema, '');
  database.exec('INSERT INTO numbers VALUES (7); BEGIN; INSERT INTO numbers VALUES (8)');
  abandonDatabase(database, file);
  assert.ok(statSync(`${file}-wal`).size > 0);
  const before = statSync(file).size;
  mendDatabaseFile(file, schema);
  assert.ok(statSync(file).size > before);
  assert.equal(existsSync(`${file}-wal`), false);
  const again = openDatabaseFile(file, schema, '');
  assert.deepEqual(
    again
      .prepare('SELECT number FROM numbers')
      .all()
      .map(({ number }) => number),
    [7],
  );
  again.close();
});

test('a database that cannot be opened is left as it is', async (context) => {
  const file = join(await temporaryFolder(context), 'test.db');
  const steps = [...schema.steps, 'INSERT INTO nothing VALUES (1)'];
  openDatabaseFile(file, schema, '').close();
  const first = openDatabaseFile(file, schema, '');
  first.exec('INSERT INTO numbers VALUES (7)');
  abandonDatabase(first, file);
  assert.throws(() => openDatabaseFile(file, { ...schema, steps }, ''), /nothing/);
  assert.ok(existsSync(`${file}-wal`));
  openDatabaseFile(file, schema, '').close();
});

test('the error of a failed storage has the code of SQLite, if SQLite failed', () => {
  const failed = Object.assign(new Error('disk I/O error'), { errcode: 1034 });
  assert.equal(storageError('the log', failed).message, 'the log: disk I/O error, SQLite code 1034');
  assert.equal(storageError('the log', 'no reason').message, 'the log: no reason');
});
