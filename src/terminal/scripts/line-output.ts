import { errorCode } from '../../client/system-error.ts';

interface Output {
  write(text: string, done: (error?: Error | null) => void): unknown;
}

/** Standard output, line by line, with back-pressure. */
export class LineOutput {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Writes `line`; resolves when the system has taken it, which a pipe does as its reader reads. Rejects if it fails. */
  write(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#output.write(`${line}\n`, (error) => {
        if (error === undefined || error === null) resolve();
        else reject(error);
      });
    });
  }
}

/** Whether the reader of a pipe is gone. */
export function isBrokenPipe(error: unknown): boolean {
  return ['EPIPE', 'ERR_STREAM_DESTROYED', 'ECONNRESET'].includes(errorCode(error) ?? '');
}
