import { join } from 'node:path';
import { testLog } from '../../../tests/contract/log.ts';
import { firstOf } from '../../../tests/support/property-runs.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { openSqliteLog } from './sqlite-log.ts';

for (const [what, options] of firstOf([
  ['nearly everything indexed', { tailEntries: 5 }],
  ['its newest entries not indexed', {}],
])) {
  testLog(`SqliteLog, ${what}`, async (test) => {
    const file = join(await temporaryFolder(test), 'log.db');
    return (observer) => openSqliteLog({ file, observer, ...options });
  });
}
