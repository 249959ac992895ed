import * as reply from '../../../protocol/chat10/reply.ts';
import {
  beginsHeaderBlock,
  parseHeader,
  parseOpening,
  parseRequest,
  parseTermList,
  type Request,
} from '../../../protocol/chat10/request.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import { encodeUtf8, isLongerThan } from '../../../protocol/text.ts';
import { termProblem } from '../../../protocol/words.ts';
import type { Line } from '../line-reader.ts';
import type { Handled } from '../peer.ts';
import type { Session } from '../session.ts';
import { runCommand } from './commands.ts';
import { Uploads } from './uploads.ts';
import { Chat10User } from './user.ts';

/** CHAT/1.0 from the `REGISTER` line on: register, serve, leave. */
export async function serveChat10(session: Session, firstLine: string): Promise<void> {
  const opening = parseOpening(firstLine);
  if (opening.kind === 'invalid') return session.refuse(reply.invalidRegistration);
  const { name } = opening;
  const user = Chat10User.join(session, name);
  if (user === undefined) return session.refuse(reply.alreadyRegistered);
  session.farewell = reply.serverDisconnect;
  session.logger.info({ user: name }, 'registered');
  let ending: Ending = 'gone';
  try {
    user.reply(reply.registrationSuccessful);
    ending = await new Chat10Conversation(session, user).run();
  } finally {
    user.leave();
    session.logger.info({ user: name, ending }, 'left');
  }
  if (ending === 'disconnected') await session.drop();
  else if (ending === 'gone') await session.leave();
  else await session.leave(reply.serverDisconnect);
}

/**
 * How a conversation ends: the client said `DISCONNECT`; it is gone, or sends no more; it asked with `!exit`; the
 * server goes away; its bytes cannot be understood any more.
 */
type Ending = 'disconnected' | 'gone' | 'exit' | 'stopping' | 'broken';

class Chat10Conversation {
  readonly #user: Chat10User;
  readonly #uploads: Uploads;
  /** Right after REGISTER an empty line or a header block marks a client that can take files (asn3). */
  #phase: 'registered' | 'headers' | 'chat' = 'registered';
  #headerBytes = 0;

  constructor(session: Session, user: Chat10User) {
    this.#user = user;
    this.#uploads = new Uploads(session, user);
  }

  async run(): Promise<Ending> {
    try {
      const { peer } = this.#user;
      const ending = await peer.serve((line) => this.#take(line));
      return ending === 'disconnected' ? ending : await peer.settle(ending);
    } finally {
      this.#uploads.cancel();
    }
  }

  #take(line: Line): Handled<Ending> {
    return 'text' in line ? this.#handle(line.text) : this.#user.replyError(line.problem);
  }

  /** Does what one line asks for; tells when it ends the conversation. */
  #handle(line: string): Handled<Ending> {
    if (this.#phase !== 'chat' && this.#isHeader(line)) return undefined;
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

  /** Whether `line` belongs to the block that may follow REGISTER; does what it asks for. */
  #isHeader(line: string): boolean {
    if (this.#phase === 'registered') {
      this.#phase = line === '' || beginsHeaderBlock(line) ? 'headers' : 'chat';
      if (this.#phase === 'chat') return false;
      this.#user.takesFiles();
    }
    const header = parseHeader(line);
    if (header === undefined) {
      this.#phase = 'chat';
      return line === '';
    }
    this.#headerBytes += encodeUtf8(line).length;
    if (this.#headerBytes > wireLimits.registerBlockBytes) {
      this.#user.replyError(
        `The header block has at most ${wireLimits.registerBlockBytes} bytes; this was passed over`,
      );
    } else if (header.name === 'follow') this.#beginFollowing(parseTermList(header.value));
    return true;
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
