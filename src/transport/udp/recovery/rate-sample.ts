import type { Controller } from './controller.ts';
import { packetMarks, type SentPackets } from './sent-packets.ts';

/**
 * Tells the controller at which rate bytes arrived, by `newest`, the packet sent last of those that an acknowledgement
 * is the first to report: how much was delivered since it left, over the longer of the times in which that was sent and
 * acknowledged.
 *
 * By chance, a path loses fewer packets in one round trip than in another, and the highest of many samples would be one of
 * those: too high by 6 % at a loss of 10 %, which is a queue. So no more counts as delivered than is to be expected of
 * what was sent in that time, at the loss that the path has by itself.
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
  const answered = (sent.sentBytes[row] ?? 0) - (sent.answeredBytes[row] ?? 0);
  const delivered = Math.min(controller.delivered - before, answered * (1 - controller.loss));
  const rate = isLong ? delivered / elapsedMs : 0;
  const isAppLimited = ((sent.marks[row] ?? 0) & packetMarks.appLimited) !== 0;
  controller.firstSentMs = sentMs;
  controller.answeredBytes = sent.sentBytes[row] ?? 0;
  controller.onAck(nowMs, before, rate, isAppLimited, sent.bytesUnderWay);
}
