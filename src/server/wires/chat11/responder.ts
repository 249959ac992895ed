import type { FailureCode } from '../../../protocol/chat11/codes.ts';
import {
  type Failure,
  failure,
  formatFailure,
  formatResponse,
  type Response,
  slowDown,
} from '../../../protocol/chat11/response.ts';
import type { Chat } from '../../chat/chat.ts';
import type { AudienceProblem } from '../../chat/files.ts';
import type { NotSent } from '../../chat/messages.ts';
import type { ConnectionSession } from '../../connection/connection-session.ts';
import type { Device } from '../../connection/device.ts';
import type { Peer, Peers } from '../../connection/peer.ts';
import type { UploadStore } from '../../files/upload-store.ts';
import type { UploadsUnderWay } from '../../files/uploads-under-way.ts';

/** What CHAT/1.1 needs of the server. */
export interface Chat11Services {
  readonly chat: Chat;
  readonly peers: Peers;
  /** Resumable uploads, which outlive their connection. */
  readonly uploadStore: UploadStore;
  readonly uploads: UploadsUnderWay;
}

/** Answers one peer, in CHAT/1.1. */
export class Responder {
  readonly peer: Peer;
  readonly services: Chat11Services;

  constructor(peer: Peer, services: Chat11Services) {
    this.peer = peer;
    this.services = services;
  }

  get session(): ConnectionSession {
    return this.peer.session;
  }

  get chat(): Chat {
    return this.services.chat;
  }

  answer(response: Response): undefined {
    this.peer.outbox.reply(formatResponse(response));
  }

  refuse(code: FailureCode, reason?: string): undefined {
    return this.refuseWith(failure(code, reason));
  }

  /** Refuses a request that may be tried again after so many seconds. */
  refuseUntil(seconds: number, reason?: string): undefined {
    return this.refuseWith(slowDown(seconds, reason));
  }

  refuseWith(refused: Failure): undefined {
    this.peer.outbox.reply(formatFailure(refused));
  }

  /** Sends an event that answers a request. */
  tell(event: Uint8Array): void {
    this.peer.outbox.reply(event);
  }
}

/** Returns the answer to a message or file that was not stored. `to`: its recipient, if it was for one user alone. */
export function notSent(device: Device, reason: NotSent | AudienceProblem, to: string | undefined): Failure {
  switch (reason) {
    case 'full':
      return failure(507);
    case 'closed':
      return failure(503);
    case 'busy':
      return failure(503, 'Too many messages wait for the disk; try again later');
    case 'too-fast':
      return slowDown(device.retryAfterMs() / 1000);
    case 'oneself':
      return failure(422, 'A private message goes to somebody else');
    case 'nobody':
    case 'not-online':
      return failure(404, `Nobody has the name ${to}`);
    case 'too-many-terms':
      return failure(413, `A file goes to at most ${device.peer.services.limits.followTerms} terms`);
  }
}
