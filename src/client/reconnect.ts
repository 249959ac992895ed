import type { Clock } from '../scheduling/clock.ts';
import { elapsed } from '../scheduling/elapsed.ts';
import type { BackOff } from './back-off.ts';
import type { ClientEvents } from './client.ts';

/** How a connection went, or the attempt to have one. */
export interface ConnectionResult {
  /** Why it is over, in words for people. */
  readonly why: string;
  /** Another attempt has no chance. */
  readonly isFinal: boolean;
  /** The server said goodbye. */
  readonly isFarewell?: boolean;
  /** For how long its user was let in; 0 when not at all. */
  readonly onlineMs: number;
  /** The server asked for so many seconds of peace. */
  readonly retryAfterS?: number | undefined;
}

export interface ReconnectOptions {
  readonly clock: Clock;
  readonly backOff: BackOff;
  /** One connection, from dialling to its end. Never rejects. */
  connect(): Promise<ConnectionResult>;
  onOffline(what: ClientEvents['offline']): void;
  /** Aborts when the user leaves. */
  readonly leaving: AbortSignal;
}

/**
 * Connects again whenever a connection ends, until one ends for good; `first` is the connection that is open already.
 * Resolves with the reason, or with undefined when the user left. Keeps the process alive, as a connection would.
 */
export async function reconnect(
  first: Promise<ConnectionResult>,
  options: ReconnectOptions,
): Promise<string | undefined> {
  const { clock, backOff, connect, onOffline, leaving } = options;
  // The clock's timers let a process end, which between two connections has nothing else to hold it.
  const alive = setInterval(() => {}, 2 ** 31 - 1);
  try {
    for (let result = await first; !leaving.aborted; result = await connect()) {
      if (result.isFinal) return result.why;
      const delayMs = backOff.nextMs(result.onlineMs, result.retryAfterS);
      onOffline({ why: result.why, retryInMs: delayMs, isFarewell: result.isFarewell ?? false });
      await elapsed(clock, delayMs, leaving);
      if (leaving.aborted) break;
    }
    return undefined;
  } finally {
    clearInterval(alive);
  }
}
