import type { EventOf } from '../../protocol/chat11/event.ts';
import { quoteShort } from '../../protocol/text.ts';
import type { AttachedFile, TransferOptions } from '../client.ts';
import { FileError, RefusedError } from '../errors.ts';
import type { FileSink, SavedFileHandlers, Sha256, SlowSink } from '../file-streams.ts';
import type { HostFiles } from '../host.ts';
import type { Chat11Connection } from './chat11-connection.ts';
import type { CurrentConnection } from './current-connection.ts';
import { unlessAborted } from './unless-aborted.ts';

/**
 * The bytes that one FETCH asks for. While they come, as many more are asked for, or the path would rest for a round trip
 * each time. It is small, because chat has to wait for bytes that are already on their way.
 */
const partBytes = 256 * 1024;

/** Downloads one file, over as many connections as that takes. */
export class Download {
  readonly #current: CurrentConnection;
  readonly #attachment: AttachedFile;
  readonly #options: TransferOptions;
  readonly #hash: Sha256;
  #sink: FileSink | undefined;
  /** Bytes that came, and those of them that are written and told of. */
  #offset = 0;
  #written = 0;
  #savedAs: string | undefined;
  #problem: string | undefined;
  /** The error that `onProgress` threw. */
  #thrown: { readonly error: unknown } | undefined;
  /** The offset that `#comesTo` waits for. */
  #awaited = 0;
  #came = Promise.withResolvers<void>();
  /** The connection that ended last. */
  #last: Chat11Connection | undefined;

  constructor(
    current: CurrentConnection,
    files: HostFiles,
    attachment: AttachedFile,
    options: TransferOptions,
  ) {
    this.#hash = files.sha256();
    this.#current = current;
    this.#attachment = attachment;
    this.#options = options;
  }

  /** Writes the file to the sink that `create` makes; resolves with the name under which it is saved. */
  async run(create: (handlers: SavedFileHandlers) => Promise<FileSink | SlowSink>): Promise<string> {
    const sink = await create({
      onSaved: (name) => {
        this.#savedAs = name;
      },
      onFailed: (reason) => this.#fail(reason),
      onAbandoned: () => {},
    });
    this.#sink = sink;
    try {
      while (!this.#isComplete && this.#problem === undefined) {
        await this.#fetch(sink);
      }
      if (this.#problem === undefined && (await this.#hash.hex()) !== this.#attachment.sha256) {
        this.#fail('its bytes are not those that were announced');
      }
      if (this.#problem === undefined) await sink.finish();
    } finally {
      this.#sink = undefined;
      await sink.abandon();
    }
    if (this.#savedAs === undefined) {
      throw new FileError(
        `${quoteShort(this.#attachment.name)} was not saved: ${this.#problem}`,
        this.#problem,
      );
    }
    return this.#savedAs;
  }

  /** Takes the next piece. Ignores any other one, which is a remainder of a cancelled transfer. */
  onPiece({ attachment, offset, piece }: EventOf<'data'>): Promise<void> | undefined {
    const { id, bytes } = this.#attachment;
    if (this.#sink === undefined || attachment !== id || offset !== this.#offset) return undefined;
    if (offset + piece.length > bytes) {
      this.#fail('more bytes came than were announced');
      return undefined;
    }
    this.#offset += piece.length;
    this.#hash.update(piece);
    return this.#write(this.#sink, piece);
  }

  async #write(sink: FileSink, piece: Uint8Array): Promise<void> {
    await sink.write(piece);
    this.#written += piece.length;
    try {
      this.#options.onProgress?.(this.#written, this.#attachment.bytes);
    } catch (error) {
      // `run` rejects with it; the connection, which awaits this promise, must not break.
      this.#thrown ??= { error };
    }
    if (this.#thrown !== undefined || this.#written >= this.#awaited) this.#came.resolve();
  }

  get #isComplete(): boolean {
    return this.#written === this.#attachment.bytes;
  }

  /** Waits for a slow reader, as long as the transfer is wanted. */
  async #drained(sink: SlowSink): Promise<void> {
    while (!sink.isDrained) {
      this.#options.signal?.throwIfAborted();
      this.#current.throwIfOver();
      await Promise.race([sink.changed(), this.#current.changed()]);
    }
  }

  /** Fetches all the parts over one connection, or less if that ends. */
  async #fetch(sink: FileSink | SlowSink): Promise<void> {
    const { signal } = this.#options;
    const connection = await this.#current.next(signal, this.#last);
    const { bytes } = this.#attachment;
    // Taken before the request: the connection may end in the same tick in which the response comes.
    const gone = this.#current.changed();
    for (let from = this.#offset; this.#problem === undefined; from = Math.min(from + partBytes, bytes)) {
      if ('isDrained' in sink) await this.#drained(sink);
      if (from < bytes && !(await this.#ask(connection, from))) {
        this.#last = connection;
        return;
      }
      if (!(await this.#comesTo(from, gone)) || this.#isComplete) return;
    }
  }

  /** Asks for a part. Resolves with whether the server sends it; with false when the connection ended. */
  async #ask(connection: Chat11Connection, offset: number): Promise<boolean> {
    const { id, bytes, sha256 } = this.#attachment;
    const length = Math.min(partBytes, bytes - offset);
    const request = connection.request({ kind: 'fetch', attachment: id, offset, length });
    const found = await unlessAborted(request, this.#options.signal);
    if (found === undefined) return false;
    if (found.kind === 'failure') throw new RefusedError(found.code, found.reason, found.retryAfterS);
    if (found.bytes !== bytes || found.sha256 !== sha256)
      this.#fail('the server has another file under that id');
    return true;
  }

  /** Resolves with true when everything before `offset` is written; with false when it will not come. */
  async #comesTo(offset: number, gone: Promise<unknown>): Promise<boolean> {
    if (this.#written < offset && this.#problem === undefined && this.#thrown === undefined) {
      this.#awaited = offset;
      this.#came = Promise.withResolvers();
      await Promise.race([this.#came.promise, gone]);
    }
    this.#options.signal?.throwIfAborted();
    if (this.#thrown !== undefined) throw this.#thrown.error;
    return this.#written >= offset && this.#problem === undefined;
  }

  #fail(problem: string): void {
    this.#problem ??= problem;
    this.#came.resolve();
  }
}
