import type { UdpCounts } from '../../transport/udp/counts.ts';
import type { OpenSessions } from '../connection/sessions.ts';
import type { FanOutCounts } from '../counts/fan-out-counts.ts';
import type { LogCounts } from '../counts/log-counts.ts';
import type { Tally } from '../counts/tally.ts';

/** Where the figures of a running server are: plain numbers that the parts count themselves. */
export interface Sources {
  readonly sessions: { summary(): OpenSessions; readonly ended: Tally; readonly refused: Tally };
  readonly logins: { readonly outcomes: Tally };
  readonly posts: { readonly refused: Tally };
  readonly hub: { readonly counts: FanOutCounts };
  readonly log: LogCounts;
  readonly outboxBudget: { readonly heldBytes: number };
  readonly inputs: { readonly heldBytes: number };
  readonly uploads: { readonly count: number };
  readonly registry: { online(): Promise<readonly string[]> };
  readonly fileStore: { freeBytes(): Promise<number> };
  /** Of all sockets over UDP. */
  readonly udp: { readonly counts: UdpCounts };
  readonly eventLoop: { readonly delay: EventLoopDelay };
}

/** How late the event loop was in the last whole minute; before the first one has passed, since the start. In seconds. */
export interface EventLoopDelay {
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}
