/**
 * `npm run fuzz -- [TARGET…] [--seconds N] [--seed N] [--keep]`: gives each target changed inputs for N seconds, and keeps
 * those that reach new code. On a broken promise it makes the input small, prints it, and ends with 1. `--keep` adds what
 * reached new code to fuzz/corpus, which `npm test` runs through the targets.
 */
import { randomFrom } from '../tests/support/random.ts';
import { endWithUsage, scriptOptions } from '../tests/support/script-options.ts';
import { readCorpus, writeCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { minimized } from './minimize.ts';
import { mutated } from './mutate.ts';
import { parsers } from './parsers.ts';
import { socket } from './socket.ts';
import type { Target } from './target.ts';
import { udp } from './udp.ts';

const targets: readonly Target[] = [...parsers, ...udp, socket];
/** So many inputs run between two looks at the coverage, which cost a millisecond and more. */
const batchSize = 64;
/** An input that takes more of the processor's time, three times, is a broken promise too. */
const slowMs = 500;

const usage = `npm run fuzz -- [TARGET…] [--seconds N] [--seed N] [--keep]
  TARGET is one of ${targets.map(({ name }) => name).join(', ')}; without one, all of them run`;
const { values, positionals } = scriptOptions(usage, {
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    keep: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !targets.some((target) => target.name === name));
const seconds = Number(values.seconds);
const seed = Number(values.seed);
if (unknown.length > 0) process.stderr.write(`no such target: ${unknown.join(', ')}\n`);
if (unknown.length > 0 || !(seconds > 0 && Number.isSafeInteger(seed))) endWithUsage(usage);
const say = (line: string): unknown => process.stdout.write(`${line}\n`);

say(`seed ${seed}, ${seconds} s a target`);
const coverage = new Coverage();
for (const target of targets) {
  if (positionals.length > 0 && !positionals.includes(target.name)) continue;
  try {
    if (!(await fuzz(target))) process.exitCode = 1;
  } finally {
    await target.stop?.();
  }
}

/** Resolves with false when it found a broken promise. */
async function fuzz(target: Target): Promise<boolean> {
  const random = randomFrom(seed);
  const pool = [
    ...target.samples.map((sample) => new Uint8Array(Buffer.from(sample))),
    ...readCorpus(target.name),
  ];
  for (const input of pool) {
    if (!(await holds(target, input))) return false;
  }
  coverage.news();
  const before = pool.length;
  const endMs = performance.now() + seconds * 1_000;
  let runs = 0;
  let nextMs = performance.now() + 10_000;
  const pick = (): Uint8Array => pool[Math.floor(random() * pool.length)] ?? new Uint8Array();
  while (performance.now() < endMs) {
    const batch = Array.from({ length: target.isBlind === true ? 1 : batchSize }, () =>
      mutated(pick(), pick(), random),
    );
    for (const input of batch) {
      runs++;
      if (!(await holds(target, input))) return false;
    }
    if (target.isBlind !== true && coverage.news() > 0) {
      // One of them reached something new; which one does not matter much, so all but the long ones may stay.
      pool.push(...batch.filter(({ length }) => length < 4_096).slice(0, 4));
    }
    if (performance.now() > nextMs) {
      nextMs += 10_000;
      say(`${target.name}: ${runs} inputs, ${pool.length - before} kept`);
    }
  }
  if (values.keep) writeCorpus(target.name, pool.slice(target.samples.length));
  say(`${target.name}: ${runs} inputs, ${pool.length - before} kept, nothing found`);
  return true;
}

async function holds(target: Target, input: Uint8Array): Promise<boolean> {
  const problem = await problemOf(target, input);
  if (problem === undefined) return true;
  say(`${target.name}: ${problem.stack ?? problem.message}`);
  say('making it smaller …');
  const { message } = problem;
  const small = await minimized(
    input,
    async (shorter) => (await problemOf(target, shorter))?.message === message,
  );
  say(
    `${target.name}: ${message}\n${small.length} bytes: ${JSON.stringify(Buffer.from(small).toString('latin1'))} (latin1)`,
  );
  return false;
}

async function problemOf(target: Target, input: Uint8Array): Promise<Error | undefined> {
  try {
    for (let left = 3; left > 0; left--) {
      const before = process.cpuUsage();
      await target.run(input);
      const { user, system } = process.cpuUsage(before);
      if (target.isBlind === true || (user + system) / 1_000 < slowMs) return undefined;
    }
    return new Error(`takes more than ${slowMs} ms, for ${input.length} bytes`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
