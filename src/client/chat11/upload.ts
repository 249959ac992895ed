import type { RequestOf } from '../../protocol/chat11/request.ts';
import type { Failure, ResponseTo } from '../../protocol/chat11/response.ts';
import { terms, userName } from '../../protocol/chat11/values.ts';
import { baseName, fileNameProblem } from '../../protocol/file-names.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { quoteShort } from '../../protocol/text.ts';
import { askedMs } from '../back-off.ts';
import type { FileAudience, FileContent, SentFile, TransferOptions } from '../client.ts';
import { FileError, LostError, RefusedError } from '../errors.ts';
import { openContent } from '../file-content.ts';
import type { SeekableFile } from '../file-streams.ts';
import type { HostFiles } from '../host.ts';
import { systemProblem } from '../system-error.ts';
import type { Chat11Connection } from './chat11-connection.ts';
import type { CurrentConnection } from './current-connection.ts';
import { unlessAborted } from './unless-aborted.ts';

/** A longer wait is left to people: a server whose daily quota is spent asks for an hour. */
const maxRetryAfterS = 60;
const hashedBytes = 1024 * 1024;

/** Uploads one file, over as many connections as that takes. */
export class Upload {
  readonly #current: CurrentConnection;
  readonly #files: HostFiles;
  readonly #isGuest: () => boolean;
  readonly #file: string | FileContent;
  readonly #name: string;
  readonly #audience: FileAudience;
  readonly #options: TransferOptions;
  /** The server's id of the upload. */
  #id: string | undefined;
  #failure: Failure | undefined;
  #isUnsure = false;
  /** A COMMIT has no response yet. */
  #isCommitting = false;

  constructor(
    current: CurrentConnection,
    files: HostFiles,
    isGuest: () => boolean,
    file: string | FileContent,
    audience: FileAudience,
    options: TransferOptions,
  ) {
    this.#files = files;
    this.#isGuest = isGuest;
    this.#current = current;
    this.#file = file;
    this.#name = typeof file === 'string' ? baseName(file) : file.name;
    this.#audience = audience;
    this.#options = options;
  }

