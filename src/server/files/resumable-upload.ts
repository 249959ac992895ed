import type { Clock, Timer } from '../../scheduling/clock.ts';
import type { StoredFile } from '../messages/entry.ts';
import type { FileUpload } from './file-store.ts';
import type { Reservation, UploadRefusal } from './quota.ts';

/** The file to upload and its recipients. Resuming an upload requires the same plan. */
export interface UploadPlan {
  /** Base name, as it is announced. */
  readonly name: string;
  readonly bytes: number;
  /** Expected hash of the whole file, 64 lower-case hexadecimal digits. A file with another one is refused. */
  readonly sha256?: string;
  readonly terms?: readonly string[];
  readonly to?: string;
}

/** The position of the announcing entry, and how many online users it reached. */
export interface Announced {
  readonly position: number;
  readonly reached: number;
}

/** The file is announced, by this commit or an earlier one. */
export interface Committed extends Announced {
  readonly sha256: string;
}

interface Options {
  readonly plan: UploadPlan;
  readonly spooled: FileUpload;
  readonly clock: Clock;
  readonly keepMs: number;
  /** The file could not be written. */
  readonly onFailure: (error: unknown) => void;
  /** The upload has ended and cannot be resumed. */
  readonly onDiscarded: () => void;
}

/**
 * One upload, which outlives the connection that sends it. Only the newest `UploadWriter` can use it. Operations run in the
 * order of the calls. A committed upload is kept for a while, so that a sender who missed the response can commit again
 * without announcing the file twice.
 */
export class ResumableUpload {
  readonly plan: UploadPlan;
  readonly #options: Options;
  readonly #spooled: FileUpload;
  #writer: UploadWriter | undefined;
  #reservation: Reservation | undefined;
  /** Bytes accepted so far, whether written yet or not. */
  #taken = 0;
  #stored: StoredFile | undefined;
  #committed: Committed | undefined;
  #isGivenUp = false;
  #inOrder: Promise<unknown> = Promise.resolve();
  #timer: Timer | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.plan = options.plan;
    this.#spooled = options.spooled;
  }

  get id(): string {
    return this.#spooled.id;
  }

  /** Whether it has a writer whose connection is not known to be gone. */
  get isFed(): boolean {
    return this.#writer !== undefined;
  }

  get isCommitted(): boolean {
    return this.#committed !== undefined;
  }

  /** Takes over the reservation and releases it when the file is announced or the upload is given up. */
  hold(reservation: Reservation): void {
    if (this.#isGivenUp) reservation.release();
    else this.#reservation = reservation;
  }

  /** Replaces the writer. Resolves with the new one when everything that the old one accepted is written. */
  async open(): Promise<UploadWriter | UploadRefusal> {
    const writer = new UploadWriter(this);
    this.#writer = writer;
    this.#touch();
    await this.#inOrder;
    return this.#isGivenUp ? notFound : writer;
  }

  isFedBy(writer: UploadWriter): boolean {
    return this.#writer === writer && !this.#isGivenUp;
  }

  /** The offset of the next piece. */
  get offset(): number {
    return this.#taken;
  }

  letGo(): void {
    this.#writer = undefined;
  }

  async write(offset: number, piece: Uint8Array): Promise<UploadRefusal | undefined> {
    if (this.#committed !== undefined) return notFound;
    const problem = this.#pieceProblem(offset, piece);
    if (problem !== undefined) {
      await this.giveUp();
      return problem;
    }
    this.#taken += piece.length;
    this.#touch();
    const refusal = await this.#next(async () => {
      const refused = await this.#reservation?.cover(offset + piece.length);
      if (refused === undefined) await this.#spooled.write(piece);
      return refused;
    });
    if (refusal !== undefined) {
      await this.giveUp();
      return refusal;
    }
    return this.#spooled.failure === undefined ? undefined : this.#fail(this.#spooled.failure);
  }

  async commit<NotAnnounced extends object>(
    announce: (file: StoredFile) => Promise<Announced | NotAnnounced>,
  ): Promise<Committed | NotAnnounced | UploadRefusal> {
    if (this.#taken < this.plan.bytes) {
      return { kind: 'conflict', problem: `${this.#taken} of ${this.plan.bytes} bytes have come` };
    }
    this.#touch();
    return this.#next(async () => {
      if (this.#committed !== undefined) return this.#committed;
      if (this.#isGivenUp) return notFound;
      const file = await this.#finish();
      if ('problem' in file) return file;
      const outcome = await announce(file);
      if (!('position' in outcome)) return outcome;
      this.#committed = { ...outcome, sha256: file.sha256 };
      this.#release();
      return this.#committed;
    });
  }

  /** Ends the upload. Resolves when its file is removed, unless it was announced. */
  async giveUp(): Promise<void> {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#timer?.cancel();
    this.#options.onDiscarded();
    await this.#next(() => this.#discard());
  }

  #pieceProblem(offset: number, piece: Uint8Array): UploadRefusal | undefined {
    if (offset !== this.#taken) {
      return { kind: 'conflict', problem: `The next piece begins at ${this.#taken}, not at ${offset}` };
    }
    if (offset + piece.length <= this.plan.bytes) return undefined;
    return { kind: 'too-big', problem: `The file was to have ${this.plan.bytes} bytes` };
  }

  async #finish(): Promise<StoredFile | UploadRefusal> {
    if (this.#stored !== undefined) return this.#stored;
    const { name, sha256 } = this.plan;
    try {
      const stored = { id: this.id, name, ...(await this.#spooled.finish()) };
      if (sha256 === undefined || stored.sha256 === sha256) {
        this.#stored = stored;
        return stored;
      }
    } catch (error) {
      return this.#fail(error);
    }
    void this.giveUp();
    return { kind: 'conflict', problem: 'The bytes that came have another SHA-256; send the file again' };
  }

  #fail(error: unknown): UploadRefusal {
    if (!this.#isGivenUp) this.#options.onFailure(error);
    void this.giveUp();
    return isDiskFull(error)
      ? { kind: 'full', problem: "The server's disk is full" }
      : { kind: 'unavailable', problem: 'The server cannot store files now' };
  }

  async #discard(): Promise<void> {
    if (this.#committed !== undefined) return;
    try {
      await this.#spooled.abort();
    } catch (error) {
      this.#options.onFailure(error);
    } finally {
      this.#release();
    }
  }

  #release(): void {
    this.#reservation?.release();
    this.#reservation = undefined;
  }

  /** Runs `action` after all earlier ones. */
  #next<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#inOrder.then(action);
    this.#inOrder = result.catch(() => {});
    return result;
  }

  #touch(): void {
    const { clock, keepMs } = this.#options;
    if (this.#isGivenUp) return;
    this.#timer?.cancel();
    this.#timer = clock.after(keepMs, () => void this.giveUp());
  }
}

