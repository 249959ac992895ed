import { type BrokenBuild, brokenBuilds } from './broken-builds.ts';
import { buildWith } from './build.ts';
import { violationsIn } from './checker.ts';
import { Cleanup } from './cleanup.ts';
import { openDisk } from './disk.ts';
import { report, shortestFirst } from './report.ts';
import { run } from './run.ts';
import type { Violation } from './violation.ts';

/**
 * `npm run chaos:broken -- [WORD]`: runs servers that are broken on purpose, each with one mistake, and fails unless the
 * checker finds each of them. With a word, only those whose names have it.
 */

/** By messages and ends of servers, not by time: a slow machine finds as much. */
const settings = { seconds: 60, mostLives: 5, leastAcknowledged: 50, patienceMs: 6_000 };
/** A mistake that needs luck to matter gets some more runs. */
const mostRuns = 4;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const [word = ''] = process.argv.slice(2);
const cleanup = new Cleanup();
const { missing } = openDisk(cleanup);
await cleanup.run();

const missed: string[] = [];
for (const build of brokenBuilds.filter(({ name }) => name.includes(word))) {
  if (build.needsDisk && missing !== undefined) say(`SKIPPED: a server that ${build.name}: ${missing}`);
  else if (!(await isFound(build))) missed.push(build.name);
}
for (const name of missed) say(`The checker did not find that the server ${name}.`);
process.exit(missed.length === 0 ? 0 : 1);

async function isFound(build: BrokenBuild): Promise<boolean> {
  const scope = new Cleanup();
  const program = buildWith(scope, build.changes);
  try {
    for (let seed = 1; seed <= mostRuns; seed++) {
      const startedMs = performance.now();
      const { history, notes } = await run({ ...settings, seed, program, ends: build.ends });
      const violations = violationsIn(history);
      const found = violations.filter(({ kind }) => build.expected.includes(kind));
      const tookS = Math.round((performance.now() - startedMs) / 1_000);
      if (found.length > 0) {
        say(`found, in ${tookS} s: a server that ${build.name}`);
        for (const line of shown(found)) say(`    ${line}`);
        return true;
      }
      say(`not found in ${tookS} s with seed ${seed}: a server that ${build.name}`);
      if (seed === mostRuns) for (const line of report(history, violations, notes)) say(line);
    }
    return false;
  } finally {
    await scope.run();
  }
}

function shown(found: readonly Violation[]): readonly string[] {
  const [shortest] = shortestFirst(found);
  return shortest === undefined ? [] : [`${shortest.kind}: ${shortest.what}`, ...shortest.excerpt];
}
