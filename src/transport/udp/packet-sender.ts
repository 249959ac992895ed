import type { AssociationParts } from './association-parts.ts';
import { leastResetAnswers } from './handshake/stateless-reset.ts';
import { ByteWriter } from './packets/byte-cursor.ts';
import { challengeBytes, frameTypes, writeClose } from './packets/frames.ts';
import { headerBytes, tagBytes, writeHeader } from './packets/packet-header.ts';
import { packetStates } from './recovery/sent-packets.ts';

/**
 * Fills, seals and sends the packets of one association: as many as window, pace and path allow, each as full as it gets,
 * with an acknowledgement if one is wanted.
 */

/** Frames are written here before they are sealed: one packet at a time, so all associations share it. */
const scratch = new ByteWriter(new Uint8Array(65_536));
/** One packet number in so many is left out, at random: a peer that acknowledges it makes acknowledgements up. */
const skips = { least: 200, span: 800 } as const;
const overheadBytes = headerBytes + tagBytes;
const challengeFrameBytes = 1 + challengeBytes;

export class PacketSender {
  readonly #parts: AssociationParts;
  #firstOfKey = 0;
  #nextSkip: number;
  #response: Uint8Array | undefined;
  /** The last answer to a challenge, and the packet that has it. */
  #responded: { readonly value: Uint8Array; readonly number: number } | undefined;
  /** A packet must leave that the peer has to acknowledge. */
  mustPing = false;
  readonly sent = { packets: 0, bytes: 0 };

  constructor(parts: AssociationParts) {
    this.#parts = parts;
    this.#nextSkip = this.#randomSkip();
  }

