import { decodeUtf8 } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { ClientSocket } from '../client-socket.ts';

/** What stands without a line end for so long counts as a line, unless the server is known to send none. */
const silenceMs = 1_000;
/** The same for the answer to REGISTER: long enough for the rest of a line that came in two segments. */
const answerSilenceMs = 250;
/** The same once the server's answer to REGISTER had no line end. */
const rawSilenceMs = 100;

const farewell = 'DISCONNECT CHAT/1.0';

/**
 * The lines of a CHAT/1.0 server. Many of those that others wrote send some lines, or all, without a line end, and take
 * each read for one message. So what is followed by silence counts as a line too, and what the end of the stream cuts
 * off. A headline that announces a file is whole only with its line end: bytes follow it.
 */
export class LineInput {
  readonly #socket: ClientSocket<unknown>;
  readonly #clock: Clock;
  readonly #mostBytes: number;
  #silenceMs = answerSilenceMs;
  /** The rest of a line that was two. */
  #rest: Uint8Array | undefined;

  constructor(socket: ClientSocket<unknown>, clock: Clock, mostBytes: number) {
    this.#socket = socket;
    this.#clock = clock;
    this.#mostBytes = mostBytes;
  }

  /** The answer to REGISTER has come: `isRaw` when it had no line end of its own. */
  onAnswer(isRaw: boolean, rest?: Uint8Array): void {
    this.#silenceMs = isRaw ? rawSilenceMs : silenceMs;
    this.#rest = rest;
  }

  /** Resolves with the next line and whether it had a line end; with undefined when there are no more. */
  async next(): Promise<{ readonly bytes: Uint8Array; readonly isEnded: boolean } | undefined> {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest !== undefined) return { bytes: rest, isEnded: true };
    const { input } = this.#socket;
    while (this.#socket.stopped === undefined) {
      const bytes = input.takeLine();
      if ((bytes?.length ?? input.length) > this.#mostBytes) {
        const problem = `the server sent a line of more than ${this.#mostBytes} bytes`;
        this.#socket.stop({ kind: 'broken', problem });
      } else if (bytes !== undefined) return { bytes, isEnded: true };
      else if (input.ended || (await this.#isSilent())) {
        const last = input.ended ? input.takeLastLine() : input.takeBytes(input.length);
        return last === undefined ? undefined : this.#unended(last);
      }
    }
    return undefined;
  }

  /** Waits for bytes. Resolves with true when those that are here are a line, because none came for a while. */
  async #isSilent(): Promise<boolean> {
    const { input } = this.#socket;
    const { length } = input;
    const text = length === 0 ? '' : (decodeUtf8(input.peek()) ?? '');
    const ms = text === farewell ? rawSilenceMs : this.#silenceMs;
    const isWhole = text !== '' && !text.startsWith('ATTACH');
    const timer = isWhole ? this.#clock.after(ms, () => input.nudge()) : undefined;
    await input.more();
    timer?.cancel();
    return isWhole && !input.ended && input.length === length;
  }

  /** A server without line ends may have written its goodbye so soon that it came in one read with what was before. */
  #unended(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly isEnded: boolean } {
    const text = decodeUtf8(bytes);
    const at = bytes.length - farewell.length;
    if (text === undefined || at <= 0 || !text.endsWith(farewell)) return { bytes, isEnded: false };
    this.#rest = bytes.subarray(at);
    return { bytes: bytes.subarray(0, at), isEnded: false };
  }
}
