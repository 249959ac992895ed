import { WebSocket } from 'ws';
import type { ByteBudget } from './byte-budget.ts';
import type { Connection, ConnectionHandlers } from './connection.ts';
import type { ConnectionStream } from './connection-stream.ts';
import { ReusedMemory } from './reused-memory.ts';

/** The longest message that is sent: a browser gives a message to its page when all of it has come. */
const maxMessageBytes = 64 * 1024;

/** The peer sent what is no part of a byte stream: text. */
const unsupportedData = 1003;
const normal = 1000;
/** The first byte of a binary message in one frame. */
const binaryFrame = 0x82;

/** A part of a message of at most this many bytes ends no connection. */
const smallPartBytes = 1024;

const isBinary = { binary: true, compress: false } as const;
const nothing = new Uint8Array();

/**
 * A WebSocket that tells its connection what happens. There may be very many, and with listeners each would have a table
 * of its own for them.
 */
export class OwnedWebSocket extends WebSocket {
  owner: WebSocketConnection | undefined;

  override emit(event: string, ...told: readonly unknown[]): boolean {
    const { owner } = this;
    if (owner === undefined) return super.emit(event, ...told);
    const [first, second] = told;
    if (event === 'message' || event === 'ping' || event === 'pong') owner.onWhole();
    if (event === 'message') owner.onMessage(first, second === true);
    else if (event === 'ping') owner.onPing(first as Buffer);
    else if (event === 'error') owner.onError(first as Error);
    else if (event === 'close') owner.onSocketClose(Number(first));
    return true;
  }
}

/**
 * A WebSocket as a `Connection`: the bytes of both directions in binary messages, whatever their lengths. An empty
 * message is the end of a direction, because a WebSocket itself cannot be closed by halves; when both directions have
 * ended, the WebSocket is closed.
 */
export class WebSocketConnection implements Connection {
  readonly #socket: OwnedWebSocket;
  readonly #below: Connection;
  readonly #stream: ConnectionStream;
  /** Bytes that the connection below had sent, and its stream had written, before the first message. */
  readonly #sentBefore: number;
  readonly #writtenBefore: number;
  #handlers: ConnectionHandlers | undefined;
  #writtenBytes = 0;
  /** How many bytes were written when nothing was unsent. */
  #takenBytes = 0;
  readonly #isMasked: boolean;
  readonly #budget: ByteBudget | undefined;
  /** Bytes that came since the last whole message or ping: `ws` may keep them. */
  #partBytes = 0;
  #hasEnded = false;
  #hasPeerEnded = false;
  #isDestroyed = false;

  /**
   * `stream` carries `socket` over `below`. `isMasked`: this end is the client. `budget` counts the parts of messages
   * that all connections hold.
   */
  constructor(
    socket: OwnedWebSocket,
    below: Connection,
    stream: ConnectionStream,
    isMasked = false,
    budget?: ByteBudget,
  ) {
    this.#isMasked = isMasked;
    this.#budget = budget;
    this.#socket = socket;
    this.#below = below;
    this.#stream = stream;
    this.#sentBefore = below.sentBytes + below.unsentBytes;
    this.#writtenBefore = stream.writtenBytes;
    socket.binaryType = 'nodebuffer';
    if (budget !== undefined) stream.received = this;
  }

  get carrier(): string {
    return 'WebSocket';
  }

  get remoteAddress(): string {
    return this.#below.remoteAddress;
  }

  get isLoopback(): boolean {
    return this.#below.isLoopback;
  }

  get isEncrypted(): boolean {
    return this.#below.isEncrypted;
  }

