import type { Clock, Timer } from '../../scheduling/clock.ts';

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
}

const quietMs = 1_000;
const refreshMs = 200;
const maxLabelCharacters = 24;

/** Shows the progress of the newest transfer that has taken more than a second, five times a second. */
export class Progress {
  readonly #clock: Clock;
  readonly #show: (status: string) => void;
  readonly #running = new Set<Running>();
  #timer: Timer | undefined;

  constructor(clock: Clock, show: (status: string) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  begin(label: string, totalBytes: number): Transfer {
    const running = { label, totalBytes, beganMs: this.#clock.monotonicMs(), doneBytes: 0 };
    this.#running.add(running);
    this.#timer ??= this.#clock.after(quietMs, () => this.#refresh());
    return {
      advance: (bytes) => {
        running.doneBytes += bytes;
      },
      end: () => {
        this.#running.delete(running);
        if (this.#running.size === 0) this.#stop();
      },
    };
  }

  #refresh(): void {
    const nowMs = this.#clock.monotonicMs();
    const slow = [...this.#running].filter((running) => nowMs - running.beganMs >= quietMs).at(-1);
    this.#show(slow === undefined ? '' : statusOf(slow, nowMs));
    this.#timer = this.#clock.after(refreshMs, () => this.#refresh());
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#show('');
  }
}

/** `note.bin 42% 12 MiB/s`. */
function statusOf({ label, totalBytes, doneBytes, beganMs }: Running, nowMs: number): string {
  const characters = [...label];
  const short = characters.length > maxLabelCharacters;
  const shown = short ? `${characters.slice(0, maxLabelCharacters - 1).join('')}…` : label;
  const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
  return `${shown} ${percent}% ${formatBytes((doneBytes * 1000) / (nowMs - beganMs))}/s`;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Formats `bytes` in the largest unit in which it is at least 1: `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 10 ? Math.floor(value) : value.toFixed(1)} ${units[unit]}`;
}
