import { join } from 'node:path';
import { testLog } from '../../../tests/contract/log.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { openSqliteLog } from './sqlite-log.ts';

testLog('SqliteLog, its newest entries not indexed', async (test) => {
  const file = join(await temporaryFolder(test), 'log.db');
  return (observer) => openSqliteLog({ file, observer });
});

testLog('SqliteLog, nearly everything indexed', async (test) => {
  const file = join(await temporaryFolder(test), 'log.db');
  return (observer) => openSqliteLog({ file, observer, tailEntries: 5 });
});