  async run(onStored: (position: number) => void): Promise<SentFile> {
    const problem =
      this.#name === baseName(this.#name)
        ? (fileNameProblem(this.#name) ?? audienceProblem(this.#audience))
        : 'its name must not have a folder';
    if (problem !== undefined) throw this.#fileError(problem);
    const source = this.#file;
    const file = await this.#reading(
      typeof source === 'string' ? this.#files.open(source) : openContent(source),
    );
    try {
      return await this.#send(file, await this.#hash(file), onStored);
    } finally {
      this.#isUnsure = false;
      await file.close();
    }
  }

  /**
   * Whether COMMIT has no response, maybe because the connection broke: the file may be stored at a position not known
   * yet.
   */
  get isUnsure(): boolean {
    return this.#isUnsure || this.#isCommitting;
  }

  onDataFailure(failure: Failure): void {
    if (failure.upload === undefined || failure.upload === this.#id) this.#failure = failure;
  }

  async #send(file: SeekableFile, sha256: string, onStored: (position: number) => void): Promise<SentFile> {
    /** The connection that ended last. */
    let last: Chat11Connection | undefined;
    for (;;) {
      const connection = await this.#next(last);
      this.#failure = undefined;
      const begun = await unlessAborted(connection.request(this.#attach(file, sha256)), this.#options.signal);
      if (begun === undefined) {
        last = connection;
        continue;
      }
      if (begun.kind === 'failure') {
        if (await this.#canRetryAfter(begun)) continue;
        if (begun.code !== 404 || this.#id === undefined) throw refused(begun);
        // The server no longer knows this upload. What an account committed, it would find in its log.
        if (this.#isUnsure && this.#isGuest()) throw unknown('The connection broke before the answer');
        this.#isUnsure = false;
        this.#id = undefined;
        continue;
      }
      this.#id = begun.upload;
      const isSent = await this.#sendPieces(connection, file, begun);
      this.#isCommitting = isSent;
      const done = isSent ? await commit(connection, begun.upload, onStored) : undefined;
      this.#isCommitting = false;
      this.#isUnsure ||= isSent && done === undefined;
      if (done === undefined) {
        last = connection;
        continue;
      }
      if (done.kind === 'failure') {
        const failure = this.#failure ?? done;
        this.#isUnsure = false;
        if (await this.#canRetryAfter(failure)) continue;
        throw refused(failure);
      }
      return { position: done.position, reached: done.reached, sha256: done.sha256 };
    }
  }

  /** As `next` of the current connection, but giving up while a COMMIT is unanswered leaves the outcome unknown. */
  async #next(last: Chat11Connection | undefined): Promise<Chat11Connection> {
    try {
      return await this.#current.next(this.#options.signal, last);
    } catch (error) {
      if (!this.#isUnsure) throw error;
      throw unknown(
        error instanceof LostError ? error.message : 'The connection broke, and the transfer was cancelled',
      );
    }
  }

  /** Waits out a temporary refusal. Resolves with false when it is permanent or lasts too long. */
  async #canRetryAfter({ code, retryAfterS = 1 }: Failure): Promise<boolean> {
    if ((code !== 429 && code !== 503 && code !== 507) || retryAfterS > maxRetryAfterS) return false;
    await this.#current.pause(askedMs(retryAfterS));
    return true;
  }

  #attach({ bytes }: SeekableFile, sha256: string): RequestOf<'attach'> {
    const upload = this.#id === undefined ? {} : { upload: this.#id };
    return { kind: 'attach', name: this.#name, bytes, sha256, ...this.#audience, ...upload };
  }

  /** Sends the rest of the file. Resolves with false when the connection ends; stops early at a `#failure`. */
  async #sendPieces(
    connection: Chat11Connection,
    file: SeekableFile,
    { upload, offset: from }: ResponseTo<'attach'>,
  ): Promise<boolean> {
    const { onProgress, signal } = this.#options;
    for (let offset = from; offset < file.bytes && this.#failure === undefined; ) {
      signal?.throwIfAborted();
      const most = Math.min(wireLimits.pieceBytes, file.bytes - offset);
      const piece = await this.#reading(file.readAt(offset, most));
      if (piece.length === 0) throw this.#fileError('it became shorter meanwhile');
      const sent = connection.sendPiece({ kind: 'data', upload, offset, piece });
      // A connection that stalls may take a minute and a half to end.
      if (!(await unlessAborted(sent, signal))) return false;
      offset += piece.length;
      onProgress?.(offset, file.bytes);
    }
    return true;
  }

  async #hash(file: SeekableFile): Promise<string> {
    const hash = this.#files.sha256();
    for (let offset = 0; offset < file.bytes; ) {
      this.#options.signal?.throwIfAborted();
      const most = Math.min(hashedBytes, file.bytes - offset);
      const piece = await this.#reading(file.readAt(offset, most));
      if (piece.length === 0) throw this.#fileError('it became shorter meanwhile');
      hash.update(piece);
      offset += piece.length;
    }
    return hash.hex();
  }

  async #reading<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      throw this.#fileError(systemProblem(error));
    }
  }

  #fileError(problem: string): FileError {
    const file = typeof this.#file === 'string' ? this.#file : this.#file.name;
    return new FileError(`${quoteShort(file)} cannot be attached: ${problem}`, problem);
  }
}

function commit(
  connection: Chat11Connection,
  upload: string,
  onStored: (position: number) => void,
): Promise<ResponseTo<'commit'> | Failure | undefined> {
  return new Promise((resolve) => {
    connection.ask({ kind: 'commit', upload }, (answer) => {
      if (answer?.kind === 'commit') onStored(answer.position);
      resolve(answer);
    });
  });
}

function audienceProblem(audience: FileAudience): string | undefined {
  if ('to' in audience) return userName.parse(audience.to) === undefined ? 'that is no user name' : undefined;
  const isGood = audience.terms.length > 0 && terms.parse(terms.format(audience.terms)) !== undefined;
  return isGood ? undefined : 'it needs a term whose followers get it, and every term must be valid';
}

/** `why` begins the error's message. */
const unknown = (why: string): LostError =>
  new LostError('unknown', `${why}: the file may have been sent, or not`);

const refused = ({ code, reason, retryAfterS }: Failure): RefusedError =>
  new RefusedError(code, reason, retryAfterS);
