import { formatEvent } from '../../../protocol/chat11/event.ts';
import { Malformed, type Parcel, parseVerbLine } from '../../../protocol/chat11/parcel.ts';
import { limitsAfterLogin, limitsBeforeLogin, ParcelReader } from '../../../protocol/chat11/parcel-reader.ts';
import { parseRequest, type Request, requestSide } from '../../../protocol/chat11/request.ts';
import { failure, failureOf, formatFailure } from '../../../protocol/chat11/response.ts';
import { encodeUtf8 } from '../../../protocol/text.ts';
import type { Timer } from '../../../scheduling/clock.ts';
import { NotWrittenError } from '../../accounts/accounts.ts';
import type { Operable, Protocol } from '../../connection/connection-session.ts';
import type { Handled, Peer, PeerConversation } from '../../connection/peer.ts';
import { Conversation, type ConversationHost, type Ending } from './conversation.ts';
import { obey } from './requests.ts';
import type { Chat11Services } from './responder.ts';

/** CHAT/1.1 takes a connection whose first line is the start line of a request. */
export function chat11(services: Chat11Services): Protocol {
  return {
    name: 'CHAT/1.1',
    banned: (why) => asText(formatFailure(failure(423, why))) + goodbye(why, false),
    begin(firstLine) {
      if (parseVerbLine(firstLine) === undefined) return undefined;
      return (session) => {
        session.farewell = farewell;
        const peer = services.peers.create(session, true);
        return peer.serve(new Chat11(peer, firstLine, services));
      };
    },
  };
}

/**
 * One connection over CHAT/1.1. Requests are answered in order: messages are stored side by side, every other request
 * waits until those before it are done.
 */
class Chat11 implements PeerConversation<Parcel | Malformed, Ending>, ConversationHost, Operable {
  readonly hasNotices = true;
  readonly #peer: Peer;
  readonly #conversation: Conversation;
  readonly #reader: ParcelReader;
  #isStranger = true;
  /** Set by a timer or a revocation. */
  #ending: Ending | undefined;
  /** Runs while nothing is requested: ends a silent conversation. */
  #timer: Timer | undefined;

  constructor(peer: Peer, firstLine: string, services: Chat11Services) {
    this.#peer = peer;
    this.#conversation = new Conversation(peer, services, this);
    const limits = limitsBeforeLogin(peer.services.limits);
    peer.session.operable = this;
    this.#reader = new ParcelReader(peer.session.input, requestSide, limits, encodeUtf8(firstLine));
  }

  take(): Parcel | Malformed | undefined {
    // What a stranger sends is bounded more tightly, from the first line or the LOGOUT on.
    const isStranger = this.#conversation.device === undefined;
    if (isStranger !== this.#isStranger) {
      this.#isStranger = isStranger;
      this.#reader.limit(isStranger ? limitsBeforeLogin(this.#peer.services.limits) : limitsAfterLogin);
    }
    return this.#reader.take();
  }

  /** Waits for bytes, up to the time-outs for silence and for a login. */
  more(): Promise<boolean> {
    const { clock, limits } = this.#peer.services;
    const { device, loginDueMs } = this.#conversation;
    const toLoginMs = device === undefined ? loginDueMs - clock.monotonicMs() : Number.POSITIVE_INFINITY;
    const ending = toLoginMs < limits.silenceMs ? 'nobody' : 'silent';
    this.#timer?.cancel();
    this.#timer = clock.after(Math.max(0, Math.min(limits.silenceMs, toLoginMs)), () => this.#end(ending));
    return this.#peer.session.input.more();
  }

  handle(parcel: Parcel | Malformed): Handled<Ending> {
    this.#timer?.cancel();
    if (this.#ending !== undefined) return this.#ending;
    const request = parcel instanceof Malformed ? parcel : parseRequest(parcel);
    return request instanceof Malformed ? this.#refuseMalformed(request) : this.#obey(request);
  }

  settle(ending: Ending): Promise<Ending> {
    this.#timer?.cancel();
    return this.#peer.settle(this.#ending ?? ending);
  }

  onOver(ending: Ending): void {
    this.#timer?.cancel();
    // The user did not log out: the place of a guest is kept, while the server restarts too.
    this.#conversation.leave(ending === 'gone' || ending === 'silent' || ending === 'stopping');
  }

  goodbye(ending: Ending): Promise<void> {
    return this.#peer.session.leave(farewellOf(ending));
  }

  async #refuseMalformed(malformed: Malformed): Promise<Ending | undefined> {
    await this.#peer.allPosted();
    const refused = failureOf(malformed);
    if (refused.request === 'DATA') this.#conversation.uploads.refuseData(refused, refused.upload);
    else this.#conversation.refuseWith(refused);
    return malformed.isFatal ? 'broken' : undefined;
  }

  #obey(request: Request): Handled<Ending> {
    const handled = obey(this.#conversation, request);
    if (!(handled instanceof Promise)) return handled;
    return handled.catch((error: unknown) => this.#answerError(request, error));
  }

  #answerError(request: Request, error: unknown): undefined {
    const { device } = this.#conversation;
    if (error instanceof NotWrittenError)
      return this.#conversation.refuse(error.reason === 'full' ? 507 : 503);
    const about = { request: request.kind, user: device?.name, err: error };
    this.#peer.session.logger.error(about, 'request failed');
    return this.#conversation.refuseRequest(request, failure(500));
  }

  #end(ending: Ending): void {
    this.#ending ??= ending;
    this.#peer.session.input.end();
  }

  kick(why: string): void {
    this.#end({ kicked: why });
    this.#peer.session.expel();
  }

  announce(text: string): void {
    this.#conversation.tell(formatEvent({ kind: 'notice', text }));
  }

  expel(): void {
    this.#end('revoked');
    this.#peer.session.expel();
  }
}

const reasons: { readonly [ending in Exclude<Ending, object>]?: string } = {
  broken: 'The rest cannot be understood',
  silent: 'Nothing was heard for too long',
  nobody: 'Nobody logged in for too long',
  revoked: 'What let you in was revoked; log in again',
  stopping: 'The server goes away',
};

/** Returns the last event of a conversation that ends so; undefined when the peer ended it. */
export function farewellOf(ending: Ending): string | undefined {
  if (typeof ending === 'object') return goodbye(ending.kicked, false);
  const reason = reasons[ending];
  return reason === undefined ? undefined : goodbye(reason, ending === 'stopping' || ending === 'silent');
}

function goodbye(reason: string, retry: boolean): string {
  return asText(formatEvent({ kind: 'disconnect', reason, retry }));
}

function asText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const farewell = farewellOf('stopping') ?? '';
