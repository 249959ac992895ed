import type { FailureCode } from '../../../protocol/chat11/codes.ts';
import { formatEvent } from '../../../protocol/chat11/event.ts';
import { Malformed, type Parcel } from '../../../protocol/chat11/parcel.ts';
import { limitsAfterLogin, limitsBeforeLogin, ParcelReader } from '../../../protocol/chat11/parcel-reader.ts';
import { parseRequest, type Request, requestSide } from '../../../protocol/chat11/request.ts';
import {
  type Failure,
  failure,
  failureOf,
  formatFailure,
  formatResponse,
  type Response,
  slowDown,
} from '../../../protocol/chat11/response.ts';
import { encodeUtf8 } from '../../../protocol/text.ts';
import type { Timer } from '../../../scheduling/clock.ts';
import { NotWrittenError } from '../../accounts/accounts.ts';
import { type AccountListener, Device } from '../../connection/device.ts';
import { type Handled, Peer, type PeerConversation } from '../../connection/peer.ts';
import type { Session } from '../../connection/session.ts';
import type { ChatUser } from '../../users/chat-user.ts';
import { Grant } from '../../users/grant.ts';
import { Downloads } from './downloads.ts';
import { chat11Encoder } from './encoder.ts';
import { obey } from './requests.ts';
import { Uploads } from './uploads.ts';

/**
 * Why a conversation ends: the client said so; it sends no more; nothing it sends makes sense any more; it said nothing
 * for too long, or not who it is; what let it in is no more; the server goes away.
 */
export type Ending = 'disconnected' | 'gone' | 'broken' | 'silent' | 'nobody' | 'revoked' | 'stopping';

/**
 * One connection over CHAT/1.1, whose peer may be somebody, then nobody, then somebody else. Every request is answered in
 * turn: messages may be on their way to the disk side by side, anything else waits for them.
 */
export class Conversation implements PeerConversation<Parcel | Malformed, Ending>, AccountListener {
  readonly peer: Peer;
  /** As whom the peer is logged in. */
  device: Device | undefined;
  /** Files, for those who have come to them: most never do. */
  #uploads: Uploads | undefined;
  #downloads: Downloads | undefined;
  readonly #reader: ParcelReader;
  /** What let the peer into an account. */
  grant: Grant | undefined;
  /** Decided from outside, while the peer is waited for. */
  #ending: Ending | undefined;
  /** When somebody has to be logged in, by the monotonic clock. */
  #loginDueMs: number;
  /** Runs while the peer is waited for. */
  #timer: Timer | undefined;

