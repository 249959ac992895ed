import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { logSchema } from '../log/schema.ts';
import { migrate, numberOf, type Schema, SchemaError } from './migrations.ts';

const schema = (steps: readonly string[]): Schema => ({ noun: 'test', applicationId: 7, steps });

const version = (database: DatabaseSync): number => numberOf(database, 'PRAGMA user_version');

it('creates the newest schema in an empty file, and does nothing the second time', () => {
  const database = new DatabaseSync(':memory:');
  migrate(database, logSchema);
  assert.equal(version(database), logSchema.steps.length);
  const { epoch } = database.prepare('SELECT epoch FROM meta').get() ?? {};
  assert.match(String(epoch), /^[0-9a-f]{32}$/);
  migrate(database, logSchema);
  assert.equal(database.prepare('SELECT epoch FROM meta').get()?.epoch, epoch);
});

it('runs the steps that a database has not had, in order', () => {
  const database = new DatabaseSync(':memory:');
  const steps = ['CREATE TABLE a (n)', 'INSERT INTO a VALUES (1)', 'UPDATE a SET n = n + 1'];
  migrate(database, schema(steps.slice(0, 1)));
  assert.equal(version(database), 1);
  migrate(database, schema(steps));
  assert.equal(version(database), 3);
  assert.equal(numberOf(database, 'SELECT n FROM a'), 2);
});

it('runs all steps or none', () => {
  const database = new DatabaseSync(':memory:');
  migrate(database, schema(['CREATE TABLE a (n)']));
  assert.throws(
    () => migrate(database, schema(['', 'CREATE TABLE b (n)', 'CREATE TABLE a (n)'])),
    /already exists/,
  );
  assert.equal(version(database), 1);
  assert.equal(database.isTransaction, false);
  assert.equal(numberOf(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
});

it('refuses a newer schema and a database of another program', () => {
  const newer = new DatabaseSync(':memory:');
  migrate(newer, schema(['CREATE TABLE a (n)', '']));
  assert.throws(() => migrate(newer, schema(['CREATE TABLE a (n)'])), SchemaError);
  const others = new DatabaseSync(':memory:');
  others.exec('CREATE TABLE a (n); PRAGMA user_version = 1');
  assert.throws(() => migrate(others, schema([''])), /another program/);
});
