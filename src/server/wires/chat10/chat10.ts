import * as reply from '../../../protocol/chat10/reply.ts';
import {
  isRawOpening,
  parseHeader,
  parseOpening,
  parseRawOpening,
  parseRequest,
  type Request,
} from '../../../protocol/chat10/request.ts';
import { parseTermList } from '../../../protocol/commands/term-list.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import { operatorName } from '../../../protocol/names.ts';
import { termProblem } from '../../../protocol/terms.ts';
import { quoteTerm } from '../../../protocol/text.ts';
import type { Chat } from '../../chat/chat.ts';
import type { LoggedIn } from '../../chat/logins.ts';
import type {
  ConnectionSession,
  Operable,
  Protocol,
  RawProtocol,
} from '../../connection/connection-session.ts';
import { type Line, LineReader, type TelnetAnswer } from '../../connection/line-reader.ts';
import type { Handled, Peer, PeerConversation, Peers } from '../../connection/peer.ts';
import { runCommand } from './commands.ts';
import { Chat10Device } from './device.ts';
import type { Chat10Encoders } from './encoders.ts';
import { type Header, HeaderBlock, type HeaderLine } from './header-block.ts';
import { type Chat10Refusal, logIn, refusalOf } from './log-in.ts';
import { RawLines } from './raw-lines.ts';
import { type UploadServices, Uploads } from './uploads.ts';

/** What CHAT/1.0 needs of the server. */
export interface Chat10Services extends UploadServices {
  readonly chat: Chat;
  readonly peers: Peers;
  readonly encoders: Chat10Encoders;
}

/** CHAT/1.0 takes a connection whose first line is `REGISTER NAME CHAT/1.0`. */
export function chat10(services: Chat10Services): Protocol {
  return {
    name: 'CHAT/1.0',
    banned: reply.notLetIn,
    begin(firstLine) {
      const opening = parseOpening(firstLine);
      return opening.kind === 'register' ? (session) => serve(session, opening.name, services) : undefined;
    },
  };
}

/** CHAT/1.0 of clients that never send line ends: each of their reads and writes is one message. */
export function rawChat10(services: Chat10Services): RawProtocol {
  return {
    name: 'CHAT/1.0 without line ends',
    banned: reply.notLetIn,
    isOpening: isRawOpening,
    begin(firstRead) {
      const opening = parseRawOpening(firstRead);
      return opening.kind === 'register' ? (session) => serveRaw(session, opening.name, services) : undefined;
    },
  };
}

/** Log in, serve, leave. Not `async`: that would keep a suspended call in memory for each idle client. */
function serve(session: ConnectionSession, name: string, services: Chat10Services): Promise<void> {
  const { logins } = services.chat;
  const peer = services.peers.create(session);
  if (!logins.isAccount(name)) return serveGuest(peer, name, 'lines', services);
  return logIn(peer, name, logins).then((login) => {
    return begin(peer, login, login.kind === 'in' ? login.headers : 'lines', services);
  });
}

/** These clients know no header block, in which a password would be. */
function serveRaw(session: ConnectionSession, name: string, services: Chat10Services): Promise<void> {
  const peer = services.peers.create(session);
  const { logins } = services.chat;
  if (logins.isAccount(name)) {
    logins.outcomes.add('no-password');
    return begin(peer, { kind: 'no-password' }, 'raw', services);
  }
  return serveGuest(peer, name, 'raw', services);
}

function serveGuest(peer: Peer, name: string, what: Begun, services: Chat10Services): Promise<void> {
  return services.chat.logins.registerGuest(name).then((login) => {
    if (login.kind === 'taken')
      peer.session.logger.info({ user: name, reason: 'name taken' }, 'registration refused');
    return begin(peer, login, what, services);
  });
}

/** What comes after the login: lines, reads of a client without line ends, or lines after these headers. */
type Begun = 'lines' | 'raw' | readonly Header[];

function begin(
  peer: Peer,
  login: LoggedIn | Chat10Refusal,
  begun: Begun,
  services: Chat10Services,
): Promise<void> {
  const { session } = peer;
  if (login.kind !== 'in') return session.refuse(refusalOf(login));
  const { grant } = login;
  if (session.isStopping || grant?.isRevoked === true) {
    services.chat.logins.cancel(login);
    return session.refuse(session.isStopping ? reply.serverDisconnect : reply.wrongPassword);
  }
  const conversation = converse(peer, login, begun, services);
  return grant === undefined ? conversation : conversation.finally(() => grant.end());
}

function converse(peer: Peer, login: LoggedIn, begun: Begun, services: Chat10Services): Promise<void> {
  const { session } = peer;
  session.farewell = reply.serverDisconnect;
  const device = new Chat10Device(peer, login, services.encoders, services.chat.messages);
  const as = login.grant === undefined ? 'guest' : 'account';
  session.logger.info({ user: device.name, as }, 'registered');
  device.reply(reply.registrationSuccessful);
  const conversation = new Chat10Conversation(device, services, begun);
  session.operable = conversation;
  login.grant?.whenRevoked(() => conversation.expel());
  return peer.serve(conversation);
}

/** Maximum terms of a header that an error names. */
const termsNamed = 10;
/** A header has room for tens of thousands of terms: the server reads at most this multiple of the limit. */
const termsReadFactor = 5;

/**
 * How a conversation ends: the client sent `DISCONNECT`; it sends no more; it sent `!exit`; the server shuts down; an
 * upload broke the framing; the password was revoked.
 */
