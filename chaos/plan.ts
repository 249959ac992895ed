import { randomFrom } from '../tests/support/random.ts';

/** Where a server may end itself: see points.ts. */
export const points = [
  'before-commit',
  'after-commit',
  'after-ack',
  'mid-upload',
  'after-rename',
  'mid-checkpoint',
  'mid-migration',
  'mid-prune',
] as const;
export type Point = (typeof points)[number];

/** How a server process ends. `full` and `sync`: the disk is full, or fails its syncs, for `ms`, before it is killed. */
export type End =
  | { readonly kind: 'kill' | 'stop' | 'power cut' }
  | { readonly kind: 'point'; readonly point: Point; readonly hits: number }
  | { readonly kind: 'full disk' | 'failing sync'; readonly ms: number };

/** One server process, from its start to its end. */
export interface Life {
  /** After so long it ends; a point that it has not come to by then is given up. */
  readonly liveMs: number;
  readonly end: End;
  /** It is frozen for so long in between; 0: it is not. */
  readonly freezeMs: number;
  /** Its clock is so much further ahead than that of the one before. */
  readonly aheadMs: number;
  /** Its clock steps so much while it runs. */
  readonly stepMs: number;
}

/** What happens to one of the connections. `at` is from 0 to 1: which one. */
export interface Trouble {
  readonly afterMs: number;
  readonly at: number;
  readonly kind: 'cut' | 'cut inside' | 'half-open';
  /** Of `cut inside`: after so many bytes more. */
  readonly bytes: number;
  /** Of `half-open`: for so long, and then it is cut, or goes on. */
  readonly ms: number;
  readonly isCutThen: boolean;
}

/** `--retain` of the servers: the least that they take. */
export const retainDays = 7;

const hourMs = 60 * 60 * 1000;

/** A step of a day or more would not be trusted for an hour. */
const stepAheadMs = 20 * hourMs;
/** So many steps make the first texts older than the retention. */
const stepsToRetention = Math.ceil((retainDays * 24 * hourMs) / stepAheadMs);

const endWeights: readonly (readonly [weight: number, kind: End['kind']])[] = [
  [8, 'kill'],
  [11, 'point'],
  [1.5, 'stop'],
  [2, 'power cut'],
  [1.2, 'full disk'],
  [1.2, 'failing sync'],
];

export interface PlanOptions {
  readonly seed: number;
  /** The only ends that there are, in turn; by default all, at random. */
  readonly ends?: readonly End[];
}

/** What is to happen, without end. The seed decides it all, whatever the server does meanwhile. */
export function* lives({ seed, ends }: PlanOptions): Generator<Life, never> {
  const random = randomFrom(seed);
  const between = (least: number, most: number) => Math.floor(least + random() * (most - least));
  for (let count = 0; ; count++) {
    const end = ends?.[count % ends.length] ?? endOf(random, between, count);
    // Then there is something to prune.
    const isPruned = end.kind === 'point' && end.point === 'mid-prune';
    const isOften = random() < 0.08;
    yield {
      end,
      liveMs: end.kind === 'point' ? 3_000 : between(100, 1_200),
      freezeMs: random() < 0.12 || isSureToFreeze(count, end) ? between(50, 1_000) : 0,
      aheadMs: count < stepsToRetention || isPruned || isOften ? stepAheadMs : 0,
      stepMs: random() < 0.1 ? between(-3 * hourMs, 3 * hourMs) : 0,
    };
  }
}

/**
 * A server may end before its freeze, or before its point: a short run has several chances of each, so that it does not
 * fail for having had none.
 */
const isSureToFreeze = (count: number, end: End) => count < 32 && end.kind !== 'point';
const roundsOfPoints = 3;

function endOf(random: () => number, between: (least: number, most: number) => number, count: number): End {
  const isOfRounds = count % 2 === 0 && count / 2 < roundsOfPoints * points.length;
  const first = isOfRounds ? points[(count / 2) % points.length] : undefined;
  const kind = first === undefined ? weighted(random) : 'point';
  if (kind === 'full disk' || kind === 'failing sync') return { kind, ms: between(200, 900) };
  if (kind !== 'point') return { kind };
  const point = first ?? points[Math.floor(random() * points.length)] ?? 'after-commit';
  const isCommon = point === 'before-commit' || point === 'after-commit' || point === 'after-ack';
  return { kind, point, hits: isCommon ? between(1, 30) : 1 };
}

function weighted(random: () => number): End['kind'] {
  let at = random() * endWeights.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, kind] of endWeights) {
    at -= weight;
    if (at < 0) return kind;
  }
  return 'kill';
}

export function* troubles({ seed }: PlanOptions): Generator<Trouble, never> {
  const random = randomFrom(seed ^ 0x5bd1e995);
  for (;;) {
    const kind = random() < 0.35 ? 'cut' : random() < 0.6 ? 'cut inside' : 'half-open';
    yield {
      kind,
      afterMs: Math.floor(50 + random() * 500),
      at: random(),
      bytes: Math.floor(random() * 3_000),
      ms: Math.floor(200 + random() * 2_500),
      isCutThen: random() < 0.5,
    };
  }
}
