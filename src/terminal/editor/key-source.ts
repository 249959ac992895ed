import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import { type Key, KeyDecoder } from './keys.ts';

/** After this time without more, a lone ESC is the Escape key. */
const sequenceMs = 100;
/** After this time without more, a paste has ended even if the terminal never says so. */
const pasteMs = 5_000;

/** Reads the keys of a terminal in raw mode. */
export class KeySource {
  readonly #input: ReadStream;
  readonly #clock: Clock;
  readonly #onKeys: (keys: readonly Key[]) => void;
  readonly #onEnd: () => void;
  readonly #utf8 = new StringDecoder('utf8');
  readonly #decoder = new KeyDecoder();
  #timer: Timer | undefined;

  /** `onEnd`: the terminal is gone. Neither is called after `close`. */
  constructor(
    input: ReadStream,
    clock: Clock,
    on: { readonly keys: (keys: readonly Key[]) => void; readonly end: () => void },
  ) {
    this.#input = input;
    this.#clock = clock;
    this.#onKeys = on.keys;
    this.#onEnd = on.end;
    // For good: a terminal that is gone may say so after `close`, and must not end the process.
    input.on('error', () => {});
    for (const event of ['end', 'close', 'error'] as const) input.on(event, this.#onEnd);
    input.on('data', this.#onData);
    input.resume();
  }

  close(): void {
    this.#timer?.cancel();
    for (const event of ['end', 'close', 'error'] as const) this.#input.off(event, this.#onEnd);
    this.#input.off('data', this.#onData);
    this.#input.pause();
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#timer?.cancel();
    this.#pass(this.#decoder.feed(this.#utf8.write(bytes)));
  };

  #pass(keys: readonly Key[]): void {
    const { waitsFor } = this.#decoder;
    this.#timer =
      waitsFor === undefined
        ? undefined
        : this.#clock.after(waitsFor === 'paste' ? pasteMs : sequenceMs, () =>
            this.#pass(this.#decoder.flush()),
          );
    if (keys.length > 0) this.#onKeys(keys);
  }
}
