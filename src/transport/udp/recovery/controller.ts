import { LeastOfLast } from './least-of-last.ts';
import { LossShare } from './loss-share.ts';
import type { RoundTrips } from './round-trips.ts';

/**
 * How fast to send: a model of the path instead of a reaction to loss. The rate of the path is the highest rate at which
 * packets arrived; a cycle of phases tries more (gain 1.25) and then lets queues drain (0.75). Loss while draining, below
 * the rate of the path, cannot be of our making, so only that loss is compensated: pace = rate / (1 - loss). Loss seen at
 * other times could be our own overload, and to compensate it would keep the overload up. Rates in bytes per millisecond.
 */
const startGain = 2.885;
/**
 * How much of the path may be under way then. What is under way when the first packets tell of a queue is in that queue a
 * round trip later: more would fill it, less would take longer to find the rate.
 */
const startWindow = 2.2;
/** Start ends when so many acknowledgements in a row show round trips so many times as long as the least. */
const samplesEnough = 8;
const startQueue = 1.125;
const drainGain = 0.35;
const cycleGains = [1.25, 0.75, 1, 1, 1, 1, 1, 1] as const;
/** How much more is tried after as many cycles in a row that found a faster path, and what finding one means. */
const tryGains = [cycleGains[0], 1.5, 2] as const;
const fasterEnough = 1.2;
/** The filter of maxima finds some 2 % too much, as acknowledgements come in bunches; without this a queue stands. */
const paceMargin = 0.99;
const windowGain = 2;
const rateRounds = 10;
const maxLoss = 0.5;
const leastLifeMs = 10_000;
const leastProbeMs = 100;
const minWindowPackets = 4;
/** On shorter paths it is the ends that take time: their loops and timers, and whoever else uses their processors. */
const shortestPathMs = 10;
/** Packets of drain phases over which loss is averaged. */
const lossMemory = 400;
const lossEnough = 20;

export type Phase = 'start' | 'drain' | 'cycle' | 'least';

export class Controller {
  readonly #trips: RoundTrips;
  readonly #polite: boolean;
  readonly #initialPackets: number;
  phase: Phase = 'start';
  #datagram: number;
  /** The maximum of each of the last rounds. */
  readonly #rates = new Float64Array(rateRounds);
  #rate = 0;
  #round = 0;
  #roundEnd = 0;
  delivered = 0;
  deliveredMs = 0;
  firstSentMs = 0;
  /** Bytes that were sent up to and with the packet that was acknowledged last. */
  answeredBytes = 0;
  /** Delivered bytes up to and with which samples are too low, because there was too little to send. */
  #appLimitedUntil = -1;
  #fullRate = 0;
  #fullRounds = 0;
  #cycleIndex = 0;
  /** Cycles in a row that found a faster path, and the rate before this one tried. */
  #faster = 0;
  #triedFrom = 0;
  #phaseSinceMs = 0;
  readonly #drained = new LossShare(lossMemory);
  #queuedRounds = 0;
  /** The shortest round trip in this round. */
  #roundLeastMs = Infinity;
  readonly #lastTrips = new LeastOfLast(samplesEnough);

  constructor(trips: RoundTrips, datagram: number, initialPackets: number, polite: boolean) {
    this.#trips = trips;
    this.#datagram = datagram;
    this.#initialPackets = initialPackets;
    this.#polite = polite;
  }

  /** Bytes per millisecond; 0 before the first sample. */
  get rate(): number {
    return this.#rate;
  }

