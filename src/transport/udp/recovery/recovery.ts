import { MalformedError } from '../packets/byte-cursor.ts';
import type { AckReport } from '../packets/frames.ts';
import { wholeNumber } from '../packets/packet-header.ts';
import type { UdpSettings } from '../settings.ts';
import { Controller } from './controller.ts';
import { LossShare } from './loss-share.ts';
import { Pacer } from './pacer.ts';
import { PacketThreshold } from './packet-threshold.ts';
import { sampleRate } from './rate-sample.ts';
import type { RecoveryEvents } from './recovery-events.ts';
import { RoundTrips } from './round-trips.ts';
import { packetMarks, packetStates, SentPackets } from './sent-packets.ts';

/** Packets that were taken for lost and arrive are noticed so far back. */
const latestNearby = 64;
/** A number that was left out is noticed by an acknowledgement of those around it. */
const skippedNearby = 8;
const restartAfter = 3;
const neverSent = 'an acknowledgement of what was never sent';
/** Packets over which the recent loss is averaged. */
const lossMemory = 200;

/**
 * Finds out what arrived and what is lost, and says when and how much may be sent.
 *
 * A packet is lost when three later ones arrived, or when it is missing for 9/8 of a round trip. When nothing comes back
 * for a whole probe time-out, probes go out whatever the window says, and what the oldest packets carried is sent again.
 * After three such time-outs nothing that was known of the path counts any more.
 */
export class Recovery {
  readonly sent = new SentPackets();
  readonly trips = new RoundTrips();
  readonly controller: Controller;
  readonly #settings: UdpSettings;
  readonly #events: RecoveryEvents;
  readonly #pacer = new Pacer();
  /** The highest number that the peer has; -1 if it has none. */
  largestAcked = -1;
  readonly #threshold: PacketThreshold;
  #lossAtMs = Infinity;
  #highestLost = -Infinity;
  #lastElicitingMs = 0;
  /** Of all packets that want an acknowledgement. */
  #sentBytes = 0;
  #timeouts = 0;
  /** The packets that were lost lately. */
  readonly lately = new LossShare(lossMemory);
  /** Probes that may leave now, whatever window and pace say. */
  probes = 0;
  /** Packets taken for lost so far, and those of them that arrived later; without those that tried a size. */
  lostPackets = 0;
  latePackets = 0;
  /** Packets acknowledged so far, and of those of the last acknowledgement the one that was sent last. */
  ackedPackets = 0;
  #newest = -1;

  constructor(settings: UdpSettings, datagram: number, events: RecoveryEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#threshold = new PacketThreshold(settings.packetThreshold);
    this.controller = new Controller(this.trips, datagram, settings.initialWindowPackets, settings.polite);
  }

  /** Whether the window has room; a probe needs none. */
  get hasWindow(): boolean {
    return this.sent.hasRoom && (this.probes > 0 || this.sent.bytesUnderWay < this.controller.window);
  }

  /** Whether a packet that wants an acknowledgement may leave now. */
  canSend(nowMs: number): boolean {
    if (this.probes > 0) return this.sent.hasRoom;
    return this.hasWindow && this.#pacer.allows(nowMs, this.controller.pace, this.controller.burst);
  }

