import type { Client } from '../../../client/client.ts';
import type { Clock } from '../../../scheduling/clock.ts';
import type { Entry } from '../../entry-line.ts';
import type { Timeline } from '../../timeline.ts';

/**
 * Draws a line before the first message that the user missed, and one after the last: after a login, and each time when
 * the connection is back. Call it before anything else listens to the client's messages. `inOrder` calls its argument
 * when everything that came before is shown.
 */
export function markMissed(
  client: Client,
  timeline: Timeline,
  clock: Clock,
  inOrder: (show: () => void) => void,
): void {
  let awayMs = client.lastHereMs;
  let isOffline = false;
  let isMarked = false;
  const onEntry = ({ timeMs }: Entry): void => {
    if (!client.isCatchingUp || isMarked) return;
    isMarked = true;
    // A computer that slept finds out late that its connection is gone: messages may be older.
    const since = awayMs === undefined ? '' : `, since ${timeline.momentOf(Math.min(awayMs, timeMs))}`;
    inOrder(() => timeline.divide(`while you were away${since}`));
  };
  client.on('message', onEntry).on('attachment', onEntry);
  client.on('caught-up', ({ matched, of }) => {
    if (isMarked) {
      const text = `caught up: ${grouped(matched)} of ${grouped(of)} messages while you were away`;
      inOrder(() => timeline.divide(text));
    }
    isMarked = false;
  });
  client.on('offline', () => {
    if (!isOffline) awayMs = clock.nowMs();
    isOffline = true;
    isMarked = false;
  });
  client.on('online', () => {
    isOffline = false;
  });
}

/** Resolves when the client delivers nothing more that was missed. */
export function caughtUp(client: Client): Promise<void> {
  return new Promise((resolve) => {
    if (!client.isCatchingUp) resolve();
    else client.once('caught-up', () => resolve()).once('reset', () => resolve());
  });
}

/** `2,410`. */
function grouped(count: number): string {
  return count.toLocaleString('en');
}
