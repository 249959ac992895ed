import type { ByteWriter } from '../packets/byte-cursor.ts';
import { frameTypes } from '../packets/frames.ts';
import { chunkKinds, type SentPackets } from '../recovery/sent-packets.ts';
import type { Credit } from './credit.ts';

/** What a frame of credit is about. */
export interface CreditedStream {
  readonly id: number;
  /** `knowsEnd`: the peer has said where the stream ends, and needs no more credit. */
  readonly receive: { readonly credit: Credit; readonly knowsEnd: boolean };
}

/** What a frame of credit needs. */
const frameBytes = 12;

/**
 * Tells the peer how far it may send on each stream. Where packets are lost, each frame is sent once more a little later,
 * unless it is acknowledged by then: without credit the peer sends nothing, so nothing would show the loss before a probe.
 */
export class CreditFrames {
  /** Those of which the peer is to hear. */
  readonly #waiting = new Set<CreditedStream>();
  /** When to send the frame once more, of those of which the peer has just heard. */
  readonly #againMs = new Map<CreditedStream, number>();
  /** Those that are sent once more. */
  readonly #again = new Set<CreditedStream>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0 && this.#again.size === 0;
  }

  /** When the next frame is to be sent once more; Infinity when none is. */
  get dueMs(): number {
    let dueMs = Infinity;
    for (const atMs of this.#againMs.values()) dueMs = Math.min(dueMs, atMs);
    return dueMs;
  }

  /** The peer gets more credit for `stream`, unless it has sent all that it will. */
  add(stream: CreditedStream): void {
    if (!stream.receive.knowsEnd) this.#waiting.add(stream);
  }

  /** A frame was lost. Nothing is to be done when another one with its limit has arrived, or a newer one has left. */
  onLost(stream: CreditedStream, limit: number): void {
    const { credit } = stream.receive;
    if (limit === credit.limit && limit > credit.heardLimit) this.add(stream);
  }

  onAcked(stream: CreditedStream, limit: number): void {
    const { credit } = stream.receive;
    credit.heardLimit = Math.max(credit.heardLimit, limit);
    if (limit < credit.limit) return;
    this.#againMs.delete(stream);
    this.#again.delete(stream);
  }

  remove(stream: CreditedStream): void {
    this.#waiting.delete(stream);
    this.#againMs.delete(stream);
    this.#again.delete(stream);
  }

  clear(): void {
    this.#waiting.clear();
    this.#againMs.clear();
    this.#again.clear();
  }

  /** Makes those ready that are due. */
  repeat(nowMs: number): void {
    for (const [stream, atMs] of this.#againMs) {
      if (atMs > nowMs) continue;
      this.#againMs.delete(stream);
      if (!stream.receive.knowsEnd) this.#again.add(stream);
    }
  }

  /** Into the packet that `sent` has begun. Each frame is sent once more at `againMs`, which may be Infinity. */
  write(writer: ByteWriter, sent: SentPackets, nowMs: number, roundTripMs: number, againMs: number): void {
    for (const stream of this.#waiting) {
      if (writer.room < frameBytes) return;
      this.remove(stream);
      this.#write(writer, sent, stream, stream.receive.credit.renew(nowMs, roundTripMs));
      if (againMs < Infinity) this.#againMs.set(stream, againMs);
    }
    for (const stream of this.#again) {
      if (writer.room < frameBytes) return;
      this.#again.delete(stream);
      this.#write(writer, sent, stream, stream.receive.credit.limit);
    }
  }

  #write(writer: ByteWriter, sent: SentPackets, { id }: CreditedStream, limit: number): void {
    writer.u8(frameTypes.maxStream);
    writer.u32(id);
    writer.u48(limit);
    sent.carry(chunkKinds.maxStream, id, limit, 0);
  }
}
