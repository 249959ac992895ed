import { type ByteReader, type ByteWriter, MalformedError } from './byte-cursor.ts';
import type { NumberRanges } from './number-ranges.ts';

/**
 * What a packet carries. Numbers are big-endian; docs/udp.md has the table of all frames.
 *
 * | type | frame | fields |
 * |---|---|---|
 * | 0x00 | PADDING | |
 * | 0x01 | PING | |
 * | 0x02 | ACK | largest u32, delay u16 (1/16 ms), ranges u8, length u16, then for each further range: gap u16, length u16 |
 * | 0x03 | MAX_STREAM | stream u32, offset u48 |
 * | 0x04 | MAX_STREAMS | count u32 |
 * | 0x05 | RESET | stream u32, final offset u48, code u8 |
 * | 0x06 | STOP | stream u32, code u8 |
 * | 0x08 | STREAM | stream u32, offset u48, data to the end of the packet; 0x01 set: the stream ends here; 0x02 set: a length u16 stands before the data |
 * | 0x1a | CHALLENGE | 8 bytes |
 * | 0x1b | RESPONSE | 8 bytes |
 * | 0x1c | CLOSE | code u16, length u8, reason |
 */
export const frameTypes = {
  padding: 0x00,
  ping: 0x01,
  ack: 0x02,
  maxStream: 0x03,
  maxStreams: 0x04,
  reset: 0x05,
  stop: 0x06,
  stream: 0x08,
  challenge: 0x1a,
  response: 0x1b,
  close: 0x1c,
} as const;

const streamFin = 0x01;
const streamLength = 0x02;

/** Why an association is closed, as CLOSE says it. */
export const closeCodes = {
  /** Everything of all streams has arrived, both ways. */
  done: 0,
  /** The peer broke a rule. */
  malformed: 1,
  /** Streams break off. */
  aborted: 2,
} as const;

/** What a STREAM frame needs besides its data, when it stands last in its packet. */
export const streamFrameBytes = 11;
export const challengeBytes = 8;
const maxReasonBytes = 100;
const maxRange = 0xffff;
const delayUnitsPerMs = 16;

/** An acknowledgement as it was read. The arrays are reused: `count` ranges are valid until the next frame. */
export class AckReport {
  largestLow = 0;
  delayMs = 0;
  count = 0;
  /** Numbers in each range, the newest first, and the missing ones before it. */
  readonly lengths = new Uint16Array(255);
  readonly gaps = new Uint16Array(255);
}

/** Takes frames in the order in which they stand. Views of bytes are valid during the call only. */
export interface FrameHandler {
  onPing?(): void;
  /** One byte of it. */
  onPadding?(): void;
  onAck(report: AckReport): void;
  onMaxStream(stream: number, offset: number): void;
  onMaxStreams(count: number): void;
  onReset(stream: number, finalOffset: number, code: number): void;
  onStop(stream: number, code: number): void;
  onStream(stream: number, offset: number, data: Uint8Array, isFinal: boolean): void;
  onChallenge(value: Uint8Array): void;
  onResponse(value: Uint8Array): void;
  onClose(code: number, reason: string): void;
}

const report = new AckReport();

/**
 * Hands every frame to `handler`. Returns whether one of them wants an acknowledgement. Throws `MalformedError` for
 * what is no frame; those before it are handled then.
 */
export function readFrames(reader: ByteReader, handler: FrameHandler): boolean {
  let isEliciting = false;
  while (reader.left > 0) {
    const type = reader.u8();
    if (type === frameTypes.padding) handler.onPadding?.();
    else if (type === frameTypes.ack) {
      readAck(reader);
      handler.onAck(report);
    } else if (type === frameTypes.close) {
      const code = reader.u16();
      handler.onClose(code, Buffer.from(reader.take(reader.u8())).toString());
    } else {
      isEliciting = true;
      readElicitingFrame(type, reader, handler);
    }
  }
  return isEliciting;
}

