import { type Contender, withContenders } from './delivery.ts';
import { measureSyncs } from './latency.ts';
import { type MixedLoad, type MixedPlan, startMixedLoad } from './mixed-load.ts';
import { zipfWords } from './mixed-town.ts';
import { mixedWires } from './mixed-wires.ts';
import { processorMs } from './process-figures.ts';
import { earshot11, installedPeers, mixedFloor, type Side } from './sides.ts';
import { median, percentile, printTable } from './table.ts';

const rounds = 5;
const roundMs = 1000;
/** The round before those that count: code is compiled while it runs, and servers run for days. */
const warmUpMs = 4000;
const followers = 1000;

/** Who sends what, and to how many. */
interface Shape {
  readonly name: string;
  /** See `TownOptions`. Evenly from more words than anybody follows, a text reaches fewer. */
  readonly textWords: 'zipf' | number;
  /** 0: the followers themselves. */
  readonly senders: number;
  readonly window: number;
}

const shapes: readonly Shape[] = [
  { name: 'audience 220, 50 senders', textWords: 'zipf', senders: 50, window: 8 },
  { name: 'audience 20', textWords: zipfWords, senders: 50, window: 8 },
  { name: 'audience 1', textWords: 20 * zipfWords, senders: 50, window: 8 },
  { name: 'audience 220, 1,000 senders', textWords: 'zipf', senders: 1000, window: 1 },
  { name: 'audience 220, everybody sends and follows', textWords: 'zipf', senders: 0, window: 1 },
];

type MixedContender = Contender<MixedLoad>;

/**
 * Many words, many senders, and a different audience for each text. `npm run bench -- mixed NAME` measures the shapes whose
 * names begin so; a folder behind it is another checkout, which takes part.
 */
export async function mixedBench(named = '', checkout?: string): Promise<void> {
  const sides = [
    earshot11,
    ...(checkout === undefined ? [] : [earshotIn(checkout)]),
    ...installedPeers().filter(({ wire }) => mixedWires[wire] !== undefined),
    mixedFloor,
  ];
  await compareMixed(named, sides);
}

/** Measures the shapes whose names begin with `named`. */
export async function compareMixed(named: string, sides: readonly Side[]): Promise<void> {
  for (const shape of shapes) if (shape.name.startsWith(named)) await measure(shape, sides);
}

async function measure({ name, textWords, senders, window }: Shape, sides: readonly Side[]): Promise<void> {
  const start = (wire: Side['wire'], port: number, isEncrypted?: boolean): Promise<MixedLoad> =>
    startMixedLoad({ wire, port, isEncrypted, senders, followers, textWords });
  await withContenders(sides, start, async (contenders) => {
    for (const { load } of contenders) await load.run({ window, ms: warmUpMs });
    const full = await inTurns(contenders, { window, ms: roundMs });
    const rate = median(full[0]?.map(({ textsPerSecond }) => textsPerSecond) ?? []) / 4;
    const quarter = await inTurns(contenders, { window, rate, ms: roundMs });
    process.stdout.write(`\n${name}; delays at ${Math.round(rate)} texts a second\n\n`);
    print(contenders, full, quarter);
  });
  const syncs = await measureSyncs(200);
  const [p50, p99] = [median(syncs), percentile(syncs, 0.99)];
  process.stdout.write(`\none fdatasync of 4 KiB: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms\n`);
}

interface Figures {
  readonly textsPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly serverUs: number;
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The figures of all rounds, for each contender. */
async function inTurns(contenders: readonly MixedContender[], plan: MixedPlan): Promise<Figures[][]> {
  const found = contenders.map(() => [] as Figures[]);
  for (let round = 0; round < rounds; round++) {
    for (const [at, { server, load }] of contenders.entries()) {
      const before = processorMs(server.pid);
      const { texts, deliveries, deliveredBytes, ms, p50Ms, p99Ms } = await load.run(plan);
      found[at]?.push({
        textsPerSecond: (texts * 1000) / ms,
        deliveriesPerSecond: (deliveries * 1000) / ms,
        serverUs: ((processorMs(server.pid) - before) * 1000) / deliveries,
        bytes: deliveredBytes / deliveries,
        p50Ms,
        p99Ms,
      });
    }
  }
  return found;
}

function print(contenders: readonly MixedContender[], full: Figures[][], quarter: Figures[][]): void {
  const of = (figures: readonly Figures[] | undefined, name: keyof Figures): number[] =>
    figures?.map((one) => one[name]) ?? [];
  const [base = Number.NaN, baseTexts = Number.NaN] = [
    median(of(full[0], 'deliveriesPerSecond')),
    median(of(full[0], 'textsPerSecond')),
  ];
  printTable(
    [
      ...[
        'server',
        'deliveries/s (median)',
        'least',
        'most',
        'first row / this',
        'texts/s',
        'first row / this',
      ],
      ...['server µs each', 'bytes each', 'p50 ms', 'p99 ms'],
    ],
    contenders.map(({ name }, at) => {
      const rates = of(full[at], 'deliveriesPerSecond');
      const texts = median(of(full[at], 'textsPerSecond'));
      return [
        name,
        Math.round(median(rates)),
        Math.round(Math.min(...rates)),
        Math.round(Math.max(...rates)),
        (base / median(rates)).toFixed(2),
        Math.round(texts),
        (baseTexts / texts).toFixed(2),
        median(of(full[at], 'serverUs')).toFixed(2),
        median(of(full[at], 'bytes')).toFixed(0),
        median(of(quarter[at], 'p50Ms')).toFixed(2),
        median(of(quarter[at], 'p99Ms')).toFixed(2),
      ];
    }),
  );
}

const earshotIn = (folder: string): Side => ({
  ...earshot11,
  name: 'earshot before',
  start: (data) => earshot11.start(data, folder),
});
