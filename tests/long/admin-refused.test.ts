import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
