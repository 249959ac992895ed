/**
 * A protected packet: a header in the open, then sealed frames and their tag.
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 1 | flags: 0x40, and 0x04 in the second, fourth, … key of this direction |
 * | 1 | 8 | connection id, chosen by the receiver |
 * | 9 | 4 | packet number, the low 32 bits |
 * | 13 | n | frames, sealed |
 * | 13 + n | 16 | tag |
 */
export const headerBytes = 13;
export const tagBytes = 16;
export const connectionIdBytes = 8;
export const packetFlag = 0x40;
const keyPhaseFlag = 0x04;
/** Set in packets of the handshake: see `handshake/messages.ts`. */
export const handshakeFlag = 0x20;

/** The shortest protected packet: one byte of frames. */
export const shortestPacket = headerBytes + 1 + tagBytes;

const window = 2 ** 32;

/** Whether the datagram claims to be a protected packet. */
export function isProtected(bytes: Uint8Array): boolean {
  return bytes.length >= shortestPacket && ((bytes[0] ?? 0) & ~keyPhaseFlag) === packetFlag;
}

/** Whether the packet is sealed with the second, fourth, … key of its direction. */
export function isOddPhase(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & keyPhaseFlag) !== 0;
}

export function writeHeader(
  bytes: Uint8Array,
  phase: number,
  connectionId: Uint8Array,
  number: number,
): void {
  bytes[0] = packetFlag | (phase & 1 ? keyPhaseFlag : 0);
  bytes.set(connectionId, 1);
  const low = number % window;
  bytes[9] = low >>> 24;
  bytes[10] = low >>> 16;
  bytes[11] = low >>> 8;
  bytes[12] = low;
}

/** The number of which `low` has the low 32 bits and that is nearest to `expected`. */
export function wholeNumber(low: number, expected: number): number {
  const base = expected - (expected % window);
  let number = base + low;
  if (number > expected + window / 2 && number >= window) number -= window;
  else if (number < expected - window / 2) number += window;
  return number;
}

export function lowNumberOf(bytes: Uint8Array): number {
  return (
    (((bytes[9] ?? 0) << 24) | ((bytes[10] ?? 0) << 16) | ((bytes[11] ?? 0) << 8) | (bytes[12] ?? 0)) >>> 0
  );
}
