import type { Limits } from '../../protocol/limits.ts';
import { AddressTable } from '../../scheduling/address-table.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import { FairQueue } from '../../scheduling/fair-queue.ts';
import { RateLimit } from '../../scheduling/rate-limit.ts';
import { Tally } from '../counts/tally.ts';
import { longText } from '../hub/entry-batches.ts';

/** A message on its way to the log. */
export interface Post {
  /** Its sender's name. */
  readonly sender: string;
  /** What counts as one address: see `addressGroup`. */
  readonly address: string;
  readonly isLoopback: boolean;
  readonly bytes: number;
  /** Passes it to the log. Call `PostQueue.finished` when it is stored and delivered, or refused. */
  run(): void;
}

/** How long fan-out takes, in milliseconds. The hub measures it. */
export interface FanOutTimes {
  /** Of one message, on average, without the flush that it shares with others. */
  readonly entryMs: number;
  /** Of the last long text. */
  readonly longTextMs: number;
}

/** The rate limits of one address, and its messages that wait for them. */
interface Sent {
  readonly messages: RateLimit;
  readonly bytes: RateLimit;
  readonly waiting: FairQueue<Post>;
  timer: Timer | undefined;
}

/** Bounds of what the log holds at once: enough for two full groups. Later messages wait here, in fair order. */
const maxStoringMessages = 4096;
const maxStoringBytes = 4 * 1024 * 1024;
/**
 * Fan-out follows the log's order, so the log holds at most this many milliseconds of it; but at least this many
 * messages.
 */
const maxStoringMs = 40;
const minStoringMessages = 2;
/** After a long text the next one waits for this multiple of its fan-out time, and this long at most. */
const longRestFactor = 3;
const maxLongRestMs = 5_000;
/** A fan-out that takes less than this delays others by so little that no pause follows. */
const minLongTextMs = 8;
/** `longText` is in UTF-16 units. */
const isLong = (bytes: number): boolean => bytes > 2 * longText;

/**
 * The queue of all messages to the log. Each address has a rate in messages and bytes, whatever names it uses; messages
 * over it wait here. Queuing is fair between the senders of an address, and between all senders, so that no flood
 * delays everybody else. The queue is bounded: beyond that a message is refused.
 *
 * The fan-out of a long text to many readers takes hundreds of milliseconds. One is under way at a time, and all
 * together take a quarter of the time; shorter messages of other senders overtake those that wait.
 */
export class PostQueue {
  /** Messages that were not stored, by reason. */
  readonly refused = new Tally();
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #isLimited: boolean;
  readonly #disk: { readonly isLow: boolean };
  readonly #hub: FanOutTimes;
  readonly #addresses: AddressTable<Sent>;
  readonly #ready = new FairQueue<Post>();
  /** Waiting long texts and the later messages of their senders, and how many there are of each sender. */
  readonly #long = new FairQueue<Post>();
  readonly #longWaiting = new Map<string, number>();
  /** A long text is under way, or the pause after it. */
  #isLongUnderWay = false;
  #longTimer: Timer | undefined;
  #storingMessages = 0;
  #storingBytes = 0;
  #heldMessages = 0;
  #heldBytes = 0;
  #isStopping = false;

