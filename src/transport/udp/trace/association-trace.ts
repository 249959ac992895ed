import type { OpeningKeys, SealingKeys } from '../packets/packet-keys.ts';
import type { Path } from '../path.ts';
import type { DatagramSize } from '../recovery/datagram-size.ts';
import type { Recovery } from '../recovery/recovery.ts';
import type { Direction, Trace } from './events.ts';
import { FrameList } from './frame-list.ts';

/** What of an association is compared with what it was. */
export interface Watched {
  readonly recovery: Recovery;
  readonly size: DatagramSize;
  readonly sealing: SealingKeys;
  readonly opening: OpeningKeys;
  readonly path: Path;
}

/** A rate is told again when it has changed by such a share, or the loss by so much. */
const rateStep = 0.1;
const lossStep = 0.02;

/**
 * Tells an observer of one association: its packets, and what changes slowly, which it finds by comparing, so that the
 * code that changes it need not know.
 */
export class AssociationTrace {
  readonly tell: Trace;
  readonly #frames = { in: new FrameList(), out: new FrameList() };
  #phase = '';
  #rate = 0;
  #loss = 0;
  #datagramBytes = 0;
  readonly #keys = { in: 0, out: 0 };
  #place = '';

  constructor(trace: Trace) {
    this.tell = trace;
  }

  /** A packet of `bytes` bytes, with its frames in the open. */
  packet(direction: Direction, number: number, bytes: number, frames: Uint8Array, nowMs: number): void {
    this.tell(nowMs, {
      kind: 'packet',
      direction,
      number,
      bytes,
      frames: this.#frames[direction].read(frames),
    });
  }

  /** Tells what has changed since the last call. */
  look({ recovery, size, sealing, opening, path }: Watched, nowMs: number): void {
    const { controller } = recovery;
    if (controller.phase !== this.#phase) {
      this.#phase = controller.phase;
      this.tell(nowMs, { kind: 'phase', phase: controller.phase });
    }
    const isOtherLoss = Math.abs(controller.loss - this.#loss) >= lossStep;
    if (isOtherLoss || Math.abs(controller.rate - this.#rate) > rateStep * this.#rate) {
      const { rate, pace, loss, window: windowBytes } = controller;
      this.#rate = rate;
      this.#loss = loss;
      this.tell(nowMs, { kind: 'rate', rate, pace, loss, windowBytes });
    }
    if (size.size !== this.#datagramBytes) {
      this.#datagramBytes = size.size;
      this.tell(nowMs, { kind: 'datagram-size', bytes: size.size });
    }
    this.#lookAtKey('out', sealing.phase, nowMs);
    this.#lookAtKey('in', opening.phase, nowMs);
    const place = `${path.host} ${path.port} ${path.isProven}`;
    if (this.#place !== '' && place !== this.#place) {
      this.tell(nowMs, { kind: 'moved', host: path.host, port: path.port, isProven: path.isProven });
    }
    this.#place = place;
  }

  #lookAtKey(direction: Direction, phase: number, nowMs: number): void {
    if (phase === this.#keys[direction]) return;
    this.#keys[direction] = phase;
    this.tell(nowMs, { kind: 'key', direction, phase });
  }
}
