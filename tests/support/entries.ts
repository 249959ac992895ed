import type { ChatMessage } from '../../src/client/client.ts';

/** A message as the client delivers it. */
export function messageFrom(from: string, what: Partial<ChatMessage> = {}): ChatMessage {
  return {
    kind: 'message',
    position: 1,
    from,
    to: undefined,
    timeMs: 0,
    matched: [],
    isReplay: false,
    isOwn: false,
    text: 'hello',
    ...what,
  };
}
