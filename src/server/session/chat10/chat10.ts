import * as reply from '../../../protocol/chat10/reply.ts';
import {
  parseHeader,
  parseOpening,
  parseRequest,
  parseTermList,
  type Request,
} from '../../../protocol/chat10/request.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import { isLongerThan } from '../../../protocol/text.ts';
import { termProblem } from '../../../protocol/words.ts';
import type { Line } from '../line-reader.ts';
import type { Handled } from '../peer.ts';
import type { Session } from '../session.ts';
import { runCommand } from './commands.ts';
import { HeaderBlock } from './header-block.ts';
import { type Login, logIn } from './log-in.ts';
import { Uploads } from './uploads.ts';
import { Chat10User } from './user.ts';

/** CHAT/1.0 from the `REGISTER` line on: log in if the name has an account, register, serve, leave. */
export async function serveChat10(session: Session, firstLine: string): Promise<void> {
  const opening = parseOpening(firstLine);
  if (opening.kind === 'invalid') return session.refuse(reply.invalidRegistration);
  const { name } = opening;
  const { accounts } = session.context;
  // From here to `join` a guest's registration is one turn, so nobody makes an account of the name in between.
  const login = accounts.isAccount(name) ? await logIn(session, name) : undefined;
  if (login?.kind === 'refused') return session.refuse(login.text);
  const user = Chat10User.join(session, name);
  if (user === undefined) return session.refuse(reply.alreadyRegistered);
  session.farewell = reply.serverDisconnect;
  session.logger.info({ user: name, as: login === undefined ? 'guest' : 'account' }, 'registered');
  const conversation = new Chat10Conversation(session, user);
  const stopListening = accounts.onRevoked(name, ({ kind }) => {
    if (login !== undefined && kind === 'all') conversation.expel();
  });
  let ending: Ending = 'gone';
  try {
    user.reply(reply.registrationSuccessful);
    ending = await conversation.run(login);
  } finally {
    stopListening();
    user.leave();
    session.logger.info({ user: name, ending }, 'left');
  }
  if (ending === 'disconnected') await session.drop();
  else if (ending === 'gone') await session.leave();
  else await session.leave(reply.serverDisconnect);
}

/**
 * How a conversation ends: the client said `DISCONNECT`; it is gone, or sends no more; it asked with `!exit`; the
 * server goes away; its bytes cannot be understood any more; the password that let it in is no more.
 */
type Ending = 'disconnected' | 'gone' | 'exit' | 'stopping' | 'broken' | 'revoked';

class Chat10Conversation {
  readonly #user: Chat10User;
  readonly #uploads: Uploads;
  readonly #headers = new HeaderBlock();
  #isRevoked = false;

  constructor(session: Session, user: Chat10User) {
    this.#user = user;
    this.#uploads = new Uploads(session, user);
  }

  /** A `login` has taken the header block already. */
  async run(login: (Login & { kind: 'in' }) | undefined): Promise<Ending> {
    try {
      if (login !== undefined) this.#takeHeadersOf(login);
      const { peer } = this.#user;
      const ending = await peer.serve((line) => this.#take(line));
      if (ending === 'disconnected') return ending;
      return await peer.settle(this.#isRevoked ? 'revoked' : ending);
    } finally {
      this.#uploads.cancel();
    }
  }

  /** What let the user in is no more: nothing of theirs is done from here on. */
  expel(): void {
    this.#isRevoked = true;
    const { connection, context, input } = this.#user.session;
    input.end();
    // A peer that takes nothing cannot be told, and must not stay for that.
    context.clock.after(context.limits.lingerMs, () => connection.destroy());
  }

  #take(line: Line): Handled<Ending> {
    if (this.#isRevoked) return 'revoked';
    return 'text' in line ? this.#handle(line.text) : this.#user.replyError(line.problem);
  }

  /** Does what one line asks for; tells when it ends the conversation. */
  #handle(line: string): Handled<Ending> {
    if (!this.#headers.isOver && this.#isHeader(line)) return undefined;
    if (this.#uploads.isAwaitingLength) {
      const header = parseHeader(line);
      if (header?.name === 'content-length') return this.#uploads.receive(header.value);
    }
    return this.#obey(parseRequest(line, this.#user.name));
  }

  #obey(request: Request): Promise<undefined> | Ending | undefined {
    switch (request.kind) {
      case 'nothing':
        return undefined;
      case 'disconnect':
        return 'disconnected';
      case 'text':
        return this.#say(request.text);
      case 'command':
        if (request.verb === '!exit' && request.rest === '') return 'exit';
        return runCommand(this.#user, this.#uploads, request.verb, request.rest);
    }
  }

  #say(text: string): Promise<undefined> | undefined {
    if (isLongerThan(text, wireLimits.textCharacters)) {
      this.#user.replyError(`A message has at most ${wireLimits.textCharacters} characters`);
      return undefined;
    }
    return this.#user.say({ kind: 'text', text });
  }

  /**
   * Whether `line` belongs to the block that may follow REGISTER; does what it asks for. An empty line or a header
   * there marks a client that can take files (asn3).
   */
  #isHeader(line: string): boolean {
    const header = this.#headers.take(line);
    if (header.kind === 'none') return false;
    this.#user.takesFiles();
    if (header.kind === 'too-long') {
      const most = wireLimits.registerBlockBytes;
      this.#user.replyError(`The header block has at most ${most} bytes; this was passed over`);
    } else if (header.kind === 'header' && header.name === 'follow') {
      this.#beginFollowing(parseTermList(header.value));
    }
    return true;
  }

  #takeHeadersOf(login: Login & { kind: 'in' }): void {
    this.#headers.skip();
    this.#user.takesFiles();
    for (const terms of login.termLists) this.#beginFollowing(terms);
  }

  #beginFollowing(terms: readonly string[]): void {
    const usable: string[] = [];
    for (const term of terms) {
      const problem = termProblem(term);
      if (problem === undefined) usable.push(term);
      else this.#user.replyError(`Cannot follow ${term}: ${problem}`);
    }
    const left = this.#user.follows.begin(usable);
    if (left.length > 0) this.#user.replyError(`Too many terms; these are not followed: ${left.join(', ')}`);
  }
}
