import { randomInt } from 'node:crypto';
import { endWithUsage, scriptOptions } from '../tests/support/script-options.ts';
import { type Least, violationsIn } from './checker.ts';
import { points } from './plan.ts';
import { report } from './report.ts';
import { run } from './run.ts';

/** `npm run chaos -- --seconds 60 --seed N`: see docs/chaos.md. */
const usage = 'npm run chaos -- [--seconds N] [--seed N] [--recovery SECONDS] [--plain-disk]';
const { values } = scriptOptions(usage, {
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    /** A folder, not a disk that can fail. */
    'plain-disk': { type: 'boolean', default: false },
    /** How long, in seconds, a server may take until it acknowledges again: more on a machine that has other work. */
    recovery: { type: 'string', default: '5' },
  },
});
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed);
if (!(seconds > 0 && Number.isSafeInteger(seed))) endWithUsage(usage);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

say(`seed ${seed}, for ${seconds} s`);
const { history, notes } = await run({
  seed,
  seconds,
  isPlainDisk: values['plain-disk'],
  leastAcknowledged: 10,
  onProgress: say,
});
const violations = violationsIn(history, leastIn(seconds));
for (const line of report(history, violations, notes)) say(line);
say(violations.length === 0 ? `seed ${seed}: no promise was broken` : `seed ${seed}: promises were broken`);
process.exit(violations.length === 0 ? 0 : 1);

/** What a run of that length does on a small machine, and some less. */
function leastIn(length: number): Least {
  const isLongEnough = length >= 45;
  return {
    acknowledged: Math.floor(length * 20),
    received: Math.floor(length * 60),
    kills: Math.floor(length / 4),
    recoveryMs: Number(values.recovery) * 1_000,
    faults: isLongEnough
      ? [
          ...points.filter((point) => point !== 'mid-prune').map((point) => `kill at ${point}`),
          ...['kill', 'cut', 'cut inside', 'half-open', 'freeze'],
        ]
      : [],
  };
}
