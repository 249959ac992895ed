import type { EventOf } from '../../protocol/chat11/event.ts';
import { quoteShort } from '../../protocol/text.ts';
import type { AttachedFile, TransferOptions } from '../client.ts';
import { FileError, RefusedError } from '../errors.ts';
import type { FileSink, SavedFileHandlers, Sha256, SlowSink } from '../file-streams.ts';
import type { HostFiles } from '../host.ts';
import type { Chat11Connection } from './chat11-connection.ts';
import type { CurrentConnection } from './current-connection.ts';
import { unlessAborted } from './unless-aborted.ts';

/** The bytes that one FETCH asks for. It is small, because chat has to wait for bytes that are already on their way. */
const partBytes = 256 * 1024;

/** Downloads one file, over as many connections as that takes. */
export class Download {
  readonly #current: CurrentConnection;
  readonly #attachment: AttachedFile;
  readonly #options: TransferOptions;
  readonly #hash: Sha256;
  #sink: FileSink | undefined;
  #offset = 0;
  #savedAs: string | undefined;
  #problem: string | undefined;
  /** The error that `onProgress` threw. */
  #thrown: { readonly error: unknown } | undefined;
  /** The offset at which the requested part ends. */
  #partEnd = 0;
  #part = Promise.withResolvers<void>();
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
        if ('isDrained' in sink) await this.#drained(sink);
        await this.#fetch();
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
    try {
      this.#options.onProgress?.(this.#offset, this.#attachment.bytes);
    } catch (error) {
      // `run` rejects with it; the connection, which awaits this promise, must not break.
      this.#thrown ??= { error };
    }
    if (this.#thrown !== undefined || this.#offset >= this.#partEnd) this.#part.resolve();
  }

  get #isComplete(): boolean {
    return this.#offset === this.#attachment.bytes;
  }

  /** Waits for a slow reader, as long as the transfer is wanted. */
  async #drained(sink: SlowSink): Promise<void> {
    while (!sink.isDrained) {
      this.#options.signal?.throwIfAborted();
      this.#current.throwIfOver();
      await Promise.race([sink.changed(), this.#current.changed()]);
    }
  }

  /** Fetches the next part over one connection, or less if that ends. */
  async #fetch(): Promise<void> {
    const { signal } = this.#options;
    const connection = await this.#current.next(signal, this.#last);
    const { id, bytes, sha256 } = this.#attachment;
    // Taken before the request: the connection may end in the same tick in which the response comes.
    const gone = this.#current.changed();
    this.#partEnd = Math.min(this.#offset + partBytes, bytes);
    this.#part = Promise.withResolvers();
    const length = this.#partEnd - this.#offset;
    const found = await unlessAborted(
      connection.request({ kind: 'fetch', attachment: id, offset: this.#offset, length }),
      signal,
    );
    if (found === undefined) {
      this.#last = connection;
      return;
    }
    if (found.kind === 'failure') throw new RefusedError(found.code, found.reason, found.retryAfterS);
    if (found.bytes !== bytes || found.sha256 !== sha256) {
      this.#fail('the server has another file under that id');
    } else await Promise.race([this.#part.promise, gone]);
    signal?.throwIfAborted();
    if (this.#thrown !== undefined) throw this.#thrown.error;
  }

  #fail(problem: string): void {
    this.#problem ??= problem;
    this.#part.resolve();
  }
}