  /** The headers of messages do not count. */
  get unsentBytes(): number {
    return Math.min(this.#below.unsentBytes, this.#writtenBytes - this.#takenBytes);
  }

  get sentBytes(): number {
    if (this.#below.unsentBytes === 0) return this.#writtenBytes;
    const headerBytes = this.#stream.writtenBytes - this.#writtenBefore - this.#writtenBytes;
    const bytes = this.#below.sentBytes - this.#sentBefore - headerBytes;
    return Math.max(this.#takenBytes, Math.min(bytes, this.#writtenBytes));
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#socket.owner = this;
    this.#stream.drained = this;
  }

  /** Called by the stream. */
  onDrain(): void {
    if (this.#isDestroyed || this.#below.unsentBytes > 0 || this.#takenBytes === this.#writtenBytes) return;
    this.#takenBytes = this.#writtenBytes;
    this.#handlers?.onDrain();
  }

  write(bytes: Uint8Array): void {
    if (this.#hasEnded || this.#isDestroyed) return;
    const isTaken = this.#below.unsentBytes === 0;
    if (isTaken) this.#takenBytes = this.#writtenBytes;
    for (let at = 0; at < bytes.length; at += maxMessageBytes) {
      const message = bytes.subarray(at, at + maxMessageBytes);
      this.#writtenBytes += message.length;
      if (this.#isMasked) this.#socket.send(message, isBinary);
      else this.#writeFrame(message);
    }
  }

  #writeFrame(message: Uint8Array): void {
    const frame = frameOf(message);
    this.#stream.send(frame);
    if (this.#below.unsentBytes > 0) frameMemory.keep(frame);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#hasEnded || this.#isDestroyed) return;
    this.#hasEnded = true;
    this.#socket.send(nothing, isBinary, () => {});
    this.#closeAtEnd();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#below.destroy();
  }

  #closeAtEnd(): void {
    if (this.#hasEnded && this.#hasPeerEnded) this.#socket.close(normal);
  }

  /** Called by the stream. */
  onReceived(bytes: number): void {
    if (this.#isDestroyed) return;
    this.#hold(this.#partBytes + bytes);
    // In this turn they may turn out to be the rest of a message.
    if (this.#budget?.isSpent === true) setImmediate(endLargePart, this);
  }

  /** A message or ping is whole: `ws` has let go of it. */
  onWhole(): void {
    this.#stream.countMessage();
    this.#hold(0);
  }

  #hold(bytes: number): void {
    this.#budget?.hold(bytes - this.#partBytes);
    this.#partBytes = bytes;
  }

  /** Ends a connection that has sent a long part of a message, while all connections hold too much. */
  endLargePart(): void {
    if (this.#budget?.isSpent === true && this.#partBytes > smallPartBytes) this.#below.destroy();
  }

  onMessage(data: unknown, isBytes: boolean): void {
    if (this.#isDestroyed || this.#hasPeerEnded) return;
    if (!isBytes || !(data instanceof Uint8Array)) {
      this.#socket.close(unsupportedData, 'binary messages only');
      return;
    }
    if (data.length > 0) {
      this.#handlers?.onData(data);
      return;
    }
    this.#hasPeerEnded = true;
    this.#handlers?.onEnd();
    this.#closeAtEnd();
  }

  onPing(data: Buffer): void {
    // A peer that does not read would let the answers gather.
    if (this.#below.unsentBytes === 0) this.#socket.pong(data);
  }

  onError(error: Error): void {
    this.#stream.failure ??= error;
  }

  onSocketClose(code: number): void {
    this.#stream.received = undefined;
    this.#hold(0);
    const handlers = this.#handlers;
    this.#handlers = undefined;
    if (this.#isDestroyed || (this.#hasEnded && this.#hasPeerEnded)) {
      handlers?.onClose();
      return;
    }
    this.#isDestroyed = true;
    this.#below.destroy();
    const isAbnormal = code === 1006 || this.#stream.failure !== undefined;
    if (!isAbnormal && !this.#hasPeerEnded) handlers?.onEnd();
    handlers?.onClose(isAbnormal ? (this.#stream.failure ?? new Error('the WebSocket broke')) : undefined);
  }
}

/** One function for all. */
function endLargePart(connection: WebSocketConnection): void {
  connection.endLargePart();
}

/** A header of the longest frame has 10 bytes. */
const frameMemory = new ReusedMemory(maxMessageBytes + 10);

/**
 * Returns a binary message of a server. It is made here and not by `ws`: nearly all that a server sends are such frames,
 * and the way through a stream takes a third more time.
 */
function frameOf(message: Uint8Array): Uint8Array {
  const { length } = message;
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = frameMemory.room(headerBytes + length);
  frame[0] = binaryFrame;
  if (headerBytes === 2) frame[1] = length;
  else if (headerBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(message, headerBytes);
  return frame;
}
