import { constants, openSync, writeSync } from 'node:fs';
import type { Clock } from '../../scheduling/clock.ts';

/** Bytes that may wait for the reader; further lines are dropped and counted. */
const maxWaiting = 256 * 1024;
const retryMs = 100;

/** The output for lines: `process.stdout`, or an object like it. */
export interface LineOutput {
  readonly fd: number;
  readonly isTTY?: boolean;
  /** The width of a terminal; changes with it. */
  readonly columns?: number;
  readonly writableLength: number;
  write(bytes: Uint8Array): unknown;
  on(event: 'error', listener: () => void): unknown;
}

/** Writes without blocking. Returns how many bytes were written; undefined when none can be written now. */
type Writer = (bytes: Uint8Array) => number | undefined;

/**
 * Writes lines to a descriptor without blocking. Node writes to terminals and pipes synchronously, so a terminal stopped with
 * Ctrl-S or a pipe that nobody reads would block the whole process. The descriptor is therefore reopened as non-blocking,
 * which does not affect other processes that share it.
 */
export class LineSink {
  readonly #write: Writer;
  readonly #clock: Clock;
  readonly #droppedLine: (count: number) => string;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #isTimed = false;

  /** `droppedLine` returns the line, with its line end, that reports how many lines were dropped. */
  constructor(output: LineOutput, clock: Clock, droppedLine: (count: number) => string) {
    this.#write = writerTo(output);
    this.#clock = clock;
    this.#droppedLine = droppedLine;
  }

  /** `line` includes its line end. */
  write(line: string): void {
    if (this.#waitingBytes >= maxWaiting) {
      this.#dropped++;
      return;
    }
    const bytes = Buffer.from(line);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#flush();
  }

  #flush(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const written = this.#write(first);
      if (written === undefined) break;
      this.#waitingBytes -= written;
      if (written < first.length) this.#waiting[0] = first.subarray(written);
      else this.#waiting.shift();
      if (this.#waiting.length === 0) this.#tellDropped();
    }
    if (this.#waiting.length === 0 || this.#isTimed) return;
    this.#isTimed = true;
    this.#clock.after(retryMs, () => {
      this.#isTimed = false;
      this.#flush();
    });
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const bytes = Buffer.from(this.#droppedLine(this.#dropped));
    this.#dropped = 0;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }
}

function writerTo(output: LineOutput): Writer {
  const fd = openNonBlocking(output.fd);
  if (fd === undefined) return socketWriter(output);
  return (bytes) => {
    try {
      return writeSync(fd, bytes);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // Any other error means that nobody reads: counts as written.
      return code === 'EAGAIN' ? undefined : bytes.length;
    }
  };
}

/** A socket (systemd's journal) cannot be reopened and need not be: Node writes to it without blocking. */
function socketWriter(output: LineOutput): Writer {
  output.on('error', () => {});
  return (bytes) => {
    if (output.writableLength > 0) return undefined;
    output.write(bytes);
    return bytes.length;
  };
}

/** Reopens a file, pipe or terminal; returns undefined for a socket, and without /proc. */
function openNonBlocking(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}