  constructor(session: Session, firstLine: string) {
    const { limits, clock } = session.context;
    this.peer = new Peer(session, session.context.frameJoiner);
    this.#reader = new ParcelReader(
      session.input,
      requestSide,
      limitsBeforeLogin(limits),
      encodeUtf8(firstLine),
    );
    this.#loginDueMs = clock.monotonicMs() + limits.loginMs;
  }

  get session(): Session {
    return this.peer.session;
  }

  get uploads(): Uploads {
    this.#uploads ??= new Uploads(this);
    return this.#uploads;
  }

  get downloads(): Downloads {
    this.#downloads ??= new Downloads(this);
    return this.#downloads;
  }

  take(): Parcel | Malformed | undefined {
    return this.#reader.take();
  }

  /** Waits for bytes, as long as the peer may be silent, or a stranger. */
  more(): Promise<boolean> {
    const { context, input } = this.session;
    const { clock, limits } = context;
    const toLoginMs =
      this.device === undefined ? this.#loginDueMs - clock.monotonicMs() : Number.POSITIVE_INFINITY;
    const ending = toLoginMs < limits.silenceMs ? 'nobody' : 'silent';
    this.#timer?.cancel();
    this.#timer = clock.after(Math.max(0, Math.min(limits.silenceMs, toLoginMs)), () => this.#end(ending));
    return input.more();
  }

  handle(parcel: Parcel | Malformed): Handled<Ending> {
    this.#timer?.cancel();
    if (this.#ending !== undefined) return this.#ending;
    const request = parcel instanceof Malformed ? parcel : parseRequest(parcel);
    return request instanceof Malformed ? this.#refuseMalformed(request) : this.#obey(request);
  }

  settle(ending: Ending): Promise<Ending> {
    this.#timer?.cancel();
    return this.peer.settle(this.#ending ?? ending);
  }

  onOver(ending: Ending): void {
    this.#timer?.cancel();
    // Of these nobody said that the user was to leave.
    this.#leave(ending === 'gone' || ending === 'silent');
  }

  goodbye(ending: Ending): Promise<void> {
    return this.session.leave(farewellOf(ending));
  }

  /** `user` is here from now on, by `grant` if an account is. Takes over one hold. */
  enter(user: ChatUser, grant: Grant | undefined): Device {
    this.device = new Device(this.peer, user, chat11Encoder);
    this.#setGrant(grant);
    this.device.accountListener = this;
    this.#reader.limit(limitsAfterLogin);
    this.session.logger.info({ user: user.name, as: user.isAccount ? 'account' : 'guest' }, 'logged in');
    return this.device;
  }

  /** A guest's token lets nobody into the account, but leaves those here whom it let in: until the password changes. */
  onAccount(name: string): void {
    this.#setGrant(new Grant(this.session.context.accounts, name));
  }

  /** Nobody is here any more. */
  leave(): void {
    const { clock, limits } = this.session.context;
    this.#leave(false);
    this.#reader.limit(limitsBeforeLogin(limits));
    this.#loginDueMs = clock.monotonicMs() + limits.loginMs;
  }

  answer(response: Response): undefined {
    this.peer.outbox.reply(formatResponse(response));
  }

  refuse(code: FailureCode, reason?: string): undefined {
    return this.refuseWith(failure(code, reason));
  }

  /** `seconds` until it may be tried again. */
  refuseUntil(seconds: number, reason?: string): undefined {
    return this.refuseWith(slowDown(seconds, reason));
  }

  refuseWith(refused: Failure): undefined {
    this.peer.outbox.reply(formatFailure(refused));
  }

  /** Answers `request` itself, whichever it is. */
  refuseRequest(request: Request, refused: Failure): undefined {
    if (request.kind === 'data') return this.uploads.refuseData(refused, request.upload);
    return this.refuseWith(refused);
  }

  /** An event that was asked for. */
  tell(event: Uint8Array): void {
    this.peer.outbox.reply(event);
  }

  /** Tells which of the positions behind `after`, up to `through`, are no longer kept. */
  tellGap(after: number, through: number): void {
    const to = Math.min(through, this.session.context.log.prunedThrough);
    if (to > after) this.tell(formatEvent({ kind: 'gap', from: after + 1, to }));
  }

  /**
   * What was said behind `since` comes next, then what is live. A position of another epoch means nothing, nor does one
   * that this log has not reached: it was taken back to an earlier state.
   */
  resume(since: number, epoch: string | undefined): void {
    const { log, hub } = this.session.context;
    if (epoch !== log.epoch || since > hub.position) {
      this.tell(formatEvent({ kind: 'reset', epoch: log.epoch }));
      return;
    }
    const { peer } = this;
    peer.missed = 0;
    peer.outbox.resume(since, () =>
      formatEvent({ kind: 'caught-up', matched: peer.missed, of: hub.position - since }),
    );
  }

  async #refuseMalformed(malformed: Malformed): Promise<Ending | undefined> {
    await this.peer.allPosted();
    const refused = failureOf(malformed);
    if (refused.request === 'DATA') this.uploads.refuseData(refused, refused.upload);
    else this.refuseWith(refused);
    return malformed.isFatal ? 'broken' : undefined;
  }

  #obey(request: Request): Handled<Ending> {
    const handled = obey(this, request);
    return handled instanceof Promise ? handled.catch((error) => this.#answerError(request, error)) : handled;
  }

  #answerError(request: Request, error: unknown): undefined {
    if (error instanceof NotWrittenError) return this.refuse(error.reason === 'full' ? 507 : 503);
    this.session.logger.error(
      { request: request.kind, user: this.device?.name, err: error },
      'request failed',
    );
    return this.refuseRequest(request, failure(500));
  }

  #end(ending: Ending): void {
    this.#ending ??= ending;
    this.session.input.end();
  }

  /** What let the user in is no more: nothing of theirs is done from here on. */
  #expel(): void {
    const { connection, context } = this.session;
    this.#end('revoked');
    // A peer that takes nothing cannot be told, and must not stay for that.
    context.clock.after(context.limits.lingerMs, () => connection.destroy());
  }

  #setGrant(grant: Grant | undefined): void {
    this.grant = grant;
    grant?.whenRevoked(() => this.#expel());
  }

  #leave(broke: boolean): void {
    this.grant?.end();
    this.grant = undefined;
    this.#uploads?.letGo();
    this.#downloads?.stop();
    if (this.device === undefined) return;
    this.device.leave(broke);
    this.session.logger.info({ user: this.device.name }, 'logged out');
    this.device = undefined;
  }
}

const reasons: { readonly [ending in Ending]?: string } = {
  broken: 'The rest cannot be understood',
  silent: 'Nothing was heard for too long',
  nobody: 'Nobody logged in for too long',
  revoked: 'What let you in was revoked; log in again',
  stopping: 'The server goes away',
};

/** The last event of a conversation that ends so; undefined when the peer knows. */
export function farewellOf(ending: Ending): string | undefined {
  const reason = reasons[ending];
  if (reason === undefined) return undefined;
  const retry = ending === 'stopping' || ending === 'silent';
  return new TextDecoder().decode(formatEvent({ kind: 'disconnect', reason, retry }));
}