type Ending = 'disconnected' | 'gone' | 'exit' | 'stopping' | 'broken' | 'revoked';

type Item = Header | Line | TelnetAnswer;

class Chat10Conversation implements PeerConversation<Item, Ending>, Operable {
  readonly hasNotices = false;
  readonly #device: Chat10Device;
  readonly #uploads: Uploads;
  readonly #chat: Chat;
  readonly #lines: LineReader | RawLines;
  readonly #headers = new HeaderBlock();
  /** Headers that the login has read already, and that are not handled yet. */
  readonly #found: Header[] | undefined;

  constructor(device: Chat10Device, services: Chat10Services, begun: Begun) {
    this.#device = device;
    this.#chat = services.chat;
    const { input } = device.session;
    this.#lines =
      begun === 'raw'
        ? new RawLines(input, wireLimits.lineBytes)
        : new LineReader(input, wireLimits.lineBytes);
    this.#uploads = new Uploads(device, services);
    if (begun === 'lines') return;
    this.#headers.skip();
    if (begun === 'raw') return;
    this.#found = [...begun];
    device.takesFiles();
  }

  take(): Item | undefined {
    return this.#found?.shift() ?? this.#lines.take();
  }

  more(): Promise<boolean> {
    return this.#device.session.input.more();
  }

  handle(item: Item): Handled<Ending> {
    if (this.#device.isRevoked) return 'revoked';
    if ('telnet' in item) return void this.#device.outbox.reply(item.telnet);
    if ('kind' in item) return this.#takeHeader(item);
    return 'text' in item ? this.#obeyLine(item.text) : this.#device.replyError(item.problem);
  }

  async settle(ending: Ending): Promise<Ending> {
    if (ending === 'disconnected') return ending;
    return this.#device.peer.settle(this.#device.isRevoked ? 'revoked' : ending);
  }

  onOver(ending: Ending): void {
    this.#uploads.cancel();
    this.#device.leave();
    this.#device.session.logger.info({ user: this.#device.name, ending }, 'left');
  }

  goodbye(ending: Ending): Promise<void> {
    const { session } = this.#device;
    if (ending === 'disconnected') return session.drop();
    return session.leave(ending === 'gone' ? undefined : reply.serverDisconnect);
  }

  kick(why: string): void {
    this.#device.replyError(why);
    this.expel();
  }

  announce(text: string): void {
    this.#device.reply(reply.chatLine(operatorName, text));
  }

  /** The password was revoked, or the operator kicks the user: no further request is handled. */
  expel(): void {
    this.#device.isRevoked = true;
    this.#device.session.expel();
  }

  /** Handles one line; returns how it ends the conversation. */
  #obeyLine(line: string): Handled<Ending> {
    if (!this.#headers.isOver) {
      const header = this.#headers.take(line);
      if (header.kind !== 'none') return this.#takeHeader(header);
    }
    if (this.#uploads.mayCome) {
      const header = parseHeader(line);
      const isLength = header?.name === 'content-length' && this.#uploads.isLength(header.value);
      if (isLength) return this.#uploads.receive(header.value);
    } else if (line.includes('!attach')) this.#uploads.mayCome = true;
    return this.#obey(parseRequest(line, this.#device.name, this.#device.peer.services.limits));
  }

  #obey(request: Request): Handled<Ending> {
    switch (request.kind) {
      case 'nothing':
        return undefined;
      case 'disconnect':
        return 'disconnected';
      case 'register':
        return this.#device.reply(reply.alreadyRegistered);
      case 'text':
        return this.#device.say({ kind: 'text', text: request.text });
      case 'invalid':
        return this.#device.replyError(request.problem);
      default:
        return runCommand({ device: this.#device, uploads: this.#uploads, chat: this.#chat }, request);
    }
  }

  /** Handles a line of the header block after REGISTER, which also marks a client that can take files (asn3). */
  #takeHeader(header: Exclude<HeaderLine, { kind: 'none' }>): Promise<undefined> | undefined {
    this.#device.takesFiles();
    if (header.kind === 'too-long') {
      const most = wireLimits.registerBlockBytes;
      return this.#device.replyError(`The header block has at most ${most} bytes; this was passed over`);
    }
    if (header.kind !== 'header' || header.name !== 'follow') return undefined;
    return this.#beginFollowing(parseTermList(header.value));
  }

  async #beginFollowing(listed: readonly string[]): Promise<undefined> {
    const termsRead = termsReadFactor * this.#device.peer.services.limits.followTerms;
    const usable: string[] = [];
    const refused: { readonly term: string; readonly problem: string }[] = [];
    for (const term of listed.slice(0, termsRead)) {
      const problem = termProblem(term);
      if (problem === undefined) usable.push(term);
      else refused.push({ term, problem });
    }
    for (const { term, problem } of refused.slice(0, termsNamed))
      this.#device.replyError(`Cannot follow ${quoteTerm(term)}: ${problem}`);
    if (refused.length > termsNamed)
      this.#device.replyError(`Cannot follow ${refused.length - termsNamed} more terms`);
    const begun = await this.#device.kept(() => this.#device.user.begin(usable));
    const left = [...(begun ?? []), ...listed.slice(termsRead)];
    if (begun === undefined || left.length === 0) return undefined;
    const more = left.length > termsNamed ? ` and ${left.length - termsNamed} more` : '';
    const named = left.slice(0, termsNamed).map(quoteTerm).join(', ');
    this.#device.replyError(`Too many terms; these are not followed: ${named}${more}`);
    return undefined;
  }
}
