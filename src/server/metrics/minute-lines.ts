import type { Logger } from 'pino';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import type { EventLoop } from './event-loop.ts';
import type { Sources } from './sources.ts';

const minuteMs = 60_000;

interface MinuteLinesOptions {
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info'>;
  readonly sources: Sources;
  readonly eventLoop: EventLoop;
}

/** Running totals: a minute's figures are the differences of two of them. */
interface Totals {
  readonly connections: number;
  readonly logins: number;
  readonly stored: number;
  readonly delivered: number;
  readonly commits: number;
  readonly commitSeconds: number;
}

/** Logs once a minute how the server is doing, if anything happened in that minute. */
export class MinuteLines {
  readonly #options: MinuteLinesOptions;
  #before: Totals;
  #timer: Timer | undefined;

  constructor(options: MinuteLinesOptions) {
    this.#options = options;
    this.#before = totalsOf(options.sources);
  }

  start(): void {
    this.#options.eventLoop.start();
    this.#wait();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#options.eventLoop.stop();
  }

  #wait(): void {
    this.#timer = this.#options.clock.after(minuteMs, () => {
      this.#options.eventLoop.endMinute();
      this.#tell();
      this.#wait();
    });
  }

  #tell(): void {
    const { logger, sources } = this.#options;
    const now = totalsOf(sources);
    const before = this.#before;
    this.#before = now;
    if (
      now.connections === before.connections &&
      now.stored === before.stored &&
      now.logins === before.logins
    )
      return;
    const open = sources.sessions.summary();
    const commits = now.commits - before.commits;
    logger.info(
      {
        connections: open.protocols.total,
        logins: now.logins - before.logins,
        messagesPerS: rounded((now.stored - before.stored) / 60),
        deliveriesPerS: rounded((now.delivered - before.delivered) / 60),
        ...(commits > 0 && {
          commitMs: rounded(((now.commitSeconds - before.commitSeconds) / commits) * 1_000),
        }),
        lagging: open.lagging,
        delayMs: rounded(sources.eventLoop.delay.p99 * 1_000),
        memoryMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
      },
      'the last minute',
    );
  }
}

function totalsOf({ sessions, logins, hub, log }: Sources): Totals {
  return {
    connections: sessions.ended.total + sessions.summary().protocols.total,
    logins: logins.outcomes.total,
    stored: hub.counts.stored,
    delivered: hub.counts.delivered,
    commits: log.commitSeconds.count,
    commitSeconds: log.commitSeconds.sum,
  };
}

/** To two places, as a person reads it. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
