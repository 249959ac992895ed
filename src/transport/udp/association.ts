import { isLoopbackAddress, plainAddress } from '../address-group.ts';
import type { AssociationOptions } from './association-options.ts';
import type { AssociationParts } from './association-parts.ts';
import { isReset } from './handshake/stateless-reset.ts';
import { PacketSender } from './packet-sender.ts';
import { ByteReader, MalformedError } from './packets/byte-cursor.ts';
import { type AckReport, closeCodes, type FrameHandler, readFrames } from './packets/frames.ts';
import { isOddPhase, isProtected, lowNumberOf, wholeNumber } from './packets/packet-header.ts';
import { Path } from './path.ts';
import { Acknowledger } from './recovery/acknowledger.ts';
import { DatagramSize } from './recovery/datagram-size.ts';
import { Recovery } from './recovery/recovery.ts';
import { Silence } from './silence.ts';
import { figuresOf, statisticsOf, type UdpStatistics } from './statistics.ts';
import { connectionError, type Stream } from './streams/stream.ts';
import { StreamTable } from './streams/stream-table.ts';
import { AssociationTrace } from './trace/association-trace.ts';

const closeTries = 12;
const closeRetryMs = 1000;

/**
 * One association of a client with a server, after the handshake: packets and the time go in, packets and the time of the
 * next call come out. It has no socket and no timer.
 *
 * ```
 *            close, or a broken rule                CLOSE of the peer, or tries are over
 *   open ─────────────────────────────► closing ──────────────────────────────────────────► gone
 *     │  CLOSE of the peer              (CLOSE again after each probe time-out)               ▲
 *     ├───────────────────────────────► answers with CLOSE once ──────────────────────────────┤
 *     └── nothing heard for the idle time-out, or RESET from a server that forgot it ─────────┘
 * ```
 */
export class Association implements FrameHandler {
  readonly #options: AssociationOptions;
  readonly #parts: AssociationParts;
  readonly #sender: PacketSender;
  readonly #silence: Silence;
  #nowMs: number;
  readonly #received = { packets: 0, bytes: 0, unsealed: 0, repeated: 0 };
  #state: 'open' | 'closing' | 'gone' = 'open';
  #closing = { code: 0, reason: '', left: closeTries, dueMs: Infinity };
  #error: Error | undefined;
  #peerClose: { readonly code: number; readonly reason: string } | undefined;

