import type { UdpSettings } from '../settings.ts';

/**
 * The largest datagram that the path takes: a search with probes that carry nothing else (RFC 8899). Every path takes
 * the smallest size; larger ones are tried from the largest down. When large datagrams stop passing, the smallest size
 * is used again, and the search rests.
 */
const triesPerSize = 3;

export class DatagramSize {
  readonly #settings: UdpSettings;
  readonly #sizes: readonly number[];
  #index = 0;
  #tries = 0;
  #isUnderWay = false;
  #restUntilMs = 0;
  #isDone = false;
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

  onProbe(size: number, isAcked: boolean): void {
    this.#isUnderWay = false;
    if (isAcked) {
      this.size = Math.max(this.size, size);
      this.#isDone = true;
    } else if (++this.#tries >= triesPerSize) {
      this.#tries = 0;
      this.#index++;
    }
  }

  /** Nothing came back while datagrams of up to `size` bytes were under way. Returns whether the size changed. */
  onSilence(size: number, nowMs: number): boolean {
    if (this.size === this.#settings.smallestDatagram || size <= this.#settings.smallestDatagram)
      return false;
    this.reset();
    this.#restUntilMs = nowMs + this.#settings.sizeSearchRestMs;
    return true;
  }

  /** The path is another one: begins again. */
  reset(): void {
    this.size = this.#settings.smallestDatagram;
    this.#index = 0;
    this.#tries = 0;
    this.#isUnderWay = false;
    this.#isDone = false;
    this.#restUntilMs = 0;
  }
}
