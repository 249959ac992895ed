import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { pino } from 'pino';
import { defaultLimits, type Limits } from '../src/protocol/limits.ts';
import { systemClock } from '../src/scheduling/clock.ts';
import { startServer } from '../src/server/server.ts';

/**
 * The server of `npm run bench -- entry-points`, with a probe of its event loop: `entry-points-server.ts FOLDER`. Tells its
 * port; `begin` is answered when a measurement has begun, `end` with what was found since.
 */
export type ToProbe = 'begin' | 'end';
export type FromProbe = { readonly port: number } | 'begun' | Found;

/** All in milliseconds, and the longest of a measurement. */
export interface Found {
  /** What the event loop did without a pause, without the time in which its thread waited for a processor. */
  readonly stretchMs: number;
  /** Its delay, with that time. */
  readonly delayMs: number;
  /** A pause of the garbage collector, which is in both. */
  readonly collectingMs: number;
}

const [dataFolder = ''] = process.argv.slice(2);

/** One client does here in a minute what its budgets are against; and the pool's work is not the event loop's. */
const limits: Limits = {
  ...defaultLimits,
  requestsPerSecond: 0,
  addressRequestsPerSecond: 0,
  accountsPerHour: 1_000_000,
  accountsPerAddressPerHour: 1_000_000,
  loginFailures: 1_000_000,
  addressFailures: 1_000_000,
  passwordHashKiB: 64,
  passwordHashPasses: 1,
  silenceMs: 3_600_000,
  attachmentBytesPerDay: 1024 ** 4,
  diskReserveBytes: 0,
  afterFileMs: 0,
};

const server = await startServer({
  config: {
    listen: [{ host: '127.0.0.1', port: 0 }],
    dataFolder,
    // Verbs have no other way to follow.
    defaultFollow: ['*'],
    chat10Charset: 'ascii',
    messageRate: 0,
    insecurePasswords: false,
    keepsPort: false,
    udp: false,
    acceptLoss: false,
    limits,
  },
  clock: systemClock,
  logger: pino({ level: 'warn' }, pino.destination(2)),
  onStorageFailure(error) {
    throw error;
  },
});

/**
 * By a timer of 1 ms: whole iterations of the loop, as a bystander feels them. The first after a reset is not counted, so
 * the phases of each iteration are looked at as well.
 */
const histograms = [
  monitorEventLoopDelay({ resolution: 1 }),
  monitorEventLoopDelay({ samplePerIteration: true }),
];
for (const histogram of histograms) histogram.enable();

/** How long this thread has waited for a processor, milliseconds. */
function waitedMs(): number {
  const [, waited] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
  return Number(waited) / 1e6;
}

/** The same by a timer of our own, without what others on the machine cost. */
class LongestStretch {
  ms = 0;
  #lastMs = 0;
  #lastWaitedMs = 0;
  #timer: NodeJS.Timeout | undefined;

  begin(): void {
    this.#look();
    this.ms = 0;
    this.#timer = setInterval(() => this.#look(), 1);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#look();
  }

  #look(): void {
    const [nowMs, allWaitedMs] = [performance.now(), waitedMs()];
    const ownMs = nowMs - this.#lastMs - (allWaitedMs - this.#lastWaitedMs);
    this.ms = Math.max(this.ms, ownMs);
    this.#lastMs = nowMs;
    this.#lastWaitedMs = allWaitedMs;
  }
}

const longest = new LongestStretch();
let collectingMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collectingMs = Math.max(collectingMs, duration);
}).observe({ entryTypes: ['gc'] });

const tell = (message: FromProbe): void => void process.send?.(message);

process.on('message', (message: ToProbe) => {
  if (message === 'begin') {
    collectingMs = 0;
    for (const histogram of histograms) histogram.reset();
    longest.begin();
    tell('begun');
    return;
  }
  // Behind the timers, which are late when this iteration was long.
  setTimeout(() => {
    setImmediate(() => {
      longest.end();
      const delayMs = Math.max(...histograms.map(({ max }) => max)) / 1e6;
      tell({ stretchMs: longest.ms, delayMs, collectingMs });
    });
  }, 1);
});

process.once('disconnect', () => {
  void server.close().then(() => process.exit());
});

tell({ port: server.port });
