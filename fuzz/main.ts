/**
 * `npm run fuzz -- [TARGET…] [--seconds N] [--seed N] [--keep | --blind]`: gives each target changed inputs for N seconds,
 * and changes those again that reach new code. On a broken promise it makes the input small, prints it, and ends with 1.
 * `--keep` writes those that together reach all that was reached to fuzz/corpus, which `npm test` runs through the targets.
 * V8's counters take most of the time: `--blind` does without them, and only changes what was kept, several times as fast.
 * Ctrl-C ends the time, and keeps what there is.
 */
import { setImmediate } from 'node:timers/promises';
import { randomFrom } from '../tests/support/random.ts';
import { endWithUsage, scriptOptions } from '../tests/support/script-options.ts';
import { readCorpus, writeCorpus } from './corpus.ts';
import { Coverage, sources } from './coverage.ts';
import { BrokenPromise, Fuzzer } from './fuzzer.ts';
import { minimized } from './minimize.ts';
import { parsers } from './parsers.ts';
import { socket } from './socket.ts';
import type { Target } from './target.ts';
import { udp } from './udp.ts';

const targets: readonly Target[] = [...parsers, ...udp, socket];

const usage = `npm run fuzz -- [TARGET…] [--seconds N] [--seed N] [--keep | --blind]
  TARGET is one of ${targets.map(({ name }) => name).join(', ')}; without one, all of them run`;
const { values, positionals } = scriptOptions(usage, {
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    keep: { type: 'boolean', default: false },
    blind: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !targets.some((target) => target.name === name));
const seconds = Number(values.seconds);
const seed = Number(values.seed);
if (unknown.length > 0) process.stderr.write(`no such target: ${unknown.join(', ')}\n`);
if (unknown.length > 0 || !(seconds > 0 && Number.isSafeInteger(seed))) endWithUsage(usage);
const say = (line: string): unknown => process.stdout.write(`${line}\n`);

say(`seed ${seed}, ${seconds} s a target`);
const coverage = values.blind ? undefined : new Coverage(sources);
let isEnded = false;
process.once('SIGINT', () => {
  isEnded = true;
});
for (const target of targets) {
  if (isEnded || (positionals.length > 0 && !positionals.includes(target.name))) continue;
  try {
    if (!(await fuzz(target))) process.exitCode = 1;
  } finally {
    await target.stop?.();
  }
}

/** Resolves with false when it found a broken promise. */
async function fuzz(target: Target): Promise<boolean> {
  const { name } = target;
  const isBlind = coverage === undefined || target.isBlind === true;
  const fuzzer = new Fuzzer(target, isBlind ? undefined : coverage, randomFrom(seed));
  try {
    const samples = target.samples.map((sample) => new Uint8Array(Buffer.from(sample)));
    await fuzzer.begin([...samples, ...readCorpus(name)]);
    const before = fuzzer.pool.length;
    const endMs = performance.now() + seconds * 1_000;
    const progress = (): string => `${name}: ${fuzzer.inputs} inputs, ${fuzzer.pool.length - before} kept`;
    for (let nextMs = performance.now() + 10_000; !isEnded && performance.now() < endMs; ) {
      await fuzzer.step();
      // Signals wait for a turn of the event loop, and most targets never wait.
      await setImmediate();
      if (performance.now() < nextMs) continue;
      nextMs += 10_000;
      say(progress());
    }
    if (values.keep && !isBlind) writeCorpus(name, await fuzzer.distilled());
    say(`${progress()}, nothing found`);
    return true;
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    await tell(fuzzer, target.name, error);
    return false;
  }
}

async function tell(fuzzer: Fuzzer, name: string, { input, message, cause }: BrokenPromise): Promise<void> {
  say(`${name}: ${cause instanceof Error ? cause.stack : message}`);
  say('making it smaller …');
  const small = await minimized(
    input,
    async (shorter) => (await fuzzer.problemOf(shorter))?.message === message,
  );
  say(
    `${name}: ${message}\n${small.length} bytes: ${JSON.stringify(Buffer.from(small).toString('latin1'))} (latin1)`,
  );
}
