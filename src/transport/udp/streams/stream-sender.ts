import type { ByteWriter } from '../packets/byte-cursor.ts';
import { frameTypes, streamFrameBytes, writeStreamHead } from '../packets/frames.ts';
import { chunkKinds, type SentPackets } from '../recovery/sent-packets.ts';
import type { UdpSettings } from '../settings.ts';
import { CreditFrames } from './credit-frames.ts';
import type { Stream } from './stream.ts';
import { copiesFor } from './tail.ts';

/**
 * What the streams of an association send: credit, aborts and data, into packets with room for them. A stream with little
 * waiting goes before those with much, so that a line does not wait for a file; those with much take turns.
 *
 * Nothing follows the last packet of a line, so nothing shows its loss for a round trip or two. Therefore a short last
 * chunk is sent once more a little later, unless it is acknowledged by then, and more often on a path that loses much.
 */

/** What a frame of data needs at least: its head with a length, and some bytes. */
const leastRoom = streamFrameBytes + 2 + 32;
const controlBytes = 12;

/** What is known of path and time when packets are filled. */
export interface SendingMoment {
  readonly nowMs: number;
  readonly roundTripMs: number;
  /** How long a copy waits. */
  readonly tailDelayMs: number;
  /** The share of packets that was lost lately. */
  readonly loss: number;
  /** Whether there were enough packets to know that share. */
  readonly isLossKnown: boolean;
}

export class StreamSender {
  readonly #settings: UdpSettings;
  readonly #streams: ReadonlyMap<number, Stream>;
  readonly #tellSoon: (stream: Stream) => void;
  /** Those that may have something to send. */
  readonly #sending: Stream[] = [];
  readonly #tails = new Set<Stream>();
  readonly #credit = new CreditFrames();
  #turn = 0;
  bytesSentAgain = 0;
  #sendMaxStreams = false;
  #allowedStreams: number;
  /** How many streams the peer allows. */
  #mayOpen: number;

  constructor(
    settings: UdpSettings,
    streams: ReadonlyMap<number, Stream>,
    tellSoon: (stream: Stream) => void,
  ) {
    this.#tellSoon = tellSoon;
    this.#settings = settings;
    this.#streams = streams;
    this.#mayOpen = settings.maxStreams;
    this.#allowedStreams = settings.maxStreams;
  }

