import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteQueue } from '../../src/protocol/byte-queue.ts';
import { serverSide } from '../../src/protocol/chat11/event.ts';
import { Malformed, type Parcel } from '../../src/protocol/chat11/parcel.ts';
import {
  limitsAfterLogin,
  limitsOfServer,
  ParcelReader,
  type ReaderLimits,
  type Side,
} from '../../src/protocol/chat11/parcel-reader.ts';
import { requestSide } from '../../src/protocol/chat11/request.ts';

export interface Reading {
  readonly side: Side;
  readonly limits: ReaderLimits;
  /** The most that may wait in the source. */
  readonly maxWaiting?: number;
}

export const byServer: Reading = { side: requestSide, limits: limitsAfterLogin };
export const byClient: Reading = { side: serverSide, limits: limitsOfServer };

/** Everything that comes of `pieces`, up to what is fatal. */
export function readPieces(pieces: readonly Uint8Array[], reading: Reading): (Parcel | Malformed)[] {
  const queue = new ByteQueue();
  const reader = new ParcelReader(queue, reading.side, reading.limits);
  const received: (Parcel | Malformed)[] = [];
  for (const piece of pieces) {
    queue.push(piece);
    for (let one = reader.take(); one !== undefined; one = reader.take()) {
      received.push(one);
      if (one instanceof Malformed && one.isFatal) return received;
    }
    assert.ok(queue.length <= (reading.maxWaiting ?? Number.POSITIVE_INFINITY));
  }
  return received;
}

/** The one parcel that `bytes` are. */
export function readOne(bytes: Uint8Array, reading: Reading): Parcel {
  const [parcel, ...others] = readPieces([bytes], reading);
  assert.ok(parcel !== undefined && !(parcel instanceof Malformed), JSON.stringify(parcel));
  assert.equal(others.length, 0);
  return parcel;
}

/** `bytes` cut where `cuts` says. */
export function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const length of cuts) {
    pieces.push(bytes.subarray(start, start + length));
    start += length;
  }
  pieces.push(bytes.subarray(start));
  return pieces.filter((piece) => piece.length > 0);
}

export const cuts = fc.array(fc.integer({ min: 1, max: 40 }));

export const byteByByte = (bytes: Uint8Array): Uint8Array[] => [...bytes].map((byte) => Uint8Array.of(byte));
