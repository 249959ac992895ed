import { fdatasyncSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allSides, type Contender, startFollowers, warmUp, withContenders } from './delivery.ts';
import { median, percentile, printTable } from './table.ts';

const rounds = 5;
const roundMs = 1000;
/** A side that is this far behind keeps its messages waiting, and its figures say so. */
const maxInFlight = 2048;

/** How long a message takes from its sender to a follower, at a quarter of what the first side delivers at most. */
export async function latencyBench(): Promise<void> {
  await withContenders(allSides(), startFollowers, async (contenders) => {
    await warmUp(contenders, 64);
    const rate = await quarterOf(contenders);
    const found = contenders.map((contender) => ({
      ...contender,
      p50: [] as number[],
      p99: [] as number[],
      rates: [] as number[],
    }));
    const syncs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const { load, p50, p99, rates } of found) {
        const { p50Ms, p99Ms, messages, ms } = await load.run({ window: maxInFlight, rate, ms: roundMs });
        p50.push(p50Ms);
        p99.push(p99Ms);
        rates.push((messages * 1000) / ms);
      }
      syncs.push(...(await measureSyncs(50)));
    }
    process.stdout.write(`\nasked for: ${Math.round(rate)} messages a second to each of the followers\n\n`);
    printTable(
      ['server', 'messages/s', 'p50 ms', 'p99 ms', 'most of p99 ms'],
      found.map(({ name, p50, p99, rates }) => [
        name,
        Math.round(median(rates)),
        median(p50).toFixed(2),
        median(p99).toFixed(2),
        Math.max(...p99).toFixed(2),
      ]),
    );
    const [p50, p99] = [median(syncs), percentile(syncs, 0.99)];
    process.stdout.write(`\none fdatasync of 4 KiB: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms\n`);
  });
}

/** Messages a second. */
async function quarterOf([first]: readonly Contender[]): Promise<number> {
  if (first === undefined) throw new Error('there is nothing to measure');
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { messages, ms } = await first.load.run({ window: 64, ms: roundMs / 2 });
    rates.push((messages * 1000) / ms);
  }
  return median(rates) / 4;
}

/** What it takes to have 4 KiB more of a file on the disk, milliseconds. */
export async function measureSyncs(count: number): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  const file = await open(join(folder, 'file'), 'w');
  const page = Buffer.alloc(4096, 1);
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    await file.write(page);
    const before = performance.now();
    fdatasyncSync(file.fd);
    times.push(performance.now() - before);
  }
  await file.close();
  await rm(folder, { recursive: true });
  return times;
}