  /** Whether anything can be sent now. */
  get hasFrames(): boolean {
    if (this.#sendMaxStreams || !this.#credit.isEmpty) return true;
    for (const stream of this.#sending) if (this.#canSend(stream)) return true;
    return false;
  }

  /** When the next copy is due; Infinity when none is. */
  get tailDueMs(): number {
    let dueMs = this.#credit.dueMs;
    for (const { tail } of this.#tails) dueMs = Math.min(dueMs, tail.dueMs);
    return dueMs;
  }

  add(stream: Stream): void {
    if (!this.#sending.includes(stream)) this.#sending.push(stream);
  }

  remove(stream: Stream): void {
    const at = this.#sending.indexOf(stream);
    if (at >= 0) this.#sending.splice(at, 1);
    this.#tails.delete(stream);
    this.#credit.remove(stream);
  }

  clear(): void {
    this.#sending.length = 0;
    this.#tails.clear();
    this.#credit.clear();
    this.#sendMaxStreams = false;
  }

  onMaxStreams(count: number): void {
    this.#mayOpen = Math.max(this.#mayOpen, count);
    for (const stream of this.#streams.values()) this.add(stream);
  }

  allowStreams(count: number): void {
    this.#allowedStreams = count;
    this.#sendMaxStreams = true;
  }

  /** Bytes of `stream` were read: the peer may get credit. */
  onRead(stream: Stream): void {
    if (stream.receive.credit.isDue) this.#credit.add(stream);
  }

  /** Makes the copies that are due ready to be sent; the next one of the same chunk follows after `delayMs`. */
  copyTails(nowMs: number, delayMs: number): void {
    this.#credit.repeat(nowMs);
    for (const stream of this.#tails) {
      const { tail } = stream;
      if (tail.dueMs > nowMs) continue;
      stream.send.onLost(tail.offset, tail.length, tail.isFinal);
      this.add(stream);
      tail.copies--;
      tail.dueMs = nowMs + delayMs;
      if (tail.copies <= 0) this.#tails.delete(stream);
    }
  }

  /** Fills the packet that `sent` has begun. Returns whether anything was written. */
  write(writer: ByteWriter, sent: SentPackets, now: SendingMoment): boolean {
    const start = writer.at;
    this.#writeCredit(writer, sent, now);
    for (const stream of this.#sending) this.#writeAborts(stream, writer, sent);
    while (writer.room >= leastRoom) {
      const stream = this.#choose();
      if (stream === undefined) break;
      const hadWaiting = stream.send.waitingBytes > 0;
      const offset = stream.send.nextOffset();
      const length = this.#writeData(stream, offset, writer, sent);
      if (hadWaiting && stream.send.waitingBytes === 0) this.#tellSoon(stream);
      this.#watchTail(stream, offset, length, now);
    }
    return writer.at > start;
  }

  onAcked(stream: Stream, kind: number, offset: number, length: number): void {
    if (kind === chunkKinds.reset) {
      stream.onResetAcked();
      this.#tellSoon(stream);
    }
    if (kind === chunkKinds.maxStream) this.#credit.onAcked(stream, offset);
    if (kind !== chunkKinds.data && kind !== chunkKinds.dataFin) return;
    const hasTaken = stream.send.onAcked(offset, length, kind === chunkKinds.dataFin);
    if (hasTaken) this.add(stream);
    if (hasTaken || stream.send.isDone) this.#tellSoon(stream);
  }

  onLost(stream: Stream | undefined, kind: number, offset: number, length: number): void {
    if (kind === chunkKinds.maxStreams) this.#sendMaxStreams = true;
    if (stream === undefined) return;
    if (kind === chunkKinds.maxStream) this.#credit.onLost(stream, offset);
    else if (kind === chunkKinds.reset) stream.resetToSend = length;
    else if (kind === chunkKinds.stop) stream.stopToSend = length;
    else if (kind === chunkKinds.data || kind === chunkKinds.dataFin) {
      stream.send.onLost(offset, length, kind === chunkKinds.dataFin);
    }
    this.add(stream);
  }

  #canSend(stream: Stream): boolean {
    if (stream.id >= this.#mayOpen) return false;
    if (stream.resetToSend !== undefined || stream.stopToSend !== undefined) return true;
    return this.#canSendData(stream);
  }

  #canSendData({ id, send }: Stream): boolean {
    return id < this.#mayOpen && send.canSend();
  }

  /** The stream that goes next. Forgets those that have nothing to send. */
  #choose(): Stream | undefined {
    const sending = this.#sending;
    let chosen: Stream | undefined;
    let large = 0;
    for (let i = sending.length - 1; i >= 0; i--) {
      const stream = sending[i];
      if (stream === undefined) continue;
      if (!this.#canSend(stream)) {
        sending.splice(i, 1);
        continue;
      }
      if (!this.#canSendData(stream)) continue;
      if (stream.send.unsentBytes <= this.#settings.shortQueue) return stream;
      chosen = stream;
      large++;
    }
    if (large < 2) return chosen;
    for (let i = 0; i < sending.length; i++) {
      this.#turn = (this.#turn + 1) % sending.length;
      const stream = sending[this.#turn];
      if (stream !== undefined && this.#canSendData(stream)) return stream;
    }
    return undefined;
  }

  #writeCredit(writer: ByteWriter, sent: SentPackets, now: SendingMoment): void {
    if (this.#sendMaxStreams && writer.room >= controlBytes) {
      this.#sendMaxStreams = false;
      writer.u8(frameTypes.maxStreams);
      writer.u32(this.#allowedStreams);
      sent.carry(chunkKinds.maxStreams, 0, 0, 0);
    }
    const isAgain = this.#settings.tailCopies > 0 && this.#losesPackets(now);
    const againMs = isAgain ? now.nowMs + now.tailDelayMs : Infinity;
    this.#credit.write(writer, sent, now.nowMs, now.roundTripMs, againMs);
  }

  #writeAborts(stream: Stream, writer: ByteWriter, sent: SentPackets): void {
    if (stream.id >= this.#mayOpen) return;
    if (stream.resetToSend !== undefined && writer.room >= controlBytes) {
      const code = stream.resetToSend;
      stream.resetToSend = undefined;
      writer.u8(frameTypes.reset);
      writer.u32(stream.id);
      writer.u48(stream.send.sentEnd);
      writer.u8(code);
      sent.carry(chunkKinds.reset, stream.id, 0, code);
    }
    if (stream.stopToSend !== undefined && writer.room >= controlBytes) {
      const code = stream.stopToSend;
      stream.stopToSend = undefined;
      writer.u8(frameTypes.stop);
      writer.u32(stream.id);
      writer.u8(code);
      sent.carry(chunkKinds.stop, stream.id, 0, code);
    }
  }

  #writeData({ id, send }: Stream, offset: number, writer: ByteWriter, sent: SentPackets): number {
    const all = writer.room - streamFrameBytes;
    // One that does not fill the packet has a length.
    let length = send.nextLength(all);
    if (length < all) length = Math.min(length, all - 2);
    const isFinal = send.isFinal(offset, length);
    this.bytesSentAgain += Math.max(0, Math.min(send.sentEnd, offset + length) - offset);
    writeStreamHead(writer, id, offset, length, isFinal);
    send.send(offset, length, writer.bytes, writer.at);
    writer.at += length;
    sent.carry(isFinal ? chunkKinds.dataFin : chunkKinds.data, id, offset, length);
    return length;
  }

  /** Whether it may be that the path loses packets. */
  #losesPackets({ isLossKnown, loss }: SendingMoment): boolean {
    return !isLossKnown || loss >= this.#settings.copyLoss;
  }

  /** After a chunk: if it is a short tail, a copy is due. */
  #watchTail(stream: Stream, offset: number, length: number, now: SendingMoment): void {
    const { send, tail } = stream;
    const { tailCopies, lostWithCopies } = this.#settings;
    if (tailCopies === 0 || send.unsentBytes > 0 || this.#canSend(stream)) return;
    // On a path that loses nothing each line would be sent twice for nothing; a probe finds the one that is lost.
    if (!this.#losesPackets(now)) return;
    const most = this.#settings.smallestDatagram / 2;
    if (length > most) return;
    const chunk = { offset, length, isFinal: send.isFinal(offset, length) };
    const copies = copiesFor(now.loss, lostWithCopies, tailCopies);
    if (tail.watch(chunk, copies, now.nowMs + now.tailDelayMs, most)) this.#tails.add(stream);
  }
}
