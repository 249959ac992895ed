import type { Session } from '../session.ts';
import { Conversation, farewellOf } from './conversation.ts';

/** CHAT/1.1, from the first line on, which begins a request: serve, leave. */
export async function serveChat11(session: Session, firstLine: string): Promise<void> {
  session.farewell = farewellOf('stopping') ?? '';
  const ending = await new Conversation(session, firstLine).run();
  await session.leave(farewellOf(ending));
}
