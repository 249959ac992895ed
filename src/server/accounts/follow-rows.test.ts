import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { AccountDatabase } from './account-database.ts';
import { AccountRows } from './account-rows.ts';
import { FollowRows } from './follow-rows.ts';

class CountingDatabase extends AccountDatabase {
  deletions = 0;

  override run(...[sql, ...values]: Parameters<AccountDatabase['run']>) {
    if (sql.includes('DELETE')) this.deletions++;
    return super.run(sql, ...values);
  }
}

test('replacing a list scans the ended follows once, and keeps the newest of them', async (context) => {
  const database = new CountingDatabase(join(await temporaryFolder(context), 'accounts.db'));
  context.after(() => database.close());
  new AccountRows(database).create('alice', 'a hash', 0, 0, []);
  const follows = new FollowRows(database, 3);
  const begun = (terms: string, after: number) =>
    [...terms].map((term) => ({ key: term, term, after, through: Infinity }));
  follows.changeFollows('alice', [], begun('abcde', 1));
  const ended = [...'abcde'].map((key, at) => ({ key, through: key === 'd' ? 1 : 2 + at }));
  database.deletions = 0;
  follows.changeFollows('alice', ended, begun('xy', 9));
  assert.equal(database.deletions, 1);
  const spans = follows.follows('alice')?.spans.map(({ key, through }) => `${key} ${through}`);
  // The span of d is empty, and three others ended after a.
  assert.deepEqual(spans, ['b 3', 'c 4', 'e 6', 'x Infinity', 'y Infinity']);
});
