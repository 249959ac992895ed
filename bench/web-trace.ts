import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

/**
 * One task of the page's main thread. `cpuMs` is what it took of a processor, which other work on the machine hardly
 * changes.
 */
export interface Task {
  readonly startMs: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface Trace {
  readonly tasks: readonly Task[];
  /** When the page called `performance.mark(name)`, milliseconds, in order. */
  marks(name: string): readonly number[];
  /** When the first frame that the page made ready after `ms` was drawn, milliseconds; NaN when none was. */
  drawnAfter(ms: number): number;
}

const categories = [
  ...['devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing'],
  'disabled-by-default-devtools.timeline.frame',
];

/** What the main thread of `page` does while `use` runs, in which the page must make a mark. */
export async function traced(browser: Browser, page: Page, use: () => Promise<void>): Promise<Trace> {
  await browser.startTracing(page, { categories });
  let bytes: Buffer;
  try {
    await use();
  } finally {
    bytes = await browser.stopTracing();
  }
  const { traceEvents: events } = JSON.parse(bytes.toString()) as { traceEvents: readonly TraceEvent[] };
  const marksOf = (name: string): TraceEvent[] =>
    events.filter((event) => event.name === name && (event.ph === 'R' || event.ph === 'I'));
  const [mark] = marksOf('bench');
  if (mark === undefined) throw new Error('the page made no mark');
  const tasks = events
    .filter(({ name, pid, tid }) => name === 'RunTask' && pid === mark.pid && tid === mark.tid)
    .map(({ ts, dur = 0, tdur = 0 }) => ({ startMs: ts / 1000, wallMs: dur / 1000, cpuMs: tdur / 1000 }))
    .sort((a, b) => a.startMs - b.startMs);
  const timesOf = (name: string, ph: string): readonly number[] =>
    events
      .filter((event) => event.name === name && event.ph === ph && event.pid === mark.pid)
      .map(({ ts }) => ts / 1000)
      .sort((a, b) => a - b);
  return {
    tasks,
    marks: (name) => marksOf(name).map(({ ts }) => ts / 1000),
    drawnAfter(ms) {
      // The main thread commits a frame, the compositor's thread takes it over when its pictures are ready, and draws it.
      const commit = after(timesOf('Commit', 'X'), ms);
      return after(timesOf('DrawFrame', 'I'), after(timesOf('ActivateLayerTree', 'I'), commit));
    },
  };
}

/** The processor time of the tasks between the tasks of two marks, the first one's included, milliseconds. */
export function cpuBetween({ tasks }: Trace, fromMs: number, toMs: number): number {
  const isIn = (ms: number, { startMs, wallMs }: Task): boolean => ms >= startMs && ms <= startMs + wallMs;
  let sum = 0;
  for (const task of tasks) {
    if (isIn(toMs, task)) break;
    if (task.startMs >= fromMs || isIn(fromMs, task)) sum += task.cpuMs;
  }
  return sum;
}

const after = (times: readonly number[], ms: number): number =>
  times.find((time) => time >= ms) ?? Number.NaN;
