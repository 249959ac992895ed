/**
 * The names that browsers and Node share and the language's own library lacks, as far as the client uses them. Declared
 * here, and not taken from the types of either, so that nothing else of a host can slip in. Where Node's types are there,
 * this file is left out.
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
