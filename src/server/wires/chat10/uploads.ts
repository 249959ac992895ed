import * as reply from '../../../protocol/chat10/reply.ts';
import { parseContentLength } from '../../../protocol/chat10/request.ts';
import { baseName } from '../../../protocol/file-names.ts';
import type { Timer } from '../../../scheduling/clock.ts';
import { freeBytes } from '../../../transport/input.ts';
import type { ConnectionSession } from '../../connection/connection-session.ts';
import type { FileStore } from '../../files/file-store.ts';
import type { Reservation, UploadQuota, UploadRefusal } from '../../files/quota.ts';
import type { UploadsUnderWay } from '../../files/uploads-under-way.ts';
import type { StoredFile } from '../../messages/entry.ts';
import type { Chat10Device } from './device.ts';

/** What uploads need of the server. */
export interface UploadServices {
  readonly uploads: UploadsUnderWay;
  readonly quota: UploadQuota;
  readonly fileStore: FileStore;
}

/** A file that the user wants to send: its path as typed, and its terms. */
interface Offer {
  /** The path on the client; the server requests the file by it. */
  readonly path: string;
  readonly terms: readonly string[];
}

/** How long a client that has sent no block of headers, and so may not know files, has to answer `ATTACH`. */
const plainOfferMs = 3_000;
/** Bytes that nobody asked for are taken for text again when nothing comes for so long. */
const unaskedPauseMs = 1_000;

/**
 * Incoming files over CHAT/1.0: the server requests one after another with `ATTACH`, and the client answers with
 * `Content-Length:` and the bytes. They go to the file store as they come, and the file is announced when it is synced
 * there. A client that stops half-way has sent nothing.
 */
export class Uploads {
  readonly #session: ConnectionSession;
  readonly #services: UploadServices;
  readonly #device: Chat10Device;
  /** The first is the one that was requested. */
  readonly #offers: Offer[] = [];
  /** The first offer has timed out: if its answer still comes, its bytes are discarded. */
  #isOverdue = false;
  #timer: Timer | undefined;

  constructor(device: Chat10Device, services: UploadServices) {
    this.#session = device.session;
    this.#services = services;
    this.#device = device;
  }

  /** Something like `!attach` was typed, so that a `Content-Length:` may come, asked for or not. */
  mayCome = false;
  #isTold = false;

  /**
   * Whether `Content-Length:` with this value belongs to a file: one that was asked for, or, of a client that has tried
   * to send files, one that was not. The bytes behind it must not become chat.
   */
  isLength(value: string): boolean {
    return this.#offers.length > 0 || (this.mayCome && parseContentLength(value) !== undefined);
  }