  /** Sends what can be sent now. */
  flush(nowMs: number): void {
    const { recovery, acknowledger, streams } = this.#parts;
    this.#sendChallenge(nowMs);
    this.#sendSizeProbe(nowMs);
    if (streams.sender.tailDueMs <= nowMs) streams.sender.copyTails(nowMs, recovery.trips.tailDelayMs);
    while (this.#wantsToSend && recovery.canSend(nowMs)) {
      if (!this.#parts.path.allows(this.#parts.size.size) || !this.#sendPacket(nowMs)) break;
    }
    if (acknowledger.dueMs <= nowMs) this.#sendAcknowledgement(nowMs);
    if (this.#wantsToSend && this.#parts.path.isProven) return;
    if (recovery.hasWindow) recovery.controller.onNothingToSend(recovery.sent.bytesUnderWay);
  }

  /** When `flush` has something to do. */
  get dueMs(): number {
    const { recovery, acknowledger, streams, path } = this.#parts;
    const wantsToSend = this.#wantsToSend && path.allows(this.#parts.size.size);
    return Math.min(recovery.dueMs(wantsToSend), acknowledger.dueMs, streams.sender.tailDueMs, path.dueMs);
  }

  answerChallenge(value: Uint8Array): void {
    this.#response = new Uint8Array(value);
  }

  sendClose(code: number, reason: string, nowMs: number): void {
    const { recovery, acknowledger, path } = this.#parts;
    this.#begin();
    acknowledger.write(scratch, nowMs, true);
    writeClose(scratch, code, reason);
    // Whoever breaks a rule could otherwise have an address flooded by the tries.
    if (!path.allows(scratch.at + overheadBytes, true)) return;
    recovery.onSent(this.#seal(nowMs), false, false, nowMs);
  }

  get #wantsToSend(): boolean {
    const { recovery, streams } = this.#parts;
    return this.mustPing || this.#response !== undefined || recovery.probes > 0 || streams.sender.hasFrames;
  }

  /** Returns false when it turned out that there is nothing to send. */
  #sendPacket(nowMs: number): boolean {
    const { acknowledger, recovery, streams, settings } = this.#parts;
    const isProbe = recovery.probes > 0;
    this.#begin();
    acknowledger.write(scratch, nowMs, false);
    const start = scratch.at;
    this.#writeResponse(isProbe);
    this.#writeChallenge();
    streams.sender.write(scratch, recovery.sent, {
      nowMs,
      roundTripMs: recovery.trips.smoothedMs,
      tailDelayMs: recovery.trips.tailDelayMs,
      loss: recovery.lately.share,
      isLossKnown: recovery.lately.seen >= settings.copyLossKnownAfter,
    });
    if (scratch.at === start && (this.mustPing || isProbe)) this.#ping(leastResetAnswers);
    const isEliciting = scratch.at > start;
    this.mustPing = false;
    if (scratch.at > 0) recovery.onSent(this.#seal(nowMs), isEliciting, false, nowMs);
    return isEliciting;
  }

  /** Whoever is answered asks no more: so the answer has the challenge, too. */
  #writeChallenge(): boolean {
    const { challenge } = this.#parts.path;
    if (challenge === undefined) return false;
    scratch.u8(frameTypes.challenge);
    scratch.put(challenge);
    return true;
  }

  /** Also in a probe, as long as the peer acknowledges nothing. */
  #writeResponse(isProbe: boolean): void {
    const { recovery } = this.#parts;
    if (isProbe && this.#responded !== undefined && this.#responded.number > recovery.largestAcked)
      this.#response ??= this.#responded.value;
    if (this.#response === undefined) return;
    scratch.u8(frameTypes.response);
    scratch.put(this.#response);
    this.#responded = { value: this.#response, number: recovery.sent.next };
    this.#response = undefined;
  }

  #sendAcknowledgement(nowMs: number): void {
    const { acknowledger, recovery, path } = this.#parts;
    this.#begin();
    acknowledger.write(scratch, nowMs, false);
    // Nothing to say, or an address that has not shown yet that it is the peer's: the next packet says it.
    acknowledger.dueMs = Infinity;
    if (scratch.at === 0 || !path.allows(scratch.at + challengeFrameBytes + overheadBytes)) return;
    const isEliciting = this.#writeChallenge();
    recovery.onSent(this.#seal(nowMs), isEliciting, false, nowMs);
  }

  #sendChallenge(nowMs: number): void {
    const { path, recovery, settings } = this.#parts;
    const againMs = recovery.trips.probeTimeoutMs(settings.lineAckDelayMs);
    const challenge = path.takeChallenge(nowMs, againMs);
    if (challenge === undefined || !path.allows(challengeFrameBytes + overheadBytes, true)) return;
    this.#begin();
    this.#writeChallenge();
    recovery.onSent(this.#seal(nowMs), true, false, nowMs);
  }

  /** A packet of its own, so that nothing else is lost with it. */
  #sendSizeProbe(nowMs: number): void {
    const { size, recovery, path } = this.#parts;
    const probe = size.probeSize(nowMs);
    if (probe === undefined || !path.isProven || recovery.largestAcked < 0) return;
    if (!recovery.canSend(nowMs)) return;
    this.#begin();
    this.#ping(probe);
    size.onProbeSent();
    recovery.onSent(this.#seal(nowMs), true, true, nowMs);
  }

  /** In a datagram of at least so many bytes. */
  #ping(datagramBytes: number): void {
    scratch.u8(frameTypes.ping);
    const padding = Math.max(0, datagramBytes - overheadBytes - scratch.at);
    scratch.bytes.fill(frameTypes.padding, scratch.at, scratch.at + padding);
    scratch.at += padding;
  }

  #begin(): void {
    const { recovery, size } = this.#parts;
    const { sent } = recovery;
    this.#changeKey();
    if (sent.next >= this.#nextSkip) {
      sent.begin();
      sent.add(packetStates.skipped, 0, 0, 0);
      this.#nextSkip = this.#randomSkip();
    }
    sent.begin();
    scratch.at = 0;
    scratch.limit = size.size - overheadBytes;
  }

  /** Seals and sends what was written. Returns the size of the datagram. */
  #seal(nowMs: number): number {
    const { sealing, peerId, recovery, path, trace } = this.#parts;
    const size = scratch.at + overheadBytes;
    const packet = Buffer.allocUnsafe(size);
    const number = recovery.sent.next;
    trace?.packet('out', number, size, scratch.written(), nowMs);
    this.sent.packets++;
    this.sent.bytes += size;
    writeHeader(packet, sealing.phase, peerId, number);
    sealing.seal(packet, scratch.written(), number);
    path.onSent(size);
    this.#parts.transmit(packet, path.host, path.port);
    return size;
  }

  /** The next key, once this one has sealed enough and the peer has seen it. */
  #changeKey(): void {
    const { recovery, sealing, settings } = this.#parts;
    const { next } = recovery.sent;
    if (next - this.#firstOfKey < settings.packetsPerKey || recovery.largestAcked < this.#firstOfKey) return;
    sealing.update();
    this.#firstOfKey = next;
  }

  #randomSkip(): number {
    const bytes = new Uint8Array(2);
    this.#parts.random(bytes);
    const random = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
    return this.#parts.recovery.sent.next + skips.least + (random % skips.span);
  }
}
