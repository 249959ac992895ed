import type { EventOf } from '../../protocol/chat11/event.ts';
import type { Failure } from '../../protocol/chat11/response.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { AttachedFile, FileAudience, FileContent, SentFile, TransferOptions } from '../client.ts';
import type { FileSink, SavedFileHandlers, SlowSink } from '../file-streams.ts';
import type { HostFiles } from '../host.ts';
import type { Chat11Connection } from './chat11-connection.ts';
import { CurrentConnection } from './current-connection.ts';
import { Download } from './download.ts';
import { Upload } from './upload.ts';

/** Uploads and downloads: one of each at a time, the others wait for their turn. */
export class Transfers {
  readonly #current: CurrentConnection;
  readonly #files: HostFiles;
  readonly #isGuest: () => boolean;
  #up: Promise<unknown> = Promise.resolve();
  #down: Promise<unknown> = Promise.resolve();
  #upload: Upload | undefined;
  #download: Download | undefined;

  constructor(clock: Clock, files: HostFiles, isGuest: () => boolean) {
    this.#files = files;
    this.#isGuest = isGuest;
    this.#current = new CurrentConnection(clock);
  }

  /** Whether a file may be announced at a position that is not known yet. */
  get isUnsure(): boolean {
    return this.#upload?.isUnsure ?? false;
  }

  /** Logged in over `connection`. */
  start(connection: Chat11Connection): void {
    this.#current.change(connection);
  }

  stop(): void {
    this.#current.change(undefined);
  }

  end(why: string): void {
    this.#current.end(why);
  }

  /** Resolves when no download writes to the disk any more. Call it after `end`. */
  async settled(): Promise<void> {
    await this.#down;
  }

  /** Uploads a file. Calls `onStored` synchronously as the response is read, before anything after it. */
  send(
    file: string | FileContent,
    audience: FileAudience,
    options: TransferOptions,
    onStored: (position: number) => void,
  ): Promise<SentFile> {
    const sent = this.#inTurn(this.#up, options, () => {
      this.#upload = new Upload(this.#current, this.#files, this.#isGuest, file, audience, options);
      return this.#upload.run(onStored);
    });
    this.#up = Promise.allSettled([this.#up, sent]);
    return sent;
  }

  /** Downloads the file to the sink that `create` makes. */
  fetch(
    attachment: AttachedFile,
    create: (handlers: SavedFileHandlers) => Promise<FileSink | SlowSink>,
    options: TransferOptions,
  ): Promise<string> {
    // Without types anything may come; without a size no download would end.
    if (!Number.isSafeInteger(attachment.bytes) || typeof attachment.id !== 'string')
      return Promise.reject(new TypeError('That is no attachment: pass one that this client has received'));
    const fetched = this.#inTurn(this.#down, options, () => {
      this.#download = new Download(this.#current, this.#files, attachment, options);
      return this.#download.run(create);
    });
    this.#down = Promise.allSettled([this.#down, fetched]);
    return fetched;
  }

  onPiece(piece: EventOf<'data'>): Promise<void> | undefined {
    return this.#download?.onPiece(piece);
  }

  onDataFailure(failure: Failure): void {
    this.#upload?.onDataFailure(failure);
  }

  /** Calls `run` after `before` has settled. At an abort it wakes the transfer, which then checks its signal. */
  async #inTurn<T>(before: Promise<unknown>, { signal }: TransferOptions, run: () => Promise<T>): Promise<T> {
    const isAborted = Promise.withResolvers<void>();
    const onAbort = (): void => {
      isAborted.resolve();
      this.#current.wake();
    };
    signal?.addEventListener('abort', onAbort);
    try {
      signal?.throwIfAborted();
      await Promise.race([before, isAborted.promise]);
      signal?.throwIfAborted();
      return await run();
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }
}