  constructor(options: AssociationOptions) {
    const { settings, random, host, port } = options;
    this.#options = options;
    this.#nowMs = options.nowMs;
    const chance = (options.ownId[0] ?? 0) / 255;
    this.#silence = new Silence(settings, options.idleTimeoutMs, chance, options.nowMs);
    const path = new Path(settings, random, host, port);
    const size = new DatagramSize(settings, isLoopbackAddress(host));
    const streams = new StreamTable({
      isClient: options.isClient,
      settings,
      shared: options.shared,
      remoteAddress: () => plainAddress(path.host),
      isLoopback: () => isLoopbackAddress(path.host),
      path: () => ({ roundTripMs: recovery.trips.smoothedMs, loss: recovery.lately.share }),
      onStream: (stream) => options.events.onStream(stream),
      onWork: () => options.events.onWork(),
    });
    const resized = (isChanged: boolean): void => {
      if (isChanged) recovery.controller.datagram = size.size;
    };
    const recovery = new Recovery(settings, size.size, {
      onChunk: (isAcked, kind, stream, offset, length) => {
        if (isAcked) this.#silence.onSaid();
        streams.onChunk(isAcked, kind, stream, offset, length);
      },
      onSizeProbe: (bytes, isAcked) => resized(size.onProbe(bytes, isAcked)),
      onDatagram: (bytes, isAcked) => resized(size.onDatagram(bytes, isAcked, this.#nowMs)),
      onSilence: (bytes) => resized(size.onSilence(bytes, this.#nowMs)),
      trace: options.trace,
    });
    if (options.firstRoundTripMs !== undefined)
      recovery.trips.sample(options.firstRoundTripMs, 0, options.nowMs);
    const acknowledger = new Acknowledger(settings);
    const trace = options.trace && new AssociationTrace(options.trace);
    this.#parts = { ...options, path, size, streams, recovery, acknowledger, trace };
    this.#sender = new PacketSender(this.#parts);
    // By this packet the server learns that the client has the keys.
    this.#sender.mustPing = options.isClient;
  }

  /** What it holds and has under way, in bytes; and what is known of the path (rate in bytes per millisecond). */
  get figures() {
    return figuresOf(this.#parts);
  }

  get statistics(): UdpStatistics {
    return statisticsOf(this.#parts, this.#sender.sent, this.#received, this.#nowMs - this.#options.nowMs);
  }

  /** Whether any stream was ever opened. */
  get hasServed(): boolean {
    return this.#parts.streams.hasServed;
  }

  /** Streams whose ends are not both finished. */
  get streamCount(): number {
    return this.#parts.streams.count;
  }

  /** Whether the peer sealed `packet`, the first that comes. */
  accepts(packet: Uint8Array): boolean {
    return this.#parts.opening.open(packet, lowNumberOf(packet), isOddPhase(packet)) !== undefined;
  }

  /** Client only. A stream beyond those that the server allows waits until another one ends. */
  openStream(): Stream {
    return this.#parts.streams.open();
  }

  /** Ends it; streams that are not over break off. The peer learns of it. */
  close(): void {
    this.#close(this.#parts.streams.isOver ? closeCodes.done : closeCodes.aborted, '');
  }

  #close(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#parts.trace?.tell(this.#nowMs, { kind: 'closing', code });
    this.#closing = { code, reason, left: closeTries, dueMs: this.#nowMs };
    this.#options.events.onWork();
  }

  /** Takes a datagram. */
  receive(packet: Uint8Array, host: string, port: number, nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    const { acknowledger, path, opening, trace } = this.#parts;
    if (this.#state === 'gone' || !isProtected(packet)) return;
    const isHere = path.isCurrent(host, port);
    if (this.#options.isClient && !isHere) return;
    const number = wholeNumber(lowNumberOf(packet), acknowledger.largest + 1);
    const isNew = !acknowledger.isRepeated(number);
    const frames = isNew ? opening.open(packet, number, isOddPhase(packet)) : undefined;
    if (frames === undefined) {
      this.#ignore(packet, isNew ? 'unsealed' : 'repeated');
      return;
    }
    trace?.packet('in', number, packet.length, frames, nowMs);
    this.#received.packets++;
    this.#received.bytes += packet.length;
    this.#silence.onHeard(this.#nowMs);
    if (!isHere && number > acknowledger.largest) this.#move(host, port);
    if (path.isCurrent(host, port)) path.onReceived(packet.length);
    this.#take(frames, number);
    trace?.look(this.#parts, nowMs);
  }

  #ignore(packet: Uint8Array, why: 'unsealed' | 'repeated'): void {
    const { trace } = this.#parts;
    const bytes = packet.length;
    if (isReset(packet, this.#options.resetToken)) {
      trace?.tell(this.#nowMs, { kind: 'reset', bytes });
      this.#lost('the server has forgotten it');
    } else {
      this.#received[why]++;
      trace?.tell(this.#nowMs, { kind: 'ignored', bytes, why });
    }
  }

  /** Client only. The server's machine says that nobody listens at that port. */
  onRefused(nowMs: number): void {
    if (this.#silence.onRefused(nowMs)) this.#lost('nobody listens there any more');
  }

  /** Does what is due, and calls handlers. */
  poll(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    const { recovery, streams } = this.#parts;
    // Also when it is gone: what arrived before is still read.
    if (this.#state !== 'closing') streams.tell();
    if (this.#state === 'open') {
      if (this.#nowMs >= this.#silence.goneAtMs) {
        this.#gone(connectionError('ETIMEDOUT', 'nothing was heard from the peer'));
        return;
      }
      if (this.#nowMs >= this.#askAtMs) {
        this.#silence.onAsked();
        this.#sender.mustPing = true;
      }
      recovery.onTime(this.#nowMs);
      this.#sender.flush(this.#nowMs);
      this.#parts.trace?.look(this.#parts, this.#nowMs);
    }
    if (this.#state === 'closing' && this.#nowMs >= this.#closing.dueMs) this.#sendClose();
  }

  /** When to call `poll` next; Infinity when it is gone. */
  get dueMs(): number {
    if (this.#state === 'closing') return this.#closing.dueMs;
    if (this.#parts.streams.hasNews) return this.#nowMs;
    if (this.#state === 'gone') return Infinity;
    return Math.min(this.#sender.dueMs, this.#silence.goneAtMs, this.#askAtMs);
  }

  onAck(report: AckReport): void {
    this.#parts.recovery.onAck(report, this.#nowMs);
  }

  onMaxStream(stream: number, offset: number): void {
    if (this.#state === 'open') this.#parts.streams.onMaxStream(stream, offset);
  }

  onMaxStreams(count: number): void {
    this.#parts.streams.sender.onMaxStreams(count);
  }

  onReset(stream: number, finalOffset: number, code: number): void {
    if (this.#state === 'open') this.#parts.streams.onReset(stream, finalOffset, code);
  }

  onStop(stream: number, code: number): void {
    if (this.#state === 'open') this.#parts.streams.onStop(stream, code);
  }

  onStream(stream: number, offset: number, data: Uint8Array, isFinal: boolean): void {
    if (this.#state !== 'open') return;
    this.#silence.onSaid();
    this.#parts.streams.onData(stream, offset, data, isFinal);
  }

  onChallenge(value: Uint8Array): void {
    this.#sender.answerChallenge(value);
  }

  onResponse(value: Uint8Array): void {
    this.#parts.path.onResponse(value);
  }

  onClose(code: number, reason: string): void {
    this.#peerClose ??= { code, reason };
  }

  #take(frames: Uint8Array, number: number): void {
    const { acknowledger, recovery } = this.#parts;
    try {
      const isEliciting = readFrames(new ByteReader(frames), this);
      acknowledger.onPacket(number, isEliciting, frames.length, this.#nowMs, recovery.trips.pathMs);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#error = connectionError('EPROTO', error.message);
      this.#close(closeCodes.malformed, error.message);
    }
    if (this.#peerClose !== undefined) this.#onPeerClose(this.#peerClose);
  }

  #onPeerClose({ code, reason }: { readonly code: number; readonly reason: string }): void {
    // The answer ends the peer's tries; if it is lost, they end by themselves.
    if (this.#state === 'open') this.#sender.sendClose(closeCodes.done, '', this.#nowMs);
    const text = `the peer has closed the association${reason && `: ${reason}`}`;
    this.#gone(connectionError('ECONNRESET', text), code === closeCodes.done);
  }

  #sendClose(): void {
    const { recovery, streams } = this.#parts;
    const closing = this.#closing;
    if (closing.left === closeTries) streams.onGone(this.#error, false);
    if (closing.left === 0) {
      this.#gone(this.#error);
      return;
    }
    const againMs = recovery.trips.probeTimeoutMs(this.#options.settings.lineAckDelayMs);
    closing.dueMs = this.#nowMs + Math.min(closeRetryMs, againMs * 2 ** (closeTries - closing.left--));
    this.#sender.sendClose(closing.code, closing.reason, this.#nowMs);
  }

  #lost(why: string): void {
    this.#gone(this.#state === 'closing' ? this.#error : connectionError('ECONNRESET', why));
  }

  #move(host: string, port: number): void {
    const { path, size, recovery } = this.#parts;
    const isElsewhere = path.moveTo(host, port, this.#nowMs);
    size.reset();
    recovery.controller.datagram = size.size;
    // Another port is most often a router that forgot: the path is the same.
    if (isElsewhere) recovery.onNewPath(this.#nowMs);
  }

  /** The client asks: only what comes from inside is sure to keep a router's memory of the way, and to show a new one. */
  get #askAtMs(): number {
    const isWaiting = this.#parts.recovery.sent.packetsUnderWay > 0;
    return !this.#options.isClient || isWaiting || this.streamCount === 0 ? Infinity : this.#silence.askAtMs;
  }

  #gone(error: Error | undefined, isInOrder = false): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#parts.trace?.tell(this.#nowMs, { kind: 'gone', error: isInOrder ? undefined : error });
    this.#parts.streams.onGone(error, isInOrder);
    this.#options.events.onGone(isInOrder ? undefined : error);
  }
}
