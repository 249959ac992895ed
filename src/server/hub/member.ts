import type { Entry } from '../log/entry.ts';
import type { Frame } from '../outbox/frame.ts';

/** How entries look to one kind of reader. One object a kind: readers that share it share its frames. */
export interface WireForm {
  encode(entry: Entry): Frame;
}

/** Somebody who is online, as the hub sees them. */
export interface Member {
  readonly name: string;
  /** May change while the session learns what its client can take. */
  readonly form: WireForm;
  readonly outbox: {
    deliver(frame: Frame): void;
    flush(): void;
  };
}
