import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { scriptOptions } from '../support/script-options.ts';
import { measure } from './figures.ts';
import { runTrial } from './trial.ts';

/**
 * `npm run test:udp -- [--seeds 10000] [--from 1]`: trials of as many seeds, on all processors; says which ones fail, and
 * why. Then what the transport reaches at 50 Mbit/s and 40 ms. Exits with 1 when a trial fails or a figure misses its
 * goal.
 */

/** Of seeds that follow each other. */
interface Found {
  readonly trials: number;
  readonly failures: readonly string[];
  readonly longestHoleMs: number;
  readonly longestMs: number;
}

/** So many seeds between two reports of a thread. */
const seedsAtOnce = 50;

function tryOut(from: number, count: number): Found {
  const failures: string[] = [];
  let longestHoleMs = 0;
  let longestMs = 0;
  for (let seed = from; seed < from + count; seed++) {
    try {
      const result = runTrial(seed);
      longestHoleMs = Math.max(longestHoleMs, result.longestHoleMs);
      longestMs = Math.max(longestMs, result.ms);
    } catch (error) {
      failures.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { trials: count, failures, longestHoleMs, longestMs };
}

/** Resolves with how many failed. */
async function runTrials(from: number, count: number): Promise<number> {
  const found: Found[] = [];
  const startMs = performance.now();
  let next = from;
  let toldMs = startMs;
  const give = (worker: Worker): void => {
    const seeds = Math.min(seedsAtOnce, from + count - next);
    worker.postMessage(seeds === 0 ? undefined : { from: next, count: seeds });
    next += seeds;
  };
  const report = (part: Found): void => {
    found.push(part);
    for (const failure of part.failures) process.stderr.write(`${failure}\n`);
    if (performance.now() < toldMs + 10_000) return;
    toldMs = performance.now();
    process.stdout.write(`${found.reduce((sum, { trials }) => sum + trials, 0)} of ${count} trials\n`);
  };
  const workers = Array.from({ length: availableParallelism() }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: 'trials' });
    worker.on('message', (part: Found) => {
      report(part);
      give(worker);
    });
    give(worker);
    return new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', () => resolve());
    });
  });
  await Promise.all(workers);
  const failed = found.flatMap(({ failures }) => failures).length;
  const most = (key: 'longestMs' | 'longestHoleMs') =>
    Math.round(Math.max(...found.map((part) => part[key])));
  const tookS = ((performance.now() - startMs) / 1000).toFixed(1);
  process.stdout.write(
    `${count} trials in ${tookS} s, ${failed} failed; the longest took ${most('longestMs')} ms of its time, ` +
      `with a hole of ${most('longestHoleMs')} ms\n`,
  );
  return failed;
}

const goals = [
  { loss: 0, share: 0.97, lineMs: 60 },
  { loss: 0.05, share: 0.96, lineMs: 60 },
  { loss: 0.1, share: 0.95, lineMs: 60 },
  { loss: 0.2, share: 0.93, lineMs: 200 },
];
const figureSeeds = [1, 2, 3];
const figureMs = 20_000;
const mostCost = 1.08;

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

/** Prints the medians; returns how many goals were missed. */
function runFigures(): number {
  let missed = 0;
  process.stdout.write('loss   share of the link   bytes sent   line: median, p99, alone p99\n');
  for (const { loss, share, lineMs } of goals) {
    const found = figureSeeds.map((seed) => measure({ seed, loss, ms: figureMs }));
    const alone = figureSeeds.map((seed) => measure({ seed, loss, ms: figureMs, withFile: false }));
    const medianOf = (key: 'share' | 'cost' | 'lineMedianMs' | 'lineP99Ms') =>
      median(found.map((each) => each[key]));
    if (medianOf('share') < share || medianOf('lineP99Ms') > lineMs || medianOf('cost') > mostCost) missed++;
    const line = [
      medianOf('lineMedianMs'),
      medianOf('lineP99Ms'),
      median(alone.map((each) => each.lineP99Ms)),
    ];
    process.stdout.write(
      `${String(loss * 100).padStart(3)} %  ${medianOf('share').toFixed(3).padStart(16)}  ` +
        `${medianOf('cost').toFixed(3).padStart(11)}   ${line.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}\n`,
    );
  }
  return missed;
}

async function main(): Promise<void> {
  const { values } = scriptOptions('npm run test:udp -- [--seeds N] [--from N]', {
    options: { seeds: { type: 'string', default: '10000' }, from: { type: 'string', default: '1' } },
  });
  const failed = await runTrials(Number(values.from), Number(values.seeds));
  const missed = runFigures();
  process.exitCode = failed + missed === 0 ? 0 : 1;
}

if (isMainThread) await main();
else if (workerData === 'trials') {
  parentPort?.on('message', (part?: { from: number; count: number }) => {
    if (part === undefined) parentPort?.close();
    else parentPort?.postMessage(tryOut(part.from, part.count));
  });
}
