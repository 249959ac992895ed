import type { Clock } from './clock.ts';

/** Resolves after `ms`, or when `signal` aborts. Does not keep the process alive. */
export function elapsed(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', end);
      resolve();
    });
    const end = (): void => {
      timer.cancel();
      resolve();
    };
    signal?.addEventListener('abort', end, { once: true });
  });
}
