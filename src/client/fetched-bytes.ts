import type { FileSink, SavedFileHandlers, SlowSink } from './file-streams.ts';

/** Gathers a received file in memory. */
export class BytesSink implements FileSink {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #handlers: SavedFileHandlers;
  #offset = 0;

  constructor(size: number, handlers: SavedFileHandlers) {
    this.bytes = new Uint8Array(size);
    this.#handlers = handlers;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.bytes.set(chunk, this.#offset);
    this.#offset += chunk.length;
  }

  async finish(): Promise<void> {
    this.#handlers.onSaved('');
  }

  async abandon(): Promise<void> {}
}

/**
 * Passes a received file on, chunk by chunk. Writing never waits, so that the connection is read meanwhile; `isDrained`
 * tells when to ask the server for more.
 */
export class StreamSink implements SlowSink {
  #chunks: Uint8Array[] = [];
  #over: { readonly error?: unknown } | undefined;
  #changed = Promise.withResolvers<void>();
  #handlers: SavedFileHandlers | undefined;

  /** `handlers` hear of the end. */
  begin(handlers: SavedFileHandlers): this {
    this.#handlers = handlers;
    return this;
  }

  get isDrained(): boolean {
    return this.#chunks.length === 0;
  }

  /** Resolves when that may have changed. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#wake();
  }

  async finish(): Promise<void> {
    this.#handlers?.onSaved('');
  }

  async abandon(): Promise<void> {}

  /** No more chunks come; `over.error` is why, if that is no good reason. */
  end(over: { readonly error?: unknown }): void {
    this.#over ??= over;
    this.#wake();
  }

  /** Resolves with the next chunk, with undefined at the end. Rejects with the error of `end`, after all chunks. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#wake();
        return chunk;
      }
      if (this.#over !== undefined) {
        if ('error' in this.#over) throw this.#over.error;
        return undefined;
      }
      await this.#changed.promise;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
