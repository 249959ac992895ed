import { wireLimits } from '../../../protocol/limits.ts';
import { isUserName } from '../../../protocol/names.ts';
import { encodeUtf8 } from '../../../protocol/text.ts';
import * as reply from '../../../protocol/verbs/reply.ts';
import { parseRequest, type Request } from '../../../protocol/verbs/request.ts';
import { Device } from '../../connection/device.ts';
import { type Line, LineReader, lineOf } from '../../connection/line-reader.ts';
import { type Handled, Peer, type PeerConversation } from '../../connection/peer.ts';
import type { Session } from '../../connection/session.ts';
import { verbsEncoder } from './encoder.ts';

/** Verbs, from the first line on, which is a request: serve, leave. */
export function serveVerbs(session: Session, firstLine: string): Promise<void> {
  const peer = new Peer(session);
  return peer.serve(new VerbsConversation(peer, lineOf(firstLine)));
}

/** How a conversation ends: the client said so; it sends no more; the server goes away. */
type Ending = 'exit' | 'gone' | 'stopping';

/**
 * A connection whose peer may be somebody, then nobody, then somebody else. Every request gets one answer, in the
 * order of the requests: messages may be on their way to the disk side by side, anything else waits for them.
 */
class VerbsConversation implements PeerConversation<Line, Ending> {
  readonly #peer: Peer;
  readonly #lines: LineReader;
  /** The line by which the protocol was chosen, until it is taken. */
  #first: Line | undefined;
  /** Who is logged in. */
  #device: Device | undefined;

  constructor(peer: Peer, first: Line) {
    this.#peer = peer;
    this.#lines = new LineReader(peer.session.input, peer.session.context.limits.loginLineBytes);
    this.#first = first;
  }

  take(): Line | undefined {
    const line = this.#first ?? this.#lines.take();
    this.#first = undefined;
    return line;
  }

  /** Waits for bytes; somebody who is not logged in may not be silent for ever. */
  async more(): Promise<boolean> {
    const { input, context } = this.#peer.session;
    if (this.#device !== undefined) return input.more();
    const timer = this.#peer.session.after(context.limits.strangerSilenceMs, () => input.end());
    const more = await input.more();
    timer.cancel();
    return more;
  }

  settle(ending: Ending): Promise<Ending> {
    return this.#peer.settle(ending);
  }

  onOver(): void {
    this.#leaveHub();
  }

  /** There are no words for the server's going away: the end of the connection says it. */
  goodbye(): Promise<void> {
    return this.#peer.session.leave();
  }

  handle(line: Line): Handled<'exit'> {
    const request: Request = 'text' in line ? parseRequest(line.text) : { kind: 'malformed' };
    if (request.kind !== 'sendto') return this.#obey(request);
    const isReachable =
      this.#device?.name !== request.to && this.#peer.session.context.hub.isOnline(request.to);
    if (this.#device === undefined || !isReachable) return this.#answerInTurn(reply.failure);
    return this.#post(this.#device, request.to, request.text);
  }

  async #obey(request: Exclude<Request, { kind: 'sendto' }>): Promise<'exit' | undefined> {
    await this.#peer.allPosted();
    switch (request.kind) {
      case 'login':
        return this.#answer(this.#logIn(request.name) ? reply.ok : reply.failure);
      case 'list':
        return this.#answer(reply.userList(this.#peer.session.context.hub.names()));
      case 'logout':
        return this.#logOut();
      case 'malformed':
        return this.#answer(reply.malformed);
      case 'exit':
        return 'exit';
    }
  }

  #logIn(name: string): boolean {
    const { context, logger } = this.#peer.session;
    if (this.#device !== undefined || !isUserName(name)) return false;
    // Verbs has no password to ask for, so the name of an account is taken here whether its owner is online or not.
    const user = context.users.registerGuest(name);
    if (user === undefined) return false;
    this.#device = new Device(this.#peer, user, verbsEncoder);
    this.#lines.limit(wireLimits.lineBytes);
    logger.info({ user: name }, 'logged in');
    return true;
  }

  async #logOut(): Promise<undefined> {
    if (this.#device === undefined) return this.#answer(reply.failure);
    this.#leaveHub();
    // What was said to them until now is theirs, and comes before the answer.
    await this.#peer.outbox.drained();
    return this.#answer(reply.ok);
  }

  #leaveHub(): void {
    if (this.#device === undefined) return;
    this.#device.leave();
    this.#lines.limit(this.#peer.session.context.limits.loginLineBytes);
    this.#peer.session.logger.info({ user: this.#device.name }, 'logged out');
    this.#device = undefined;
  }

  #post(device: Device, to: string, text: string): Promise<undefined> | undefined {
    return device.post(
      { kind: 'private', to, text },
      {
        // Whoever it was for may have left while it was on its way.
        onPosted: (reached) => this.#answer(reached > 0 ? reply.ok : reply.failure),
        onNotPosted: () => this.#answer(reply.failure),
      },
    );
  }

  async #answerInTurn(text: string): Promise<undefined> {
    await this.#peer.allPosted();
    return this.#answer(text);
  }

  #answer(text: string): undefined {
    this.#peer.outbox.reply(encodeUtf8(text));
  }
}
