import { constants, openSync, writeSync } from 'node:fs';
import type { Clock } from '../../clock.ts';

/** Lines that wait for their reader, in characters; beyond it they are dropped and counted. */
const maxWaiting = 256 * 1024;
const retryMs = 100;

/**
 * Writes lines to a descriptor without ever waiting for whoever reads it: a terminal stopped with Ctrl-S, or a pipe that
 * nobody empties, would hold up the whole process. Node writes to both synchronously, so the descriptor is opened anew,
 * non-blocking; others that share it notice nothing of that.
 */
export class LineSink {
  readonly #fd: number;
  readonly #clock: Clock;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #isTimed = false;

  constructor(fd: number, clock: Clock) {
    this.#fd = openNonBlocking(fd);
    this.#clock = clock;
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
      const written = this.#tryToWrite(first);
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
    const line = `${JSON.stringify({ level: 40, time: new Date(this.#clock.nowMs()).toISOString(), lines: this.#dropped, msg: 'log lines were dropped, as nobody read them' })}\n`;
    this.#dropped = 0;
    const bytes = Buffer.from(line);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /** How many bytes were taken; undefined when none are now. What nobody will ever read counts as taken. */
  #tryToWrite(bytes: Uint8Array): number | undefined {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      return code === 'EAGAIN' ? undefined : bytes.length;
    }
  }
}

/** The same file, pipe or terminal; `fd` itself where there is no such thing: a socket, or a system without /proc. */
function openNonBlocking(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}