  /** The share of packets that the path loses by itself, from 0 to 0.5. */
  get loss(): number {
    if (this.#polite || this.#drained.seen < lossEnough || this.#queuedRounds >= 3) return 0;
    return Math.min(maxLoss, this.#drained.share);
  }

  get isDraining(): boolean {
    return this.#gain < 1;
  }

  /** Whether packets that leave now give samples that are too low. */
  get isAppLimited(): boolean {
    // With equality: what leaves after everything has arrived is the first packet after a pause.
    return this.delivered <= this.#appLimitedUntil;
  }

  /** Bytes per millisecond at which to send. */
  get pace(): number {
    if (this.#rate === 0) return (startGain * this.#initialPackets * this.#datagram) / this.#trips.smoothedMs;
    // A first sample can be of a few bytes, as of somebody who says little before there is much to send: the rate must not be
    // so low that nothing ever shows a higher one.
    const leastPackets = this.phase === 'start' ? this.#initialPackets : minWindowPackets;
    const least = (leastPackets * this.#datagram) / this.#trips.smoothedMs;
    return Math.max(least, (paceMargin * this.#gain * this.#rate) / (1 - this.loss));
  }

  /** Bytes that may be under way. */
  get window(): number {
    const least = minWindowPackets * this.#datagram;
    const initial = this.#initialPackets * this.#datagram;
    if (this.#rate === 0) return initial;
    const path = this.#pathBytes;
    if (this.phase === 'least') return Math.max(least, path / 2);
    if (this.phase === 'start') return Math.max(initial, startWindow * path);
    return Math.max(least, windowGain * path + 3 * this.burst);
  }

  /** Bytes that may leave at once. */
  get burst(): number {
    return Math.max(2 * this.#datagram, 1.1 * this.pace);
  }

  set datagram(bytes: number) {
    this.#datagram = bytes;
  }

  /** There was nothing more to send, with `underWay` bytes under way. */
  onNothingToSend(underWay: number): void {
    this.#appLimitedUntil = Math.max(this.#appLimitedUntil, this.delivered + underWay);
  }

  /** What became of a packet that was sent while draining. */
  onDrainPacket(isLost: boolean): void {
    this.#drained.note(isLost);
  }

  /**
   * An acknowledgement: the packet that was sent last of those that it names had left when `sentDelivered` bytes were
   * delivered; `rate` is its sample, 0 if there is none.
   */
  onAck(nowMs: number, sentDelivered: number, rate: number, isAppLimited: boolean, underWay: number): void {
    const isRound = sentDelivered >= this.#roundEnd;
    if (isRound) {
      this.#roundEnd = this.delivered;
      this.#round++;
      this.#rates[this.#round % rateRounds] = 0;
      this.#watchQueue();
    }
    this.#roundLeastMs = Math.min(this.#roundLeastMs, this.#trips.latestMs);
    this.#lastTrips.add(this.#trips.latestOwnMs);
    const slot = this.#round % rateRounds;
    if (rate > (this.#rates[slot] ?? 0) && (!isAppLimited || rate > this.#rate)) this.#rates[slot] = rate;
    // While there is too little to send, nothing newer can replace the maxima.
    if (isRound && isAppLimited) this.#rates[slot] = Math.max(this.#rates[slot] ?? 0, this.#rate);
    this.#rate = this.#maxRate();
    this.#move(nowMs, isRound, isAppLimited, underWay);
  }

  /** Nothing arrived for so long that what is known of the path is no longer true. */
  restart(nowMs: number): void {
    this.#rates.fill(0);
    this.#rate = 0;
    this.#fullRate = 0;
    this.#fullRounds = 0;
    this.#drained.forget();
    this.#queuedRounds = 0;
    this.#lastTrips.forget();
    this.#enter('start', nowMs);
  }

  get #gain(): number {
    if (this.phase === 'start') return startGain;
    if (this.phase === 'drain') return drainGain;
    if (this.phase === 'least') return 1;
    return (this.#cycleIndex === 0 ? tryGains[this.#faster] : cycleGains[this.#cycleIndex]) ?? 1;
  }

  /** What the path holds without a queue, with what it will lose. */
  get #pathBytes(): number {
    return (this.#rate * this.#pathMs) / (1 - this.loss);
  }

  get #pathMs(): number {
    return Math.max(shortestPathMs, this.#trips.pathMs);
  }

  #maxRate(): number {
    let most = 0;
    for (const rate of this.#rates) if (rate > most) most = rate;
    return most;
  }

  /** A queue that stands for rounds is someone's overload: then no loss is compensated. */
  #watchQueue(): void {
    const isQueued = this.#roundLeastMs < Infinity && this.#roundLeastMs > 2 * this.#pathMs + 1;
    this.#queuedRounds = isQueued && this.phase === 'cycle' ? this.#queuedRounds + 1 : 0;
    this.#roundLeastMs = Infinity;
  }

  #enter(phase: Phase, nowMs: number): void {
    this.phase = phase;
    this.#phaseSinceMs = nowMs;
  }

  #move(nowMs: number, isRound: boolean, isAppLimited: boolean, underWay: number): void {
    const trips = this.#trips;
    const inPhaseMs = nowMs - this.#phaseSinceMs;
    if (this.phase === 'start') {
      if (isAppLimited && underWay < this.window / 2) return;
      // A queue grows: the rate is that of the path, and more would only fill the queue.
      if (this.#lastTrips.least > startQueue * this.#pathMs + 2) this.#enter('drain', nowMs);
      else if (!isRound || isAppLimited) return;
      else if (this.#rate >= this.#fullRate * 1.25) {
        this.#fullRate = this.#rate;
        this.#fullRounds = 0;
      } else if (++this.#fullRounds >= 3) this.#enter('drain', nowMs);
      return;
    }
    if (this.phase === 'drain') {
      if (underWay <= this.#pathBytes) this.#beginCycle(nowMs, 2);
      return;
    }
    if (this.phase === 'least') {
      if (inPhaseMs < Math.max(leastProbeMs, 2 * this.#pathMs)) return;
      trips.renewLeast(Math.min(this.#roundLeastMs, trips.latestMs), nowMs);
      this.#beginCycle(nowMs, 2);
      return;
    }
    // A drained queue shows the path as it is; then no phase of its own is needed to see that.
    if (trips.latestMs <= trips.leastMs * 1.05 + 0.5) trips.leastAtMs = nowMs;
    if (nowMs - trips.leastAtMs > leastLifeMs && !isAppLimited) {
      this.#roundLeastMs = Infinity;
      this.#enter('least', nowMs);
      return;
    }
    this.#moveInCycle(nowMs, inPhaseMs, underWay);
  }

  #moveInCycle(nowMs: number, inPhaseMs: number, underWay: number): void {
    const pathMs = this.#pathMs;
    const isDrained = underWay <= this.#pathBytes;
    const isDone =
      this.#cycleIndex === 1
        ? inPhaseMs >= pathMs && (isDrained || inPhaseMs > 4 * pathMs)
        : inPhaseMs >= pathMs;
    if (!isDone) return;
    if (this.#cycleIndex === 1 && this.#rate > fasterEnough * this.#triedFrom) {
      // Start ended too early, or another one's traffic: there may be much more, and a whole cycle for each step is long.
      this.#faster = Math.min(this.#faster + 1, tryGains.length - 1);
      this.#beginCycle(nowMs, 0);
      return;
    }
    this.#faster = this.#cycleIndex === 1 ? 0 : this.#faster;
    this.#beginCycle(nowMs, (this.#cycleIndex + 1) % cycleGains.length);
  }

  #beginCycle(nowMs: number, index: number): void {
    if (index === 0) this.#triedFrom = this.#rate;
    this.#cycleIndex = index;
    this.#enter('cycle', nowMs);
  }
}
