import type { UdpStatistics } from '../transport/udp/statistics.ts';
import { durationOf } from './lines.ts';
import { humanSize } from './sizes.ts';

/** Describes an association over UDP in lines for people. `dropShare`, from 0 to below 1, is what is dropped on purpose. */
export function statisticsLines(found: UdpStatistics, dropShare: number): string[] {
  const known = found.resolvedPackets === 0 ? 0 : found.lostPackets / found.resolvedPackets;
  const expected = found.missingPackets + found.receivedPackets;
  const missing = expected === 0 ? 0 : found.missingPackets / expected;
  const least =
    found.leastRoundTripMs === undefined ? '' : `, ${milliseconds(found.leastRoundTripMs)} at the least`;
  return [
    `Open for ${durationOf(found.openMs / 1000)}; round trip ${milliseconds(found.roundTripMs)}${least}`,
    `Sent: ${packets(found.sentPackets, found.sentBytes)}; ${percent(known)} lost (${percent(found.lossLately)} lately), ` +
      `${humanSize(found.bytesSentAgain)} sent again`,
    `Received: ${packets(found.receivedPackets, found.receivedBytes)}; ${percent(missing)} did not arrive`,
    `Path: ${((found.rate * 8) / 1000).toFixed(2)} Mbit/s; ${humanSize(found.underWayBytes)} under way of at most ` +
      `${humanSize(found.windowBytes)}, in datagrams of up to ${humanSize(found.datagramBytes)}; phase ${found.phase}`,
    ...(dropShare === 0 ? [] : [`Dropped here on purpose: ${percent(dropShare)} in each direction (--drop)`]),
  ];
}

function packets(count: number, bytes: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'packet' : 'packets'} (${humanSize(bytes)})`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
