import * as reply from '../../../protocol/chat10/reply.ts';
import { parseHeader, parseRequest, parseTermList, type Request } from '../../../protocol/chat10/request.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import { isLongerThan, quoteTerm } from '../../../protocol/text.ts';
import { termProblem } from '../../../protocol/words.ts';
import { type Line, LineReader } from '../../connection/line-reader.ts';
import type { Handled, PeerConversation } from '../../connection/peer.ts';
import type { Session } from '../../connection/session.ts';
import type { ChatUser } from '../../users/chat-user.ts';
import { runCommand } from './commands.ts';
import { Chat10Device } from './device.ts';
import { type Header, HeaderBlock, type HeaderLine } from './header-block.ts';
import { type Login, logIn } from './log-in.ts';
import { Uploads } from './uploads.ts';

/** CHAT/1.0 behind the `REGISTER` of `name`: log in if the name has an account, register, serve, leave. */
export function serveChat10(session: Session, name: string): Promise<void> {
  const { accounts, users } = session.context;
  // A guest's registration is one turn, so nobody makes an account of the name in between.
  return accounts.isAccount(name)
    ? serveAccount(session, name)
    : serveUser(session, users.registerGuest(name));
}

async function serveAccount(session: Session, name: string): Promise<void> {
  const login = await logIn(session, name);
  if (login.kind === 'refused') return session.refuse(login.text);
  try {
    await serveUser(session, await session.context.users.account(name), login);
  } finally {
    login.grant.end();
  }
}

/** `user`, who is held, if the name could be had. */
function serveUser(session: Session, user: ChatUser | undefined, login?: In): Promise<void> {
  if (user === undefined) return session.refuse(reply.alreadyRegistered);
  if (login?.grant.isRevoked === true || session.isStopping) {
    session.context.users.release(user);
    return session.refuse(session.isStopping ? reply.serverDisconnect : reply.wrongPassword);
  }
  session.farewell = reply.serverDisconnect;
  const device = Chat10Device.join(session, user);
  session.logger.info({ user: user.name, as: login === undefined ? 'guest' : 'account' }, 'registered');
  device.reply(reply.registrationSuccessful);
  const conversation = new Chat10Conversation(device, login?.headers);
  login?.grant.whenRevoked(() => conversation.expel());
  return device.peer.serve(conversation);
}

/** How many terms of a header an error names. */
const termsNamed = 10;
/** A header has room for tens of thousands: of them so many times what may be followed are looked at. */
const termsReadFactor = 5;

type In = Login & { readonly kind: 'in' };

/**
 * How a conversation ends: the client said `DISCONNECT`; it is gone, or sends no more; it asked with `!exit`; the
 * server goes away; its bytes cannot be understood any more; the password that let it in is no more.
 */
type Ending = 'disconnected' | 'gone' | 'exit' | 'stopping' | 'broken' | 'revoked';

class Chat10Conversation implements PeerConversation<Header | Line, Ending> {
  readonly #device: Chat10Device;
  readonly #uploads: Uploads;
  readonly #lines: LineReader;
  readonly #headers = new HeaderBlock();
  /** What a login found in the header block, until it is taken. */
  readonly #found: Header[] | undefined;

  /** `found`: a login has taken the header block already. */
  constructor(device: Chat10Device, found?: readonly Header[]) {
    this.#device = device;
    this.#lines = new LineReader(device.session.input, wireLimits.lineBytes);
    this.#uploads = new Uploads(device.session, device);
    if (found === undefined) return;
    this.#found = [...found];
    this.#headers.skip();
    device.takesFiles();
  }

  take(): Header | Line | undefined {
    return this.#found?.shift() ?? this.#lines.take();
  }

  more(): Promise<boolean> {
    return this.#device.session.input.more();
  }

  handle(item: Header | Line): Handled<Ending> {
    if (this.#device.isRevoked) return 'revoked';
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

  /** What let the user in is no more: nothing of theirs is done from here on. */
  expel(): void {
    this.#device.isRevoked = true;
    const { connection, context, input } = this.#device.session;
    input.end();
    // A peer that takes nothing cannot be told, and must not stay for that.
    context.clock.after(context.limits.lingerMs, () => connection.destroy());
  }

  /** Does what one line asks for; tells when it ends the conversation. */
  #obeyLine(line: string): Handled<Ending> {
    if (!this.#headers.isOver) {
      const header = this.#headers.take(line);
      if (header.kind !== 'none') return this.#takeHeader(header);
    }
    if (this.#uploads.isAwaitingLength) {
      const header = parseHeader(line);
      if (header?.name === 'content-length') return this.#uploads.receive(header.value);
    }
    return this.#obey(parseRequest(line, this.#device.name));
  }

  #obey(request: Request): Handled<Ending> {
    switch (request.kind) {
      case 'nothing':
        return undefined;
      case 'disconnect':
        return 'disconnected';
      case 'text':
        return this.#say(request.text);
      case 'command':
        return runCommand(this.#device, this.#uploads, request.verb, request.rest);
    }
  }

  #say(text: string): Promise<undefined> | undefined {
    if (isLongerThan(text, wireLimits.textCharacters)) {
      this.#device.replyError(`A message has at most ${wireLimits.textCharacters} characters`);
      return undefined;
    }
    return this.#device.say({ kind: 'text', text });
  }

  /** Does what the block behind REGISTER asks for. It marks a client that can take files (asn3). */
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
    const termsRead = termsReadFactor * this.#device.session.context.limits.followTerms;
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
