import type { Follows } from '../follow/follows.ts';
import type { Entry } from '../log/entry.ts';
import type { Frame } from '../outbox/frame.ts';

/** Somebody who is registered, as the hub sees them. */
export interface User {
  readonly name: string;
  readonly follows: Follows<User>;
  /** The connections they are online with; none while only their place is kept. */
  readonly devices: ReadonlySet<Device>;
}

/** One connection of a user. */
export interface Device {
  /** May change while the session learns what its client can take. */
  readonly form: WireForm;
  readonly outbox: {
    deliver(frame: Frame): void;
    flush(): void;
  };
}

/** How entries look to one kind of reader. One object a kind: readers that share it share its frames. */
export interface WireForm {
  /** Whether a user's own messages come to this device, when another one of theirs sent them. */
  readonly hearsOwn: boolean;
  /** Begins one entry: the result gives each of its readers their frame, and those who read the same share the bytes. */
  writer(entry: Entry): FrameWriter;
  /** Says that the entries from `from` to `to` are no longer kept; missing where the protocol has no words for it. */
  gap?(from: number, to: number): Frame;
}

export type FrameWriter = (reader: User) => Frame;

/** The form of a protocol that shows an entry to all its readers alike, and nobody their own. */
export interface SharedForm extends WireForm {
  writer(entry: Entry): () => Frame;
}

export function sameForAll(encode: (entry: Entry) => Frame): SharedForm {
  return {
    hearsOwn: false,
    writer(entry) {
      const frame = encode(entry);
      return () => frame;
    },
  };
}
