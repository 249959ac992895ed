import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statisticsLines } from './udp-statistics.ts';

const found = {
  openMs: 192_000,
  roundTripMs: 41.25,
  leastRoundTripMs: 40.02,
  sentPackets: 1204,
  sentBytes: 1_400_000,
  receivedPackets: 180,
  receivedBytes: 12_000,
  resolvedPackets: 1000,
  lostPackets: 98,
  latePackets: 0,
  unsealedPackets: 0,
  repeatedPackets: 0,
  lossLately: 0.121,
  missingPackets: 20,
  bytesSentAgain: 120_000,
  rate: 5400,
  windowBytes: 500_000,
  underWayBytes: 0,
  datagramBytes: 1472,
  phase: 'cycle',
};

test('statistics of UDP are four lines, and one more when datagrams are dropped on purpose', () => {
  const lines = [
    'Open for 4 minutes; round trip 41.3 ms, 40.0 ms at the least',
    'Sent: 1,204 packets (1.3 MiB); 10 % lost (12 % lately), 117 KiB sent again',
    'Received: 180 packets (11 KiB); 10 % did not arrive',
    'Path: 43.20 Mbit/s; 0 bytes under way of at most 488 KiB, in datagrams of up to 1.4 KiB; phase cycle',
  ];
  assert.deepEqual(statisticsLines(found, 0), lines);
  assert.deepEqual(statisticsLines(found, 0.2), [
    ...lines,
    'Dropped here on purpose: 20 % in each direction (--drop)',
  ]);
});

test('statistics before the first packet divide by nothing', () => {
  const none = { resolvedPackets: 0, lostPackets: 0, receivedPackets: 0, missingPackets: 0 };
  const [first, ...rest] = statisticsLines({ ...found, ...none, leastRoundTripMs: undefined }, 0);
  assert.equal(first, 'Open for 4 minutes; round trip 41.3 ms');
  assert.doesNotMatch(rest.join(), /NaN/);
});
