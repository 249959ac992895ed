import { mixedTextOf, type Town, wordOf } from './mixed-town.ts';
import type { MixedWire } from './mixed-wires.ts';

/** What one text brings to whom; the arrays are in the order of the followers. */
export interface Expected {
  readonly followers: Uint32Array;
  readonly messages: Uint8Array;
  /** Without the digits of the text's position, which each message of CHAT/1.1 holds. */
  readonly bytes: Uint32Array;
}

/** Who gets what of each text: a plain loop over the texts and the followers. `from`: a name as long as each sender's. */
export function expectedOf({ follows, texts }: Town, wire: MixedWire, from: string): readonly Expected[] {
  const followed = follows.map((words) => new Set(words));
  return texts.map((words, n) => {
    const text = mixedTextOf(n, words);
    const followers: number[] = [];
    const messages: number[] = [];
    const bytes: number[] = [];
    for (const [follower, held] of followed.entries()) {
      const matched = words.filter((word) => held.has(word));
      if (matched.length === 0) continue;
      const delivery = wire.delivery(from, text, matched.map(wordOf));
      followers.push(follower);
      messages.push(delivery.messages);
      bytes.push(delivery.bytes);
    }
    return {
      followers: Uint32Array.from(followers),
      messages: Uint8Array.from(messages),
      bytes: Uint32Array.from(bytes),
    };
  });
}
