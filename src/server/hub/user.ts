import type { Follows } from '../follow/follows.ts';
import type { Entry } from '../messages/entry.ts';
import type { Frame, FrameBatch } from '../outbox/frame.ts';

/** Somebody who is registered, as the hub sees them. */
export interface User {
  readonly name: string;
  readonly follows: Follows<User>;
  /** The connections they are online with; none while only their place is kept. */
  readonly devices: readonly Device[];
}

/** One connection of a user. */
export interface Device {
  /** May change while the session learns what its client can take. */
  readonly encoder: EventEncoder;
  readonly outbox: {
    deliver(run: FrameBatch): void;
    flush(): void;
  };
  /** What was done for this device threw: it is told no more, and its connection ends. */
  fail(): void;
}

/** How entries look to one kind of reader. One object a kind: readers that share it share its frames. */
export interface EventEncoder {
  /** Whether a user's own messages come to this device, when another one of theirs sent them. */
  readonly hearsOwn: boolean;
  /**
   * What is particular about the frame that `reader` gets of `entry`: the same text for all who get the same bytes.
   * `met`: those of its keys that somebody but its sender holds, when they are known.
   */
  variant(reader: User, entry: Entry, met?: ReadonlySet<string>): string;
  /** Begins one entry: the result gives its frame for each variant. */
  encode(entry: Entry): FrameEncoder;
  /** What is sent in place of an entry that the encoder cannot show; where this is missing, nothing is. */
  placeholder?(entry: Entry): Frame;
  /** Says that the entries from `from` to `to` are no longer kept; missing where the protocol has no words for it. */
  gap?(from: number, to: number): Frame;
}

export type FrameEncoder = (variant: string) => Frame;

/** The encoder of a protocol that shows an entry to all its readers alike, and nobody their own. */
export interface SharedEncoder extends EventEncoder {
  encode(entry: Entry): () => Frame;
}

export function sameForAll(encode: (entry: Entry) => Frame): SharedEncoder {
  return {
    hearsOwn: false,
    variant: () => '',
    encode: (entry) => () => encode(entry),
  };
}
