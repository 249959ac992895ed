import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../src/scheduling/clock.ts';
import { openSqliteAccounts } from '../../src/server/accounts/sqlite-accounts.ts';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import type { Entry } from '../../src/server/messages/entry.ts';
import { cheapLimits } from './accounts-factory.ts';
import { passwordOf } from './accounts-process.ts';
import { accountsFile, entriesInFlight, labelAndNumber, logFile } from './data-told.ts';
import { allEntriesWith } from './log-process.ts';
import { appendAll, LogRecorder, textDraft } from './log-recorder.ts';

/**
 * Opens the folder's log and accounts as a server does, and compares with what the processes that used them had told (see
 * data-told.ts): what is wrong, in lines; what was told and is not there begins with `lost`.
 */
export async function problemsOf(folder: string, told: readonly string[]): Promise<string[]> {
  const failures: string[] = [];
  const opened = await attempt(failures, () => logProblems(join(folder, logFile), told));
  const accounts = await attempt(failures, () => accountProblems(join(folder, accountsFile), told));
  return [...failures, ...(opened ?? []), ...(accounts ?? [])];
}

async function attempt<Result>(
  failures: string[],
  action: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await action();
  } catch (error) {
    failures.push(String(error));
    return undefined;
  }
}

async function logProblems(file: string, told: readonly string[]): Promise<string[]> {
  const recorder = new LogRecorder();
  const log = await openSqliteLog({ file, observer: recorder });
  const problems: string[] = [];
  try {
    const entries = await allEntriesWith(log, '*');
    const byKey = await allEntriesWith(log, 'power');
    if (byKey.length !== entries.length)
      problems.push(`by a key there are ${byKey.length} of ${entries.length}`);
    const epoch = told.findLast((line) => line.startsWith('opened '))?.split(' ')[2] ?? log.epoch;
    if (epoch !== log.epoch) problems.push(`lost: the epoch ${epoch}`);
    problems.push(...lostEntries(entries, told), ...strangeEntries(entries, told));
    const [next] = await appendAll(log, recorder, [textDraft('checker', 'power came back')]);
    if (next?.position !== entries.length + 1)
      problems.push(`after ${entries.length} comes ${next?.position}`);
    const [last] = (await allEntriesWith(log, 'came')).map(({ position }) => position);
    if (last !== next?.position) problems.push('what is appended then is not there');
  } finally {
    await log.close();
  }
  return [...problems, ...recorder.failures.map(String), ...integrityProblems(file)];
}

function lostEntries(entries: readonly Entry[], told: readonly string[]): string[] {
  const there = new Map(entries.map((entry) => [`${entry.position}`, labelAndNumber(entry)]));
  return told.flatMap((line) => {
    const [, position = '', text] = /^entry ([0-9]+) (.*)$/.exec(line) ?? [];
    return text === undefined || there.get(position) === text ? [] : [`lost: ${line}`];
  });
}

/** What was never appended, or is where nobody put it: in no order, twice, behind a hole. */
function strangeEntries(entries: readonly Entry[], told: readonly string[]): string[] {
  const appended = new Map<string, number>();
  for (const line of told) {
    const [what, at = '', label = '', number] = line.split(' ');
    if (what === 'opened') appended.set(at, entriesInFlight);
    else if (what === 'entry') appended.set(label, Number(number) + entriesInFlight);
  }
  const places = new Map([...appended.keys()].map((label, index) => [label, index]));
  let last = { place: -1, number: 0 };
  return entries.flatMap((entry, index) => {
    const [label = '', number] = labelAndNumber(entry).split(' ');
    const place = places.get(label) ?? -1;
    const expected = place > last.place ? 1 : last.number + 1;
    const isRight =
      place >= last.place && Number(number) === expected && expected <= (appended.get(label) ?? 0);
    last = { place, number: Number(number) };
    return isRight && entry.position === index + 1 ? [] : [`strange: ${entry.position} ${label} ${number}`];
  });
}

async function accountProblems(file: string, told: readonly string[]): Promise<string[]> {
  const failures: Error[] = [];
  const accounts = await openSqliteAccounts({
    file,
    epoch: 'e',
    head: 0,
    limits: cheapLimits,
    clock: systemClock,
    onFailure: (error) => failures.push(error),
  });
  const problems: string[] = [];
  const isThere = async (what: string, name: string, value: string): Promise<boolean> => {
    const spans = async () => (await accounts.loadFollows(name))?.spans ?? [];
    switch (what) {
      case 'created':
        return (await accounts.checkPassword(name, passwordOf(name), 'here')).kind === 'ok';
      case 'token':
        return (await accounts.checkToken(name, value, 'here')) !== undefined;
      case 'follows':
        return (await spans()).some(({ term }) => term === value);
      case 'ended':
        return (await spans()).some(({ term, through }) => term === value && through === 7);
      default:
        return true;
    }
  };
  try {
    for (const line of told) {
      const [what = '', name = '', value = ''] = line.split(' ');
      if (!(await isThere(what, name, value))) problems.push(`lost: ${line}`);
    }
    const { kind } = await accounts.create('afterwards', passwordOf('afterwards'), 0);
    if (kind !== 'created') problems.push(`a new account is ${kind}`);
  } finally {
    await accounts.close();
  }
  return [...problems, ...failures.map(String), ...integrityProblems(file)];
}

function integrityProblems(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const found = ['integrity_check', 'foreign_key_check'].flatMap((pragma) =>
    database
      .prepare(`PRAGMA ${pragma}`)
      .all()
      .map((row) => Object.values(row).join(' ')),
  );
  database.close();
  return found.filter((line) => line !== 'ok');
}