  /** When something is to be done: a loss found, a probe sent, the pace allows more. */
  dueMs(wantsToSend: boolean): number {
    let dueMs = this.#lossAtMs;
    if (this.sent.packetsUnderWay > 0) dueMs = Math.min(dueMs, this.#probeAtMs);
    if (wantsToSend && this.hasWindow) {
      dueMs = Math.min(dueMs, this.#pacer.readyMs(this.controller.pace, this.controller.burst));
    }
    return dueMs;
  }

  /** A packet leaves whose row was begun in `sent`. Returns its number. */
  onSent(size: number, isEliciting: boolean, isSizeProbe: boolean, nowMs: number): number {
    const { sent, controller } = this;
    if (!isEliciting) return sent.add(packetStates.untracked, size, 0, nowMs);
    if (sent.packetsUnderWay === 0) {
      controller.firstSentMs = nowMs;
      controller.deliveredMs = nowMs;
      controller.answeredBytes = this.#sentBytes;
    }
    this.#sentBytes += size;
    const marks =
      (controller.isDraining ? packetMarks.drain : 0) |
      (controller.isAppLimited ? packetMarks.appLimited : 0) |
      (isSizeProbe ? packetMarks.sizeProbe : 0);
    const row = sent.row(sent.next);
    sent.delivered[row] = controller.delivered;
    sent.deliveredMs[row] = controller.deliveredMs;
    sent.firstSentMs[row] = controller.firstSentMs;
    sent.sentBytes[row] = this.#sentBytes;
    sent.answeredBytes[row] = controller.answeredBytes;
    this.#pacer.spend(size);
    this.#lastElicitingMs = nowMs;
    if (this.probes > 0) this.probes--;
    return sent.add(packetStates.underWay, size, marks, nowMs);
  }

  onAck(report: AckReport, nowMs: number): void {
    const { sent } = this;
    const largest = wholeNumber(report.largestLow, sent.next);
    if (largest >= sent.next || largest < 0) throw new MalformedError(neverSent);
    const ackedBefore = this.ackedPackets;
    const deliveredBefore = this.controller.delivered;
    this.#newest = -1;
    let end = largest + 1;
    for (let i = 0; i < report.count; i++) {
      end -= report.gaps[i] ?? 0;
      const start = end - (report.lengths[i] ?? 0);
      if (start < 0) throw new MalformedError('an acknowledgement below number 0');
      this.#ackRange(start, end, nowMs);
      end = start;
    }
    if (this.ackedPackets === ackedBefore) return;
    if (largest > this.largestAcked) {
      this.largestAcked = largest;
      if (this.#newest === largest) this.#sampleTrip(largest, report.delayMs, nowMs);
    }
    this.#timeouts = 0;
    this.probes = 0;
    if (this.#newest >= 0) sampleRate(sent, this.controller, this.#newest, this.trips.pathMs, nowMs);
    this.#events.trace?.(nowMs, {
      kind: 'acked',
      packets: this.ackedPackets - ackedBefore,
      bytes: this.controller.delivered - deliveredBefore,
      roundTripMs: this.trips.latestMs,
      smoothedMs: this.trips.smoothedMs,
      underWayBytes: sent.bytesUnderWay,
    });
    this.#findLosses(nowMs);
  }

  /** Does what is due. */
  onTime(nowMs: number): void {
    if (nowMs >= this.#lossAtMs) this.#findLosses(nowMs);
    if (this.sent.packetsUnderWay === 0 || nowMs < this.#probeAtMs) return;
    this.#timeouts++;
    this.probes = this.#settings.probePackets;
    this.#lastElicitingMs = nowMs;
    const isRestart = this.#timeouts % restartAfter === 0;
    this.#events.trace?.(nowMs, { kind: 'silence', count: this.#timeouts, isRestart });
    if (isRestart) this.#giveUpPath(nowMs);
    else this.#repeatOldest();
  }

  /** The path is another one. */
  onNewPath(nowMs: number): void {
    this.trips.reset();
    this.controller.restart(nowMs);
  }

  get #probeAtMs(): number {
    if (this.#settings.probePackets === 0) return Infinity;
    const timeoutMs = this.trips.probeTimeoutMs(this.#settings.lineAckDelayMs);
    return this.#lastElicitingMs + Math.min(timeoutMs * 2 ** this.#timeouts, this.trips.longestProbeMs);
  }

  /** Below it everything is resolved, but for losses that were none; those are looked for nearby only. */
  get #lookedAtFrom(): number {
    const from = this.sent.firstOpen - skippedNearby;
    return this.#highestLost < from ? from : Math.min(from, this.#highestLost - latestNearby);
  }

  #ackRange(start: number, end: number, nowMs: number): void {
    const { sent } = this;
    for (let number = end - 1; number >= start; number--) {
      const state = sent.stateOf(number);
      if (state === packetStates.skipped) throw new MalformedError(neverSent);
      if (state === packetStates.underWay) this.#ack(number, nowMs);
      else if (state === packetStates.lost) this.#ackLate(number, nowMs);
      if (number < this.#lookedAtFrom) return;
    }
  }

  #ack(number: number, nowMs: number): void {
    const { sent, controller } = this;
    const row = sent.row(number);
    const size = sent.sizes[row] ?? 0;
    const marks = sent.marks[row] ?? 0;
    sent.resolve(number, packetStates.acked);
    this.ackedPackets++;
    controller.delivered += size;
    controller.deliveredMs = nowMs;
    this.#newest = Math.max(this.#newest, number);
    if ((marks & packetMarks.sizeProbe) !== 0) {
      this.#events.onSizeProbe(size, true);
      return;
    }
    if ((marks & packetMarks.drain) !== 0) controller.onDrainPacket(false);
    this.lately.note(false);
    this.#events.onDatagram(size, true);
    sent.chunks(number, this.#onAckedChunk);
  }

  /** It was taken for lost: it was late. Packets are out of order by more than was thought. */
  #ackLate(number: number, nowMs: number): void {
    this.sent.states[this.sent.row(number)] = packetStates.acked;
    this.sent.chunks(number, this.#onAckedChunk);
    this.ackedPackets++;
    if (((this.sent.marks[this.sent.row(number)] ?? 0) & packetMarks.sizeProbe) === 0) this.latePackets++;
    this.#events.trace?.(nowMs, { kind: 'late', number });
    this.#threshold.onLate(this.largestAcked - number + 1, nowMs);
  }

  readonly #onAckedChunk = (kind: number, stream: number, offset: number, length: number): void => {
    this.#events.onChunk(true, kind, stream, offset, length);
  };

  readonly #onLostChunk = (kind: number, stream: number, offset: number, length: number): void => {
    this.#events.onChunk(false, kind, stream, offset, length);
  };

  #sampleTrip(number: number, delayMs: number, nowMs: number): void {
    const tookMs = nowMs - (this.sent.sentMs[this.sent.row(number)] ?? 0);
    // The peer may be slow to answer, but not by more than it has time.
    this.trips.sample(tookMs, Math.min(delayMs, tookMs), nowMs);
  }

  #findLosses(nowMs: number): void {
    const { sent } = this;
    const threshold = this.#threshold.at(nowMs);
    const delayMs = this.trips.lossDelayMs(this.#settings.timeThreshold);
    this.#lossAtMs = Infinity;
    for (let number = sent.firstOpen; number < this.largestAcked; number++) {
      const row = sent.row(number);
      if (sent.states[row] !== packetStates.underWay) continue;
      const isOvertaken = this.largestAcked - number >= threshold;
      const lostAtMs =
        (sent.sentMs[row] ?? 0) + (isOvertaken ? Math.min(delayMs, this.trips.pathMs) : delayMs);
      if (lostAtMs <= nowMs) this.#lose(number, isOvertaken ? 'overtaken' : 'overdue', nowMs);
      else this.#lossAtMs = Math.min(this.#lossAtMs, lostAtMs);
    }
    sent.advance();
  }

  #lose(number: number, why: 'overtaken' | 'overdue' | 'silence', nowMs: number): void {
    const { sent, controller } = this;
    const row = sent.row(number);
    const marks = sent.marks[row] ?? 0;
    sent.resolve(number, packetStates.lost);
    this.#highestLost = Math.max(this.#highestLost, number);
    this.#events.trace?.(nowMs, {
      kind: 'lost',
      number,
      bytes: sent.sizes[row] ?? 0,
      why,
      behind: this.largestAcked - number,
      missingMs: nowMs - (sent.sentMs[row] ?? 0),
    });
    if ((marks & packetMarks.sizeProbe) !== 0) {
      this.#events.onSizeProbe(sent.sizes[row] ?? 0, false);
      return;
    }
    this.lostPackets++;
    if ((marks & packetMarks.drain) !== 0) controller.onDrainPacket(true);
    this.lately.note(true);
    this.#events.onDatagram(sent.sizes[row] ?? 0, false);
    sent.chunks(number, this.#onLostChunk);
  }

  /** What the oldest packets carried is sent again, though they may have arrived. */
  #repeatOldest(): void {
    const { sent } = this;
    let left = this.probes;
    for (let number = sent.firstOpen; number < sent.next && left > 0; number++) {
      if (sent.stateOf(number) !== packetStates.underWay) continue;
      sent.chunks(number, this.#onLostChunk);
      left--;
    }
  }

  #giveUpPath(nowMs: number): void {
    const { sent } = this;
    let largest = 0;
    for (let number = sent.firstOpen; number < sent.next; number++) {
      if (sent.stateOf(number) !== packetStates.underWay) continue;
      largest = Math.max(largest, sent.sizes[sent.row(number)] ?? 0);
      this.#lose(number, 'silence', nowMs);
    }
    sent.advance();
    this.#lossAtMs = Infinity;
    this.controller.restart(nowMs);
    this.#events.onSilence(largest);
  }
}
