import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { admin, adminDone } from '../support/operator.ts';
import { operatorScene } from '../support/operator-scene.ts';

test('what the accounts cannot store is refused, recorded, and no bug', async (context) => {
  const { data, logged } = await operatorScene(context);
  const other = new DatabaseSync(join(data, 'accounts.db'));
  context.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const refused = await admin(data, 'erase', 'alice', '--yes', 'alice');
  assert.equal(refused.exitCode, 1, refused.stderr);
  assert.equal(refused.stderr, 'earshot: the accounts are locked; try again later\n');
  const [line = ''] = readFileSync(join(data, 'audit.log'), 'utf8').split('\n');
  assert.equal(JSON.parse(line).outcome, 'the accounts are locked; try again later');
  assert.deepEqual(
    logged.filter((one) => JSON.parse(one).level >= 50),
    [],
  );
  other.exec('ROLLBACK');
  assert.match(await adminDone(data, 'erase', 'alice', '--yes', 'alice'), /^alice is erased: the account/);
});

test('a full disk is told in words, changes nothing, and is no bug', async (context) => {
  if (!existsSync('/dev/full')) return context.skip('there is no /dev/full');
  const { data, logged } = await operatorScene(context);
  // Where the server writes its rules anew.
  const next = join(data, 'admission.json.new');
  for (const words of [['ban', 'bob'], ['registration', 'closed'], ['invite']]) {
    symlinkSync('/dev/full', next);
    const refused = await admin(data, ...words);
    assert.equal(refused.exitCode, 1, refused.stderr);
    assert.equal(refused.stderr, 'earshot: the disk is full; make room and try again\n');
    rmSync(next);
  }
  const lines = readFileSync(join(data, 'audit.log'), 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).outcome),
    Array(3).fill('the disk is full; make room and try again'),
  );
  assert.deepEqual(
    logged.filter((one) => JSON.parse(one).level >= 50),
    [],
  );
  assert.equal(await adminDone(data, 'bans'), 'Nobody is banned.\n');
  assert.match(await adminDone(data, 'ban', 'bob'), /^bob is banned for ever/);
});

test('what is done and cannot be recorded is told as such, with and without a server', async (context) => {
  const { data, guest } = await operatorScene(context);
  await guest('bob');
  mkdirSync(join(data, 'audit.log'));
  for (const words of [
    ['kick', 'bob'],
    ['export', 'alice', join(data, 'export')],
  ]) {
    const { exitCode, stderr } = await admin(data, ...words);
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /^earshot: it was done, but could not be recorded in audit\.log \(EISDIR: .*\)\n$/);
  }
  assert.match(readFileSync(join(data, 'export', 'account.jsonl'), 'utf8'), /"name":"alice"/);
});
