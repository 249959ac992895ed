import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/scheduling/clock.ts';
import { openSqliteAccounts } from '../../src/server/accounts/sqlite-accounts.ts';
import { sqliteAdmin } from '../support/accounts-admin.ts';
import { type OpenOptions, openAccounts } from '../support/accounts-factory.ts';
import { passwordOf, runAccountsProcess } from '../support/accounts-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const rounds = 4;

test('every account, token and follow that was told of is there after the process was killed', async (context) => {
  const file = join(await temporaryFolder(context), 'accounts.db');
  const told: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const killAfter = randomInt(1, 300);
    const lines = await runAccountsProcess(context, { file, label: `r${round}`, killAfter });
    assert.ok(lines.length >= killAfter);
    told.push(...lines);
  }
  context.diagnostic(`${told.length} steps were told of`);
  const failures: Error[] = [];
  const open = (options: OpenOptions) =>
    openSqliteAccounts({ ...options, file, clock: systemClock, onFailure: (error) => failures.push(error) });
  const factory = Object.assign(open, { admin: sqliteAdmin(file) });
  const { accounts } = await openAccounts(context, async () => factory);
  for (const line of told) {
    const [what, name = '', token = ''] = line.split(' ');
    assert.equal(accounts.isAccount(name), true, line);
    if (what === 'created') {
      assert.equal((await accounts.checkPassword(name, passwordOf(name), 'here')).kind, 'ok', line);
    } else if (what === 'token')
      assert.ok((await accounts.checkToken(name, token, 'here')) !== undefined, line);
    else assert.equal((await accounts.loadFollows(name))?.spans.length, 1, line);
  }
  assert.equal((await accounts.create('afterwards', 'correct horse', 0)).kind, 'created');
  assert.deepEqual(failures, []);
});
