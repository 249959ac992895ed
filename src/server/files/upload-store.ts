import type { Logger } from 'pino';
import type { Limits } from '../../protocol/limits.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Log } from '../log/log.ts';
import type { FileStore } from './file-store.ts';
import type { FileSender, UploadQuota, UploadRefusal } from './quota.ts';
import {
  type Committed,
  notFound,
  ResumableUpload,
  type UploadPlan,
  type UploadWriter,
} from './resumable-upload.ts';

/** The owner of an upload: the name that quotas count, and a scope that distinguishes guests of one name. */
export interface UploadOwner {
  readonly name: string;
  readonly scope: string;
}

/** The scope of all accounts. */
export const accountScope = 'account';

/**
 * Uploads that their owner, and nobody else, may resume after the connection broke. They end with the server: opening the
 * file store removes their bytes. Announced files are known from the log, also those of earlier servers.
 */
export class UploadStore {
  readonly #log: Log;
  readonly #fileStore: FileStore;
  readonly #quota: UploadQuota;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** By owner, then by id, in order of beginning. */
  readonly #byOwner = new Map<string, Map<string, ResumableUpload>>();
  #isClosed = false;

  constructor(options: {
    readonly log: Log;
    readonly fileStore: FileStore;
    readonly quota: UploadQuota;
    readonly limits: Limits;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#log = options.log;
    this.#fileStore = options.fileStore;
    this.#quota = options.quota;
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /**
   * Begins an upload. When the owner has too many, one without a connection is given up; without such a one this is refused.
   */
  async begin(
    owner: UploadOwner,
    plan: UploadPlan,
    sender: FileSender,
  ): Promise<UploadWriter | UploadRefusal> {
    if (this.#isClosed) return { kind: 'unavailable', problem: 'The server is stopping' };
    const freed = this.#makeRoom(owner);
    if (freed === undefined) {
      const problem = `At most ${this.#limits.uploadsPerUser} files at once; let one of them finish`;
      return { kind: 'too-many', problem };
    }
    const upload = this.#add(owner, plan);
    const writer = upload.open();
    // The upload that made room counts against the quota until it is gone.
    await freed;
    const reservation = await this.#quota.reserve(sender, plan.bytes);
    if ('problem' in reservation) {
      await upload.giveUp();
      return reservation;
    }
    upload.hold(reservation);
    return writer;
  }

  /**
   * Resumes an upload of this owner with the same plan. The previous writer, whose connection may not have noticed yet that
   * it broke, loses access.
   */
  async resume(owner: UploadOwner, id: string, plan: UploadPlan): Promise<UploadWriter | UploadRefusal> {
    const upload = this.#byOwner.get(keyOf(owner))?.get(id);
    if (upload === undefined) return notFound;
    if (isSame(upload.plan, plan)) return upload.open();
    return { kind: 'conflict', problem: 'That upload is of another file, or for others' };
  }

  /**
   * Looks up in the log an upload of this owner that is no longer here; with `asked` it must have that plan. Only for
   * accounts, because another guest may have the same name. `reached` is 0, as the log does not know it. Rejects when the
   * storage fails.
   */
  async announced(
    { name, scope }: UploadOwner,
    id: string,
    asked?: UploadPlan,
  ): Promise<Committed | undefined> {
    const entry = scope === accountScope ? await this.#log.attachment(id) : undefined;
    if (entry?.message.kind !== 'attachment' || entry.sender !== name) return undefined;
    const { file, terms, to } = entry.message;
    const { sha256 } = file;
    const audience = to === undefined ? { terms } : { to };
    const plan = { name: file.name, bytes: file.bytes, sha256, ...audience };
    if (asked !== undefined && !isSame({ ...plan, ...asked }, plan)) return undefined;
    return { position: entry.position, reached: 0, sha256 };
  }

  /** Gives up all uploads of an owner who will not return. */
  async giveUpAll(owner: UploadOwner): Promise<void> {
    const own = [...(this.#byOwner.get(keyOf(owner))?.values() ?? [])];
    await Promise.all(own.map((upload) => upload.giveUp()));
  }

  /** Gives up all uploads and refuses new ones. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const uploads = [...this.#byOwner.values()].flatMap((own) => [...own.values()]);
    await Promise.all(uploads.map((upload) => upload.giveUp()));
  }

  /** Resolves when there is room for one more; returns undefined when there is none. */
  #makeRoom(owner: UploadOwner): Promise<void> | undefined {
    const most = this.#limits.uploadsPerUser;
    const own = [...(this.#byOwner.get(keyOf(owner))?.values() ?? [])];
    // A connection has at most as many unanswered commits as uploads, so nobody repeats older ones.
    const committed = own.filter(({ isCommitted }) => isCommitted);
    for (const upload of committed.slice(0, Math.max(0, committed.length - most))) void upload.giveUp();
    const underWay = own.filter(({ isCommitted }) => !isCommitted);
    if (underWay.length < most) return Promise.resolve();
    return underWay.find(({ isFed }) => !isFed)?.giveUp();
  }

  #add(owner: UploadOwner, plan: UploadPlan): ResumableUpload {
    const key = keyOf(owner);
    const own = this.#byOwner.get(key) ?? new Map<string, ResumableUpload>();
    const upload = new ResumableUpload({
      plan,
      spooled: this.#fileStore.begin(),
      clock: this.#clock,
      keepMs: this.#limits.uploadKeepMs,
      onFailure: (error) => this.#logger.error({ user: owner.name, err: error }, 'upload failed'),
      onDiscarded: () => {
        own.delete(upload.id);
        if (own.size === 0) this.#byOwner.delete(key);
      },
    });
    own.set(upload.id, upload);
    this.#byOwner.set(key, own);
    return upload;
  }
}

const keyOf = ({ name, scope }: UploadOwner): string => `${name} ${scope}`;

function isSame(one: UploadPlan, other: UploadPlan): boolean {
  const parts = ({ name, bytes, sha256, terms, to }: UploadPlan): string =>
    JSON.stringify([name, bytes, sha256, terms, to]);
  return parts(one) === parts(other);
}
