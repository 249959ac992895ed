import type { Clock } from '../../scheduling/clock.ts';
import type { ChatAddress } from '../../transport/address.ts';

/** What `earshot join` was told, checked, and what it runs with. */
export interface Joining {
  readonly name: string;
  readonly address: ChatAddress;
  readonly follow: readonly string[];
  /** The folder where received files are saved. */
  readonly downloads: string;
  /** Lines a second that go out of a pipe after the first few; 0 is no limit. */
  readonly rate: number;
  readonly clock: Clock;
  /** Aborts when the user goes. */
  readonly leaving: AbortController;
}
