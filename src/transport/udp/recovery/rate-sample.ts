import type { Controller } from './controller.ts';
import { packetMarks, type SentPackets } from './sent-packets.ts';

/**
 * Tells the controller at which rate bytes arrived, by `newest`, the packet sent last of those that an acknowledgement
 * is the first to report: how much was delivered since it left, over the longer of the times in which that was sent and
 * acknowledged.
 */
export function sampleRate(
  sent: SentPackets,
  controller: Controller,
  newest: number,
  pathMs: number,
  nowMs: number,
): void {
  const row = sent.row(newest);
  const sentMs = sent.sentMs[row] ?? 0;
  const sendElapsedMs = sentMs - (sent.firstSentMs[row] ?? 0);
  const ackElapsedMs = nowMs - (sent.deliveredMs[row] ?? 0);
  const elapsedMs = Math.max(sendElapsedMs, ackElapsedMs);
  const before = sent.delivered[row] ?? 0;
  // Within less than a round trip, a bunch of acknowledgements looks like a fast path.
  const isLong = elapsedMs > 0 && elapsedMs >= 0.9 * pathMs;
  const rate = isLong ? (controller.delivered - before) / elapsedMs : 0;
  const isAppLimited = ((sent.marks[row] ?? 0) & packetMarks.appLimited) !== 0;
  controller.firstSentMs = sentMs;
  controller.onAck(nowMs, before, rate, isAppLimited, sent.bytesUnderWay);
}