/** One connection's access to an upload. After another connection resumed the upload, all calls answer `not-found`. */
export class UploadWriter {
  readonly #upload: ResumableUpload;

  constructor(upload: ResumableUpload) {
    this.#upload = upload;
  }

  get id(): string {
    return this.#upload.id;
  }

  get plan(): UploadPlan {
    return this.#upload.plan;
  }

  /** The offset of the next piece. */
  get offset(): number {
    return this.#upload.offset;
  }

  /** Whether bytes can still be written, or the upload committed. */
  get isOpen(): boolean {
    return this.#upload.isFedBy(this);
  }

  /**
   * Writes the piece at `offset`, which the caller must not change until this resolves. A piece that cannot be written ends
   * the upload; the result says why.
   */
  async write(offset: number, piece: Uint8Array): Promise<UploadRefusal | undefined> {
    return this.#upload.isFedBy(this) ? this.#upload.write(offset, piece) : notFound;
  }

  /**
   * Puts the file on stable storage and calls `announce`, at most once with success however often it is called. A result of
   * `announce` without a position is returned as it is; the commit may be repeated then.
   */
  async commit<NotAnnounced extends object>(
    announce: (file: StoredFile) => Promise<Announced | NotAnnounced>,
  ): Promise<Committed | NotAnnounced | UploadRefusal> {
    return this.#upload.isFedBy(this) ? this.#upload.commit(announce) : notFound;
  }

  /** The connection is gone; another one may resume the upload for a while. Idempotent. */
  letGo(): void {
    if (this.#upload.isFedBy(this)) this.#upload.letGo();
  }

  /** Ends the upload and removes the file, unless it was announced. */
  async giveUp(): Promise<void> {
    if (this.#upload.isFedBy(this)) await this.#upload.giveUp();
  }
}

export const notFound: UploadRefusal = { kind: 'not-found', problem: 'There is no such upload' };

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
