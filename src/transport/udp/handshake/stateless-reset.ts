import { createHmac, timingSafeEqual } from 'node:crypto';
import { connectionIdBytes, packetFlag } from '../packets/packet-header.ts';
import type { Random } from '../settings.ts';
import { resetTokenBytes } from './messages.ts';

/**
 * A server that knows nothing of an association any more says so by a token that only it can make, and that it gave to
 * the client in ACCEPT. The packet looks like any other: 0x40, random bytes, the token. It is always shorter than the
 * packet that it answers, so two ends cannot answer each other for ever.
 */
const leastRandom = 5;
const mostBytes = 1 + connectionIdBytes + 20 + resetTokenBytes;
const leastBytes = 1 + connectionIdBytes + leastRandom + resetTokenBytes;
/** The smallest packet that can be answered: who asks whether the other end is there sends no smaller one. */
export const leastResetAnswers = leastBytes + 1;

export function resetTokenFor(secret: Uint8Array, connectionId: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update(connectionId).digest().subarray(0, resetTokenBytes);
}

/** The answer to a packet of `length` bytes for `connectionId`; undefined if the packet is too short for one. */
export function writeReset(
  secret: Uint8Array,
  connectionId: Uint8Array,
  length: number,
  random: Random,
): Uint8Array | undefined {
  const size = Math.min(mostBytes, length - 1);
  if (size < leastBytes) return undefined;
  const bytes = new Uint8Array(size);
  random(bytes);
  bytes[0] = packetFlag;
  bytes.set(resetTokenFor(secret, connectionId), size - resetTokenBytes);
  return bytes;
}

/** Whether a packet that could not be opened ends with `token`, if there is one. */
export function isReset(bytes: Uint8Array, token: Uint8Array | undefined): boolean {
  if (token === undefined || bytes.length < leastBytes) return false;
  return timingSafeEqual(bytes.subarray(bytes.length - resetTokenBytes), token);
}
