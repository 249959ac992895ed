import type { Clock } from '../scheduling/clock.ts';
import type { BackOff } from './back-off.ts';
import type { ClientEvents } from './client.ts';

/** How a connection went, or the attempt to have one. */
export interface Life {
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

export interface KeepOnlineOptions {
  readonly clock: Clock;
  readonly backOff: BackOff;
  /** One connection, from dialling to its end. Never rejects. */
  live(): Promise<Life>;
  onOffline(what: ClientEvents['offline']): void;
  /** Aborts when the user leaves. */
  readonly leaving: AbortSignal;
}

/**
 * Has one connection after the other, the first being there already, until one is the last; resolves with why, or with
 * undefined when the user left. Keeps the process alive, as a connection would.
 */
export async function keepOnline(
  first: Promise<Life>,
  options: KeepOnlineOptions,
): Promise<string | undefined> {
  const { clock, backOff, live, onOffline, leaving } = options;
  // The clock's timers let a process end, which between two connections has nothing else to hold it.
  const alive = setInterval(() => {}, 2 ** 31 - 1);
  try {
    for (let life = await first; !leaving.aborted; life = await live()) {
      if (life.isFinal) return life.why;
      const delayMs = backOff.nextMs(life.onlineMs, life.retryAfterS);
      onOffline({ why: life.why, retryInMs: delayMs, isFarewell: life.isFarewell ?? false });
      await pause(clock, delayMs, leaving);
      if (leaving.aborted) break;
    }
    return undefined;
  } finally {
    clearInterval(alive);
  }
}

function pause(clock: Clock, delayMs: number, leaving: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(delayMs, () => {
      leaving.removeEventListener('abort', end);
      resolve();
    });
    const end = (): void => {
      timer.cancel();
      resolve();
    };
    if (leaving.aborted) end();
    else leaving.addEventListener('abort', end, { once: true });
  });
}
