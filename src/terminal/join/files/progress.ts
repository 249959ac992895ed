import type { Clock, Timer } from '../../../scheduling/clock.ts';
import { shownFileName } from '../../entry-line.ts';
import { humanSize } from '../../sizes.ts';

/** The progress of one file. */
export interface Transfer {
  /** `bytes`: how many were transferred since the last call. */
  advance(bytes: number): void;
  end(): void;
}

interface Running {
  readonly label: string;
  readonly totalBytes: number;
  readonly beganMs: number;
  doneBytes: number;
  /** What was done when, over the last `speedMs`; emptied by a break of the connection. Oldest first. */
  samples: { readonly atMs: number; readonly doneBytes: number }[];
}

const quietMs = 1_000;
const refreshMs = 200;
/** The speed is that of the last few seconds: after a slow beginning or a break, the time left is right again soon. */
const speedMs = 5_000;
const maxLabelCharacters = 24;

/** Shows the progress of the newest transfer that has taken more than a second, five times a second. */
export class Progress {
  readonly #clock: Clock;
  readonly #show: (status: string) => void;
  readonly #running = new Set<Running>();
  #timer: Timer | undefined;
  #isConnected = true;

  constructor(clock: Clock, show: (status: string) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  begin(label: string, totalBytes: number): Transfer {
    const beganMs = this.#clock.monotonicMs();
    const running: Running = { label, totalBytes, beganMs, doneBytes: 0, samples: [] };
    this.#running.add(running);
    this.#timer ??= this.#clock.after(quietMs, () => this.#refresh());
    return {
      advance: (bytes) => {
        if (running.samples.length === 0) running.samples.push(sampleOf(running, this.#clock));
        running.doneBytes += bytes;
      },
      end: () => {
        this.#running.delete(running);
        if (this.#running.size === 0) this.#stop();
      },
    };
  }

  /** The connection broke, and transfers wait, or it is back. */
  set isConnected(isConnected: boolean) {
    this.#isConnected = isConnected;
    for (const running of this.#running) running.samples = [];
  }

  #refresh(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const running of this.#running) takeSample(running, this.#clock);
    const slow = [...this.#running].filter((running) => nowMs - running.beganMs >= quietMs).at(-1);
    this.#show(slow === undefined ? '' : `${progressOf(slow)}${this.#paceOf(slow, nowMs)}`);
    this.#timer = this.#clock.after(refreshMs, () => this.#refresh());
  }

  /** `, waiting for the connection`, ` 4.7 MiB/s, 12 s left`, or nothing while the speed is not known. */
  #paceOf({ samples: [first], doneBytes, totalBytes }: Running, nowMs: number): string {
    if (!this.#isConnected) return ', waiting for the connection';
    if (first === undefined || nowMs - first.atMs < quietMs) return '';
    const bytesPerSecond = ((doneBytes - first.doneBytes) * 1000) / (nowMs - first.atMs);
    if (bytesPerSecond < 1) return ', stalled';
    const left = timeLeft((totalBytes - doneBytes) / bytesPerSecond);
    return ` ${humanSize(bytesPerSecond)}/s, ${left} left`;
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#show('');
  }
}

const sampleOf = ({ doneBytes }: Running, clock: Clock) => ({ atMs: clock.monotonicMs(), doneBytes });

/** Samples the transfer, and drops samples that are too old, except the newest of them, at which the speed begins. */
function takeSample(running: Running, clock: Clock): void {
  if (running.samples.length === 0) return;
  running.samples.push(sampleOf(running, clock));
  const sinceMs = clock.monotonicMs() - speedMs;
  while ((running.samples[1]?.atMs ?? Infinity) <= sinceMs) running.samples.shift();
}

/** `note.bin 42%`. */
function progressOf({ label, totalBytes, doneBytes }: Running): string {
  const characters = [...label];
  const short = characters.length > maxLabelCharacters;
  const shown = short ? `${characters.slice(0, maxLabelCharacters - 1).join('')}…` : label;
  return `${shownFileName(shown)} ${percentOf(doneBytes, totalBytes)}%`;
}

/** Returns how much is done, as a whole number from 0 to 100. */
export function percentOf(doneBytes: number, totalBytes: number): number {
  return totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
}

function timeLeft(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.ceil(seconds / 3600)} h`;
}
