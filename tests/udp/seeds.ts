import { parseArgs } from 'node:util';
import { measure } from './figures.ts';
import { runTrial } from './trial.ts';

/**
 * `npm run test:udp -- [--seeds 10000] [--from 1]`: trials of as many seeds; says which ones fail, and why. Then what the
 * transport reaches at 50 Mbit/s and 40 ms. Exits with 1 when a trial fails or a figure misses its goal.
 */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10000' }, from: { type: 'string', default: '1' } },
});

/** Returns how many failed. */
function runTrials(from: number, count: number): number {
  let failed = 0;
  let longestHoleMs = 0;
  let longestMs = 0;
  const startMs = performance.now();
  for (let seed = from; seed < from + count; seed++) {
    try {
      const result = runTrial(seed);
      longestHoleMs = Math.max(longestHoleMs, result.longestHoleMs);
      longestMs = Math.max(longestMs, result.ms);
    } catch (error) {
      failed++;
      process.stderr.write(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  const tookS = ((performance.now() - startMs) / 1000).toFixed(1);
  process.stdout.write(
    `${count} trials in ${tookS} s, ${failed} failed; the longest took ${Math.round(longestMs)} ms of its time, ` +
      `with a hole of ${Math.round(longestHoleMs)} ms\n`,
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

const failed = runTrials(Number(values.from), Number(values.seeds));
const missed = runFigures();
process.exitCode = failed + missed === 0 ? 0 : 1;
