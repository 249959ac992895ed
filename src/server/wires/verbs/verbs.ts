import { wireLimits } from '../../../protocol/limits.ts';
import { isUserName } from '../../../protocol/names.ts';
import { encodeUtf8 } from '../../../protocol/text.ts';
import * as reply from '../../../protocol/verbs/reply.ts';
import { beginsWithVerb, parseRequest, type Request } from '../../../protocol/verbs/request.ts';
import type { Chat } from '../../chat/chat.ts';
import type { ConnectionSession, Operable, Protocol } from '../../connection/connection-session.ts';
import { Device } from '../../connection/device.ts';
import { encodeOnce } from '../../connection/encode-once.ts';
import { type Line, LineReader, lineOf, type TelnetAnswer } from '../../connection/line-reader.ts';
import type { Handled, Peer, PeerConversation, Peers } from '../../connection/peer.ts';
import { verbsEncoder } from './encoder.ts';

/** What verbs needs of the server. */
export interface VerbsServices {
  readonly chat: Chat;
  readonly peers: Peers;
}

/** Verbs takes a connection whose first line is a request. */
export function verbs(services: VerbsServices): Protocol {
  return {
    name: 'verbs',
    banned: reply.notLetIn,
    begin(firstLine) {
      if (!beginsWithVerb(firstLine)) return undefined;
      return (session) => {
        const conversation = new VerbsConversation(session, lineOf(firstLine), services);
        return conversation.peer.serve(conversation);
      };
    },
  };
}

const encodeUserList = encodeOnce((names: readonly string[]) => encodeUtf8(reply.userList(names)));

/** How a conversation ends: the client exits; it sends no more; the server shuts down. */
type Ending = 'exit' | 'gone' | 'stopping';

/**
 * One connection over verbs: users log in and out on it, one at a time. Every request gets one answer, in order:
 * messages are stored side by side, every other request waits until those before it are done.
 */
class VerbsConversation implements PeerConversation<Line | TelnetAnswer, Ending>, Operable {
  readonly hasNotices = false;
  readonly peer: Peer;
  readonly #chat: Chat;
  readonly #lines: LineReader;
  /** The line that chose the protocol, until it is taken. */
  #first: Line | undefined;
  /** The user who is logged in. */
  #device: Device | undefined;
  #isKicked = false;

  constructor(session: ConnectionSession, first: Line, { chat, peers }: VerbsServices) {
    this.peer = peers.create(session);
    this.#chat = chat;
    this.#lines = new LineReader(session.input, this.peer.services.limits.loginLineBytes);
    this.#first = first;
    session.operable = this;
  }

  take(): Line | TelnetAnswer | undefined {
    const line = this.#first ?? this.#lines.take();
    this.#first = undefined;
    return line;
  }

  /** Waits for bytes; without a login, for `strangerSilenceMs` at most. */
  async more(): Promise<boolean> {
    const { session, services } = this.peer;
    const { input } = session;
    if (this.#device !== undefined) return input.more();
    const timer = session.after(services.limits.strangerSilenceMs, () => input.end());
    const more = await input.more();
    timer.cancel();
    return more;
  }

  settle(ending: Ending): Promise<Ending> {
    return this.peer.settle(ending);
  }

  onOver(): void {
    this.#leaveHub();
  }

  /** The protocol has no word for a shutdown: the connection just ends. */
  goodbye(): Promise<void> {
    return this.peer.session.leave();
  }

  /** The protocol has no word for this either: the reason comes as an announcement does. */
  kick(why: string): void {
    this.announce(why);
    this.#isKicked = true;
    if (this.#device !== undefined) this.#device.isRevoked = true;
    this.peer.session.expel();
  }

  announce(text: string): void {
    this.peer.outbox.reply(encodeUtf8(reply.fromServer(text)));
  }

  handle(line: Line | TelnetAnswer): Handled<'exit'> {
    if (this.#isKicked) return 'exit';
    if ('telnet' in line) return void this.peer.outbox.reply(line.telnet);
    const request: Request = 'text' in line ? parseRequest(line.text) : { kind: 'malformed' };
    if (request.kind !== 'sendto') return this.#obey(request);
    if (this.#device === undefined) return this.#answerInOrder(reply.failure);
    return this.#post(this.#device, request.to, request.text);
  }

  async #obey(request: Exclude<Request, { kind: 'sendto' }>): Promise<'exit' | undefined> {
    await this.peer.allPosted();
    switch (request.kind) {
      case 'login':
        return this.#answer(await this.#logIn(request.name));
      case 'list':
        this.peer.outbox.reply(encodeUserList(await this.#chat.registry.online()));
        return undefined;
      case 'logout':
        return this.#logOut();
      case 'malformed':
        return this.#answer(reply.malformed);
      case 'exit':
        return 'exit';
    }
  }

  /** Logs in a guest, and resolves with the answer. Verbs has no passwords, so an account cannot log in here. */
  async #logIn(name: string): Promise<string> {
    if (this.#device !== undefined || !isUserName(name)) return reply.failure;
    const login = await this.#chat.logins.registerGuest(name);
    if (login.kind === 'not-let-in') return reply.notLetIn(login.why);
    if (login.kind !== 'in') return reply.failure;
    this.#device = new Device(this.peer, login.user, verbsEncoder);
    this.#lines.limit(wireLimits.lineBytes);
    this.peer.session.logger.info({ user: name }, 'logged in');
    return reply.ok;
  }

  async #logOut(): Promise<undefined> {
    if (this.#device === undefined) return this.#answer(reply.failure);
    this.#leaveHub();
    await this.peer.loggedOut();
    return this.#answer(reply.ok);
  }

  #leaveHub(): void {
    if (this.#device === undefined) return;
    this.#device.leave();
    this.#lines.limit(this.peer.services.limits.loginLineBytes);
    this.peer.session.logger.info({ user: this.#device.name }, 'logged out');
    this.#device = undefined;
  }

  #post(device: Device, to: string, text: string): Promise<undefined> | undefined {
    const outcome = {
      // The recipient may have left while the message was being stored.
      onSent: (reached: number) => this.#answer(reached > 0 ? reply.ok : reply.failure),
      onNotSent: () => this.#answer(reply.failure),
    };
    const options = { isHeldBack: true, isForOnlineOnly: true };
    return this.#chat.messages.send(device, { kind: 'private', to, text }, outcome, options);
  }

  async #answerInOrder(text: string): Promise<undefined> {
    await this.peer.allPosted();
    return this.#answer(text);
  }

  #answer(text: string): undefined {
    this.peer.outbox.reply(encodeUtf8(text));
  }
}
