import type { PathFigures } from '../../connection.ts';
import { MalformedError } from '../packets/byte-cursor.ts';
import type { UdpSettings } from '../settings.ts';
import { Credit, type SharedCredit } from './credit.ts';
import { ReceiveHalf } from './receive-half.ts';
import { SendHalf } from './send-half.ts';
import { Stream, type StreamHost } from './stream.ts';
import { StreamSender } from './stream-sender.ts';

/**
 * The streams of one association, and what arrives for them. The client opens streams, numbered from 0; the server
 * learns of one by its first frame, and of all before it. `sender` has what leaves.
 */
export interface StreamTableOptions {
  readonly isClient: boolean;
  readonly settings: UdpSettings;
  readonly shared: SharedCredit;
  readonly remoteAddress: () => string;
  readonly isLoopback: () => boolean;
  readonly path: () => PathFigures;
  /** The peer has opened a stream. */
  readonly onStream: (stream: Stream) => void;
  /** Something is to be sent or told. */
  readonly onWork: () => void;
}

export class StreamTable implements StreamHost {
  readonly sender: StreamSender;
  readonly #options: StreamTableOptions;
  readonly #streams = new Map<number, Stream>();
  readonly #news = new Set<Stream>();
  #opened = 0;
  #closed = 0;

  constructor(options: StreamTableOptions) {
    const { settings } = options;
    this.#options = options;
    this.sender = new StreamSender(settings, this.#streams, (stream) => this.tellSoon(stream));
  }

  get hasServed(): boolean {
    return this.#opened > 0;
  }

  get count(): number {
    return this.#streams.size;
  }

  get remoteAddress(): string {
    return this.#options.remoteAddress();
  }

  get isLoopback(): boolean {
    return this.#options.isLoopback();
  }

  get path(): PathFigures {
    return this.#options.path();
  }

  get hasNews(): boolean {
    return this.#news.size > 0;
  }

  /** Whether both ends have everything of all streams. */
  get isOver(): boolean {
    for (const stream of this.#streams.values()) if (!stream.isOver) return false;
    return true;
  }

  /** Bytes that the streams hold in memory. */
  get heldBytes(): number {
    let held = 0;
    for (const stream of this.#streams.values()) held += stream.send.heldBytes + stream.receive.heldBytes;
    return held;
  }

  /** Opens a stream and lets the peer know of it, also before anything is written. */
  open(): Stream {
    const stream = this.#add();
    stream.send.announce();
    this.wantsToSend(stream);
    return stream;
  }

  wantsToSend(stream: Stream): void {
    this.sender.add(stream);
    this.#options.onWork();
  }

  tellSoon(stream: Stream): void {
    this.#news.add(stream);
    this.#options.onWork();
  }

  hasRead(stream: Stream): void {
    this.sender.onRead(stream);
  }

  /** Calls handlers; what these cause is told in the next call. */
  tell(): void {
    const told = [...this.#news];
    this.#news.clear();
    for (const stream of told) {
      stream.tell();
      this.removeIfFinished(stream);
    }
  }

  /** The association is gone: see `Stream.onGone`. */
  onGone(error: Error | undefined, isInOrder: boolean): void {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    this.#news.clear();
    this.sender.clear();
    for (const stream of streams) {
      stream.receive.credit.close();
      stream.onGone(error, isInOrder);
    }
  }

  onMaxStream(id: number, offset: number): void {
    const stream = this.#find(id);
    if (stream === undefined) return;
    stream.send.credit = Math.max(stream.send.credit, offset);
    this.sender.add(stream);
  }

  onReset(id: number, finalOffset: number, code: number): void {
    const stream = this.#find(id);
    if (stream === undefined) return;
    stream.receive.reset(finalOffset);
    stream.onReset(code);
    this.hasRead(stream);
    this.tellSoon(stream);
  }

  onStop(id: number, code: number): void {
    const stream = this.#find(id);
    if (stream === undefined) return;
    stream.onStop(code);
    this.tellSoon(stream);
  }

  onData(id: number, offset: number, data: Uint8Array, isFinal: boolean): void {
    const stream = this.#find(id);
    if (stream === undefined) return;
    stream.receive.receive(offset, data, isFinal, stream.onChunk);
    this.hasRead(stream);
    if (stream.receive.isDone) this.tellSoon(stream);
  }

  /** What a packet carried has arrived, or is lost. */
  onChunk(isAcked: boolean, kind: number, id: number, offset: number, length: number): void {
    const stream = this.#streams.get(id);
    if (!isAcked) this.sender.onLost(stream, kind, offset, length);
    else if (stream !== undefined) this.sender.onAcked(stream, kind, offset, length);
  }

  removeIfFinished(stream: Stream): void {
    if (!stream.isFinished || !this.#streams.delete(stream.id)) return;
    stream.receive.credit.close();
    this.sender.remove(stream);
    this.#closed++;
    if (!this.#options.isClient) this.sender.allowStreams(this.#closed + this.#options.settings.maxStreams);
  }

  #find(id: number): Stream | undefined {
    if (id >= this.#opened) {
      if (this.#options.isClient) throw new MalformedError('the server opens a stream');
      if (id >= this.#closed + this.#options.settings.maxStreams) {
        throw new MalformedError('the client opens too many streams');
      }
      while (this.#opened <= id) this.#options.onStream(this.#add());
    }
    return this.#streams.get(id);
  }

  #add(): Stream {
    const { initialCredit, maxCredit, sendAhead } = this.#options.settings;
    const credit = new Credit(initialCredit, maxCredit, this.#options.shared);
    const stream = new Stream(
      this.#opened++,
      this,
      new SendHalf(initialCredit, sendAhead),
      new ReceiveHalf(credit),
    );
    this.#streams.set(stream.id, stream);
    return stream;
  }
}
