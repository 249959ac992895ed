import type { FailureCode } from '../../../protocol/chat11/codes.ts';
import type { RequestOf } from '../../../protocol/chat11/request.ts';
import { dataFailure, type Failure, failure, slowDown } from '../../../protocol/chat11/response.ts';
import { freeBytes } from '../../../transport/input.ts';
import type { Device } from '../../connection/device.ts';
import type { UploadRefusal } from '../../files/quota.ts';
import { notFound, type UploadWriter } from '../../files/resumable-upload.ts';
import { notSent, type Responder } from './responder.ts';

/** How many failed uploads are remembered, so that later pieces of them are ignored. */
const failedKept = 64;

/** The files that one connection sends, several side by side if it likes. */
export class Uploads {
  readonly #responder: Responder;
  /** By id. Call `end` when the upload no longer delays a shutdown. */
  readonly #open = new Map<string, { readonly writer: UploadWriter; readonly end: () => void }>();
  /** Failed uploads that the client knows of, the oldest first. */
  readonly #failed = new Set<string>();

  constructor(responder: Responder) {
    this.#responder = responder;
  }

  /** ATTACH. With `upload` it resumes one that was interrupted. */
  async attach(request: RequestOf<'attach'>, device: Device): Promise<undefined> {
    const { chat, services } = this.#responder;
    const { uploads, uploadStore } = services;
    const problem = await chat.files.audienceProblem(device, request);
    if (problem !== undefined) return this.#responder.refuseWith(notSent(device, problem, request.to));
    this.#closeLost();
    const end = uploads.begin();
    if (end === undefined) return this.#responder.refuse(503, 'The server is stopping');
    const owner = device.user.uploadOwner;
    const { upload: id } = request;
    const writer = await (id === undefined
      ? uploadStore.begin(owner, request, device.fileSender)
      : uploadStore.resume(owner, id, request));
    if ('problem' in writer) {
      end();
      return this.#refuseUnlessAnnounced(request, device, writer);
    }
    this.#close(writer.id);
    this.#failed.delete(writer.id);
    this.#open.set(writer.id, { writer, end });
    return this.#responder.answer({ kind: 'attach', upload: writer.id, offset: writer.offset });
  }

  /** DATA: the next bytes of a file. It is answered only when they cannot be taken. */
  async data({ upload, offset, piece }: RequestOf<'data'>): Promise<undefined> {
    const open = this.#open.get(upload);
    const refusal = open === undefined ? notFound : await open.writer.write(offset, piece);
    freeBytes(piece);
    if (refusal === undefined) this.#responder.peer.pace.giveBack();
    return refusal === undefined ? undefined : this.refuseData(failureFor(refusal), upload);
  }

  /** COMMIT: announces a file whose bytes are all here. */
  async commit({ upload }: RequestOf<'commit'>, device: Device): Promise<undefined> {
    const writer = this.#open.get(upload)?.writer;
    if (writer === undefined) return this.#tellAnnounced(upload, device);
    const { files } = this.#responder.chat;
    const outcome = await writer.commit((file) => files.announce(device, writer.plan, file));
    if ('position' in outcome || !writer.isOpen) this.#close(upload);
    if ('position' in outcome) return this.#responder.answer({ kind: 'commit', ...outcome });
    if ('problem' in outcome) return this.#responder.refuseWith(failureFor(outcome));
    return this.#responder.refuseWith(notSent(device, outcome.refusal, writer.plan.to));
  }

  /**
   * A client that got no answer to its COMMIT, perhaps from a server that is gone, attaches again: if the file was
   * announced, no byte is missing.
   */
  async #refuseUnlessAnnounced(
    request: RequestOf<'attach'>,
    device: Device,
    refusal: UploadRefusal,
  ): Promise<undefined> {
    const { uploadStore } = this.#responder.services;
    const { upload } = request;
    const announced =
      upload !== undefined && refusal.kind === 'not-found'
        ? await uploadStore.announced(device.user.uploadOwner, upload, request)
        : undefined;
    if (upload === undefined || announced === undefined) {
      return this.#responder.refuseWith(failureFor(refusal));
    }
    return this.#responder.answer({ kind: 'attach', upload, offset: request.bytes });
  }

  async #tellAnnounced(upload: string, device: Device): Promise<undefined> {
    const { uploadStore } = this.#responder.services;
    const announced = await uploadStore.announced(device.user.uploadOwner, upload);
    if (announced === undefined) return this.#responder.refuseWith(failureFor(notFound));
    const { position, reached, sha256 } = announced;
    return this.#responder.answer({ kind: 'commit', position, reached, sha256 });
  }

  /** Ends an upload with the failure of a DATA request; later pieces of it are ignored. */
  refuseData(refused: Failure, upload: string | undefined): undefined {
    if (upload !== undefined) {
      if (this.#failed.has(upload)) return;
      this.#giveUp(upload);
      this.#failed.add(upload);
      const [oldest] = this.#failed;
      if (this.#failed.size > failedKept && oldest !== undefined) this.#failed.delete(oldest);
    }
    this.#responder.refuseWith(dataFailure(refused, upload));
  }

  /** The user or the connection is gone: other connections may resume the uploads. */
  letGo(): void {
    for (const id of [...this.#open.keys()]) this.#close(id);
    this.#failed.clear();
  }

  /** Closes uploads that another connection has resumed, or that were given up: they would accumulate here. */
  #closeLost(): void {
    for (const [id, { writer }] of this.#open) if (!writer.isOpen) this.#close(id);
  }

  #giveUp(id: string): void {
    void this.#open.get(id)?.writer.giveUp();
    this.#close(id);
  }

  #close(id: string): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    open?.writer.letGo();
    open?.end();
  }
}

const refusalCodes: { readonly [kind in UploadRefusal['kind']]: FailureCode } = {
  'too-big': 413,
  'too-many': 429,
  'too-much': 429,
  full: 507,
  unavailable: 503,
  'not-found': 404,
  conflict: 409,
};

/** Seconds until a client may retry. This is a guess, because nobody knows when another file will fit. */
const retryAfterS = { 'too-many': 10, 'too-much': 3600 } as const;

function failureFor({ kind, problem }: UploadRefusal): Failure {
  if (kind === 'too-many' || kind === 'too-much') return slowDown(retryAfterS[kind], problem);
  return failure(refusalCodes[kind], kind === 'not-found' ? undefined : problem);
}