function readElicitingFrame(type: number, reader: ByteReader, handler: FrameHandler): void {
  if ((type & ~(streamFin | streamLength)) === frameTypes.stream) {
    const stream = reader.u32();
    const offset = reader.u48();
    const length = (type & streamLength) !== 0 ? reader.u16() : reader.left;
    handler.onStream(stream, offset, reader.take(length), (type & streamFin) !== 0);
    return;
  }
  switch (type) {
    case frameTypes.ping:
      handler.onPing?.();
      return;
    case frameTypes.maxStream:
      handler.onMaxStream(reader.u32(), reader.u48());
      return;
    case frameTypes.maxStreams:
      handler.onMaxStreams(reader.u32());
      return;
    case frameTypes.reset:
      handler.onReset(reader.u32(), reader.u48(), reader.u8());
      return;
    case frameTypes.stop:
      handler.onStop(reader.u32(), reader.u8());
      return;
    case frameTypes.challenge:
      handler.onChallenge(reader.take(challengeBytes));
      return;
    case frameTypes.response:
      handler.onResponse(reader.take(challengeBytes));
      return;
    default:
      throw new MalformedError(`there is no frame of type ${type}`);
  }
}

function readAck(reader: ByteReader): void {
  report.largestLow = reader.u32();
  report.delayMs = reader.u16() / delayUnitsPerMs;
  report.count = reader.u8();
  for (let i = 0; i < report.count; i++) {
    report.gaps[i] = i === 0 ? 0 : reader.u16();
    report.lengths[i] = reader.u16();
    if (report.lengths[i] === 0 || (i > 0 && report.gaps[i] === 0)) {
      throw new MalformedError('an acknowledgement has an empty range');
    }
  }
  if (report.count === 0) throw new MalformedError('an acknowledgement has no range');
}

/** Writes the highest `most` ranges of `received`, as many as there is room for. Returns false when there is none. */
export function writeAck(writer: ByteWriter, received: NumberRanges, delayMs: number, most: number): boolean {
  const fit = 1 + Math.floor((writer.room - 10) / 4);
  const count = Math.min(received.count, most, fit, 255);
  if (count < 1 || writer.room < 10) return false;
  const newest = received.count - 1;
  writer.u8(frameTypes.ack);
  writer.u32((received.endOf(newest) - 1) % 2 ** 32);
  writer.u16(Math.min(maxRange, Math.round(Math.max(0, delayMs) * delayUnitsPerMs)));
  const countAt = writer.at;
  writer.u8(0);
  let written = 0;
  for (; written < count; written++) {
    const index = newest - written;
    const gap = written === 0 ? 0 : received.startOf(index + 1) - received.endOf(index);
    // What a range does not say was said before: it has been there for that many packets.
    if (gap > maxRange) break;
    if (written > 0) writer.u16(gap);
    const length = received.endOf(index) - received.startOf(index);
    writer.u16(Math.min(length, maxRange));
    if (length > maxRange) {
      written++;
      break;
    }
  }
  writer.bytes[countAt] = written;
  return true;
}

/** Writes the head of a STREAM frame; the caller puts `length` bytes behind it. */
export function writeStreamHead(
  writer: ByteWriter,
  stream: number,
  offset: number,
  length: number,
  isFinal: boolean,
): void {
  // Without a length where the data fills the packet: then nothing can follow.
  const isLast = length === writer.room - streamFrameBytes;
  writer.u8(frameTypes.stream | (isFinal ? streamFin : 0) | (isLast ? 0 : streamLength));
  writer.u32(stream);
  writer.u48(offset);
  if (!isLast) writer.u16(length);
}

export function writeClose(writer: ByteWriter, code: number, reason: string): void {
  const text = Buffer.from(reason).subarray(0, maxReasonBytes);
  writer.u8(frameTypes.close);
  writer.u16(code);
  writer.u8(text.length);
  writer.put(text);
}
