import { constants, openSync, writeSync } from 'node:fs';
import type { Clock } from '../../scheduling/clock.ts';

/** Lines that wait for their reader, in characters; beyond it they are dropped and counted. */
const maxWaiting = 256 * 1024;
const retryMs = 100;

/** Where lines go: `process.stdout`, or what is like it. */
export interface LineOutput {
  readonly fd: number;
  readonly isTTY?: boolean;
  readonly writableLength: number;
  write(bytes: Uint8Array): unknown;
  on(event: 'error', listener: () => void): unknown;
}

/** Takes bytes without waiting: how many were taken; undefined when none are now. */
type Writer = (bytes: Uint8Array) => number | undefined;

/**
 * Writes lines to a descriptor without ever waiting for whoever reads it: a terminal stopped with Ctrl-S, or a pipe that
 * nobody empties, would hold up the whole process. Node writes to both synchronously, so the descriptor is opened anew,
 * non-blocking; others that share it notice nothing of that.
 */
export class LineSink {
  readonly #write: Writer;
  readonly #clock: Clock;
  readonly #droppedLine: (count: number) => string;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #isTimed = false;

  /** `droppedLine`: what says, with its line end, that so many lines were dropped. */
  constructor(output: LineOutput, clock: Clock, droppedLine: (count: number) => string) {
    this.#write = writerTo(output);
    this.#clock = clock;
    this.#droppedLine = droppedLine;
  }

  /** `line` with its line end. */
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
      // What nobody will ever read counts as taken.
      return code === 'EAGAIN' ? undefined : bytes.length;
    }
  };
}

/** A socket cannot be opened anew, and need not be: Node writes to it without waiting. systemd's journal is one. */
function socketWriter(output: LineOutput): Writer {
  output.on('error', () => {});
  return (bytes) => {
    if (output.writableLength > 0) return undefined;
    output.write(bytes);
    return bytes.length;
  };
}

/** The same file, pipe or terminal; undefined where there is no such thing: for a socket, or without /proc. */
function openNonBlocking(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}
