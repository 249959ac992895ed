import type { Follows } from '../follow/follows.ts';
import type { Entry } from '../messages/entry.ts';
import type { Frame, FrameBatch } from '../outbox/frame.ts';

/** A registered user, as the hub sees them. */
export interface User {
  readonly name: string;
  readonly follows: Follows<User>;
  /** The connections they are online with; none while only their place is kept. */
  readonly devices: readonly Device[];
}

/** One connection of a user. */
export interface Device {
  /** May change when the session learns what its client understands. */
  readonly encoder: EventEncoder;
  readonly outbox: {
    deliver(run: FrameBatch): void;
    flush(): void;
  };
  /** Serving this device threw: it gets nothing more, and its connection ends. */
  fail(): void;
}

/** Encodes entries for one kind of reader. Readers that share an encoder share its frames. */
export interface EventEncoder {
  /**
   * Whether this device gets the echo of what its user sends from another device. `FanOut` drops the sending device's own
   * echo; after a reconnect the client's inbox does.
   */
  readonly hearsOwn: boolean;
  /**
   * Returns the variant of `entry` that `reader` gets, as texts without TABs: readers with the same ones get the same
   * bytes. `met`: those of its keys that somebody other than its sender holds, when they are known.
   */
  variant(reader: User, entry: Entry, met?: ReadonlySet<string>): Variant;
  /**
   * Returns a whole number that is the same for readers who get the same variant of an entry of which they hold the keys
   * of `mask` (see `Holders`). 0, or missing: only `variant` tells. A `mask` of 0 tells nothing: `reader` sent the entry, or
   * it has too many keys.
   */
  variantId?(reader: User, keys: readonly string[], mask: number, position: number): number;
  /** Begins to encode one entry: the result returns its frame for each variant. */
  encode(entry: Entry): FrameEncoder;
  /** Returns what is sent in place of an entry that cannot be encoded; without it, nothing is sent. */
  placeholder?(entry: Entry): Frame;
  /** Returns a notice that the entries from `from` through `to` are pruned; missing where the protocol has none. */
  gap?(from: number, to: number): Frame;
}

export type Variant = readonly string[];
export type FrameEncoder = (variant: Variant) => Frame;

/** The encoder of a protocol that shows an entry to all its readers alike, and sends no echoes. */
export interface SharedEncoder extends EventEncoder {
  encode(entry: Entry): () => Frame;
}

export function sameForAll(encode: (entry: Entry) => Frame): SharedEncoder {
  return {
    hearsOwn: false,
    variant: () => [],
    variantId: () => 1,
    encode: (entry) => () => encode(entry),
  };
}
