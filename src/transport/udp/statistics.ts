import type { AssociationParts } from './association-parts.ts';

/** What one end of an association counted so far. Times in milliseconds, sizes in bytes. */
export interface UdpStatistics {
  /** Since the handshake. */
  readonly openMs: number;
  readonly roundTripMs: number;
  /** Undefined before the first sample. */
  readonly leastRoundTripMs: number | undefined;
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  /** Packets of which it is known what became of them, and those of them that were lost. */
  readonly resolvedPackets: number;
  readonly lostPackets: number;
  /** Packets that were taken for lost and arrived later. */
  readonly latePackets: number;
  /** The share that was lost lately, from 0 to 1. */
  readonly lossLately: number;
  /** Datagrams that were dropped: those that the peer did not seal, and those that came before. */
  readonly unsealedPackets: number;
  readonly repeatedPackets: number;
  /** Numbers that the peer used and that did not arrive; it leaves out some 1 in 600 itself. */
  readonly missingPackets: number;
  /** Bytes of streams that were sent another time. */
  readonly bytesSentAgain: number;
  /** What the path carries, in bytes per millisecond; 0 before the first sample. */
  readonly rate: number;
  readonly windowBytes: number;
  readonly underWayBytes: number;
  /** The largest datagram that is sent. */
  readonly datagramBytes: number;
  readonly phase: string;
}

/** Packets and bytes of them, in one direction. */
export interface Traffic {
  readonly packets: number;
  readonly bytes: number;
}

/** Also datagrams that were dropped. */
export interface Received extends Traffic {
  readonly unsealed: number;
  readonly repeated: number;
}

export function statisticsOf(
  { recovery, acknowledger, streams, size }: AssociationParts,
  sent: Traffic,
  received: Received,
  openMs: number,
): UdpStatistics {
  const { trips, controller } = recovery;
  const lostPackets = recovery.lostPackets - recovery.latePackets;
  return {
    openMs,
    roundTripMs: trips.smoothedMs,
    leastRoundTripMs: trips.isKnown ? trips.leastMs : undefined,
    sentPackets: sent.packets,
    sentBytes: sent.bytes,
    receivedPackets: received.packets,
    receivedBytes: received.bytes,
    resolvedPackets: recovery.ackedPackets + lostPackets,
    lostPackets,
    latePackets: recovery.latePackets,
    lossLately: recovery.lately.share,
    unsealedPackets: received.unsealed,
    repeatedPackets: received.repeated,
    missingPackets: Math.max(0, acknowledger.largest + 1 - received.packets),
    bytesSentAgain: streams.sender.bytesSentAgain,
    rate: controller.rate,
    windowBytes: controller.window,
    underWayBytes: recovery.sent.bytesUnderWay,
    datagramBytes: size.size,
    phase: controller.phase,
  };
}

/** What an association holds and has under way, in bytes; and what is known of its path (rate in bytes per millisecond). */
export function figuresOf({ recovery, streams, size, sealing }: AssociationParts) {
  return {
    heldBytes: streams.heldBytes,
    underWayBytes: recovery.sent.bytesUnderWay,
    roundTripMs: recovery.trips.smoothedMs,
    rate: recovery.controller.rate,
    datagramBytes: size.size,
    keyPhase: sealing.phase,
  };
}
