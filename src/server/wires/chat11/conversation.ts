import type { FailureCode } from '../../../protocol/chat11/codes.ts';
import { formatEvent } from '../../../protocol/chat11/event.ts';
import { Malformed, type Parcel, parseVerbLine } from '../../../protocol/chat11/parcel.ts';
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
import type { Chat } from '../../chat/chat.ts';
import type { LoggedIn } from '../../chat/logins.ts';
import type { ConnectionSession, Protocol } from '../../connection/connection-session.ts';
import { Device } from '../../connection/device.ts';
import type { Handled, Peer, PeerConversation, Peers } from '../../connection/peer.ts';
import type { UploadStore } from '../../files/upload-store.ts';
import type { UploadsUnderWay } from '../../files/uploads-under-way.ts';
import type { Grant } from '../../users/grant.ts';
import { Downloads } from './downloads.ts';
import { chat11Encoder } from './encoder.ts';
import { obey } from './requests.ts';
import { Uploads } from './uploads.ts';

/** What CHAT/1.1 needs of the server. */
export interface Chat11Services {
  readonly chat: Chat;
  readonly peers: Peers;
  /** Files on their way in that outlive their connection. */
  readonly uploadStore: UploadStore;
  readonly uploads: UploadsUnderWay;
}

/**
 * Why a conversation ends: the client disconnected; it sends no more; it broke the framing; it was silent for too long;
 * nobody logged in; the grant was revoked; the server shuts down.
 */
export type Ending = 'disconnected' | 'gone' | 'broken' | 'silent' | 'nobody' | 'revoked' | 'stopping';

/**
 * One connection over CHAT/1.1: users log in and out on it, one at a time. Requests are answered in order: messages are
 * stored side by side, every other request waits until those before it are done.
 */
export class Conversation implements PeerConversation<Parcel | Malformed, Ending> {
  readonly services: Chat11Services;
  readonly peer: Peer;
  /** Whoever is logged in. */
  device: Device | undefined;
  /** Created at first use: most connections transfer no files. */
  #uploads: Uploads | undefined;
  #downloads: Downloads | undefined;
  readonly #reader: ParcelReader;
  grant: Grant | undefined;
  /** Set by a timer or a revocation. */
  #ending: Ending | undefined;
  /** Deadline of the login, by the monotonic clock. */
  #loginDueMs: number;
  /** Runs while nothing is requested: ends a silent conversation. */
  #timer: Timer | undefined;

  constructor(session: ConnectionSession, firstLine: string, services: Chat11Services) {
    this.services = services;
    this.peer = services.peers.create(session, true);
    const { limits, clock } = this.peer.services;
    this.#reader = new ParcelReader(
      session.input,
      requestSide,
      limitsBeforeLogin(limits),
      encodeUtf8(firstLine),
    );
    this.#loginDueMs = clock.monotonicMs() + limits.loginMs;
  }

  get session(): ConnectionSession {
    return this.peer.session;
  }

  get chat(): Chat {
    return this.services.chat;
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

  /** Waits for bytes, until the silence or the time without a login is too long. */
  more(): Promise<boolean> {
    const { clock, limits } = this.peer.services;
    const toLoginMs =
      this.device === undefined ? this.#loginDueMs - clock.monotonicMs() : Number.POSITIVE_INFINITY;
    const ending = toLoginMs < limits.silenceMs ? 'nobody' : 'silent';
    this.#timer?.cancel();
    this.#timer = clock.after(Math.max(0, Math.min(limits.silenceMs, toLoginMs)), () => this.#end(ending));
    return this.session.input.more();
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
    // The user did not say that they leave: the place of a guest is kept.
    this.#leave(ending === 'gone' || ending === 'silent');
  }

  goodbye(ending: Ending): Promise<void> {
    return this.session.leave(farewellOf(ending));
  }

  /** The user is online from now on. */
  enter({ user, grant }: LoggedIn): void {
    const { logins } = this.chat;
    this.device = new Device(this.peer, user, chat11Encoder);
    this.#setGrant(grant ?? (user.isAccount ? logins.grantAfterClaim(user.name) : undefined));
    this.device.accountListener = () => this.#setGrant(logins.grantAfterClaim(user.name));
    this.#reader.limit(limitsAfterLogin);
    this.session.logger.info({ user: user.name, as: user.isAccount ? 'account' : 'guest' }, 'logged in');
  }

  /** Logs the user out; the connection stays. */
  leave(): void {
    const { clock, limits } = this.peer.services;
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

  /** It may be tried again after so many seconds. */
  refuseUntil(seconds: number, reason?: string): undefined {
    return this.refuseWith(slowDown(seconds, reason));
  }

  refuseWith(refused: Failure): undefined {
    this.peer.outbox.reply(formatFailure(refused));
  }

  /** Refuses `request` in the form that its kind wants. */
  refuseRequest(request: Request, refused: Failure): undefined {
    if (request.kind === 'data') return this.uploads.refuseData(refused, request.upload);
    return this.refuseWith(refused);
  }

  /** Sends an event that was asked for. */
  tell(event: Uint8Array): void {
    this.peer.outbox.reply(event);
  }

  /**
   * Catches up after the position `since`, then goes live. A position of another epoch is meaningless, and so is one
   * that this log has not reached: the log was restored to an earlier state.
   */
  resume(since: number, epoch: string | undefined): void {
    const { log, hub } = this.peer.services;
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

  /** The grant was revoked: no further request is handled. */
  #expel(): void {
    this.#end('revoked');
    this.session.expel();
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

/** The last event of a conversation that ends so; undefined when the peer ended it. */
export function farewellOf(ending: Ending): string | undefined {
  const reason = reasons[ending];
  if (reason === undefined) return undefined;
  const retry = ending === 'stopping' || ending === 'silent';
  return new TextDecoder().decode(formatEvent({ kind: 'disconnect', reason, retry }));
}

const farewell = farewellOf('stopping') ?? '';

/** CHAT/1.1 takes a connection whose first line is the start line of a request. */
export function chat11(services: Chat11Services): Protocol {
  return {
    name: 'CHAT/1.1',
    begin(firstLine) {
      if (parseVerbLine(firstLine) === undefined) return undefined;
      return (session) => {
        session.farewell = farewell;
        const conversation = new Conversation(session, firstLine, services);
        return conversation.peer.serve(conversation);
      };
    },
  };
}
