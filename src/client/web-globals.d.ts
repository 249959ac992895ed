/**
 * The globals that the client uses and that browsers and Node share, but the language's own library lacks. They are
 * declared here, not taken from either's types, so that the compiler rejects every other global of a host. Compilations
 * with Node's types leave this file out.
 */
interface AbortSignal {
  readonly aborted: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: whatever `abort` was given
  readonly reason: any;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

declare const AbortSignal: { any(signals: readonly AbortSignal[]): AbortSignal };

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/** A number in browsers. */
type TimerHandle = number | { unref(): unknown };

declare function setTimeout(action: (value: undefined) => void, delayMs: number): TimerHandle;
declare function clearTimeout(timer: TimerHandle): void;
declare function setInterval(action: () => void, intervalMs: number): TimerHandle;
declare function clearInterval(timer: TimerHandle): void;
declare function queueMicrotask(action: () => void): void;

declare const performance: { now(): number };
declare const crypto: { getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> };
declare const URL: { canParse(url: string): boolean };
