import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/scheduling/clock.ts';
import { openSqliteAccounts } from '../../src/server/accounts/sqlite-accounts.ts';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import type { Entry } from '../../src/server/messages/entry.ts';
import { cheapLimits } from './accounts-factory.ts';
import { passwordOf } from './accounts-process.ts';
import { accountsFile, entriesInFlight, labelAndNumber, logFile, textOf } from './data-told.ts';
import { allEntriesWith } from './log-process.ts';
import { textDraft } from './log-recorder.ts';

/**
 * A process that uses a log and accounts while its disk is recorded: `FOLDER LABEL COUNT TAIL-ENTRIES STEPS`. Appends COUNT
 * texts, meanwhile takes at most STEPS steps with accounts, and closes. What it tells is in data-told.ts.
 */
const [folder = '', label = '', count = '1', tailEntries = '1', maxSteps = '0'] = process.argv.slice(2);

/** The log commits so many groups for each step of the accounts. */
const groupsPerStep = 3;

// Not through process.stdout: what is told is one call of the system, at once.
const tell = (lines: string): void => {
  writeSync(1, `${lines}\n`);
};

const told = (entry: Entry): string => `entry ${entry.position} ${labelAndNumber(entry)}`;

let appended = 0;
let committed = 0;
let groups = 0;
const append = (): void => {
  if (appended === Number(count)) return;
  appended++;
  log.append(textDraft('writer', textOf(label, appended)), undefined);
};

const { promise: ended, resolve: end } = Promise.withResolvers<void>();
const fail = (error: Error): void => {
  tell(`failed ${error.message}`);
  end();
};
const log = await openSqliteLog({
  file: join(folder, logFile),
  tailEntries: Number(tailEntries),
  observer: {
    onCommit(group) {
      tell(group.map(({ entry }) => told(entry)).join('\n'));
      for (const _ of group) append();
      committed += group.length;
      if (committed === Number(count)) end();
      if (groups++ % groupsPerStep === 0) nextStep();
    },
    onRefuse: () => {},
    onFailure: fail,
  },
});
const accounts = await openSqliteAccounts({
  file: join(folder, accountsFile),
  epoch: 'e',
  head: 0,
  limits: cheapLimits,
  clock: systemClock,
  onFailure: fail,
});

/** Makes accounts without end, and pauses after each step. */
async function* accountSteps(): AsyncGenerator<void> {
  for (let i = 0; ; i++) {
    const name = `${label}.${i}`;
    await accounts.create(name, passwordOf(name), i);
    tell(`created ${name}`);
    yield;
    const issued = await accounts.issueToken(name, 'power', 1);
    tell(`token ${name} ${issued?.token}`);
    yield;
    await accounts.beginFollow(name, 'apple', 3);
    tell(`follows ${name} apple`);
    yield;
    await accounts.changeFollows(
      name,
      [{ term: 'apple', through: 7 }],
      [{ term: 'pie', after: 7, through: Number.POSITIVE_INFINITY }],
    );
    tell(`ended ${name} apple\nfollows ${name} pie`);
    yield;
  }
}

const steps = accountSteps();
let stepsTaken = 0;
let step: Promise<unknown> | undefined;
function nextStep(): void {
  if (step !== undefined || stepsTaken === Number(maxSteps)) return;
  stepsTaken++;
  step = steps.next().finally(() => {
    step = undefined;
  });
}

// Whoever uses a server that was started again is shown what is there, and counts on it from then on.
const there = await allEntriesWith(log, '*');
tell([...there.map(told), `opened ${label} ${log.epoch}`].join('\n'));
for (let i = 0; i < entriesInFlight; i++) append();
await ended;
await step;
tell('closing');
await log.close();
await accounts.close();
tell('closed');
