import type { Connection, ConnectionHandlers, PathFigures } from '../../connection.ts';
import type { ReceiveHalf } from './receive-half.ts';
import type { SendHalf } from './send-half.ts';
import { Tail } from './tail.ts';

/** Why a stream was given up, as RESET and STOP say it. */
const abortCodes = {
  /** Nobody reads or writes any more, and nothing was lost that had arrived. */
  closed: 0,
  /** Bytes were dropped: the other end must not take what it has for the whole. */
  broken: 1,
} as const;

/** What a stream needs of the association that carries it. */
export interface StreamHost {
  readonly remoteAddress: string;
  readonly isLoopback: boolean;
  readonly path: PathFigures;
  /** The stream has something to send. */
  wantsToSend(stream: Stream): void;
  /** `tell` of the stream must be called soon, and not within the call that leads here. */
  tellSoon(stream: Stream): void;
  /** Bytes were handed on or dropped: the peer may get credit. */
  hasRead(stream: Stream): void;
}

/** An error with the code that TCP would give. */
export function connectionError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

/**
 * One stream as a `Connection`.
 *
 * ```
 *            end                 all acknowledged
 *   open ──────────► ended ────────────────────────► sent ─┐ both: onClose()
 *   open ──────────────────────► peer's end was read ──────┘
 *   any  ── destroy, nothing lost ──► FIN and STOP ──► onClose()
 *   any  ── destroy, bytes lost, or RESET or STOP of the peer ──► RESET and STOP ──► onClose(error at the other end)
 * ```
 *
 * Handlers are called from `tell` and while packets are read, never from within a call of the user.
 */
export class Stream implements Connection {
  readonly id: number;
  readonly send: SendHalf;
  readonly receive: ReceiveHalf;
  readonly #host: StreamHost;
  #handlers: ConnectionHandlers | undefined;
  #wasWaiting = false;
  #isEndTold = false;
  #isDestroyed = false;
  #isCloseTold = false;
  #error: Error | undefined;
  /** To be sent: RESET and STOP, as the code; undefined when not, or no longer. */
  resetToSend: number | undefined;
  stopToSend: number | undefined;
  #resetAcked = false;
  #isStoppedByPeer = false;
  /** The last chunk of what was written, if it is short, and when a copy of it follows: see `StreamSender`. */
  readonly tail = new Tail();

  constructor(id: number, host: StreamHost, send: SendHalf, receive: ReceiveHalf) {
    this.id = id;
    this.#host = host;
    this.send = send;
    this.receive = receive;
  }

  get remoteAddress(): string {
    return this.#host.remoteAddress;
  }

  get isLoopback(): boolean {
    return this.#host.isLoopback;
  }

  get isEncrypted(): boolean {
    return true;
  }

  get path(): PathFigures {
    return this.#host.path;
  }

  get unsentBytes(): number {
    return this.send.waitingBytes;
  }

  get sentBytes(): number {
    return this.send.takenBytes;
  }

  /** Whether neither end has anything more to say about it. */
  get isFinished(): boolean {
    const isSent = this.send.isAborted ? this.#resetAcked : this.send.isDone;
    return this.#isCloseTold && isSent && this.receive.isDone;
  }

  /** Whether both ends have all that the other one wrote, as far as is known here. */
  get isOver(): boolean {
    return this.send.isDone && this.receive.hasAll;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#host.tellSoon(this);
  }

  write(bytes: Uint8Array): void {
    if (this.#isDestroyed || this.send.isEnded) return;
    if (this.#isStoppedByPeer) {
      this.break(connectionError('ECONNRESET', 'the peer reads no more'));
      return;
    }
    this.send.write(bytes);
    if (this.send.waitingBytes > 0) this.#wasWaiting = true;
    this.#host.wantsToSend(this);
  }

  pause(): void {
    this.receive.isPaused = true;
  }

  resume(): void {
    if (!this.receive.isPaused) return;
    this.receive.isPaused = false;
    this.#host.tellSoon(this);
  }

  end(): void {
    if (this.#isDestroyed || this.send.isEnded) return;
    this.send.end();
    this.#host.wantsToSend(this);
    this.#host.tellSoon(this);
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    const isWhole = !this.receive.hasUnread && this.send.waitingBytes === 0 && !this.send.isAborted;
    if (isWhole) this.send.end();
    else this.#abort(abortCodes.broken);
    if (!this.receive.knowsEnd) this.stopToSend = isWhole ? abortCodes.closed : abortCodes.broken;
    else if (!isWhole) this.stopToSend = abortCodes.broken;
    this.receive.drop();
    this.#host.hasRead(this);
    this.#host.wantsToSend(this);
    this.#host.tellSoon(this);
  }

  /** Ends it with an error, of which the peer learns if it can. */
  break(error: Error): void {
    if (this.#isDestroyed) return;
    this.#error = error;
    this.#isDestroyed = true;
    this.#abort(abortCodes.broken);
    if (!this.receive.knowsEnd) this.stopToSend = abortCodes.broken;
    this.receive.drop();
    this.#host.hasRead(this);
    this.#host.wantsToSend(this);
    this.#host.tellSoon(this);
  }

  /**
   * The association is gone because of `error`. `isInOrder`: the peer says that it has everything of all streams. What
   * arrived in full can still be read.
   */
  onGone(error: Error | undefined, isInOrder: boolean): void {
    if (isInOrder && this.send.isEnded) this.send.isDone = true;
    if (this.isOver && !this.#isDestroyed) {
      this.#host.tellSoon(this);
      return;
    }
    if (!this.#isDestroyed) this.#error = error;
    this.#isDestroyed = true;
    this.#tellClose();
  }

  readonly onChunk = (chunk: Uint8Array): void => {
    this.#handlers?.onData(chunk);
  };

  /** Calls the handlers for what has become true since. */
  tell(): void {
    if (this.#handlers === undefined) return;
    if (!this.#isDestroyed) {
      this.receive.handOn(this.onChunk);
      this.#host.hasRead(this);
    }
    if (this.#wasWaiting && !this.#isDestroyed && this.send.waitingBytes === 0) {
      this.#wasWaiting = false;
      this.#handlers.onDrain();
    }
    if (!this.#isDestroyed && !this.#isEndTold && this.receive.isDone && !this.receive.isPaused) {
      this.#isEndTold = true;
      this.#handlers.onEnd();
    }
    if (this.#isDestroyed || (this.#isEndTold && this.send.isDone)) this.#tellClose();
  }

  onReset(code: number): void {
    if (this.#isDestroyed) return;
    this.break(
      connectionError('ECONNRESET', code === abortCodes.broken ? 'the peer broke off' : 'the peer closed'),
    );
  }

  /** The peer reads no more. */
  onStop(code: number): void {
    this.#isStoppedByPeer = true;
    if (!this.#isDestroyed && (code === abortCodes.broken || this.send.isOutstanding)) {
      this.break(connectionError('ECONNRESET', 'the peer reads no more'));
    } else if (!this.send.isDone && this.#isDestroyed) this.#abort(abortCodes.closed);
    this.#host.wantsToSend(this);
  }

  onResetAcked(): void {
    this.#resetAcked = true;
  }

  #abort(code: number): void {
    if (this.send.isDone || this.send.isAborted) return;
    this.send.abort();
    this.resetToSend = code;
  }

  #tellClose(): void {
    if (this.#isCloseTold) return;
    this.#isCloseTold = true;
    this.#isDestroyed = true;
    this.#handlers?.onClose(this.#error);
  }
}
