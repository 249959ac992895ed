import type { Clock } from '../scheduling/clock.ts';
import { elapsed } from '../scheduling/elapsed.ts';
import type { BackOff } from './back-off.ts';
import type { ClientEvents } from './client.ts';
import { keptAlive } from './kept-alive.ts';

/** How a connection, or the attempt to open one, ended. */
export interface ConnectionResult {
  /** The reason, for people. */
  readonly why: string;
  /** Reconnecting is pointless. */
  readonly isFinal: boolean;
  /** The server announced that it closes the connection. */
  readonly isFarewell?: boolean;
  /** How long the user was logged in; 0 when the login failed. */
  readonly onlineMs: number;
  /** Seconds that the server asked the client to wait. */
  readonly retryAfterS?: number | undefined;
}

/** The wait between two attempts, which `end` cuts short. */
export class Wait {
  #end = (): void => {};

  /** Ends the current wait, if there is one. */
  end(): void {
    this.#end();
  }

  /** Resolves after `ms`, at `end`, or when `signal` aborts. */
  async elapse(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    this.#end = () => ended.abort();
    await elapsed(clock, ms, AbortSignal.any([ended.signal, signal]));
    this.#end = () => {};
  }
}

export interface ReconnectOptions {
  readonly clock: Clock;
  readonly backOff: BackOff;
  readonly wait: Wait;
  /** Opens a connection, logs in, and resolves when the connection has ended. Never rejects. */
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
  const { clock, backOff, wait, connect, onOffline, leaving } = options;
  // Between two connections nothing else keeps the process alive.
  return keptAlive(async () => {
    for (let result = await first; !leaving.aborted; result = await connect()) {
      if (result.isFinal) return result.why;
      const delayMs = backOff.nextMs(result.onlineMs, result.retryAfterS);
      const waited = wait.elapse(clock, delayMs, leaving);
      onOffline({ why: result.why, retryInMs: delayMs, isFarewell: result.isFarewell ?? false });
      await waited;
      if (leaving.aborted) break;
    }
    return undefined;
  });
}
