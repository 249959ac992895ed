import type { Session } from '../../connection/session.ts';
import { Conversation, farewellOf } from './conversation.ts';

const farewell = farewellOf('stopping') ?? '';

/** CHAT/1.1, from the first line on, which begins a request. */
export function serveChat11(session: Session, firstLine: string): Promise<void> {
  session.farewell = farewell;
  const conversation = new Conversation(session, firstLine);
  return conversation.peer.serve(conversation);
}
