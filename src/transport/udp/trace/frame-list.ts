import { ByteReader, MalformedError } from '../packets/byte-cursor.ts';
import { type AckReport, type FrameHandler, readFrames } from '../packets/frames.ts';
import type { TracedFrame } from './events.ts';

/** Streams whose ends are remembered, to tell what is sent again. */
const mostStreams = 64;

/** Lists the frames of the packets of one direction, without what streams carry. */
export class FrameList implements FrameHandler {
  #frames: TracedFrame[] = [];
  /** By stream, where the bytes end that were listed. */
  readonly #ends = new Map<number, number>();

  /** The frames of a packet; up to the first that is none. */
  read(bytes: Uint8Array): readonly TracedFrame[] {
    this.#frames = [];
    try {
      readFrames(new ByteReader(bytes), this);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
    return this.#frames;
  }

  onPing(): void {
    this.#frames.push({ type: 'ping' });
  }

  onPadding(): void {
    const last = this.#frames.at(-1);
    if (last?.type !== 'padding') this.#frames.push({ type: 'padding', bytes: 1 });
    else this.#frames[this.#frames.length - 1] = { type: 'padding', bytes: last.bytes + 1 };
  }

  onAck(report: AckReport): void {
    const ranges: [number, number][] = [];
    let end = report.largestLow + 1;
    for (let i = 0; i < report.count; i++) {
      end -= report.gaps[i] ?? 0;
      const start = end - (report.lengths[i] ?? 0);
      ranges.push([start, end - 1]);
      end = start;
    }
    this.#frames.push({ type: 'ack', ranges, delayMs: report.delayMs });
  }

  onMaxStream(stream: number, offset: number): void {
    this.#frames.push({ type: 'max-stream', stream, offset });
  }

  onMaxStreams(count: number): void {
    this.#frames.push({ type: 'max-streams', count });
  }

  onReset(stream: number, finalOffset: number, code: number): void {
    this.#frames.push({ type: 'reset', stream, finalOffset, code });
  }

  onStop(stream: number, code: number): void {
    this.#frames.push({ type: 'stop', stream, code });
  }

  onStream(stream: number, offset: number, data: Uint8Array, isFinal: boolean): void {
    const { length } = data;
    const before = this.#ends.get(stream) ?? 0;
    const isAgain = length > 0 && offset < before;
    this.#ends.delete(stream);
    this.#ends.set(stream, Math.max(before, offset + length));
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > mostStreams && oldest !== undefined) this.#ends.delete(oldest);
    this.#frames.push({ type: 'stream', stream, offset, length, isFinal, isAgain });
  }

  onChallenge(): void {
    this.#frames.push({ type: 'challenge' });
  }

  onResponse(): void {
    this.#frames.push({ type: 'response' });
  }

  onClose(code: number, reason: string): void {
    this.#frames.push({ type: 'close', code, reason });
  }
}
