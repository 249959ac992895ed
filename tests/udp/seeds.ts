import { parseArgs } from 'node:util';
import { runTrial } from './trial.ts';

/** `npm run test:udp -- --seeds 10000 [--from 1]`: trials of as many seeds; says which ones fail, and why. */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10000' }, from: { type: 'string', default: '1' } },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
const failed: string[] = [];
let longestHoleMs = 0;
let longestMs = 0;
const startMs = performance.now();
for (let seed = from; seed < from + seeds; seed++) {
  try {
    const result = runTrial(seed);
    longestHoleMs = Math.max(longestHoleMs, result.longestHoleMs);
    longestMs = Math.max(longestMs, result.ms);
  } catch (error) {
    failed.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    process.stderr.write(`${failed.at(-1)}\n`);
  }
}
const tookS = ((performance.now() - startMs) / 1000).toFixed(1);
process.stdout.write(
  `${seeds} trials in ${tookS} s, ${failed.length} failed; the longest took ${Math.round(longestMs)} ms of its time, ` +
    `with a hole of ${Math.round(longestHoleMs)} ms\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
