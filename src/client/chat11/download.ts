import type { EventOf } from '../../protocol/chat11/event.ts';
import { quoteShort } from '../../protocol/text.ts';
import type { ChatAttachment, TransferOptions } from '../client.ts';
import { FileError, RefusedError } from '../errors.ts';
import type { FileSink, Sha256 } from '../file-streams.ts';
import type { HostFiles } from '../host.ts';
import type { Chat11Connection } from './chat11-connection.ts';
import type { CurrentConnection } from './current-connection.ts';
import { unlessAborted } from './unless-aborted.ts';

export type Fetched = Pick<ChatAttachment, 'id' | 'name' | 'bytes' | 'sha256'>;

/** The bytes that one FETCH asks for. It is small, because chat has to wait for bytes that are already on their way. */
const partBytes = 256 * 1024;

/** Downloads one file, over as many connections as that takes. */
export class Download {
  readonly #current: CurrentConnection;
  readonly #attachment: Fetched;
  readonly #options: TransferOptions;
  readonly #files: HostFiles;
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

  constructor(current: CurrentConnection, files: HostFiles, attachment: Fetched, options: TransferOptions) {
    this.#files = files;
    this.#hash = files.sha256();
    this.#current = current;
    this.#attachment = attachment;
    this.#options = options;
  }

  /** Saves the file in the folder `path`; resolves with its name there. */
  async run(path: string): Promise<string> {
    const folder = this.#files.folder(path);
    const problem = await folder.problem();
    if (problem !== undefined)
      throw new FileError(`files cannot be saved in ${quoteShort(path)}: ${problem}`);
    const sink = await folder.create(this.#attachment.name, {
      onSaved: (name) => {
        this.#savedAs = name;
      },
      onFailed: (reason) => this.#fail(reason),
      onAbandoned: () => {},
    });
    this.#sink = sink;
    try {
      while (!this.#isComplete && this.#problem === undefined) await this.#fetch();
      if (this.#problem === undefined && (await this.#hash.hex()) !== this.#attachment.sha256) {
        this.#fail('its bytes are not those that were announced');
      }
      if (this.#problem === undefined) await sink.finish();
    } finally {
      this.#sink = undefined;
      await sink.abandon();
    }
    if (this.#savedAs === undefined) {
      throw new FileError(`${quoteShort(this.#attachment.name)} was not saved: ${this.#problem}`);
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