  /** `isLimited`: whether the rates of addresses apply. */
  constructor(
    clock: Clock,
    limits: Limits,
    isLimited: boolean,
    disk: { readonly isLow: boolean },
    hub: FanOutTimes,
  ) {
    this.#disk = disk;
    this.#hub = hub;
    this.#clock = clock;
    this.#limits = limits;
    this.#isLimited = isLimited;
    this.#addresses = new AddressTable(
      limits.loopbackFactor,
      (factor) => sentFrom(clock, limits, factor),
      ({ messages, bytes, waiting }) => messages.isFull && bytes.isFull && waiting.size === 0,
    );
  }

  /** Queues a message. `busy`: too many wait; `full`: the disk is nearly full. The message is not queued then. */
  submit(post: Post): 'taken' | 'busy' | 'full' {
    if (this.#disk.isLow) return 'full';
    const { waitingMessages, waitingMessageBytes } = this.#limits;
    if (this.#heldMessages >= waitingMessages || this.#heldBytes >= waitingMessageBytes) return 'busy';
    this.#heldMessages++;
    this.#heldBytes += post.bytes;
    if (!this.#isLimited) this.#store(post);
    else {
      const sent = this.#addresses.of(post.address, post.isLoopback);
      sent.waiting.push(post.sender, post.bytes, post);
      if (sent.timer === undefined) this.#drain(sent);
    }
    return 'taken';
  }

  /** Call it when a message of `bytes` that was run is stored and delivered, or refused. */
  finished(bytes: number): void {
    this.#heldMessages--;
    this.#heldBytes -= bytes;
    this.#storingMessages--;
    this.#storingBytes -= bytes;
    if (isLong(bytes)) this.#rest();
    this.#runReady();
  }

  /** Pauses after a long text, before the next one. */
  #rest(): void {
    const { longTextMs } = this.#hub;
    const restMs = longTextMs < minLongTextMs ? 0 : Math.min(longRestFactor * longTextMs, maxLongRestMs);
    if (restMs > 0 && !this.#isStopping) this.#longTimer = this.#clock.after(restMs, () => this.#endRest());
    else this.#isLongUnderWay = false;
  }

  #endRest(): void {
    this.#longTimer = undefined;
    this.#isLongUnderWay = false;
    this.#runReady();
  }

  /** The server shuts down: no message waits for a rate any more. */
  stop(): void {
    this.#isStopping = true;
    if (this.#longTimer !== undefined) {
      this.#longTimer.cancel();
      this.#endRest();
    }
    for (const sent of this.#addresses.values()) {
      sent.timer?.cancel();
      this.#drain(sent);
    }
  }

  /** Passes on what the rates of an address allow; the rest waits. All of it when the server shuts down. */
  #drain(sent: Sent): void {
    sent.timer = undefined;
    while (sent.waiting.size > 0) {
      const waitMs = this.#isStopping ? 0 : delayMs(sent);
      if (waitMs > 0) {
        sent.timer = this.#clock.after(waitMs, () => this.#drain(sent));
        return;
      }
      const post = sent.waiting.take();
      if (post === undefined) return;
      sent.messages.spend();
      sent.bytes.spend(post.bytes);
      this.#store(post);
    }
  }

  #store(post: Post): void {
    if (this.#ready.size === 0 && this.#mayStore()) this.#pass(post);
    else this.#ready.push(post.sender, post.bytes, post);
  }

  /** Runs a message. A long text waits for the one under way, and its sender's later messages wait with it. */
  #pass(post: Post): void {
    const waiting = this.#longWaiting.get(post.sender) ?? 0;
    if (waiting === 0 && !(this.#isLongUnderWay && isLong(post.bytes))) {
      this.#run(post);
      return;
    }
    this.#longWaiting.set(post.sender, waiting + 1);
    this.#long.push(post.sender, post.bytes, post);
  }

  #runReady(): void {
    while (!this.#isLongUnderWay && this.#long.size > 0 && this.#mayStore()) this.#runLong();
    while (this.#ready.size > 0 && this.#mayStore()) {
      const post = this.#ready.take();
      if (post !== undefined) this.#pass(post);
    }
  }

  #runLong(): void {
    const post = this.#long.take();
    if (post === undefined) return;
    const waiting = (this.#longWaiting.get(post.sender) ?? 0) - 1;
    if (waiting > 0) this.#longWaiting.set(post.sender, waiting);
    else this.#longWaiting.delete(post.sender);
    this.#run(post);
  }

  #mayStore(): boolean {
    const inTime = Math.max(minStoringMessages, maxStoringMs / this.#hub.entryMs);
    const most = Math.min(maxStoringMessages, inTime);
    return this.#storingMessages < most && this.#storingBytes < maxStoringBytes;
  }

  #run(post: Post): void {
    if (isLong(post.bytes)) this.#isLongUnderWay = true;
    this.#storingMessages++;
    this.#storingBytes += post.bytes;
    post.run();
  }
}

function sentFrom(clock: Clock, limits: Limits, factor: number): Sent {
  const bucket = (perSecond: number, burst: number): RateLimit =>
    new RateLimit(clock, perSecond * factor, burst * factor);
  return {
    messages: bucket(limits.addressMessagesPerSecond, limits.addressMessageBurst),
    bytes: bucket(limits.addressBytesPerSecond, limits.addressBytesBurst),
    waiting: new FairQueue(),
    timer: undefined,
  };
}

/** In whole milliseconds: a timer that comes a fraction too early would be set again and again. */
function delayMs({ messages, bytes }: Sent): number {
  return Math.ceil(Math.max(messages.delayMs(), bytes.delayMs()));
}
