import type { Device } from '../connection/device.ts';
import type { FileStore } from '../files/file-store.ts';
import type { Announced, UploadPlan } from '../files/resumable-upload.ts';
import type { Log } from '../log/log.ts';
import { isCovered } from '../messages/carried.ts';
import type { StoredFile } from '../messages/entry.ts';
import type { Messages, NotSent, RecipientProblem } from './messages.ts';

/** An opened file, or why it cannot be opened. */
export type OpenedFile =
  | { readonly kind: 'open'; readonly file: StoredFile; readonly pieces: AsyncGenerator<Uint8Array, void> }
  /** There is no such file, or it did not reach this user: the answer does not say which. */
  | { readonly kind: 'not-found' }
  /** The offset is past its end. */
  | { readonly kind: 'too-short'; readonly bytes: number }
  /** Its announcement is older than files are kept. */
  | { readonly kind: 'expired' };

export type AudienceProblem = RecipientProblem | 'too-many-terms';

/** Why an uploaded file was not announced. */
export interface NotAnnounced {
  readonly refusal: NotSent | AudienceProblem;
}

/** Decides who may read a file, and who may be sent one. */
export class Files {
  readonly #log: Log;
  readonly #store: FileStore;
  readonly #messages: Messages;
  readonly #maxTerms: number;

  constructor(log: Log, store: FileStore, messages: Messages, maxTerms: number) {
    this.#log = log;
    this.#store = store;
    this.#messages = messages;
    this.#maxTerms = maxTerms;
  }

  /** Opens the file `id` at a byte `offset`, for a user whom its announcement reached; in pieces of `pieceBytes`. */
  async open(device: Device, id: string, offset: number, pieceBytes: number): Promise<OpenedFile> {
    const entry = await this.#log.attachment(id);
    if (entry?.message.kind !== 'attachment' || !isCovered(entry, device.spans()))
      return { kind: 'not-found' };
    const { file } = entry.message;
    if (offset > file.bytes) return { kind: 'too-short', bytes: file.bytes };
    const pieces = await this.#store.read(file.id, offset, pieceBytes);
    return pieces === undefined ? { kind: 'expired' } : { kind: 'open', file, pieces };
  }

  /** Returns why a file cannot go to the audience of `plan`; undefined when it can. */
  async audienceProblem(device: Device, { terms, to }: UploadPlan): Promise<AudienceProblem | undefined> {
    if (terms !== undefined && terms.length > this.#maxTerms) return 'too-many-terms';
    return to === undefined ? undefined : this.#messages.recipientProblem(device, to);
  }

  /** Posts the announcement of a stored file; resolves with its position, or why it was not announced. */
  async announce(device: Device, plan: UploadPlan, file: StoredFile): Promise<Announced | NotAnnounced> {
    // The recipient may have left since the upload began.
    const problem = await this.audienceProblem(device, plan);
    if (problem !== undefined) return { refusal: problem };
    const { terms = [], to } = plan;
    const message = { kind: 'attachment', terms, file, ...(to === undefined ? {} : { to }) } as const;
    return new Promise((resolve) => {
      void this.#messages.send(device, message, {
        onSent: (reached, position) => resolve({ position, reached }),
        onNotSent: (refusal) => resolve({ refusal }),
      });
    });
  }
}
