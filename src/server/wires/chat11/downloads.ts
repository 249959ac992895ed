import { formatEvent } from '../../../protocol/chat11/event.ts';
import type { RequestOf } from '../../../protocol/chat11/request.ts';
import { slowDown } from '../../../protocol/chat11/response.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import type { Device } from '../../connection/device.ts';
import type { StoredFile } from '../../messages/entry.ts';
import type { Responder } from './responder.ts';

/** Maximum downloads of a connection: each keeps a file open. */
const maxDownloads = 4;

interface Download {
  readonly file: StoredFile;
  readonly from: number;
  /** The offset after the last byte. */
  readonly until: number;
  readonly pieces: AsyncGenerator<Uint8Array, void>;
}

/**
 * The files that one connection fetches, one after another. A piece is sent when nothing else waits for the reader: so
 * chat goes first, and at most one piece is in memory.
 */
export class Downloads {
  readonly #responder: Responder;
  /** The first one is being sent. */
  #downloads: Download[] = [];
  #isSending = false;

  constructor(responder: Responder) {
    this.#responder = responder;
  }

  /** FETCH: answers, then sends the bytes as DATA. */
  async fetch(
    { attachment, offset = 0, length = Number.POSITIVE_INFINITY }: RequestOf<'fetch'>,
    device: Device,
  ): Promise<undefined> {
    if (this.#downloads.length >= maxDownloads) {
      const problem = `At most ${maxDownloads} files at once; let one of them come`;
      return this.#responder.refuseWith(slowDown(1, problem));
    }
    const { files } = this.#responder.chat;
    const opened = await files.open(device, attachment, offset, wireLimits.pieceBytes);
    switch (opened.kind) {
      case 'not-found':
        return this.#responder.refuse(404);
      case 'too-short':
        return this.#responder.refuse(409, `The file has only ${opened.bytes} bytes`);
      case 'expired':
        return this.#responder.refuse(404, 'The file is not kept any more');
    }
    const { file, pieces } = opened;
    this.#responder.answer({ kind: 'fetch', bytes: file.bytes, sha256: file.sha256 });
    this.#downloads.push({ file, from: offset, until: Math.min(file.bytes, offset + length), pieces });
    if (!this.#isSending) void this.#sendAll();
    return undefined;
  }

  /** The user logged out, or the connection ended. */
  stop(): void {
    const [, ...waiting] = this.#downloads;
    this.#downloads = [];
    for (const { pieces } of waiting) void pieces.return();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let first = this.#downloads[0]; first !== undefined; first = this.#downloads[0]) {
      try {
        await this.#send(first);
      } catch (error) {
        this.#onFailure(error);
      }
      if (this.#downloads[0] === first) this.#downloads.shift();
    }
    this.#isSending = false;
  }

  async #send(download: Download): Promise<void> {
    const { file, from, until, pieces } = download;
    const { outbox } = this.#responder.peer;
    let offset = from;
    for await (const bytes of pieces) {
      if (offset === until) return;
      await outbox.drained();
      if (this.#downloads[0] !== download) return;
      const piece = bytes.subarray(0, until - offset);
      this.#responder.tell(formatEvent({ kind: 'data', attachment: file.id, offset, piece }));
      offset += piece.length;
    }
    if (offset !== until) throw new Error(`the stored file ${file.id} is shorter than it was`);
  }

  /** Closes the connection: the client waits for bytes that will not come, and learns why when it asks again. */
  #onFailure(error: unknown): void {
    const { connection, logger } = this.#responder.session;
    logger.error({ user: this.#responder.peer.user?.name, err: error }, 'sending a file failed; closed');
    connection.destroy();
  }
}
