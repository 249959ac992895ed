import { writeSync } from 'node:fs';
import { systemClock } from '../../src/scheduling/clock.ts';
import { openSqliteAccounts } from '../../src/server/accounts/sqlite-accounts.ts';
import { cheapLimits } from './accounts-factory.ts';
import { passwordOf } from './accounts-process.ts';

/**
 * A process that makes accounts without end, to be killed or have its disk fail: `FILE LABEL`. Tells on standard output, in
 * lines and at once: `created NAME`, then `token NAME TOKEN`, then `follows NAME`; `failed MESSAGE`, and ends.
 */
const [file = '', label = ''] = process.argv.slice(2);

// Not through process.stdout, which would hold lines back that a killed process cannot write any more.
const tell = (line: string): void => {
  writeSync(1, `${line}\n`);
};

const accounts = await openSqliteAccounts({
  file,
  epoch: 'e',
  head: 0,
  limits: cheapLimits,
  clock: systemClock,
  onFailure(error) {
    tell(`failed ${error.message}`);
    process.exit(1);
  },
});

async function makeAccounts(lane: number): Promise<void> {
  for (let i = 0; ; i++) {
    const name = `${label}.${lane}.${i}`;
    await accounts.create(name, passwordOf(name), i);
    tell(`created ${name}`);
    const issued = await accounts.issueToken(name, 'crash', 1);
    tell(`token ${name} ${issued?.token}`);
    await accounts.beginFollow(name, 'apple', i);
    tell(`follows ${name}`);
  }
}

await Promise.all([0, 1, 2, 3].map(makeAccounts));
