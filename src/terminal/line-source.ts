import { Input } from '../transport/input.ts';

interface Readable {
  on(event: 'data', listener: (chunk: string | Uint8Array) => void): unknown;
  on(event: 'end' | 'close' | 'error', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** Reads a pipe line by line; discards a line above `maxBytes` and returns `too-long` in its place. */
export class LineSource {
  readonly #input: Input;
  readonly #maxBytes: number;

  constructor(source: Readable, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#input = new Input({ pause: () => void source.pause(), resume: () => void source.resume() });
    source.on('data', (chunk) => {
      if (typeof chunk !== 'string') this.#input.push(chunk);
    });
    source.on('end', () => this.#input.end());
    source.on('close', () => this.#input.end());
    // Input that cannot be read, a folder for example, counts as ended.
    source.on('error', () => this.#input.end());
    // Whoever asked for a password before has paused it.
    source.resume();
  }

  /** Resolves with the next line without its line end, which the last line may lack; with undefined at the end. */
  async next(): Promise<Uint8Array | 'too-long' | undefined> {
    let tooLong = false;
    for (;;) {
      const bytes = this.#input.takeLine() ?? (this.#input.ended ? this.#rest() : undefined);
      if (bytes !== undefined) return tooLong || bytes.length > this.#maxBytes ? 'too-long' : bytes;
      if (this.#input.length > this.#maxBytes) {
        tooLong = true;
        this.#input.takeBytes(this.#input.length);
      }
      if (!(await this.#input.more()) && this.#input.length === 0) return tooLong ? 'too-long' : undefined;
    }
  }

  /** Takes no more input. Idempotent. */
  stop(): void {
    this.#input.end();
  }

  #rest(): Uint8Array | undefined {
    const rest = this.#input.takeBytes(this.#input.length);
    return rest.length === 0 ? undefined : rest;
  }
}
