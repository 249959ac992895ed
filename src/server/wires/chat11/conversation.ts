import { formatEvent } from '../../../protocol/chat11/event.ts';
import type { Request } from '../../../protocol/chat11/request.ts';
import type { Failure } from '../../../protocol/chat11/response.ts';
import type { LoggedIn } from '../../chat/logins.ts';
import { type AccountListener, Device } from '../../connection/device.ts';
import type { Peer } from '../../connection/peer.ts';
import type { Grant } from '../../users/grant.ts';
import { Downloads } from './downloads.ts';
import { chat11Encoder } from './encoder.ts';
import { type Chat11Services, Responder } from './responder.ts';
import { Uploads } from './uploads.ts';

/**
 * Why a conversation ends: the client disconnected; it sends no more; it broke the framing; it was silent for too long;
 * nobody logged in; the grant was revoked; the operator ended it; the server shuts down.
 */
export type Ending =
  | ('disconnected' | 'gone' | 'broken' | 'silent' | 'nobody' | 'revoked' | 'stopping')
  | { readonly kicked: string };

/** What ends a conversation from outside of it. */
export interface ConversationHost {
  /** The grant was revoked: no further request is handled. */
  expel(): void;
}

/** Who is logged in on a connection over CHAT/1.1, one user at a time, and the files under way on it. */
export class Conversation extends Responder implements AccountListener {
  device: Device | undefined;
  grant: Grant | undefined;
  /** When somebody must be logged in, by the monotonic clock. */
  loginDueMs = 0;
  readonly #host: ConversationHost;
  /** Created at first use: most connections transfer no files. */
  #uploads: Uploads | undefined;
  #downloads: Downloads | undefined;

  constructor(peer: Peer, services: Chat11Services, host: ConversationHost) {
    super(peer, services);
    this.#host = host;
    this.#awaitLogin();
  }

  get uploads(): Uploads {
    this.#uploads ??= new Uploads(this);
    return this.#uploads;
  }

  get downloads(): Downloads {
    this.#downloads ??= new Downloads(this);
    return this.#downloads;
  }

  /** Brings the user online. */
  enter({ user, grant }: LoggedIn): void {
    this.device = new Device(this.peer, user, chat11Encoder);
    this.device.accountListener = this;
    this.#setGrant(grant);
    // It may have become an account in the tick between the login and this.
    if (grant === undefined && user.isAccount) this.onAccount();
    this.session.logger.info({ user: user.name, as: user.isAccount ? 'account' : 'guest' }, 'logged in');
  }

  onAccount(): void {
    if (this.device !== undefined) this.#setGrant(this.chat.logins.grantAfterClaim(this.device.name));
  }

  /** Logs the user out; the connection stays open. `broke`: the user did not log out. */
  leave(broke = false): void {
    this.grant?.end();
    this.grant = undefined;
    this.#uploads?.letGo();
    this.#downloads?.stop();
    this.#awaitLogin();
    if (this.device === undefined) return;
    this.device.leave(broke);
    this.session.logger.info({ user: this.device.name }, 'logged out');
    this.device = undefined;
  }

  /** Refuses `request` in the form that its kind requires. */
  refuseRequest(request: Request, refused: Failure): undefined {
    if (request.kind === 'data') return this.uploads.refuseData(refused, request.upload);
    return this.refuseWith(refused);
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
    this.peer.resume(since, (matched) =>
      formatEvent({ kind: 'caught-up', matched, of: hub.position - since }),
    );
  }

  #awaitLogin(): void {
    const { clock, limits } = this.peer.services;
    this.loginDueMs = clock.monotonicMs() + limits.loginMs;
  }

  #setGrant(grant: Grant | undefined): void {
    this.grant = grant;
    grant?.whenRevoked(() => this.#host.expel());
  }
}