  /** `!attach` with this path and these terms. */
  request(offer: Offer): undefined {
    const problem = this.#offerProblem(offer);
    if (problem !== undefined) return this.#device.replyError(problem);
    this.#offers.push(offer);
    if (this.#offers.length === 1) this.#ask();
    return undefined;
  }

  /**
   * Handles `Content-Length:` with this value, and takes the bytes after it. Resolves when the next line can be read;
   * with `broken` when the bytes stopped coming, because the framing is lost then.
   */
  async receive(value: string): Promise<'broken' | undefined> {
    this.#timer?.cancel();
    const offer = this.#offers[0];
    const bytes = parseContentLength(value);
    if (offer === undefined) return this.#passOver(bytes ?? 0);
    try {
      if (this.#isOverdue) await this.#takeBytes(bytes ?? 0);
      else if (bytes === undefined) this.#device.reply(reply.invalidAttachmentHeader);
      else if (bytes < 0) this.#device.reply(reply.attachmentNotSent(offer.path));
      else await this.#receiveUnlessStopping(offer, bytes);
    } catch (error) {
      if (!(error instanceof BytesStoppedError)) throw error;
      this.#session.logger.info({ user: this.#device.name }, 'upload stopped half-way');
      if (!error.isAnswered) this.#device.reply(reply.attachmentNotSent(offer.path));
      return 'broken';
    }
    this.#next();
    return undefined;
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#offers.length = 0;
  }

  #offerProblem({ path }: Offer): string | undefined {
    const { uploads } = this.#services;
    const { limits } = this.#device.peer.services;
    if (this.#offers.length >= limits.attachmentsQueued)
      return 'Too many files wait already; let them go first';
    return uploads.isStopping ? stoppingProblem(path) : undefined;
  }

  #ask(): void {
    const offer = this.#offers[0];
    if (offer === undefined) return;
    if (this.#services.uploads.isStopping) {
      this.#device.replyError(stoppingProblem(offer.path));
      this.#next();
      return;
    }
    this.#device.replyAsTyped(reply.attachRequest(offer.path));
    const { attachmentOfferMs } = this.#device.peer.services.limits;
    const { knowsFiles } = this.#device;
    // A person at `nc` should not have to wait for long to learn that nothing answers.
    this.#wait(knowsFiles ? attachmentOfferMs : Math.min(attachmentOfferMs, plainOfferMs), () => {
      const says = knowsFiles || this.#isTold ? reply.attachmentNotSent : reply.attachmentUnanswered;
      this.#isTold = true;
      this.#device.reply(says(offer.path));
      this.#isOverdue = true;
      // A busy client may still answer, and its bytes must not be taken for chat, or for the next file.
      this.#wait(attachmentOfferMs, () => this.#next());
    });
  }

  #wait(ms: number, then: () => void): void {
    this.#timer = this.#device.peer.services.clock.after(ms, then);
  }

  /** Discards what comes without a pause of the bytes of a file that nobody asked for. */
  async #passOver(bytes: number): Promise<undefined> {
    if (bytes <= 0) return undefined;
    this.#device.replyError('Nobody asked for that file; its bytes are passed over');
    const { input } = this.#session;
    for (let left = bytes; left > 0; ) {
      const piece = input.takeBytes(left);
      left -= piece.length;
      if (piece.length > 0) freeBytes(piece);
      else if (!(await this.#moreSoon())) return undefined;
    }
    return undefined;
  }

  async #moreSoon(): Promise<boolean> {
    const { input } = this.#session;
    const timer = this.#session.after(unaskedPauseMs, () => input.nudge());
    const more = await input.more();
    timer.cancel();
    return more && input.length > 0;
  }

  #next(): void {
    this.#isOverdue = false;
    this.#offers.shift();
    this.#ask();
  }

  async #receiveUnlessStopping(offer: Offer, bytes: number): Promise<void> {
    const { uploads } = this.#services;
    const outcome = await uploads.during(() => this.#receiveFile(offer, bytes));
    if (outcome === undefined) return;
    this.#device.replyError(stoppingProblem(offer.path));
    await this.#takeBytes(bytes);
  }

  async #receiveFile(offer: Offer, bytes: number): Promise<void> {
    const { quota, fileStore } = this.#services;
    // An earlier file is reserved until its post is answered; also counted in the log, it would leave too little room.
    await this.#device.peer.allPosted();
    const reservation = await quota.reserve(this.#device.fileSender, bytes);
    if ('problem' in reservation) {
      this.#device.replyError(`${reservation.problem}; ${offer.path} was not sent`);
      return this.#takeBytes(bytes);
    }
    const upload = fileStore.begin();
    try {
      let came = 0;
      let refusal: UploadRefusal | undefined;
      await this.#takeBytes(bytes, async (piece) => {
        came += piece.length;
        refusal ??= await reservation.cover(came);
        if (refusal !== undefined) return freeBytes(piece);
        void upload.write(piece).then(() => freeBytes(piece));
        await upload.room();
      });
      if (refusal !== undefined) {
        reservation.release();
        await upload.abort();
        return void this.#device.replyError(`${refusal.problem}; ${offer.path} was not sent`);
      }
      const stored = await upload.finish();
      await this.#announce(offer, { id: upload.id, name: baseName(offer.path), ...stored }, reservation);
    } catch (error) {
      reservation.release();
      await upload.abort();
      if (error instanceof BytesStoppedError) throw error;
      this.#session.logger.error({ user: this.#device.name, err: error }, 'upload failed');
      this.#device.reply(reply.attachmentNotSent(offer.path));
    }
  }

  /**
   * Takes exactly `bytes` from the connection, each piece when `take` has room for it. Without `take` they are
   * discarded: the client knows why already.
   */
  async #takeBytes(bytes: number, take?: (piece: Uint8Array) => Promise<void> | undefined): Promise<void> {
    const { input } = this.#session;
    for (let left = bytes; left > 0; ) {
      const piece = input.takeBytes(left);
      left -= piece.length;
      if (piece.length > 0) {
        if (take === undefined) freeBytes(piece);
        else await take(piece);
      } else if (!(await this.#moreInTime())) throw new BytesStoppedError(take === undefined);
    }
  }

  async #moreInTime(): Promise<boolean> {
    const { clock, limits } = this.#device.peer.services;
    const timer = clock.after(limits.uploadStallMs, () => this.#session.input.end());
    const more = await this.#session.input.more();
    timer.cancel();
    return more;
  }

  async #announce(offer: Offer, file: StoredFile, reservation: Reservation): Promise<void> {
    await this.#device.say(
      { kind: 'attachment', terms: offer.terms, file },
      () => {
        reservation.release();
        this.#device.reply(reply.attachmentDistributed(offer.path));
      },
      () => {
        reservation.release();
        this.#removeUnannounced(file);
      },
    );
  }

  #removeUnannounced(file: StoredFile): void {
    this.#services.fileStore.remove(file.id).catch((error: unknown) => {
      this.#session.logger.warn({ err: error }, 'a file that was not announced could not be removed');
    });
  }
}

/** The bytes of an upload stopped coming. */
class BytesStoppedError extends Error {
  /** The client knows already that the file is refused. */
  readonly isAnswered: boolean;

  constructor(isAnswered: boolean) {
    super();
    this.isAnswered = isAnswered;
  }
}

const stoppingProblem = (path: string): string => `The server is stopping; ${path} was not sent`;
