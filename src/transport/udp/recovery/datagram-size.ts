import type { UdpSettings } from '../settings.ts';

/**
 * The largest datagram that the path takes: a search with probes that carry nothing else (RFC 8899). Every path takes
 * the smallest size; larger ones are tried from the largest down. When large datagrams stop passing, the smallest size
 * is used again, and the search rests.
 */
const triesPerSize = 3;
/** A full queue drops as many large ones in a row, and lets small ones in; but not for so long. */
const largeLostEnough = 6;
const largeLostMs = 1000;

export class DatagramSize {
  readonly #settings: UdpSettings;
  readonly #sizes: readonly number[];
  #index = 0;
  #tries = 0;
  #isUnderWay = false;
  #restUntilMs = 0;
  #isDone = false;
  /** Large datagrams lost since the last one that passed. */
  #largeLost = 0;
  #largePassedMs = -Infinity;
  /** Bytes of a datagram that passes. */
  size: number;

  constructor(settings: UdpSettings, isLoopback: boolean) {
    const { datagramSizes, loopbackSizes, smallestDatagram } = settings;
    this.#settings = settings;
    const sizes = isLoopback ? [...loopbackSizes, ...datagramSizes] : datagramSizes;
    this.#sizes = sizes.filter((size) => size > smallestDatagram);
    this.size = settings.smallestDatagram;
  }

  /** The size to try now; undefined when there is none. */
  probeSize(nowMs: number): number | undefined {
    if (this.#isUnderWay || this.#isDone || nowMs < this.#restUntilMs) return undefined;
    return this.#sizes[this.#index];
  }

  onProbeSent(): void {
    this.#isUnderWay = true;
  }

  /** What became of a probe. Returns whether the size changed. */
  onProbe(size: number, isAcked: boolean): boolean {
    this.#isUnderWay = false;
    if (isAcked) {
      this.size = Math.max(this.size, size);
      this.#isDone = true;
    } else if (++this.#tries >= triesPerSize) {
      this.#tries = 0;
      this.#index++;
    }
    return isAcked;
  }

  /** What became of a datagram. Returns whether the size changed: small ones pass, and large ones no more. */
  onDatagram(size: number, isAcked: boolean, nowMs: number): boolean {
    const isLarge = size > this.#settings.smallestDatagram;
    if (isLarge) this.#largeLost = isAcked ? 0 : this.#largeLost + 1;
    if (isLarge && isAcked) this.#largePassedMs = nowMs;
    if (isLarge || !isAcked || this.#largeLost < largeLostEnough) return false;
    return nowMs - this.#largePassedMs >= largeLostMs && this.#shrink(nowMs);
  }

  /** Nothing came back while datagrams of up to `size` bytes were under way. Returns whether the size changed. */
  onSilence(size: number, nowMs: number): boolean {
    if (this.size === this.#settings.smallestDatagram || size <= this.#settings.smallestDatagram)
      return false;
    return this.#shrink(nowMs);
  }

  /** The path is another one: begins again. */
  reset(): void {
    this.size = this.#settings.smallestDatagram;
    this.#index = 0;
    this.#tries = 0;
    this.#isUnderWay = false;
    this.#isDone = false;
    this.#largeLost = 0;
    this.#restUntilMs = 0;
  }

  #shrink(nowMs: number): true {
    this.reset();
    this.#restUntilMs = nowMs + this.#settings.sizeSearchRestMs;
    return true;
  }
}
